import { MAX_OPUS_BYTES } from '../../core/api/audio-messages.ts';
import { CodecQueue } from './codec-queue.ts';
import { FRAME_SAMPLES } from './playout.ts';
import { VoiceGate } from './voice-gate.ts';

/** What the core wants of an encoder. */
export interface Tuning {
  /** Bit/s. */
  readonly bitRate: number;
  readonly constantRate: boolean;
}

/** One frame on its way to the core. */
export interface SentFrame {
  readonly clock: number;
  readonly silence: boolean;
  readonly opus: Uint8Array;
}

export interface SoundSenderOptions {
  readonly send: (frame: SentFrame) => void;
  /** This browser cannot encode: nothing more is sent but silence. */
  readonly onFailed: () => void;
}

const FRAME_US = 20_000;
const NO_OPUS = new Uint8Array(0);

/** Microphone frames -> voice gate -> Opus (WebCodecs) -> core. */
export class SoundSender {
  readonly #options: SoundSenderOptions;
  readonly #gate = new VoiceGate();
  /** Frames inside of the encoder. */
  #inFlight = new CodecQueue<Omit<SentFrame, 'opus'>>();
  #encoder: AudioEncoder | undefined;
  #tuning: Tuning | undefined;
  #wanted: Tuning | undefined;
  #failed = false;
  /** Nothing of the microphone leaves this page. */
  muted = false;

  constructor(options: SoundSenderOptions) {
    this.#options = options;
  }

  /** From the next frame on at which the encoder is empty: one that is set otherwise in between mixes frames up. */
  tune(tuning: Tuning): void {
    this.#wanted = tuning;
  }

  /** 20 ms; `clock` is the number of the first sample, a multiple of 960. */
  take(pcm: Float32Array<ArrayBuffer>, clock: number): void {
    if (this.#wanted === undefined) return;
    const silence = !this.#gate.hears(pcm) || this.muted;
    if (this.muted || this.#failed) return this.#options.send({ clock, silence: true, opus: NO_OPUS });
    if (this.#inFlight.spoilt) this.#startAnew();
    if (this.#inFlight.size === 0) this.#setUp(this.#wanted);
    const form = {
      format: 'f32-planar',
      sampleRate: 48_000,
      numberOfChannels: 1,
      numberOfFrames: FRAME_SAMPLES,
    } as const;
    const data = new AudioData({ ...form, timestamp: this.#inFlight.put({ clock, silence }), data: pcm });
    this.#encoder?.encode(data);
    data.close();
  }

  close(): void {
    this.#wanted = undefined;
    if (this.#encoder?.state !== 'closed') this.#encoder?.close();
    this.#encoder = undefined;
  }

  #setUp(tuning: Tuning): void {
    if (this.#encoder !== undefined && this.#encoder.state !== 'closed' && this.#tuning === tuning) return;
    const same = this.#tuning?.bitRate === tuning.bitRate && this.#tuning.constantRate === tuning.constantRate;
    this.#tuning = tuning;
    if (this.#encoder === undefined || this.#encoder.state === 'closed') this.#encoder = this.#makeEncoder();
    else if (same) return;
    this.#encoder.configure(configOf(tuning));
  }

  #startAnew(): void {
    if (this.#encoder?.state !== 'closed') this.#encoder?.close();
    this.#encoder = undefined;
    this.#inFlight = new CodecQueue();
  }

  #makeEncoder(): AudioEncoder {
    const encoder = new AudioEncoder({
      output: (chunk) => {
        if (encoder === this.#encoder) this.#encoded(chunk);
      },
      error: () => {
        this.#failed = true;
        this.#inFlight = new CodecQueue();
        this.#options.onFailed();
      },
    });
    return encoder;
  }

  #encoded(chunk: EncodedAudioChunk): void {
    const frame = this.#inFlight.take(chunk.timestamp);
    if (frame === undefined) return;
    if (chunk.byteLength > MAX_OPUS_BYTES || this.muted) return;
    const opus = new Uint8Array(chunk.byteLength);
    chunk.copyTo(opus);
    this.#options.send({ ...frame, opus });
  }
}

function configOf({ bitRate, constantRate }: Tuning): AudioEncoderConfig {
  return {
    codec: 'opus',
    sampleRate: 48_000,
    numberOfChannels: 1,
    bitrate: bitRate,
    bitrateMode: constantRate ? 'constant' : 'variable',
    // The voice gate decides what silence is, so that each frame that goes in comes out.
    opus: { frameDuration: FRAME_US, application: 'voip', signal: 'voice', usedtx: false },
  } as AudioEncoderConfig;
}
