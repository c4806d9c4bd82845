import type { AudioFrame, FrameTiming } from '../../core/audio/frame.ts';
import { FRAME_SAMPLES, type SoundFrame } from './playout.ts';

const FRAME_US = 20_000;
/** Frames inside of the decoder; a friend who sends more at once is not heard in real time anyway. */
const MAX_IN_FLIGHT = 100;

/**
 * Opus from the core -> WebCodecs -> frames for the jitter buffer. Frames are decoded the moment they come, so that
 * the thread of the sound card needs nothing from this one; what is late or missing is seen there.
 */
export class SoundReceiver {
  readonly #play: (frame: SoundFrame) => void;
  readonly #inFlight = new Map<number, FrameTiming>();
  #decoder: AudioDecoder | undefined;

  /** `play` owns the samples it gets. */
  constructor(play: (frame: SoundFrame) => void) {
    this.#play = play;
  }

  /** A friend's frame, with any bytes. */
  take({ sequence, clock, silence, opus }: AudioFrame): void {
    if (opus.length === 0) return this.#play({ sequence, clock, silence: true, pcm: new Float32Array(0) });
    if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
    this.#inFlight.set(sequence, { sequence, clock, silence });
    this.#ready().decode(new EncodedAudioChunk({ type: 'key', timestamp: sequence * FRAME_US, data: opus.slice() }));
  }

  close(): void {
    if (this.#decoder?.state !== 'closed') this.#decoder?.close();
    this.#decoder = undefined;
  }

  /** One that met bytes which are no Opus is closed for ever: a new one takes its place. */
  #ready(): AudioDecoder {
    if (this.#decoder !== undefined && this.#decoder.state !== 'closed') return this.#decoder;
    this.#decoder = new AudioDecoder({ output: (data) => this.#decoded(data), error: () => this.#inFlight.clear() });
    this.#decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    return this.#decoder;
  }

  #decoded(data: AudioData): void {
    const sequence = Math.round(data.timestamp / FRAME_US);
    const timing = this.#inFlight.get(sequence);
    this.#inFlight.delete(sequence);
    // A packet may hold up to 120 ms; the contract says 20.
    const fits = data.numberOfFrames === FRAME_SAMPLES && data.sampleRate === 48_000;
    if (timing !== undefined && fits) {
      const pcm = new Float32Array(FRAME_SAMPLES);
      data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
      this.#play({ ...timing, pcm });
    }
    data.close();
  }
}
