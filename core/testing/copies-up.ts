import type { Clock } from '../ports/clock.ts';

interface Count {
  copies: number;
  /** Since when there is one. */
  aloneSince: number;
}

/** How many copies of each envelope are on computers that are up, from one moment to the next. */
export class CopiesUp {
  readonly #clock: Clock;
  readonly #noneLeft: (name: string, aloneMs: number) => void;
  readonly #counts = new Map<string, Count>();

  /** @param noneLeft the last copy went, which had been the only one for `aloneMs` */
  constructor(clock: Clock, noneLeft: (name: string, aloneMs: number) => void) {
    this.#clock = clock;
    this.#noneLeft = noneLeft;
  }

  /** A computer that is up has it, or one that has it came up. */
  came(name: string): void {
    const count = this.#counts.get(name);
    if (count === undefined) this.#counts.set(name, { copies: 1, aloneSince: this.#clock.now() });
    else count.copies++;
  }

  /** It is there no more, or its computer is down. */
  went(name: string): void {
    const count = this.#counts.get(name);
    if (count === undefined) return;
    count.copies--;
    const now = this.#clock.now();
    if (count.copies === 1) count.aloneSince = now;
    if (count.copies > 0) return;
    this.#counts.delete(name);
    this.#noneLeft(name, now - count.aloneSince);
  }
}
