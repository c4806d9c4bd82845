import type { MessageId } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** Random bytes of an ID: 80 bits, so that nobody else's ID is ever the same. */
const RANDOM_BYTES = 10;
const IDS_PER_DRAW = 64;

/**
 * Makes message IDs: 6 bytes of time in ms, then 10 random bytes (as RFC 9562, version 7, without its fixed bits). The
 * time comes first so that new IDs lie side by side in the database's index; on the wire it tells a friend only what
 * `sentAt` tells as well.
 */
export class MessageIds {
  readonly #clock: Clock;
  readonly #random: Random;
  #pool = new Uint8Array(0);
  #used = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  next(): MessageId {
    if (this.#used + RANDOM_BYTES > this.#pool.length) {
      this.#pool = this.#random.bytes(RANDOM_BYTES * IDS_PER_DRAW);
      this.#used = 0;
    }
    const id = new Uint8Array(16);
    let time = Math.max(0, Math.floor(this.#clock.wall()));
    for (let i = 5; i >= 0; i--) {
      id[i] = time % 256;
      time = Math.floor(time / 256);
    }
    for (let i = 6; i < 16; i++) id[i] = this.#pool[this.#used++]!;
    return id as MessageId;
  }
}
