import type { Clock } from '../ports/clock.ts';

export interface RateLimiterOptions {
  readonly clock: Clock;
  /** Events a second in the long run. */
  readonly perSecond: number;
  /** Events at once after a pause. */
  readonly burst: number;
  /** Sources remembered; beyond it the one unseen for longest is forgotten and may begin afresh. */
  readonly sources?: number;
}

interface Bucket {
  left: number;
  at: number;
}

const DEFAULT_SOURCES = 4_096;

/** One token bucket for each source (RFC 2697 without colours). */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimiterOptions) {
    this.#options = options;
  }

  /** True, and one event of this source is counted, when its rate permits it. */
  take(source: string): boolean {
    const { clock, perSecond, burst } = this.#options;
    const now = clock.now();
    const bucket = this.#buckets.get(source) ?? this.#add(source, now);
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  #add(source: string, now: number): Bucket {
    if (this.#buckets.size >= (this.#options.sources ?? DEFAULT_SOURCES)) this.#forgetHalf();
    const bucket = { left: this.#options.burst, at: now };
    this.#buckets.set(source, bucket);
    return bucket;
  }

  /** Full buckets first: they know nothing. Then the oldest, in one sweep, so that each packet stays cheap. */
  #forgetHalf(): void {
    const { clock, perSecond, burst } = this.#options;
    const now = clock.now();
    for (const [source, bucket] of this.#buckets) {
      if (bucket.left + ((now - bucket.at) / 1_000) * perSecond >= burst) this.#buckets.delete(source);
    }
    const limit = (this.#options.sources ?? DEFAULT_SOURCES) / 2;
    for (const source of this.#buckets.keys()) {
      if (this.#buckets.size <= limit) break;
      this.#buckets.delete(source);
    }
  }
}
