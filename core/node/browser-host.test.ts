import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Handlers } from '../api/contract.ts';
import { createDispatcher } from '../api/dispatch.ts';
import { type FakeService, fakeService } from '../api/testing/fake-service.ts';
import { silentLogger } from '../ports/logger.ts';
import { SystemClock } from './adapters/system-clock.ts';
import { type BrowserHost, createBrowserHost } from './browser-host.ts';
import { MAX_EVENT_BACKLOG_BYTES, MAX_SESSION_IN_FLIGHT } from './host/rpc-session.ts';
import { ManualClock } from './testing/manual-clock.ts';

const TOKEN = 'test-token_0123456789';
const ID = '0123456789abcdef0123456789abcdef';
const changed = { nodeCount: 1, reachability: 'unknown', running: true };
const GET = '{"jsonrpc":"2.0","id":1,"method":"profile.get"}';

let folder: string;
let host: BrowserHost;
let service: FakeService;
let clock: ManualClock;
const sockets: WebSocket[] = [];

/** Ends the host; time passes, so that it need not wait for the test's own open connections. */
async function stop(): Promise<void> {
  const closing = host?.close();
  clock?.advance(250);
  await closing;
}

interface Start {
  readonly time?: 'manual' | 'real';
  /** False: the core is not up yet. */
  readonly serving?: boolean;
}

async function start(handlers: Partial<Handlers> = {}, { time = 'manual', serving = true }: Start = {}): Promise<void> {
  await stop();
  service = fakeService(handlers);
  clock = new ManualClock();
  host = await createBrowserHost({
    clock: time === 'manual' ? clock : new SystemClock(),
    logger: silentLogger,
    token: TOKEN,
    pageFolder: folder,
    port: 0,
  });
  if (serving) host.serve({ service, dispatcher: createDispatcher(service.handlers) });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-host-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'app.js'), '1');
  await start();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { host: `127.0.0.1:${host.port}`, ...options.headers };
    const asking = request({ host: '127.0.0.1', port: host.port, path, method: options.method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    asking.on('error', reject).end();
  });
}

interface Dial {
  readonly path?: string;
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

function dial({ path = '/rpc', protocols = [], headers = {} }: Dial): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, protocols, { headers });
  sockets.push(socket);
  return socket;
}

/** Resolves when the connection is open; rejects with the HTTP status in the message when it is refused. */
function opened(socket: WebSocket): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket)).on('error', reject);
  });
}

const authorised = () => opened(dial({ protocols: ['parley', `token.${TOKEN}`] }));

type Message = Record<string, unknown>;

/** The next `count` messages. */
function take(socket: WebSocket, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      if (messages.length === count) resolve(messages);
    });
  });
}

async function next(socket: WebSocket): Promise<Message> {
  const [message] = await take(socket, 1);
  return message ?? {};
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

describe('the page', () => {
  test('is served with every protecting header', async () => {
    const { status, headers, body } = await ask('/');
    expect([status, body]).toEqual([200, '<!doctype html>']);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['content-security-policy']).toContain("connect-src 'self'");
    expect(headers['permissions-policy']).toContain('camera=()');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each([
    ['none', undefined],
    ['cross-site', 'same-origin'],
    ['same-site', 'same-origin'],
    ['same-origin', 'same-origin'],
    ['None', 'same-origin'],
  ])('opened by %s has the opener policy %s', async (site, policy) => {
    const { headers } = await ask('/', { headers: { 'sec-fetch-site': site } });
    expect(headers['cross-origin-opener-policy']).toBe(policy);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  test('is not sent again when it has not changed', async () => {
    const { headers } = await ask('/app.js');
    expect(headers['cache-control']).toBe('no-cache');
    const again = await ask('/app.js', { headers: { 'if-none-match': String(headers.etag) } });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  test('HEAD gets the headers alone', async () => {
    const { status, headers, body } = await ask('/app.js', { method: 'HEAD' });
    expect([status, headers['content-length'], body]).toEqual([200, '1', '']);
  });

  test.each([
    '/none',
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/app.js/',
    '/app.js%00',
    '//app.js',
    '/constructor',
    '/rpc',
  ])('has nothing at %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await ask('/', { method })).status).toBe(405);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1:1'])('refuses the foreign host name %s', async (name) => {
    const { status, body } = await ask('/', { headers: { host: name } });
    expect([status, body]).toEqual([403, 'Forbidden\n']);
  });

  test('that was never built is an absence, not a crash', async () => {
    rmSync(folder, { recursive: true });
    expect((await ask('/')).status).toBe(404);
  });
});

describe('the address', () => {
  test('is loopback, and the token is in the fragment', () => {
    expect(host.uiUrl).toBe(`http://127.0.0.1:${host.port}/#token=${TOKEN}`);
    expect(host.rpcUrl).toBe(`ws://127.0.0.1:${host.port}/rpc`);
  });

  test('in use by another program is an expected failure', async () => {
    const second = createBrowserHost({
      clock,
      logger: silentLogger,
      token: TOKEN,
      pageFolder: folder,
      port: host.port,
    });
    await expect(second).rejects.toMatchObject({ code: 'port-in-use', details: { port: host.port } });
  });
});

describe('before the core is up', () => {
  beforeEach(() => start({}, { serving: false }));

  test('the page is there, and requests wait for the core', async () => {
    expect((await ask('/app.js')).body).toBe('1');
    const socket = await authorised();
    const answer = next(socket);
    socket.send(GET);
    host.serve({ service, dispatcher: createDispatcher(service.handlers) });
    expect(await answer).toMatchObject({ id: 1, result: { state: 'missing' } });
    const event = next(socket);
    service.emit('network.changed', changed);
    expect(await event).toMatchObject({ method: 'network.changed', params: changed });
  });

  test('a wrong token is refused all the same', async () => {
    await expect(opened(dial({ protocols: ['parley', 'token.wrong'] }))).rejects.toThrow('401');
  });

  test('the end is the end for those who wait', async () => {
    const socket = await authorised();
    const code = closed(socket);
    socket.send(GET);
    const closing = host.close();
    expect(await code).toBe(1001);
    clock.advance(250);
    await closing;
  });
});

test('a socket that listens already is taken over', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as AddressInfo;
  await stop();
  host = await createBrowserHost({ clock, logger: silentLogger, token: TOKEN, pageFolder: folder, port: listener });
  expect(host.uiUrl).toContain(`:${port}/`);
  expect((await ask('/')).status).toBe(200);
});

describe('the door', () => {
  test('opens for the token by subprotocol, and never repeats it', async () => {
    const socket = await authorised();
    expect(socket.protocol).toBe('parley');
  });

  test.each<Dial>([{ headers: { authorization: `Bearer ${TOKEN}` } }, { path: `/rpc?token=${TOKEN}` }])(
    'opens for the token elsewhere (%#)',
    async (how) => {
      const socket = await opened(dial(how));
      socket.send(GET);
      expect(await next(socket)).toMatchObject({ id: 1, result: { state: 'missing' } });
    },
  );

  test.each<[number, Dial]>([
    [401, { protocols: ['parley', 'token.wrong'] }],
    [401, { headers: { authorization: 'Bearer wrong' } }],
    [401, { path: '/rpc?token=' }],
    [404, { path: `/other?token=${TOKEN}` }],
    [403, { path: `/rpc?token=${TOKEN}`, headers: { origin: 'http://evil.example' } }],
    [403, { path: `/rpc?token=${TOKEN}`, headers: { origin: 'null' } }],
    [403, { path: `/rpc?token=${TOKEN}`, headers: { host: 'evil.example' } }],
  ])('stays shut with %i (%#)', async (status, how) => {
    await expect(opened(dial(how))).rejects.toThrow(`Unexpected server response: ${status}`);
  });

  test('opens for our own page', async () => {
    const origin = `http://127.0.0.1:${host.port}`;
    await opened(dial({ protocols: ['parley', `token.${TOKEN}`], headers: { origin } }));
  });
});

describe('a connection opened without a token', () => {
  const authenticate = (token: unknown) =>
    JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'session.authenticate', params: { token } });

  test('may show it first, and then hears events too', async () => {
    const socket = await opened(dial({}));
    socket.send(authenticate(TOKEN));
    expect(await next(socket)).toEqual({ jsonrpc: '2.0', id: 0, result: {} });
    socket.send(GET);
    expect(await next(socket)).toMatchObject({ id: 1, result: { state: 'missing' } });
    const event = next(socket);
    service.emit('network.changed', changed);
    expect(await event).toMatchObject({ method: 'network.changed', revision: 1 });
  });

  test.each([GET, authenticate('wrong'), authenticate(7), authenticate(undefined)])(
    'is told why and closed when its first word is %s',
    async (text) => {
      const socket = await opened(dial({}));
      const code = closed(socket);
      socket.send(text);
      expect(await next(socket)).toMatchObject({ error: { data: { code: 'unauthorised' } } });
      expect(await code).toBe(4001);
    },
  );

  test('gets nothing for a request sent right behind a wrong token', async () => {
    const get = vi.fn(() => ({ state: 'missing' }) as const);
    await start({ 'profile.get': get });
    const socket = await opened(dial({}));
    const code = closed(socket);
    socket.send(authenticate('wrong'));
    socket.send(authenticate(TOKEN));
    socket.send(GET);
    expect(await code).toBe(4001);
    expect(get).not.toHaveBeenCalled();
  });

  test('hears no event before', async () => {
    const socket = await opened(dial({}));
    service.emit('network.changed', changed);
    socket.send(authenticate(TOKEN));
    expect(await next(socket)).toMatchObject({ id: 0 });
  });

  test('is closed when it says nothing for five seconds', async () => {
    const socket = await opened(dial({}));
    const code = closed(socket);
    clock.advance(5_000);
    expect(await code).toBe(4001);
  });

  test('counts: there are sixteen places, and they come back', async () => {
    const waiting = await Promise.all(Array.from({ length: 16 }, () => opened(dial({}))));
    await expect(opened(dial({}))).rejects.toThrow('503');
    const [first] = waiting;
    first?.send(authenticate(TOKEN));
    await next(first as WebSocket);
    await opened(dial({}));
  });

  test('may not send much', async () => {
    const socket = await opened(dial({}));
    const code = closed(socket);
    socket.on('error', () => {});
    socket.send('x'.repeat(1024 * 1024 + 1));
    expect(await code).toBe(1009);
  });
});

describe('requests', () => {
  test('of one connection are answered as JSON-RPC, one object a frame', async () => {
    const socket = await authorised();
    const answers = take(socket, 3);
    for (const id of [1, 2, 3]) socket.send(GET.replace('"id":1', `"id":${id}`));
    expect((await answers).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test('that are not text end the connection', async () => {
    const socket = await authorised();
    const code = closed(socket);
    socket.send(Buffer.from(GET), { binary: true });
    expect(await code).toBe(1003);
  });

  test('that are nonsense get an error and the connection lives', async () => {
    const socket = await authorised();
    socket.send('{');
    expect(await next(socket)).toMatchObject({ error: { code: -32700 } });
    socket.send(GET);
    expect(await next(socket)).toMatchObject({ id: 1 });
  });

  test('in a flood are all answered, and never more than the bound runs at once', async () => {
    let running = 0;
    let most = 0;
    const send = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return { id: ID };
    };
    await start({ 'messages.send': send }, { time: 'real' });
    const socket = await authorised();
    const total = 20_000;
    let answered = 0;
    const all = new Promise<void>((resolve) => {
      socket.on('message', () => {
        if (++answered === total) resolve();
      });
    });
    for (let id = 0; id < total; id++) {
      socket.send(`{"jsonrpc":"2.0","id":${id},"method":"messages.send","params":{"friend":"ab","text":"hi"}}`);
    }
    await all;
    expect(most).toBeLessThanOrEqual(MAX_SESSION_IN_FLIGHT);
    expect(most).toBeGreaterThan(MAX_SESSION_IN_FLIGHT / 4);
  });

  test('above the rate wait for their turn', async () => {
    await start({ 'messages.send': () => ({ id: ID }) });
    const socket = await authorised();
    let answered = 0;
    socket.on('message', () => answered++);
    const batchless = '{"jsonrpc":"2.0","id":1,"method":"messages.send","params":{"friend":"ab","text":"x"}}';
    for (let i = 0; i < 100_050; i++) socket.send(batchless);
    await vi.waitFor(() => expect(answered).toBe(100_000), { timeout: 30_000 });
    clock.advance(5);
    await vi.waitFor(() => expect(answered).toBe(100_050), { timeout: 30_000 });
  });
});

describe('a connection that', () => {
  test('does not answer a ping is cut off, one that does lives on', async () => {
    const deaf = await opened(new WebSocket(host.rpcUrl, ['parley', `token.${TOKEN}`], { autoPong: false }));
    const alive = await authorised();
    sockets.push(deaf);
    const code = closed(deaf);
    const pinged = Promise.all([deaf, alive].map((one) => new Promise((resolve) => one.once('ping', resolve))));
    clock.advance(30_000);
    await pinged;
    alive.send(GET);
    await next(alive);
    clock.advance(30_000);
    expect(await code).toBe(1006);
    expect(alive.readyState).toBe(WebSocket.OPEN);
  });

  test('does not read its events is cut off, and others are not held up', async () => {
    const lazy = await authorised();
    const quick = await authorised();
    lazy.pause();
    let heard = 0;
    quick.on('message', () => heard++);
    const draft = 'x'.repeat(256 * 1024 - 1000);
    const rounds = Math.ceil(MAX_EVENT_BACKLOG_BYTES / draft.length) * 3;
    for (let i = 0; i < rounds; i++) {
      service.emit('network.changed', { nodeCount: 1, reachability: draft, running: true });
      await vi.waitFor(() => expect(heard).toBe(i + 1), { interval: 1 });
    }
    const code = closed(lazy);
    lazy.resume();
    expect(await code).toBe(4008);
    expect(quick.readyState).toBe(WebSocket.OPEN);
  });

  test('does not read long answers gets no more of them, and all when it reads on', async () => {
    let asked = 0;
    const exportBackup = () => ({ fileName: `${++asked}`, backup: 'A'.repeat(1024 * 1024) });
    await start({ 'profile.exportBackup': exportBackup }, { time: 'real' });
    const [lazy, quick] = [await authorised(), await authorised()];
    lazy.pause();
    const total = 200;
    const request = '{"jsonrpc":"2.0","id":1,"method":"profile.exportBackup","params":{"backupPassphrase":"p"}}';
    for (let i = 0; i < total; i++) lazy.send(request);
    // The other one's requests are answered behind what is under way.
    for (let i = 0; i < 100; i++) {
      quick.send(GET);
      await next(quick);
    }
    expect(asked).toBeLessThan(40);
    const answers = take(lazy, total);
    lazy.resume();
    expect(await answers).toHaveLength(total);
  });

  test('takes one big answer is not mistaken for a slow one', async () => {
    const backup = 'A'.repeat(40 * 1024 * 1024);
    const exportBackup = () => {
      // The events come while the answer is still on its way out.
      setImmediate(() => service.emit('network.changed', changed));
      return { fileName: 'a', backup };
    };
    await start({ 'profile.exportBackup': exportBackup });
    const socket = await authorised();
    socket.send('{"jsonrpc":"2.0","id":1,"method":"profile.exportBackup","params":{"backupPassphrase":"p"}}');
    const [answer, event] = await take(socket, 2);
    expect(JSON.stringify(answer?.result).length).toBeGreaterThan(backup.length);
    expect(event?.revision).toBe(1);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe('closing', () => {
  test('tells everybody and frees the port', async () => {
    const socket = await authorised();
    const code = closed(socket);
    await host.close();
    await host.close();
    expect(await code).toBe(1001);
    await expect(ask('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('does not wait for ever for those who do not answer', async () => {
    const mute = connect(host.port, '127.0.0.1');
    await new Promise((resolve) => mute.once('connect', resolve));
    mute.write('GET / HTTP/1.1\r\n');
    const closing = host.close();
    const gone = new Promise((resolve) => mute.once('close', resolve));
    mute.on('error', () => {});
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(250);
    await closing;
    await gone;
  });
});
