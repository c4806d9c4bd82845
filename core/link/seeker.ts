import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** Pauses between attempts to find a friend who is away; the last one repeats. The first is for a query that got lost. */
const PAUSES_MS = [250, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000];
const JITTER = 0.2;
/** Where the pauses begin when the friend said goodbye: it will ask for us when it comes back. */
const AFTER_GOODBYE = 3;

export interface SeekerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** One attempt. */
  readonly attempt: () => void;
}

/** Plans the attempts to find one friend: at once, then with growing pauses, until told to rest. */
export class Seeker {
  readonly #options: SeekerOptions;
  #step = 0;
  #timer: Timer | undefined;
  #lastAt: number | undefined;

  constructor(options: SeekerOptions) {
    this.#options = options;
  }

  /** Milliseconds since the last attempt that anybody took, infinite before the first. */
  get sinceLastMs(): number {
    return this.#lastAt === undefined ? Number.POSITIVE_INFINITY : this.#options.clock.now() - this.#lastAt;
  }

  /** Attempts now and begins the pauses anew. */
  seekNow(): void {
    this.#step = 0;
    this.#attempt();
  }

  /** Attempts after `delayMs`, with the pauses begun anew: spreads many friends over some time. */
  seekSoon(delayMs: number): void {
    this.#step = 0;
    this.#plan(delayMs);
  }

  /** The friend went away by its own will. */
  seekLater(): void {
    this.#step = AFTER_GOODBYE;
    this.#planNext();
  }

  /** No node took the last attempt: it does not count. */
  untaken(): void {
    this.#lastAt = undefined;
  }

  rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #attempt(): void {
    this.#lastAt = this.#options.clock.now();
    this.#planNext();
    this.#options.attempt();
  }

  #planNext(): void {
    const pause = PAUSES_MS[Math.min(this.#step, PAUSES_MS.length - 1)]!;
    this.#step++;
    this.#plan(pause * (1 + JITTER * (2 * this.#options.random.uniform() - 1)));
  }

  #plan(delayMs: number): void {
    this.rest();
    this.#timer = this.#options.clock.after(delayMs, () => this.#attempt());
  }
}
