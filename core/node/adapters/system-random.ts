import { fillFromSystem } from '../../crypto/crypto.ts';
import type { Random } from '../../ports/random.ts';

/** A system call for each nonce would cost more than the sealing it is for. */
const POOL_BYTES = 4096;
/** Longer requests bypass the pool. */
const MAX_POOLED_BYTES = 256;
const UNIFORM_STEPS = 2 ** 32;

/** The operating system's generator. */
export class SystemRandom implements Random {
  readonly #pool = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;

  bytes(length: number): Uint8Array<ArrayBuffer> {
    if (length > MAX_POOLED_BYTES) return fillFromSystem(new Uint8Array(length));
    const start = this.#take(length);
    const fresh = this.#pool.slice(start, start + length);
    // What was given out may become a key: no copy of it stays behind.
    this.#pool.fill(0, start, start + length);
    return fresh;
  }

  uniform(): number {
    const start = this.#take(4);
    return new DataView(this.#pool.buffer).getUint32(start, true) / UNIFORM_STEPS;
  }

  #take(length: number): number {
    if (this.#used + length > POOL_BYTES) {
      fillFromSystem(this.#pool);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return start;
  }
}
