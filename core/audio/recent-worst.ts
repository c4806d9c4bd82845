const BUCKET_MS = 1_000;

interface Bucket {
  readonly at: number;
  most: number;
}

/** The most of what was noted in about the last `buckets` seconds. */
export class RecentWorst {
  readonly #buckets: Bucket[] = [];
  readonly #count: number;

  /** `buckets`: a second with something in it each. */
  constructor(buckets: number) {
    this.#count = buckets;
  }

  add(value: number, now: number): void {
    const last = this.#buckets.at(-1);
    if (last === undefined || now - last.at >= BUCKET_MS) this.#buckets.push({ at: now, most: value });
    else last.most = Math.max(last.most, value);
    if (this.#buckets.length > this.#count) this.#buckets.shift();
  }

  /** Undefined before the first. */
  get most(): number | undefined {
    return this.#buckets.length === 0 ? undefined : Math.max(...this.#buckets.map(({ most }) => most));
  }
}
