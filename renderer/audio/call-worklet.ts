import { TICKS_PER_MS } from '../../core/audio/frame.ts';
import { Capture } from './capture.ts';
import { Playout } from './playout.ts';
import { CALL_PROCESSOR, type FromWorklet, type ToWorklet } from './worklet-messages.ts';

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
  readonly #capture = new Capture((clock, pcm) => this.#tell({ kind: 'captured', clock, pcm }, [pcm.buffer]));
  #toldAt = currentFrame;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      this.#playout.insert(data, currentFrame / TICKS_PER_MS);
    };
  }

  process([input]: readonly Float32Array[][], [output]: readonly Float32Array[][]): boolean {
    const [speaker] = output ?? [];
    if (speaker === undefined) return true;
    this.#capture.take(input?.[0], speaker.length);
    this.#playout.render(speaker, currentFrame / TICKS_PER_MS);
    if (currentFrame - this.#toldAt >= STATS_EVERY) {
      this.#toldAt = currentFrame;
      this.#tell({ kind: 'stats', stats: this.#playout.stats }, []);
    }
    return true;
  }

  #tell(message: FromWorklet, transfer: Transferable[]): void {
    this.port.postMessage(message, transfer);
  }
}

registerProcessor(CALL_PROCESSOR, CallProcessor);
