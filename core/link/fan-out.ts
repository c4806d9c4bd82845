import type { DropCounter } from '../net/transport.ts';
import type { Unsubscribe } from '../ports/events.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import { LinkChannel } from './channel.ts';

export interface FanOutOptions {
  readonly logger: Logger;
  readonly drops: DropCounter;
  /** Sends one frame on a channel of the link. */
  readonly send: (channel: number, frame: Uint8Array) => boolean;
}

/** Hands what a link receives to those who listen to its channels and kinds of datagrams. */
export class FanOut {
  readonly #options: FanOutOptions;
  readonly #channels = new Map<number, LinkChannel>();
  readonly #datagramListeners = new Map<number, Set<(payload: Uint8Array) => void>>();
  /** Frames of the chunk at hand, by channel. */
  #arrived = new Map<number, Uint8Array[]>();

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  channel(number: number): LinkChannel {
    let channel = this.#channels.get(number);
    if (channel === undefined) {
      channel = new LinkChannel((frame) => this.#options.send(number, frame));
      this.#channels.set(number, channel);
    }
    return channel;
  }

  onDatagram(kind: number, listener: (payload: Uint8Array) => void): Unsubscribe {
    const listeners = this.#datagramListeners.get(kind) ?? new Set();
    this.#datagramListeners.set(kind, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Keeps a frame for `deliver`. */
  collect(channel: number, frame: Uint8Array): void {
    const frames = this.#arrived.get(channel);
    if (frames === undefined) this.#arrived.set(channel, [frame]);
    else frames.push(frame);
  }

  /** Hands the collected frames out, all of a channel together, as long as `isUp` holds. */
  deliver(isUp: () => boolean): void {
    if (this.#arrived.size === 0) return;
    const arrived = this.#arrived;
    this.#arrived = new Map();
    for (const [number, frames] of arrived) {
      if (!isUp()) return;
      this.guarded('frame', () => {
        if (!this.#channels.get(number)?.deliver(frames)) this.#options.drops.add('frame-unheard');
      });
    }
  }

  datagram(kind: number, payload: Uint8Array): void {
    const listeners = this.#datagramListeners.get(kind);
    if (listeners === undefined || listeners.size === 0) return this.#options.drops.add('datagram-unheard');
    for (const listener of [...listeners]) this.guarded('datagram', () => listener(payload));
  }

  drained(): void {
    for (const channel of [...this.#channels.values()]) this.guarded('drain', () => channel.drained());
  }

  /** A listener's fault must not take the link or the process with it. False when the call threw. */
  guarded(what: string, call: () => void): boolean {
    try {
      call();
      return true;
    } catch (error) {
      this.#options.logger.error('link-listener-failed', { what, error: errorName(error) });
      return false;
    }
  }
}
