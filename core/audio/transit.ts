/** The quickest frame of so many buckets is the base of what is late. */
const BUCKET_MS = 1_000;
const BASE_BUCKETS = 10;
/** Buckets that tell how fast the two clocks drift apart, and the fewest for a statement. */
const SKEW_BUCKETS = 60;
const MIN_SKEW_BUCKETS = 15;

interface Bucket {
  readonly at: number;
  least: number;
}

/**
 * Transit times between two clocks whose difference is unknown: the least of the last ten seconds is the base that all
 * others are late against, and the slope of the leasts is the drift of the clocks.
 */
export class Transit {
  readonly #buckets: Bucket[] = [];

  /** Notes a transit time (arrival by one clock less sending by the other, in ms) at `now`. */
  add(transit: number, now: number): void {
    const last = this.#buckets.at(-1);
    if (last === undefined || now - last.at >= BUCKET_MS) this.#buckets.push({ at: now, least: transit });
    else last.least = Math.min(last.least, transit);
    if (this.#buckets.length > SKEW_BUCKETS) this.#buckets.shift();
  }

  /** Least transit time of about the last ten seconds with frames; undefined before the first. */
  get base(): number | undefined {
    if (this.#buckets.length === 0) return undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const bucket of this.#buckets.slice(-BASE_BUCKETS)) least = Math.min(least, bucket.least);
    return least;
  }

  /**
   * How much slower the sender's clock runs than ours, in parts per million; undefined while there is too little to
   * say so. The slope of the line through the leasts with the least squared errors.
   */
  get skewPpm(): number | undefined {
    const count = this.#buckets.length;
    if (count < MIN_SKEW_BUCKETS) return undefined;
    const meanAt = this.#buckets.reduce((sum, { at }) => sum + at, 0) / count;
    const mean = this.#buckets.reduce((sum, { least }) => sum + least, 0) / count;
    let products = 0;
    let squares = 0;
    for (const { at, least } of this.#buckets) {
      products += (at - meanAt) * (least - mean);
      squares += (at - meanAt) ** 2;
    }
    return (products / squares) * 1e6;
  }

  reset(): void {
    this.#buckets.length = 0;
  }
}
