import type { Transport } from '../../core/api/client.ts';
import { type Failure, failure, type TaggedResult } from '../../core/api/dispatch.ts';
import type { Unsubscribe } from '../lib/emitter.ts';

export type { Failure };
/** The tagged result of every request. */
export type Outcome<T> = TaggedResult<T>;

export type ConnectionStatus = 'connecting' | 'connected' | 'disconnected';

/**
 * Where the binary messages of the contract come and go, the sound of calls (docs/api.md): a WebSocket to be opened, or
 * one end of a channel. It can be handed to another thread, so that sound never waits for this one.
 */
export type AudioDoor =
  | { readonly kind: 'socket'; readonly url: string; readonly protocols: readonly string[] }
  | { readonly kind: 'port'; readonly port: MessagePort };

/** The way requests and events travel: IPC, WebSocket, or a fake in the page. */
export interface ParleyTransport extends Transport {
  /** Tells the present status at once, then each change. Left out where the connection cannot break. */
  onStatus?(listener: (status: ConnectionStatus) => void): Unsubscribe;
  /** Tries again now instead of after the back-off. */
  reconnect?(): void;
  /** A way of its own for one call. Left out where calls have no sound. */
  openAudio?(): Promise<AudioDoor>;
}

/** What a request gets when the core did not answer. It may or may not have been carried out. */
export const DISCONNECTED = failure('shutting-down', 'Parley did not answer. Try again in a moment.');
