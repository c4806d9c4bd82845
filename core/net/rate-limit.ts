import type { Clock } from '../ports/clock.ts';

export interface RateLimitOptions {
  readonly clock: Clock;
  /** Tokens each source gains a second. */
  readonly perSecond: number;
  /** Most tokens a source can save up; a new source starts with them. */
  readonly burst: number;
  /** Sources remembered at once. */
  readonly maxSources: number;
  /** The same for all sources together, so that many addresses do not get many shares; default: no such limit. */
  readonly overall?: { readonly perSecond: number; readonly burst: number };
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets, one per source (an address, an IP group, a key). A full table forgets the source that asked longest
 * ago: it had most time to refill, so it gains least by being forgotten.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  /** In the order of the last request, oldest first. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #overall: Bucket | undefined;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    const { overall, clock } = options;
    if (overall !== undefined) this.#overall = { tokens: overall.burst, at: clock.now() };
  }

  /** Sources remembered now. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes `cost` tokens of `source`; false, and nothing taken, when it has not as many. */
  take(source: string, cost = 1): boolean {
    const now = this.#options.clock.now();
    const bucket = this.#touch(source, now);
    refill(bucket, this.#options, now);
    if (bucket.tokens < cost) return false;
    const { overall } = this.#options;
    if (this.#overall !== undefined && overall !== undefined) {
      refill(this.#overall, overall, now);
      if (this.#overall.tokens < cost) return false;
      this.#overall.tokens -= cost;
    }
    bucket.tokens -= cost;
    return true;
  }

  #touch(source: string, now: number): Bucket {
    const known = this.#buckets.get(source);
    const bucket = known ?? { tokens: this.#options.burst, at: now };
    if (known !== undefined) this.#buckets.delete(source);
    else if (this.#buckets.size >= this.#options.maxSources) this.#forgetOldest();
    this.#buckets.set(source, bucket);
    return bucket;
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}

function refill(bucket: Bucket, { perSecond, burst }: { perSecond: number; burst: number }, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1_000);
  bucket.at = now;
}
