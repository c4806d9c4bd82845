import { readCoreAudio, writeClientAudio } from '../../core/api/audio-messages.ts';
import type { SoundLine, SoundLineOptions } from './sound-line.ts';
import { SoundReceiver } from './sound-receiver.ts';
import { SoundSender, type Tuning } from './sound-sender.ts';
import type { FromWorker } from './worker-messages.ts';
import type { Captured, ToSpeaker } from './worklet-messages.ts';

export interface SoundPathOptions {
  /** ID of the call. */
  readonly call: string;
  readonly openLine: (options: SoundLineOptions) => SoundLine;
  /** Takes the samples away. */
  readonly play: (frame: ToSpeaker) => void;
  readonly tell: (message: FromWorker) => void;
}

/** The sound of one call between the core and the thread of the sound card: microphone -> Opus -> core, and back. */
export class SoundPath {
  readonly #options: SoundPathOptions;
  readonly #line: SoundLine;
  readonly #sender: SoundSender;
  readonly #receiver: SoundReceiver;

  constructor(options: SoundPathOptions) {
    this.#options = options;
    const { call, openLine, play, tell } = options;
    this.#receiver = new SoundReceiver(play);
    this.#line = openLine({
      onOpen: () => this.#line.send(writeClientAudio({ kind: 'attach', call })),
      onMessage: (bytes) => this.#heard(bytes),
    });
    this.#sender = new SoundSender({
      send: (frame) => this.#line.send(writeClientAudio({ kind: 'audio', call, ...frame })),
      onFailed: () => tell('failed'),
    });
  }

  captured({ pcm, clock }: Captured): void {
    this.#sender.take(pcm, clock);
  }

  /** `tuning`: null before the core said how. */
  follow(muted: boolean, tuning: Tuning | null): void {
    this.#sender.muted = muted;
    if (tuning !== null) this.#sender.tune(tuning);
  }

  #heard(bytes: Uint8Array): void {
    const message = readCoreAudio(bytes);
    if (message?.call !== this.#options.call) return;
    if (message.kind === 'audio') this.#receiver.take(message);
    else if (message.why === 'replaced') this.#options.tell('replaced');
  }
}
