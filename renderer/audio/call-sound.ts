import { readCoreAudio, writeClientAudio } from '../../core/api/audio-messages.ts';
import type { CallView } from '../../core/api/views.ts';
import type { AudioLine } from '../api/transport.ts';
import type { Unsubscribe } from '../lib/emitter.ts';
import type { MicrophoneProblem } from './microphone.ts';
import type { PlayoutStats } from './playout.ts';
import { type Devices, SoundGraph } from './sound-graph.ts';
import { SoundReceiver } from './sound-receiver.ts';
import { SoundSender, type Tuning } from './sound-sender.ts';

export interface CallSoundOptions {
  /** ID of the call. */
  readonly call: string;
  readonly line: AudioLine;
  readonly devices: Devices;
  readonly onMicrophone: (problem: MicrophoneProblem | null) => void;
  readonly onStats: (stats: PlayoutStats) => void;
  /** Another window has the sound now. */
  readonly onReplaced: () => void;
  /** This browser cannot do it. */
  readonly onFailed: () => void;
}

/** The sound of one call in this window, from microphone to loudspeaker. */
export class CallSound {
  readonly call: string;
  readonly graph: SoundGraph;
  readonly #options: CallSoundOptions;
  readonly #sender: SoundSender;
  readonly #receiver: SoundReceiver;
  readonly #endListening: Unsubscribe;
  #tuning: Tuning | undefined;

  constructor(options: CallSoundOptions) {
    const { call, line, devices, onMicrophone, onStats, onFailed } = options;
    this.#options = options;
    this.call = call;
    this.#sender = new SoundSender({
      send: (frame) => line.send(writeClientAudio({ kind: 'audio', call, ...frame })),
      onFailed,
    });
    this.graph = new SoundGraph(devices, {
      onCaptured: (pcm, clock) => this.#sender.take(pcm, clock),
      onStats,
      onMicrophone,
    });
    this.#receiver = new SoundReceiver((frame) => this.graph.play(frame));
    this.#endListening = line.onMessage((bytes) => this.#heard(bytes));
    this.attach();
    this.graph.start().catch(onFailed);
    void this.graph.openMicrophone();
  }

  /** Once more after the connection to the core was lost. */
  attach(): void {
    this.#options.line.send(writeClientAudio({ kind: 'attach', call: this.call }));
  }

  /** `silent`: the key to talk is not held. */
  follow({ encoder, muted, deafened }: CallView, silent: boolean): void {
    this.#sender.muted = muted || silent;
    this.graph.deafened = deafened;
    if (encoder === null) return;
    const { bitRate, constantRate } = encoder;
    if (this.#tuning?.bitRate === bitRate && this.#tuning.constantRate === constantRate) return;
    this.#tuning = { bitRate, constantRate };
    this.#sender.tune(this.#tuning);
  }

  /** Idempotent. */
  close(): void {
    this.#endListening();
    this.#sender.close();
    this.#receiver.close();
    void this.graph.close();
  }

  #heard(bytes: Uint8Array): void {
    const message = readCoreAudio(bytes);
    if (message?.call !== this.call) return;
    if (message.kind === 'audio') this.#receiver.take(message);
    else if (message.why === 'replaced') this.#options.onReplaced();
  }
}
