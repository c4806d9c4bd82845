import type { ApiEvent, Method } from '../../core/api/contract.ts';
import { createRpcTransport, type RpcTransport } from '../../core/api/rpc-transport.ts';
import { createEmitter, type Unsubscribe } from '../lib/emitter.ts';
import {
  type AudioLine,
  type ConnectionStatus,
  DISCONNECTED,
  type Outcome,
  type ParleyTransport,
} from './transport.ts';

/** First wait before a new attempt; it doubles up to the cap. */
export const RECONNECT_FIRST_MS = 250;
export const RECONNECT_CAP_MS = 8_000;
/** A request made while there is no connection waits this long for one. */
export const CONNECT_WAIT_MS = 10_000;

/** The part of a WebSocket we use, so that tests can bring their own. */
export interface Socket {
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  binaryType: string;
  send(message: string | Uint8Array<ArrayBuffer>): void;
}

interface Waiting {
  readonly method: Method;
  readonly args: unknown;
  readonly resolve: (outcome: Outcome<unknown>) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** JSON-RPC over a WebSocket on loopback, with reconnection. Nothing is sent twice: what was under way fails. */
export class WebSocketTransport implements ParleyTransport {
  readonly #open: () => Socket;
  readonly #random: () => number;
  readonly #events = createEmitter<ApiEvent>();
  readonly #statuses = createEmitter<ConnectionStatus>();
  readonly #sounds = createEmitter<Uint8Array>();
  #rpc: RpcTransport | undefined;
  #socket: Socket | undefined;
  #waiting: Waiting[] = [];
  #status: ConnectionStatus = 'connecting';
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  readonly audio: AudioLine = {
    send: (message) => this.#socket?.send(message),
    onMessage: (listener) => this.#sounds.on(listener),
  };

  /** `random` gives the jitter, 0 to 1. */
  constructor(options: { open: () => Socket; random?: () => number }) {
    this.#open = options.open;
    this.#random = options.random ?? Math.random;
    this.#connect();
  }

  request(method: Method, args: unknown): Promise<Outcome<unknown>> {
    if (this.#status === 'connected' && this.#rpc) return this.#rpc.request(method, args);
    return new Promise((resolve) => this.#wait({ method, args, resolve }));
  }

  onEvent(listener: (event: ApiEvent) => void): Unsubscribe {
    return this.#events.on(listener);
  }

  onStatus(listener: (status: ConnectionStatus) => void): Unsubscribe {
    listener(this.#status);
    return this.#statuses.on(listener);
  }

  reconnect(): void {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  #connect(): void {
    this.#retry = undefined;
    const socket = this.#open();
    const rpc = createRpcTransport((text) => socket.send(text));
    rpc.onEvent((event) => this.#events.emit(event));
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened(rpc, socket);
    socket.onclose = () => this.#closed(rpc);
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') rpc.receive(data);
      else if (data instanceof ArrayBuffer) this.#sounds.emit(new Uint8Array(data));
    };
  }

  #opened(rpc: RpcTransport, socket: Socket): void {
    this.#failures = 0;
    this.#rpc = rpc;
    this.#socket = socket;
    this.#setStatus('connected');
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) {
      clearTimeout(call.timer);
      void rpc.request(call.method, call.args).then(call.resolve);
    }
  }

  #closed(rpc: RpcTransport): void {
    this.#rpc = undefined;
    this.#socket = undefined;
    rpc.close();
    const backOff = Math.min(RECONNECT_CAP_MS, RECONNECT_FIRST_MS * 2 ** this.#failures);
    this.#failures++;
    this.#retry = setTimeout(() => this.#connect(), backOff * (0.75 + this.#random() / 2));
    this.#setStatus('disconnected');
  }

  #wait(call: Omit<Waiting, 'timer'>): void {
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter((other) => other.timer !== timer);
      call.resolve(DISCONNECTED);
    }, CONNECT_WAIT_MS);
    this.#waiting.push({ ...call, timer });
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#statuses.emit(status);
  }
}
