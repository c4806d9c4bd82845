import type { Unsubscribe } from '../ports/events.ts';
import { Emitter } from '../ports/events.ts';
import type { Transport } from './client.ts';
import { type ApiEvent, events, type Method } from './contract.ts';
import { type Failure, failure, type TaggedResult } from './dispatch.ts';
import { ERROR_CODES, type ErrorCode } from './errors.ts';

/** A carrier of whole texts, e.g. an open WebSocket: what leaves through `send` and comes in through `receive`. */
export interface RpcTransport extends Transport {
  /** One text from the other side. What is no answer to us and no known event is ignored. */
  receive(text: string): void;
  /** The carrier is gone: every request under way, and every later one, fails with `shutting-down`. Idempotent. */
  close(): void;
}

/** Speaks JSON-RPC 2.0 as the asking side (see `json-rpc.ts`). */
export function createRpcTransport(send: (text: string) => void): RpcTransport {
  return new JsonRpcTransport(send);
}

const GONE = failure('shutting-down', 'The connection to Parley is gone.');
const CODES: ReadonlySet<string> = new Set(ERROR_CODES);

class JsonRpcTransport implements RpcTransport {
  readonly #send: (text: string) => void;
  readonly #waiting = new Map<number, (result: TaggedResult) => void>();
  readonly #events = new Emitter<ApiEvent>();
  #nextId = 1;
  #closed = false;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  request(method: Method, args: unknown): Promise<TaggedResult> {
    if (this.#closed) return Promise.resolve(GONE);
    return new Promise((resolve) => {
      const id = this.#nextId++;
      this.#waiting.set(id, resolve);
      this.#send(JSON.stringify({ jsonrpc: '2.0', id, method, params: args }));
    });
  }

  onEvent(listener: (event: ApiEvent) => void): Unsubscribe {
    return this.#events.on(listener);
  }

  receive(text: string): void {
    const message = parseObject(text);
    if (message === undefined) return;
    const waiting = typeof message.id === 'number' ? this.#waiting.get(message.id) : undefined;
    if (waiting !== undefined) {
      this.#waiting.delete(message.id as number);
      waiting(toResult(message));
      return;
    }
    const event = toEvent(message);
    if (event !== undefined) this.#events.emit(event);
  }

  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.values()) waiting(GONE);
    this.#waiting.clear();
    this.#events.clear();
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function toResult(message: Record<string, unknown>): TaggedResult {
  if (message.error === undefined) return { ok: true, value: message.result };
  const error = message.error as { message?: unknown; data?: { code?: unknown; details?: unknown } } | null;
  const code = error?.data?.code;
  if (typeof code !== 'string' || !CODES.has(code)) return failure('internal', String(error?.message ?? ''));
  const details = (error?.data?.details ?? {}) as Failure['details'];
  return failure(code as ErrorCode, String(error?.message ?? ''), details);
}

function toEvent(message: Record<string, unknown>): ApiEvent | undefined {
  const { method, params, revision } = message;
  if (typeof method !== 'string' || !Object.hasOwn(events, method) || typeof revision !== 'number') return undefined;
  return { name: method, payload: params, revision } as ApiEvent;
}
