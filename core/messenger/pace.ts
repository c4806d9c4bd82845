import type { Clock } from '../ports/clock.ts';

export interface PaceOptions {
  /** So many at once. */
  readonly burst: number;
  /** And then one after so long, in ms. */
  readonly everyMs: number;
}

/** Lets what others cause happen at a pace. */
export class Pace {
  readonly #clock: Clock;
  readonly #options: PaceOptions;
  #left: number;
  #at: number;

  constructor(clock: Clock, options: PaceOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#left = options.burst;
    this.#at = clock.now();
  }

  /** @returns whether it may happen once more now */
  take(): boolean {
    const { burst, everyMs } = this.#options;
    const now = this.#clock.now();
    this.#left = Math.min(burst, this.#left + (now - this.#at) / everyMs);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
