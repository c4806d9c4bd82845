/** Width of a bin. */
const BIN_MS = 5;
/** Delays above are taken for this one. */
const MAX_DELAY_MS = 1_000;
const BINS = MAX_DELAY_MS / BIN_MS + 1;
/** What each new frame leaves of the weight of the old ones: half of it is gone after 7 s of speech. */
const KEEP = 0.998;
/** At the start the old ones are forgotten faster, so that the first second already tells something. */
const KEEP_AT_START = 0.95;
const START_FRAMES = 100;

/**
 * How late frames come, as a histogram that forgets: its quantile is how deep the buffer has to be (as NetEq's delay
 * manager does it).
 */
export class DelayHistogram {
  readonly #bins = new Float64Array(BINS);
  #total = 0;
  #frames = 0;

  /** Begins with one frame that was `expectedMs` late, which is forgotten like any other. */
  constructor(expectedMs: number) {
    this.#count(expectedMs);
  }

  /** Notes a frame that came `ms` later than the quickest ones; 0 or more. */
  add(ms: number): void {
    const share = Math.min(1, this.#frames++ / START_FRAMES);
    const keep = KEEP_AT_START + (KEEP - KEEP_AT_START) * share;
    for (let i = 0; i < BINS; i++) this.#bins[i]! *= keep;
    this.#total *= keep;
    this.#count(ms);
  }

  /** The delay that at least this share of the frames kept, in ms, rounded up to a bin. */
  quantile(share: number): number {
    // A part of 10^-9 of the weight is what sums of fractions may be off by.
    const wanted = this.#total * share * (1 - 1e-9);
    let sum = 0;
    for (let i = 0; i < BINS; i++) {
      sum += this.#bins[i]!;
      if (sum >= wanted) return (i + 1) * BIN_MS;
    }
    return MAX_DELAY_MS;
  }

  #count(ms: number): void {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(ms / BIN_MS)));
    this.#bins[bin]! += 1;
    this.#total += 1;
  }
}
