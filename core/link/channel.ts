import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { Channel } from './types.ts';

/** One numbered sequence of frames of a link. */
export class LinkChannel implements Channel {
  readonly send: (frame: Uint8Array) => boolean;
  readonly #drain = new Emitter<void>();
  #listener: ((frames: Uint8Array[]) => void) | undefined;

  constructor(send: (frame: Uint8Array) => boolean) {
    this.send = send;
  }

  onFrames(listener: (frames: Uint8Array[]) => void): void {
    this.#listener = listener;
  }

  onDrain(listener: () => void): Unsubscribe {
    return this.#drain.on(listener);
  }

  /** Hands frames out; false when nobody listens. */
  deliver(frames: Uint8Array[]): boolean {
    if (this.#listener === undefined) return false;
    this.#listener(frames);
    return true;
  }

  drained(): void {
    this.#drain.emit();
  }
}
