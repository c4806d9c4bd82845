import type { Clock, Timer } from '../ports/clock.ts';
import { afterPromises } from './after-promises.ts';
import { EventHeap, type SimEvent } from './event-heap.ts';

/** Wall time at virtual time 0: 2026-01-01 UTC. */
export const SIMULATION_START_MS = 1_767_225_600_000;

/** Turns of the promise queue after each event; a longer chain of awaits goes on during the next event. */
const TURNS_PER_EVENT = 16;
/** Turns before time moves on at the beginning and end of a run. */
const TURNS_TO_SETTLE = 128;
/** Events between two breaths of the host, so that its own timers (test time-outs, reporters) get their turn. */
const EVENTS_PER_BREATH = 10_000;
/** Cancelled timers tolerated in the heap before they are looked at. */
const CLEAN_ABOVE = 4_096;

/** The condition of `runUntilTrue` did not come true in time. */
export class VirtualTimeout extends Error {
  override readonly name = 'VirtualTimeout';
}

interface Scheduler {
  now(): number;
  schedule(event: SimEvent, atMs: number): void;
  noteCancelled(): void;
}

class VirtualTimer implements Timer, SimEvent {
  time = 0;
  sequence = 0;
  cancelled = false;
  readonly #owner: NodeClock;
  readonly #task: () => void;
  /** By the owner's clock, which stands still while its computer sleeps. */
  due: number;
  readonly #period: number | undefined;

  constructor(owner: NodeClock, task: () => void, due: number, period?: number) {
    this.#owner = owner;
    this.#task = task;
    this.due = due;
    this.#period = period;
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.#owner.noteCancelled();
  }

  fire(): boolean {
    if (!this.#owner.admits(this)) return false;
    if (this.#period === undefined) {
      this.cancelled = true;
    } else {
      this.due += this.#period;
      this.#owner.plan(this);
    }
    this.#task();
    return true;
  }
}

/** The clock of one simulated computer: its wall clock may be wrong, it can go to sleep, and it can crash. */
export class NodeClock implements Clock {
  /** How far this computer's wall clock is ahead, in ms. May be changed at any time. */
  skewMs: number;
  readonly #scheduler: Scheduler;
  #sleptMs = 0;
  #asleepSince: number | undefined;
  #held: VirtualTimer[] = [];
  #halted = false;

  constructor(scheduler: Scheduler, skewMs: number) {
    this.#scheduler = scheduler;
    this.skewMs = skewMs;
  }

  now(): number {
    return (this.#asleepSince ?? this.#scheduler.now()) - this.#sleptMs;
  }

  wall(): number {
    return SIMULATION_START_MS + this.#scheduler.now() + this.skewMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const timer = new VirtualTimer(this, task, this.now() + Math.max(0, delayMs));
    this.plan(timer);
    return timer;
  }

  soon(task: () => void): Timer {
    return afterPromises(() => {
      if (!this.#halted) task();
    });
  }

  /** @throws {RangeError} for a period of 0 or less, which would stop time. */
  every(periodMs: number, task: () => void): Timer {
    if (!(periodMs > 0)) throw new RangeError(`a period of ${periodMs} ms would stop virtual time`);
    const timer = new VirtualTimer(this, task, this.now() + periodMs, periodMs);
    this.plan(timer);
    return timer;
  }

  /** The lid is closed: no timer runs and the monotonic clock stands still; the wall clock goes on. Idempotent. */
  sleep(): void {
    this.#asleepSince ??= this.#scheduler.now();
  }

  /** Timers go on with the time that was left. Idempotent. */
  wake(): void {
    if (this.#asleepSince === undefined) return;
    this.#sleptMs += this.#scheduler.now() - this.#asleepSince;
    this.#asleepSince = undefined;
    const held = this.#held;
    this.#held = [];
    for (const timer of held) if (!timer.cancelled) this.plan(timer);
  }

  /** The process is dead: none of its timers ever runs again. A restarted node gets a new clock. */
  halt(): void {
    this.#halted = true;
    this.#held = [];
  }

  /** For timers. */
  plan(timer: VirtualTimer): void {
    if (this.#halted) return;
    this.#scheduler.schedule(timer, this.#scheduler.now() + Math.max(0, timer.due - this.now()));
  }

  /** For timers: true when its time has come; else it is kept for later if need be. */
  admits(timer: VirtualTimer): boolean {
    if (this.#halted) return false;
    if (this.#asleepSince !== undefined) {
      this.#held.push(timer);
      return false;
    }
    // 1 ns: sums of fractions may differ in the last bit.
    if (timer.due - this.now() > 1e-6) {
      this.plan(timer);
      return false;
    }
    return true;
  }

  /** For timers. */
  noteCancelled(): void {
    this.#scheduler.noteCancelled();
  }
}

/** Waits for one macrotask of the host, where it has them. */
function breath(): Promise<void> {
  const host = globalThis as { setImmediate?: (task: () => void) => void };
  return new Promise((resolve) => (host.setImmediate === undefined ? resolve() : host.setImmediate(resolve)));
}

/**
 * Virtual time. Events run in order of time; after each, the promises of the code under test get their turn, so async
 * code works unchanged and no real time passes. An event that throws fails the run.
 */
export class VirtualClock implements Clock {
  readonly #heap = new EventHeap();
  readonly #root: NodeClock;
  #now = 0;
  #sequence = 0;
  #cancelled = 0;
  #events = 0;

  constructor() {
    this.#root = this.node();
  }

  /** A computer with a clock of its own. */
  node(skewMs = 0): NodeClock {
    const scheduler: Scheduler = {
      now: () => this.#now,
      schedule: (event, atMs) => this.schedule(event, atMs),
      noteCancelled: () => this.#noteCancelled(),
    };
    return new NodeClock(scheduler, skewMs);
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#root.wall();
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#root.after(delayMs, task);
  }

  soon(task: () => void): Timer {
    return this.#root.soon(task);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#root.every(periodMs, task);
  }

  /** Events fired since the start. */
  get eventCount(): number {
    return this.#events;
  }

  /** Events waiting, cancelled timers included. */
  get waiting(): number {
    return this.#heap.size;
  }

  /** For parts of the simulator: fires `event` at `atMs`, or as the next of the present time if that has passed. */
  schedule(event: SimEvent, atMs: number): void {
    event.time = Math.max(atMs, this.#now);
    event.sequence = this.#sequence++;
    this.#heap.push(event);
  }

  /** Runs everything due up to and including `timeMs`, then stands at `timeMs`. */
  async runUntil(timeMs: number): Promise<void> {
    await this.#run(timeMs, undefined);
    this.#now = Math.max(this.#now, timeMs);
  }

  async runFor(durationMs: number): Promise<void> {
    await this.runUntil(this.#now + durationMs);
  }

  /**
   * Runs until `condition` holds, which is checked after each event; time stands where it came true.
   * @throws {VirtualTimeout} when it does not within `limitMs` of virtual time.
   */
  async runUntilTrue(condition: () => boolean, limitMs: number, what = 'the condition'): Promise<void> {
    const limit = this.#now + limitMs;
    if (await this.#run(limit, condition)) return;
    this.#now = limit;
    throw new VirtualTimeout(`${what} did not come true within ${limitMs} ms of virtual time (until ${limit} ms)`);
  }

  /** Drives virtual time until `promise` settles. @throws its error, or {VirtualTimeout}. */
  async runUntilSettled<T>(promise: Promise<T>, limitMs: number, what = 'the promise'): Promise<T> {
    let settled = false;
    const note = () => {
      settled = true;
    };
    promise.then(note, note);
    await this.runUntilTrue(() => settled, limitMs, what);
    return promise;
  }

  /** Lets promises and host tasks run while time stands still. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_TO_SETTLE; turn++) await undefined;
    await breath();
    for (let turn = 0; turn < TURNS_TO_SETTLE; turn++) await undefined;
  }

  /** True when `condition` held; false at the limit. */
  async #run(limit: number, condition: (() => boolean) | undefined): Promise<boolean> {
    await this.settle();
    if (condition?.()) return true;
    for (;;) {
      let event = this.#heap.peek();
      if (event === undefined || event.time > limit) {
        await this.settle();
        if (condition?.()) return true;
        event = this.#heap.peek();
        if (event === undefined || event.time > limit) return false;
      }
      this.#heap.pop();
      if (event.cancelled) {
        this.#cancelled--;
        continue;
      }
      this.#now = event.time;
      if (++this.#events % EVENTS_PER_BREATH === 0) await breath();
      if (!event.fire()) continue;
      for (let turn = 0; turn < TURNS_PER_EVENT; turn++) await undefined;
      if (condition?.()) return true;
    }
  }

  #noteCancelled(): void {
    if (++this.#cancelled < CLEAN_ABOVE || this.#cancelled * 2 < this.#heap.size) return;
    this.#heap.clean();
    this.#cancelled = 0;
  }
}
