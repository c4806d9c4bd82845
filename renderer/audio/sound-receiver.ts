import type { AudioFrame, FrameTiming } from '../../core/audio/frame.ts';
import { CodecQueue } from './codec-queue.ts';
import { FRAME_SAMPLES, type SoundFrame } from './playout.ts';

/**
 * Opus from the core -> WebCodecs -> frames for the jitter buffer. Frames are decoded the moment they come, so that
 * the thread of the sound card needs nothing from this one; what is late or missing is seen there.
 */
export class SoundReceiver {
  readonly #play: (frame: SoundFrame) => void;
  /** Frames inside of the decoder. */
  #inFlight = new CodecQueue<FrameTiming>();
  #decoder: AudioDecoder | undefined;

  /** `play` owns the samples it gets. */
  constructor(play: (frame: SoundFrame) => void) {
    this.#play = play;
  }

  /** A friend's frame, with any bytes. */
  take({ sequence, clock, silence, opus }: AudioFrame): void {
    if (opus.length === 0) return this.#play({ sequence, clock, silence: true, pcm: new Float32Array(0) });
    if (this.#inFlight.spoilt) this.close();
    const decoder = this.#ready();
    const timestamp = this.#inFlight.put({ sequence, clock, silence });
    decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data: opus.slice() }));
  }

  /** What is inside of the decoder is lost; the next frame begins anew. */
  close(): void {
    if (this.#decoder?.state !== 'closed') this.#decoder?.close();
    this.#decoder = undefined;
    this.#inFlight = new CodecQueue();
  }

  /** One that met bytes which are no Opus is closed for ever: a new one takes its place. */
  #ready(): AudioDecoder {
    if (this.#decoder !== undefined && this.#decoder.state !== 'closed') return this.#decoder;
    this.#inFlight = new CodecQueue();
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
    const timing = this.#inFlight.take(data.timestamp);
    // A packet may hold up to 120 ms; the contract says 20.
    const fits = data.numberOfFrames === FRAME_SAMPLES && data.sampleRate === 48_000;
    if (timing === undefined || !fits) return;
    const pcm = new Float32Array(FRAME_SAMPLES);
    data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
    this.#play({ ...timing, pcm });
  }
}
