const FRAME_US = 20_000;
/** Frames inside of a codec, two seconds of them: more than any jam. It does not keep up. */
const MAX_WAITING = 100;
/** A codec that was never empty while so many came out has swallowed one. */
const SWALLOWED_AFTER = 100;

/**
 * Which frame is which when it comes out of a WebCodecs codec. Frames that go in get stamps without gaps: some browsers
 * give a frame its own stamp back, so that one that was swallowed is seen at once. Chromium numbers what comes out by
 * itself, from the first stamp on; there only the order tells, and a swallowed frame is one that never leaves.
 */
export class CodecQueue<T> {
  readonly #waiting = new Map<number, T>();
  #next = 0;
  #out = 0;
  /** Fewest that were waiting since `#out` was 0. */
  #fewest = Number.POSITIVE_INFINITY;

  /** @returns the time stamp to go in with, in us. */
  put(value: T): number {
    const number = this.#next++;
    this.#waiting.set(number, value);
    return number * FRAME_US;
  }

  /** What came out with this time stamp; undefined when nothing is inside. */
  take(timestampUs: number): T | undefined {
    const [oldest] = this.#waiting.keys();
    if (oldest === undefined) return undefined;
    const stamp = Math.round(timestampUs / FRAME_US);
    const number = this.#waiting.has(stamp) ? stamp : oldest;
    const value = this.#waiting.get(number);
    for (const earlier of this.#waiting.keys()) if (earlier <= number) this.#waiting.delete(earlier);
    this.#note();
    return value;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The codec has to be started anew: what comes out can no longer be told apart, or comes too late. */
  get spoilt(): boolean {
    return this.#waiting.size >= MAX_WAITING || (this.#out >= SWALLOWED_AFTER && this.#fewest > 0);
  }

  #note(): void {
    if (this.#out >= SWALLOWED_AFTER) {
      this.#out = 0;
      this.#fewest = Number.POSITIVE_INFINITY;
    }
    this.#out++;
    this.#fewest = Math.min(this.#fewest, this.#waiting.size);
  }
}
