import type { Clock, Timer } from '../ports/clock.ts';

/** Notices so soon after the last round are of the same: every holder sends some. */
export const LEAST_PAUSE_MS = 3_000;
/** Between rounds that brought nothing the pause doubles, up to this. */
export const LONGEST_PAUSE_MS = 30_000;
/** After so long without a round the next one is the first again. */
const FORGOTTEN_MS = 10 * 60_000;

export interface NoticesOptions {
  readonly clock: Clock;
  /** Asks all holders, a round. */
  readonly collect: () => void;
}

/**
 * What to make of notices that something waits for us. Anybody who knows our position may send one, through roots that do
 * not show him where we are, and the round it causes costs us hundreds of times as much. So where rounds bring nothing, the
 * next notice waits longer, and is not lost.
 */
export class Notices {
  readonly #options: NoticesOptions;
  #pauseMs = LEAST_PAUSE_MS;
  #roundAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  told(): void {
    const sinceMs = this.#options.clock.now() - this.#roundAt;
    if (sinceMs < LEAST_PAUSE_MS) return;
    if (sinceMs >= this.#pauseMs) return this.#round();
    this.#timer ??= this.#options.clock.after(this.#pauseMs - sinceMs, () => this.#round());
  }

  /** Something new came: whoever told us was right. */
  came(): void {
    this.#pauseMs = LEAST_PAUSE_MS;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #round(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const now = this.#options.clock.now();
    const isFirst = now - this.#roundAt > FORGOTTEN_MS;
    this.#pauseMs = isFirst ? LEAST_PAUSE_MS : Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    this.#roundAt = now;
    this.#options.collect();
  }
}
