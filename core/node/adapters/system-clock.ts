import type { Clock, Timer } from '../../ports/clock.ts';

/** Longest delay a host timer takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export interface SystemClockOptions {
  /** False: a running timer does not keep the process alive. Default true. */
  readonly keepAlive?: boolean;
}

/** This computer's clocks and timers. */
export class SystemClock implements Clock {
  readonly #keepAlive: boolean;

  constructor(options: SystemClockOptions = {}) {
    this.#keepAlive = options.keepAlive ?? true;
  }

  now(): number {
    // Not `performance.now`: the first use of `performance` loads five modules, 2 ms of each start.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1e6;
  }

  wall(): number {
    return Date.now();
  }

  after(delayMs: number, task: () => void): Timer {
    const timer = this.#held(setTimeout(task, bounded(delayMs)));
    return { cancel: () => clearTimeout(timer) };
  }

  soon(task: () => void): Timer {
    // UDX sends a packet that is not full before the loop waits for events, which is after the immediates of a callback.
    let immediate = this.#held(
      setImmediate(() => {
        immediate = this.#held(setImmediate(task));
      }),
    );
    return { cancel: () => clearImmediate(immediate) };
  }

  every(periodMs: number, task: () => void): Timer {
    const timer = this.#held(setInterval(task, bounded(periodMs)));
    return { cancel: () => clearInterval(timer) };
  }

  #held<T extends NodeJS.Timeout | NodeJS.Immediate>(timer: T): T {
    if (!this.#keepAlive) timer.unref();
    return timer;
  }
}

function bounded(delayMs: number): number {
  return Math.min(Math.max(delayMs, 0), MAX_DELAY_MS);
}
