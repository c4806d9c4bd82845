import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { CoreService } from '../api/core-service.ts';
import { type Dispatcher, failure } from '../api/dispatch.ts';
import { ApiError } from '../api/errors.ts';
import { eventText, MAX_RPC_TEXT, type RpcCall } from '../api/json-rpc.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Unsubscribe } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import { AddressUnusableError } from '../ports/network.ts';
import { AUDIO_SUBPROTOCOL, isOwnHost, isOwnOrigin, SUBPROTOCOL, sameToken, targetOf, tokenOf } from './host/access.ts';
import { authenticating } from './host/authentication.ts';
import { PageServer } from './host/page-server.ts';
import { isForeignUser } from './host/peer-user.ts';
import { Refusals } from './host/refusals.ts';
import { CLOSE_CODES, RpcSession } from './host/rpc-session.ts';

/** The RPC endpoint's path. */
const RPC_PATH = '/rpc';
const LOOPBACK = '127.0.0.1';
const MAX_HTTP_CONNECTIONS = 256;
const MAX_SESSIONS = 64;
/** Connections that have not shown the token yet. */
const MAX_STRANGERS = 16;
const MAX_HEADER_BYTES = 16 * 1024;
/** Longest request on a connection that was opened without a token, in bytes. */
const MAX_STRANGER_PAYLOAD = 1024 * 1024;
const AUTHENTICATION_MS = 5_000;
const PING_PERIOD_MS = 30_000;
/** How long connections get to end by themselves. */
const CLOSE_GRACE_MS = 250;
const HEADERS_TIMEOUT_MS = 10_000;

/** What the host gives access to. */
export interface HostedCore {
  readonly service: Pick<CoreService, 'onEvent' | 'audio'>;
  readonly dispatcher: Dispatcher;
}

export interface BrowserHostOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whoever has it has the profile: 32 random bytes as text of letters, digits, - and _. */
  readonly token: string;
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** TCP port, 0 lets the system choose; or a socket that listens on loopback already. */
  readonly port: number | NetServer;
}

export interface BrowserHost {
  readonly port: number;
  readonly rpcUrl: string;
  /** The page's address, with the token in the fragment, which browsers send to nobody. */
  readonly uiUrl: string;
  /** Requests of the contract, which have waited for it, go to this core. To be called once. */
  serve(core: HostedCore): void;
  /** Loads what the first connection will need. Before, it would hold up the start; later, that connection. */
  prepare(): void;
  /** Ends all connections and frees the port. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the page to this computer only, and the contract once it has a core to serve.
 * @throws {ApiError} `port-in-use` when another program has the TCP port. @throws {AddressUnusableError}
 */
export async function createBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const host = new LoopbackHost(options);
  await host.listen();
  return host;
}

class LoopbackHost implements BrowserHost {
  readonly #options: BrowserHostOptions;
  readonly #server: Server;
  /** Made after the start or at the first upgrade. */
  #webSockets: Promise<WebSocketServers> | undefined;
  readonly #sockets = new Set<WebSocket>();
  readonly #sessions = new Set<RpcSession>();
  readonly #page: PageServer;
  readonly #refusals: Refusals;
  /** Undefined when the end came before the core. */
  readonly #core: Promise<HostedCore | undefined>;
  #setCore: (core: HostedCore | undefined) => void = () => undefined;
  #service: HostedCore['service'] | undefined;
  #unsubscribe: Unsubscribe = () => undefined;
  #strangerCount = 0;
  #pinging: Timer | undefined;
  #closing: Promise<void> | undefined;
  #port = 0;

  constructor(options: BrowserHostOptions) {
    this.#options = options;
    this.#page = new PageServer(options.pageFolder, options.logger);
    this.#refusals = new Refusals(options.clock, options.logger);
    this.#server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
    });
    this.#server.maxConnections = MAX_HTTP_CONNECTIONS;
    this.#server.on('request', (request, response) => void this.#page.answer(request, response, this.#port));
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#core = new Promise((resolve) => {
      this.#setCore = resolve;
    });
  }

  get port(): number {
    return this.#port;
  }

  get rpcUrl(): string {
    return `ws://${LOOPBACK}:${this.#port}${RPC_PATH}`;
  }

  get uiUrl(): string {
    return `http://${LOOPBACK}:${this.#port}/#token=${this.#options.token}`;
  }

  serve(core: HostedCore): void {
    if (this.#closing !== undefined) return;
    this.#service = core.service;
    this.#unsubscribe = core.service.onEvent((event) => {
      if (this.#sessions.size === 0) return;
      const text = eventText(event);
      for (const session of this.#sessions) session.sendEvent(text);
    });
    this.#setCore(core);
  }

  listen(): Promise<void> {
    const { port, clock } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(typeof port === 'number' ? listenFault(error, port) : error);
      });
      this.#server.listen(typeof port === 'number' ? { port, host: LOOPBACK, exclusive: true } : port, () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        this.#pinging = clock.every(PING_PERIOD_MS, () => this.#ping());
        resolve();
      });
    });
  }

  prepare(): void {
    setImmediate(() => {
      this.#webSockets ??= makeWebSockets();
    });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#unsubscribe();
      this.#setCore(undefined);
      this.#pinging?.cancel();
      const sockets = [...this.#sockets];
      for (const socket of sockets) socket.close(CLOSE_CODES.goingAway, 'Parley is closing');
      // A page that does not answer must not hold up the end.
      const forcing = this.#options.clock.after(CLOSE_GRACE_MS, () => {
        for (const socket of sockets) socket.terminate();
        this.#server.closeAllConnections();
      });
      this.#server.close(() => {
        forcing.cancel();
        this.#refusals.stop();
        resolve();
      });
      this.#server.closeIdleConnections();
    });
    return this.#closing;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until ws takes over, a reset connection would be an uncaught error.
    socket.on('error', () => socket.destroy());
    this.#webSockets ??= makeWebSockets();
    const { trusted, strangers } = await this.#webSockets;
    // No waiting below: the numbers of connections must be right.
    if (this.#closing !== undefined) return void socket.destroy();
    if (!isOwnHost(request, this.#port) || !isOwnOrigin(request)) return this.#refuseUpgrade(socket, 403);
    const { remoteAddress: address, remotePort: port } = request.socket;
    if (isForeignUser({ address, port, ownPort: this.#port })) return this.#refuseUpgrade(socket, 403);
    if (targetOf(request)?.pathname !== RPC_PATH) return this.#refuseUpgrade(socket, 404);
    const token = tokenOf(request);
    if (token !== undefined && !sameToken(token, this.#options.token)) return this.#refuseUpgrade(socket, 401);
    const waiting = token === undefined ? this.#strangerCount : 0;
    if (this.#sessions.size >= MAX_SESSIONS || waiting >= MAX_STRANGERS) return this.#refuseUpgrade(socket, 503);
    const sockets = token === undefined ? strangers : trusted;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#sockets.add(webSocket);
      webSocket.on('close', () => this.#sockets.delete(webSocket));
      if (token === undefined) this.#admitStranger(webSocket, socket);
      else this.#admit(webSocket, this.#open(webSocket, socket, this.#call));
    });
  }

  #refuseUpgrade(socket: Duplex, status: number): void {
    this.#refusals.note(status);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  readonly #call: RpcCall = async (method, params) => {
    const core = await this.#core;
    return core?.dispatcher.call(method, params) ?? failure('shutting-down', 'Parley is closing.');
  };

  /** Of a core that is not up yet there is no call. */
  readonly #audio: CoreService['audio'] = {
    attach: (call, sink) => this.#service?.audio.attach(call, sink),
  };

  #open(webSocket: WebSocket, stream: Duplex, call: RpcCall): RpcSession {
    return new RpcSession({ webSocket, stream, clock: this.#options.clock, call });
  }

  #admit(webSocket: WebSocket, session: RpcSession): void {
    this.#sessions.add(session);
    session.allowAudio(this.#audio);
    webSocket.on('close', () => this.#sessions.delete(session));
  }

  #admitStranger(webSocket: WebSocket, stream: Duplex): void {
    this.#strangerCount++;
    let waiting = true;
    const settle = (): void => {
      if (waiting) this.#strangerCount--;
      waiting = false;
      deadline.cancel();
    };
    const refuse = (): void => {
      this.#refusals.note(401);
      // After the answer that says why.
      setImmediate(() => session.close(CLOSE_CODES.unauthorised, 'the token is missing or wrong'));
    };
    const deadline = this.#options.clock.after(AUTHENTICATION_MS, refuse);
    const call = authenticating({
      token: this.#options.token,
      call: this.#call,
      onAccepted: () => {
        settle();
        this.#admit(webSocket, session);
      },
      onRefused: refuse,
    });
    const session = this.#open(webSocket, stream, call);
    webSocket.on('close', settle);
  }

  #ping(): void {
    for (const session of this.#sessions) session.ping();
  }
}

interface WebSocketServers {
  readonly trusted: WebSocketServer;
  readonly strangers: WebSocketServer;
}

async function makeWebSockets(): Promise<WebSocketServers> {
  const { WebSocketServer } = await import('ws');
  const make = (maxPayload: number): WebSocketServer =>
    new WebSocketServer({
      noServer: true,
      maxPayload,
      perMessageDeflate: false,
      clientTracking: false,
      // Never echo the one that carries the token.
      handleProtocols: (names) => [SUBPROTOCOL, AUDIO_SUBPROTOCOL].find((name) => names.has(name)) ?? false,
    });
  return { trusted: make(MAX_RPC_TEXT), strangers: make(MAX_STRANGER_PAYLOAD) };
}

function listenFault(error: object, port: number): unknown {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new ApiError('port-in-use', `TCP port ${port} is in use by another program.`, { port });
  // Ports below 1024 on some systems, ranges that are set aside on others.
  if (code === 'EACCES') return new AddressUnusableError(`the system does not allow TCP port ${port}`);
  return error;
}
