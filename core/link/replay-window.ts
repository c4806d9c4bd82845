/** Counters up to this far behind the highest one are still judged one by one. */
export const REPLAY_WINDOW_BITS = 2_016;
const WORDS = REPLAY_WINDOW_BITS / 32 + 1;

/**
 * Accepts each counter once, in any order within the window (RFC 6479: a ring of words with one to spare, so that
 * moving on clears whole words). Counters are integers from 0 to 2^53 - 1. Call only for authenticated packets.
 */
export class ReplayWindow {
  readonly #words = new Uint32Array(WORDS);
  #highest = -1;

  /** Highest counter accepted so far, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** False for a counter that was accepted before or is too old to tell; changes nothing. */
  admits(counter: number): boolean {
    if (counter > this.#highest) return true;
    if (counter <= this.#highest - REPLAY_WINDOW_BITS) return false;
    return (this.#words[Math.floor(counter / 32) % WORDS]! & (1 << (counter % 32))) === 0;
  }

  /** Marks a counter for which `admits` holds; false, and nothing marked, when it does not. */
  accept(counter: number): boolean {
    if (!this.admits(counter)) return false;
    const block = Math.floor(counter / 32);
    if (counter > this.#highest) {
      const last = Math.floor(this.#highest / 32);
      const fresh = Math.min(block - last, WORDS);
      for (let i = 1; i <= fresh; i++) this.#words[(last + i) % WORDS] = 0;
      this.#highest = counter;
    }
    this.#words[block % WORDS]! |= 1 << (counter % 32);
    return true;
  }
}
