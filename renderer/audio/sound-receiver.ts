import type { AudioFrame, FrameTiming } from '../../core/audio/frame.ts';
import { FRAME_SAMPLES, type SoundFrame } from './playout.ts';

const FRAME_US = 20_000;
/** Frames inside of the decoder, two seconds of them: more than any jam; it does not keep up, or has swallowed some. */
const MAX_IN_FLIGHT = 100;

/**
 * Opus from the core -> WebCodecs -> frames for the jitter buffer. Frames are decoded the moment they come, so that
 * the thread of the sound card needs nothing from this one; what is late or missing is seen there.
 */
export class SoundReceiver {
  readonly #play: (frame: SoundFrame) => void;
  /** Frames inside of the decoder. It numbers what comes out without gaps, so only the order tells which is which. */
  #inFlight: FrameTiming[] = [];
  #decoder: AudioDecoder | undefined;

  /** `play` owns the samples it gets. */
  constructor(play: (frame: SoundFrame) => void) {
    this.#play = play;
  }

  /** A friend's frame, with any bytes. */
  take({ sequence, clock, silence, opus }: AudioFrame): void {
    if (opus.length === 0) return this.#play({ sequence, clock, silence: true, pcm: new Float32Array(0) });
    if (this.#inFlight.length >= MAX_IN_FLIGHT) this.close();
    const decoder = this.#ready();
    this.#inFlight.push({ sequence, clock, silence });
    decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: sequence * FRAME_US, data: opus.slice() }));
  }

  /** What is inside of the decoder is lost; the next frame begins anew. */
  close(): void {
    if (this.#decoder?.state !== 'closed') this.#decoder?.close();
    this.#decoder = undefined;
    this.#inFlight = [];
  }

  /** One that met bytes which are no Opus is closed for ever: a new one takes its place. */
  #ready(): AudioDecoder {
    if (this.#decoder !== undefined && this.#decoder.state !== 'closed') return this.#decoder;
    this.#inFlight = [];
    const decoder = new AudioDecoder({
      output: (data) => {
        if (decoder === this.#decoder) this.#decoded(data);
        data.close();
      },
      error: () => {
        if (decoder === this.#decoder) this.close();
      },
    });
    decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    this.#decoder = decoder;
    return decoder;
  }

  #decoded(data: AudioData): void {
    const timing = this.#inFlight.shift();
    // A packet may hold up to 120 ms; the contract says 20.
    const fits = data.numberOfFrames === FRAME_SAMPLES && data.sampleRate === 48_000;
    if (timing === undefined || !fits) return;
    const pcm = new Float32Array(FRAME_SAMPLES);
    data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
    this.#play({ ...timing, pcm });
  }
}
