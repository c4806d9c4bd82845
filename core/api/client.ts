import type { Unsubscribe } from '../ports/events.ts';
import { Emitter } from '../ports/events.ts';
import type { ApiEvent, Args, EventName, EventPayload, Method, Result } from './contract.ts';
import type { TaggedResult } from './dispatch.ts';
import { ApiError } from './errors.ts';

/** How requests reach a core and events come back: IPC, a WebSocket, or a direct call in tests. */
export interface Transport {
  request(method: Method, args: unknown): Promise<TaggedResult>;
  onEvent(listener: (event: ApiEvent) => void): Unsubscribe;
}

/** The contract as typed calls. */
export interface Client {
  /** @throws {ApiError} with the core's stable code. */
  call<M extends Method>(method: M, ...args: ArgsOf<M>): Promise<Result<M>>;
  on<E extends EventName>(name: E, listener: (payload: EventPayload<E>) => void): Unsubscribe;
  onEvent(listener: (event: ApiEvent) => void): Unsubscribe;
  /** Revisions skipped or went back: events were missed, so ask for everything again. */
  onGap(listener: () => void): Unsubscribe;
  /** Lets go of the transport. Idempotent. */
  close(): void;
}

/** Requests without parameters may be called without an object. */
type ArgsOf<M extends Method> = Record<string, never> extends Args<M> ? [args?: Args<M>] : [args: Args<M>];

export function createClient(transport: Transport): Client {
  return new ContractClient(transport);
}

class ContractClient implements Client {
  readonly #transport: Transport;
  readonly #events = new Emitter<ApiEvent>();
  readonly #gaps = new Emitter<void>();
  readonly #unsubscribe: Unsubscribe;
  #revision: number | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#unsubscribe = transport.onEvent((event) => this.#take(event));
  }

  async call<M extends Method>(method: M, ...args: ArgsOf<M>): Promise<Result<M>> {
    const result = await this.#transport.request(method, args[0] ?? {});
    if (result.ok) return result.value as Result<M>;
    throw new ApiError(result.error.code, result.error.message, result.error.details);
  }

  on<E extends EventName>(name: E, listener: (payload: EventPayload<E>) => void): Unsubscribe {
    return this.#events.on((event) => {
      if (event.name === name) listener(event.payload as EventPayload<E>);
    });
  }

  onEvent(listener: (event: ApiEvent) => void): Unsubscribe {
    return this.#events.on(listener);
  }

  onGap(listener: () => void): Unsubscribe {
    return this.#gaps.on(listener);
  }

  close(): void {
    this.#unsubscribe();
    this.#events.clear();
    this.#gaps.clear();
  }

  #take(event: ApiEvent): void {
    const expected = this.#revision === undefined ? event.revision : this.#revision + 1;
    this.#revision = event.revision;
    if (event.revision !== expected) this.#gaps.emit();
    this.#events.emit(event);
  }
}
