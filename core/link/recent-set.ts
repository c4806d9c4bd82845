import type { Clock } from '../ports/clock.ts';

/** Values seen lately: forgotten after `keepMs`, or earlier, oldest first, when there are more than `limit`. */
export class RecentSet {
  readonly #clock: Clock;
  readonly #keepMs: number;
  readonly #limit: number;
  readonly #seen = new Map<string, number>();

  constructor(clock: Clock, { keepMs, limit }: { keepMs: number; limit: number }) {
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#limit = limit;
  }

  has(value: string): boolean {
    const at = this.#seen.get(value);
    return at !== undefined && this.#clock.now() - at < this.#keepMs;
  }

  add(value: string): void {
    const now = this.#clock.now();
    this.#seen.delete(value);
    this.#seen.set(value, now);
    for (const [oldest, at] of this.#seen) {
      if (this.#seen.size <= this.#limit && now - at < this.#keepMs) break;
      this.#seen.delete(oldest);
    }
  }
}
