import type { ApiEvent } from '../../core/api/contract.ts';
import { createDispatcher } from '../../core/api/dispatch.ts';
import type { ConnectionStatus, ParleyTransport } from '../api/transport.ts';
import { createEmitter } from '../lib/emitter.ts';
import { FakeCore } from './fake-core.ts';

/** A fake core behind the real checks of the contract, and the transport to it. */
export interface FakeConnection {
  readonly core: FakeCore;
  readonly transport: ParleyTransport;
  setStatus(status: ConnectionStatus): void;
  /** Loses the next event, as a broken connection would. */
  loseEvent(): void;
}

export function connectFake(options: { now?: () => number; seed?: number } = {}): FakeConnection {
  const events = createEmitter<ApiEvent>();
  const statuses = createEmitter<ConnectionStatus>();
  let revision = 0;
  const core = new FakeCore({
    ...options,
    emit: (name, payload) => events.emit({ name, payload, revision: ++revision } as ApiEvent),
  });
  const dispatcher = createDispatcher(core.handlers());
  return {
    core,
    transport: {
      request: (method, args) => dispatcher.call(method, args),
      onEvent: (listener) => events.on(listener),
      onStatus: (listener) => {
        listener('connected');
        return statuses.on(listener);
      },
    },
    setStatus: (status) => statuses.emit(status),
    loseEvent: () => {
      revision++;
    },
  };
}
