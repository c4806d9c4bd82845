import { FRAME_SAMPLES } from './playout.ts';

/** Makes frames of 20 ms of what a microphone gives piece by piece; without a microphone, of silence. */
export class Capture {
  readonly #onFrame: (clock: number, pcm: Float32Array<ArrayBuffer>) => void;
  #frame = new Float32Array(FRAME_SAMPLES);
  #filled = 0;
  #clock = 0;

  /** `onFrame` owns the samples it gets; `clock` is the number of the first one. */
  constructor(onFrame: (clock: number, pcm: Float32Array<ArrayBuffer>) => void) {
    this.#onFrame = onFrame;
  }

  /** `count` samples: those of `sound`, or silence when there is no microphone. */
  take(sound: Float32Array | undefined, count: number): void {
    for (let done = 0; done < count; ) {
      const some = Math.min(count - done, FRAME_SAMPLES - this.#filled);
      if (sound !== undefined) this.#frame.set(sound.subarray(done, done + some), this.#filled);
      done += some;
      this.#filled += some;
      if (this.#filled === FRAME_SAMPLES) this.#finish();
    }
  }

  #finish(): void {
    this.#onFrame(this.#clock, this.#frame);
    this.#clock += FRAME_SAMPLES;
    this.#frame = new Float32Array(FRAME_SAMPLES);
    this.#filled = 0;
  }
}
