import { rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { silentLogger } from '../ports/logger.ts';
import { createBrowserHost } from './browser-host.ts';
import { CHANGED, closed, type Dial, GET, next, opened, TestHost, TOKEN } from './testing/test-host.ts';

const at = new TestHost();
beforeEach(() => at.setUp());
afterEach(() => at.tearDown());

describe('the page', () => {
  test('is served with every protecting header', async () => {
    const { status, headers, body } = await at.ask('/');
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
    const { headers } = await at.ask('/', { headers: { 'sec-fetch-site': site } });
    expect(headers['cross-origin-opener-policy']).toBe(policy);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  test('is not sent again when it has not changed', async () => {
    const { headers } = await at.ask('/app.js');
    expect(headers['cache-control']).toBe('no-cache');
    const again = await at.ask('/app.js', { headers: { 'if-none-match': String(headers.etag) } });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  test('HEAD gets the headers alone', async () => {
    const { status, headers, body } = await at.ask('/app.js', { method: 'HEAD' });
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
    expect((await at.ask(path)).status).toBe(404);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await at.ask('/', { method })).status).toBe(405);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1:1'])('refuses the foreign host name %s', async (name) => {
    const { status, body } = await at.ask('/', { headers: { host: name } });
    expect([status, body]).toEqual([403, 'Forbidden\n']);
  });

  test('that was never built is an absence, not a crash', async () => {
    rmSync(at.folder, { recursive: true });
    expect((await at.ask('/')).status).toBe(404);
  });
});

describe('the address', () => {
  test('is loopback, and the token is in the fragment', () => {
    expect(at.host.uiUrl).toBe(`http://127.0.0.1:${at.host.port}/#token=${TOKEN}`);
    expect(at.host.rpcUrl).toBe(`ws://127.0.0.1:${at.host.port}/rpc`);
  });

  test('in use by another program is an expected failure', async () => {
    const second = createBrowserHost({
      clock: at.clock,
      logger: silentLogger,
      token: TOKEN,
      pageFolder: at.folder,
      port: at.host.port,
    });
    await expect(second).rejects.toMatchObject({ code: 'port-in-use', details: { port: at.host.port } });
  });
});

describe('before the core is up', () => {
  beforeEach(() => at.start({}, { serving: false }));

  test('the page is there, and requests wait for the core', async () => {
    expect((await at.ask('/app.js')).body).toBe('1');
    const socket = await at.authorised();
    const answer = next(socket);
    socket.send(GET);
    at.serve();
    expect(await answer).toMatchObject({ id: 1, result: { state: 'missing' } });
    const event = next(socket);
    at.service.emit('network.changed', CHANGED);
    expect(await event).toMatchObject({ method: 'network.changed', params: CHANGED });
  });

  test('a wrong token is refused all the same', async () => {
    await expect(opened(at.dial({ protocols: ['parley', 'token.wrong'] }))).rejects.toThrow('401');
  });

  test('the end is the end for those who wait', async () => {
    const socket = await at.authorised();
    const code = closed(socket);
    socket.send(GET);
    const closing = at.host.close();
    expect(await code).toBe(1001);
    at.clock.advance(250);
    await closing;
  });
});

test('a socket that listens already is taken over', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as AddressInfo;
  await at.stop();
  at.host = await createBrowserHost({
    clock: at.clock,
    logger: silentLogger,
    token: TOKEN,
    pageFolder: at.folder,
    port: listener,
  });
  expect(at.host.uiUrl).toContain(`:${port}/`);
  expect((await at.ask('/')).status).toBe(200);
});

describe('the door', () => {
  test('opens for the token by subprotocol, and never repeats it', async () => {
    const socket = await at.authorised();
    expect(socket.protocol).toBe('parley');
  });

  test.each<Dial>([{ headers: { authorization: `Bearer ${TOKEN}` } }, { path: `/rpc?token=${TOKEN}` }])(
    'opens for the token elsewhere (%#)',
    async (how) => {
      const socket = await opened(at.dial(how));
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
    await expect(opened(at.dial(how))).rejects.toThrow(`Unexpected server response: ${status}`);
  });

  test('fills no log, however often somebody tries', async () => {
    for (let i = 0; i < 20; i++) {
      await expect(opened(at.dial({ protocols: ['parley', 'token.wrong'] }))).rejects.toThrow('401');
      const stranger = await opened(at.dial({}));
      stranger.send('{"jsonrpc":"2.0","id":0,"method":"session.authenticate","params":{"token":"wrong"}}');
      await closed(stranger);
    }
    expect(at.warned).toEqual(['host.refused']);
  });

  test('opens for our own page', async () => {
    const origin = `http://127.0.0.1:${at.host.port}`;
    await opened(at.dial({ protocols: ['parley', `token.${TOKEN}`], headers: { origin } }));
  });
});

describe('a connection opened without a token', () => {
  const authenticate = (token: unknown) =>
    JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'session.authenticate', params: { token } });

  test('may show it first, and then hears events too', async () => {
    const socket = await opened(at.dial({}));
    socket.send(authenticate(TOKEN));
    expect(await next(socket)).toEqual({ jsonrpc: '2.0', id: 0, result: {} });
    socket.send(GET);
    expect(await next(socket)).toMatchObject({ id: 1, result: { state: 'missing' } });
    const event = next(socket);
    at.service.emit('network.changed', CHANGED);
    expect(await event).toMatchObject({ method: 'network.changed', revision: 1 });
  });

  test.each([GET, authenticate('wrong'), authenticate(7), authenticate(undefined)])(
    'is told why and closed when its first word is %s',
    async (text) => {
      const socket = await opened(at.dial({}));
      const code = closed(socket);
      socket.send(text);
      expect(await next(socket)).toMatchObject({ error: { data: { code: 'unauthorised' } } });
      expect(await code).toBe(4001);
    },
  );

  test('gets nothing for a request sent right behind a wrong token', async () => {
    const get = vi.fn(() => ({ state: 'missing' }) as const);
    await at.start({ 'profile.get': get });
    const socket = await opened(at.dial({}));
    const code = closed(socket);
    socket.send(authenticate('wrong'));
    socket.send(authenticate(TOKEN));
    socket.send(GET);
    expect(await code).toBe(4001);
    expect(get).not.toHaveBeenCalled();
  });

  test('hears no event before', async () => {
    const socket = await opened(at.dial({}));
    at.service.emit('network.changed', CHANGED);
    socket.send(authenticate(TOKEN));
    expect(await next(socket)).toMatchObject({ id: 0 });
  });

  test('is closed when it says nothing for five seconds', async () => {
    const socket = await opened(at.dial({}));
    const code = closed(socket);
    at.clock.advance(5_000);
    expect(await code).toBe(4001);
  });

  test('counts: there are sixteen places, and they come back', async () => {
    const waiting = await Promise.all(Array.from({ length: 16 }, () => opened(at.dial({}))));
    await expect(opened(at.dial({}))).rejects.toThrow('503');
    const [first] = waiting;
    first?.send(authenticate(TOKEN));
    await next(first as WebSocket);
    await opened(at.dial({}));
  });

  test('may not send much', async () => {
    const socket = await opened(at.dial({}));
    const code = closed(socket);
    socket.on('error', () => {});
    socket.send('x'.repeat(1024 * 1024 + 1));
    expect(await code).toBe(1009);
  });
});

describe('closing', () => {
  test('tells everybody and frees the port', async () => {
    const socket = await at.authorised();
    const code = closed(socket);
    await at.host.close();
    await at.host.close();
    expect(await code).toBe(1001);
    await expect(at.ask('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('does not wait for ever for those who do not answer', async () => {
    const mute = connect(at.host.port, '127.0.0.1');
    await new Promise((resolve) => mute.once('connect', resolve));
    mute.write('GET / HTTP/1.1\r\n');
    const closing = at.host.close();
    const gone = new Promise((resolve) => mute.once('close', resolve));
    mute.on('error', () => {});
    await new Promise((resolve) => setImmediate(resolve));
    at.clock.advance(250);
    await closing;
    await gone;
  });
});
