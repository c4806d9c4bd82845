import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { Handlers } from '../../api/contract.ts';
import { createDispatcher } from '../../api/dispatch.ts';
import { type FakeService, fakeService } from '../../api/testing/fake-service.ts';
import { silentLogger } from '../../ports/logger.ts';
import { SystemClock } from '../adapters/system-clock.ts';
import { type BrowserHost, createBrowserHost } from '../browser-host.ts';
import { ManualClock } from './manual-clock.ts';

export const TOKEN = 'test-token_0123456789';
export const GET = '{"jsonrpc":"2.0","id":1,"method":"profile.get"}';
/** Payload of `network.changed`. */
export const CHANGED = { nodeCount: 1, reachability: 'unknown', running: true };

interface Start {
  readonly time?: 'manual' | 'real';
  /** False: the core is not up yet. */
  readonly serving?: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Dial {
  readonly path?: string;
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

type Message = Record<string, unknown>;

/** A browser host over a fake service, with a page of two files, and those who ask and dial it. For tests. */
export class TestHost {
  folder!: string;
  host!: BrowserHost;
  service!: FakeService;
  clock!: ManualClock;
  readonly sockets: WebSocket[] = [];
  /** Warnings, by event. */
  readonly warned: string[] = [];

  async setUp(): Promise<void> {
    this.folder = mkdtempSync(join(tmpdir(), 'parley-host-'));
    writeFileSync(join(this.folder, 'index.html'), '<!doctype html>');
    writeFileSync(join(this.folder, 'app.js'), '1');
    await this.start();
  }

  async tearDown(): Promise<void> {
    for (const socket of this.sockets.splice(0)) socket.terminate();
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the host; time passes, so that it need not wait for the test's own open connections. */
  async stop(): Promise<void> {
    const closing = this.host?.close();
    this.clock?.advance(250);
    await closing;
  }

  /** Begins anew. */
  async start(handlers: Partial<Handlers> = {}, { time = 'manual', serving = true }: Start = {}): Promise<void> {
    await this.stop();
    this.warned.length = 0;
    this.service = fakeService(handlers);
    this.clock = new ManualClock();
    this.host = await createBrowserHost({
      clock: time === 'manual' ? this.clock : new SystemClock(),
      logger: { ...silentLogger, warn: (event) => this.warned.push(event) },
      token: TOKEN,
      pageFolder: this.folder,
      port: 0,
    });
    if (serving) this.serve();
  }

  /** The core is up. */
  serve(): void {
    const { host, service } = this;
    host.serve({ service, dispatcher: createDispatcher(service.handlers) });
  }

  ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
    const { port } = this.host;
    return new Promise((resolve, reject) => {
      const headers = { host: `127.0.0.1:${port}`, ...options.headers };
      const asking = request({ host: '127.0.0.1', port, path, method: options.method, headers }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (part) => {
          body += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      });
      asking.on('error', reject).end();
    });
  }

  dial({ path = '/rpc', protocols = [], headers = {} }: Dial): WebSocket {
    const socket = new WebSocket(`ws://127.0.0.1:${this.host.port}${path}`, protocols, { headers });
    this.sockets.push(socket);
    return socket;
  }

  authorised(): Promise<WebSocket> {
    return opened(this.dial({ protocols: ['parley', `token.${TOKEN}`] }));
  }
}

/** Resolves when the connection is open; rejects with the HTTP status in the message when it is refused. */
export function opened(socket: WebSocket): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket)).on('error', reject);
  });
}

/** The next `count` messages. */
export function take(socket: WebSocket, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      if (messages.length === count) resolve(messages);
    });
  });
}

export async function next(socket: WebSocket): Promise<Message> {
  const [message] = await take(socket, 1);
  return message ?? {};
}

/** The code of the end. */
export function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}
