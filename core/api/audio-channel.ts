import { readClientAudio, writeCoreAudio } from './audio-messages.ts';
import type { CallAudio, CallAudioEnd } from './core-service.ts';

/** Calls that one client takes part in at once: one that goes on and one that is just ending. */
const MAX_ATTACHED = 4;

export interface AudioChannelOptions {
  readonly audio: CallAudio;
  /** Sends one binary message to the client; may drop it when the client does not keep up. */
  readonly send: (message: Uint8Array<ArrayBuffer>) => void;
}

/** One client's binary messages, whatever carries them: a WebSocket or a message port. */
export class AudioChannel {
  readonly #options: AudioChannelOptions;
  readonly #attached = new Map<string, CallAudioEnd>();

  constructor(options: AudioChannelOptions) {
    this.#options = options;
  }

  /** Total. @returns false for what is no message of the contract. */
  receive(bytes: Uint8Array): boolean {
    const message = readClientAudio(bytes);
    if (message === undefined) return false;
    if (message.kind === 'attach') this.#attach(message.call);
    else this.#attached.get(message.call)?.send(message);
    return true;
  }

  /** The client is gone. Idempotent. */
  close(): void {
    for (const end of this.#attached.values()) end.detach();
    this.#attached.clear();
  }

  #attach(call: string): void {
    if (this.#attached.has(call)) return;
    const { audio, send } = this.#options;
    const detached = (why: 'over' | 'replaced') => send(writeCoreAudio({ kind: 'detached', call, why }));
    if (this.#attached.size >= MAX_ATTACHED) return detached('over');
    const end = audio.attach(call, {
      frame: ({ sequence, clock, silence, opus }) =>
        send(writeCoreAudio({ kind: 'audio', call, sequence, clock, silence, opus })),
      ended: (why) => {
        this.#attached.delete(call);
        detached(why);
      },
    });
    if (end === undefined) detached('over');
    else this.#attached.set(call, end);
  }
}
