import type { CallView } from '../../core/api/views.ts';
import type { AudioDoor } from '../api/transport.ts';
import type { MicrophoneProblem } from './microphone.ts';
import type { PlayoutStats } from './playout.ts';
import { type Devices, SoundGraph } from './sound-graph.ts';
import type { Tuning } from './sound-sender.ts';
import { startWorker } from './start-worker.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface CallSoundOptions {
  /** ID of the call. */
  readonly call: string;
  readonly openAudio: () => Promise<AudioDoor>;
  readonly devices: Devices;
  readonly onMicrophone: (problem: MicrophoneProblem | null) => void;
  readonly onStats: (stats: PlayoutStats) => void;
  /** Another window has the sound now. */
  readonly onReplaced: () => void;
  /** This browser cannot do it. */
  readonly onFailed: () => void;
}

/**
 * The sound of one call in this window, from microphone to loudspeaker. This thread opens the devices and says what is
 * wanted; the sound itself goes between the worker and the thread of the sound card and never comes by here.
 */
export class CallSound {
  readonly call: string;
  readonly graph: SoundGraph;
  readonly #options: CallSoundOptions;
  readonly #worker: Worker;
  #wanted: Extract<ToWorker, { kind: 'follow' }> = { kind: 'follow', muted: false, tuning: null };
  #begun = false;
  #closed = false;

  /** @throws where the browser has no workers or no audio */
  constructor(options: CallSoundOptions) {
    const { call, devices, onMicrophone, onStats, onFailed } = options;
    this.#options = options;
    this.call = call;
    this.graph = new SoundGraph(devices, { onStats, onMicrophone });
    this.#worker = startWorker();
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#told(data);
    this.#worker.onerror = () => onFailed();
    this.#begin().catch(() => {
      if (!this.#closed) onFailed();
    });
    void this.graph.openMicrophone();
  }

  /** `silent`: the key to talk is not held. */
  follow({ encoder, muted, deafened }: CallView, silent: boolean): void {
    this.graph.deafened = deafened;
    const wanted = { muted: muted || silent, tuning: encoder && tuningOf(encoder) };
    if (sameTuning(wanted.tuning, this.#wanted.tuning) && wanted.muted === this.#wanted.muted) return;
    this.#wanted = { kind: 'follow', ...wanted };
    if (this.#begun) this.#post(this.#wanted);
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#worker.terminate();
    void this.graph.close();
  }

  async #begin(): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    const [door] = await Promise.all([this.#options.openAudio(), this.graph.start(port1)]);
    if (this.#closed) return;
    this.#begun = true;
    this.#post({ kind: 'begin', call: this.call, door, worklet: port2 });
    this.#post(this.#wanted);
  }

  #post(message: ToWorker): void {
    if (message.kind === 'follow') return this.#worker.postMessage(message);
    const { door, worklet } = message;
    this.#worker.postMessage(message, door.kind === 'port' ? [door.port, worklet] : [worklet]);
  }

  #told(message: FromWorker): void {
    if (message === 'replaced') this.#options.onReplaced();
    else this.#options.onFailed();
  }
}

function tuningOf({ bitRate, constantRate }: NonNullable<CallView['encoder']>): Tuning {
  return { bitRate, constantRate };
}

function sameTuning(a: Tuning | null, b: Tuning | null): boolean {
  return a?.bitRate === b?.bitRate && a?.constantRate === b?.constantRate;
}
