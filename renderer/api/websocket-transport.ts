import type { ApiEvent, Method } from '../../core/api/contract.ts';
import { createRpcTransport, type RpcTransport } from '../../core/api/rpc-transport.ts';
import { createEmitter, type Unsubscribe } from '../lib/emitter.ts';
import {
  type AudioDoor,
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
  send(message: string): void;
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
  readonly #audio: AudioDoor;
  readonly #random: () => number;
  readonly #events = createEmitter<ApiEvent>();
  readonly #statuses = createEmitter<ConnectionStatus>();
  #rpc: RpcTransport | undefined;
  #waiting: Waiting[] = [];
  #status: ConnectionStatus = 'connecting';
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** `audio`: the way of a call's sound, a connection of its own. `random` gives the jitter, 0 to 1. */
  constructor(options: { open: () => Socket; audio: AudioDoor; random?: () => number }) {
    this.#open = options.open;
    this.#audio = options.audio;
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

  async openAudio(): Promise<AudioDoor> {
    return this.#audio;
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
    socket.onopen = () => this.#opened(rpc);
    socket.onclose = () => this.#closed(rpc);
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') rpc.receive(data);
    };
  }

  #opened(rpc: RpcTransport): void {
    this.#failures = 0;
    this.#rpc = rpc;
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
