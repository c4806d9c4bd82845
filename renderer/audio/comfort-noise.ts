import { loudness } from './waveform.ts';

/** Nobody is to think that the line hisses: the noise of a room, not more. About -50 dB of full scale. */
const MAX_LEVEL = 0.003;
/** Weight of a new frame in the level. */
const GAIN = 1 / 4;
/** Of the one-pole low pass that takes the sharpness from white noise, and what makes up for its loss of power. */
const SMOOTH = 0.7;
const MAKE_UP = Math.sqrt((1 + SMOOTH) / (1 - SMOOTH));

/** The sound of a line on which nobody speaks, as loud as the room on the other side; digital silence sounds broken. */
export class ComfortNoise {
  #level = 0;
  #seed = 0x2545f491;
  #low = 0;

  /** The other side sent its room: noise for one frame. */
  learn(sound: Float32Array): void {
    this.#level += (Math.min(MAX_LEVEL, loudness(sound)) - this.#level) * GAIN;
  }

  /** Root of the mean square, 0 to MAX_LEVEL. */
  get level(): number {
    return this.#level;
  }

  /** The next sample. */
  next(): number {
    // xorshift32 (Marsaglia 2003): noise for ears, the same in every run.
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    const white = (this.#seed / 2 ** 31) * Math.sqrt(3);
    this.#low = this.#low * SMOOTH + white * (1 - SMOOTH);
    return this.#low * MAKE_UP * this.#level;
  }
}
