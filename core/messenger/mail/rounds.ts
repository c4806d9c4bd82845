import type { Clock, Timer } from '../../ports/clock.ts';
import type { FriendNumber } from '../../store/types.ts';

/** Times `again` puts a round off in a row. */
const MAX_DELAYS = 2;

interface Plan {
  readonly timer: Timer;
  readonly at: number;
}

/** Work for one friend at a time, a while after it was asked for: what comes up meanwhile is done with it. */
export class Rounds {
  readonly #clock: Clock;
  readonly #work: (friend: FriendNumber) => Promise<void> | void;
  readonly #plans = new Map<FriendNumber, Plan>();
  readonly #delays = new Map<FriendNumber, number>();
  #running = false;

  constructor(clock: Clock, work: (friend: FriendNumber) => Promise<void> | void) {
    this.#clock = clock;
    this.#work = work;
  }

  /** False once more after `stop`: nothing may be begun then, also by work that waited for something. */
  get running(): boolean {
    return this.#running;
  }

  start(): void {
    this.#running = true;
  }

  /** @returns those whose round was still to come */
  stop(): FriendNumber[] {
    this.#running = false;
    const planned = [...this.#plans.keys()];
    for (const { timer } of this.#plans.values()) timer.cancel();
    this.#plans.clear();
    this.#delays.clear();
    return planned;
  }

  /** At the latest after this long. */
  plan(friend: FriendNumber, delayMs: number): void {
    if (!this.#running) return;
    const at = this.#clock.now() + delayMs;
    const planned = this.#plans.get(friend);
    if (planned !== undefined && planned.at <= at) return;
    planned?.timer.cancel();
    this.#plans.set(friend, { at, timer: this.#clock.after(delayMs, () => this.#run(friend)) });
  }

  /** From inside of the work: puts it off. @returns false when that was done often enough */
  again(friend: FriendNumber, delayMs: number): boolean {
    const delays = this.#delays.get(friend) ?? 0;
    if (delays >= MAX_DELAYS) {
      this.#delays.delete(friend);
      return false;
    }
    this.#delays.set(friend, delays + 1);
    this.plan(friend, delayMs);
    return true;
  }

  cancel(friend: FriendNumber): void {
    this.#plans.get(friend)?.timer.cancel();
    this.#plans.delete(friend);
    this.#delays.delete(friend);
  }

  #run(friend: FriendNumber): void {
    this.#plans.delete(friend);
    void this.#work(friend);
  }
}
