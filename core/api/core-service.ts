import type { Unsubscribe } from '../ports/events.ts';
import type { ApiEvent, Handlers } from './contract.ts';

/**
 * The core as the shells see it, made by `core/node/create-core.ts`. The bindings (IPC, WebSocket) wrap it in the
 * dispatcher, which checks arguments and results.
 */
export interface CoreService {
  readonly handlers: Handlers;
  onEvent(listener: (event: ApiEvent) => void): Unsubscribe;
  /** Revision of the last event emitted, 0 before the first. */
  readonly revision: number;
  /** Ends links, saves, closes the database. Idempotent. */
  stop(): Promise<void>;
}
