import type { Transport } from '../../core/api/client.ts';
import { type Failure, failure, type TaggedResult } from '../../core/api/dispatch.ts';
import type { Unsubscribe } from '../lib/emitter.ts';

export type { Failure };
/** The tagged result of every request. */
export type Outcome<T> = TaggedResult<T>;

export type ConnectionStatus = 'connecting' | 'connected' | 'disconnected';

/** The binary messages of the contract, beside the requests: the sound of calls (docs/api.md). */
export interface AudioLine {
  /** Dropped while there is no connection: sound of a moment ago is of no use. */
  send(message: Uint8Array<ArrayBuffer>): void;
  onMessage(listener: (message: Uint8Array) => void): Unsubscribe;
}

/** The way requests and events travel: IPC, WebSocket, or a fake in the page. */
export interface ParleyTransport extends Transport {
  /** Tells the present status at once, then each change. Left out where the connection cannot break. */
  onStatus?(listener: (status: ConnectionStatus) => void): Unsubscribe;
  /** Tries again now instead of after the back-off. */
  reconnect?(): void;
  /** Left out where calls have no sound. */
  readonly audio?: AudioLine;
}

/** What a request gets when the core did not answer. It may or may not have been carried out. */
export const DISCONNECTED = failure('shutting-down', 'Parley’s core did not answer. Try again in a moment.');
