import { TICKS_PER_MS } from '../../core/audio/frame.ts';
import { Capture } from './capture.ts';
import { Playout } from './playout.ts';
import { CALL_PROCESSOR, type Captured, type FromWorklet, type ToSpeaker, type ToWorklet } from './worklet-messages.ts';

/* The scope of an AudioWorklet, which TypeScript's DOM library leaves out (Web Audio API, section 1.32). */
declare const currentFrame: number;
declare const registerProcessor: (name: string, processor: new () => WorkletProcessor) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
interface WorkletProcessor {
  process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean;
}

/** How often the page is told how playing goes: each half second, in samples. */
const STATS_EVERY = 24_000;

/** Runs beside the sound card: microphone in, loudspeaker out, both by the sound card's clock. */
class CallProcessor extends AudioWorkletProcessor implements WorkletProcessor {
  readonly #playout = new Playout();
  readonly #capture = new Capture((clock, pcm) => {
    const captured: Captured = { clock, pcm };
    this.#sound?.postMessage(captured, [pcm.buffer]);
  });
  #sound: MessagePort | undefined;
  #runs = false;
  #toldAt = currentFrame;

  constructor() {
    super();
    this.port.onmessage = ({ data: { sound } }: MessageEvent<ToWorklet>) => {
      this.#sound = sound;
      sound.onmessage = ({ data }: MessageEvent<ToSpeaker>) => this.#hear(data);
    };
  }

  process([input]: readonly Float32Array[][], [output]: readonly Float32Array[][]): boolean {
    const [speaker] = output ?? [];
    if (speaker === undefined) return true;
    this.#runs = true;
    this.#capture.take(input?.[0], speaker.length);
    this.#playout.render(speaker, currentFrame / TICKS_PER_MS);
    if (currentFrame - this.#toldAt >= STATS_EVERY) {
      this.#toldAt = currentFrame;
      const stats: FromWorklet = this.#playout.stats;
      this.port.postMessage(stats);
    }
    return true;
  }

  #hear(frame: ToSpeaker): void {
    // A clock that does not go yet would say of each frame that it came earlier than the one before.
    if (this.#runs) this.#playout.insert(frame, currentFrame / TICKS_PER_MS);
  }
}

registerProcessor(CALL_PROCESSOR, CallProcessor);
