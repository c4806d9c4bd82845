import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { CHANGED, closed, GET, next, opened, TestHost, TOKEN, take } from '../testing/test-host.ts';
import { MAX_EVENT_BACKLOG_BYTES, MAX_SESSION_IN_FLIGHT } from './rpc-session.ts';

const ID = '0123456789abcdef0123456789abcdef';
const at = new TestHost();
beforeEach(() => at.setUp());
afterEach(() => at.tearDown());

describe('requests', () => {
  test('of one connection are answered as JSON-RPC, one object a frame', async () => {
    const socket = await at.authorised();
    const answers = take(socket, 3);
    for (const id of [1, 2, 3]) socket.send(GET.replace('"id":1', `"id":${id}`));
    expect((await answers).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test('that are not text end the connection', async () => {
    const socket = await at.authorised();
    const code = closed(socket);
    socket.send(Buffer.from(GET), { binary: true });
    expect(await code).toBe(1003);
  });

  test('that are nonsense get an error and the connection lives', async () => {
    const socket = await at.authorised();
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
    await at.start({ 'messages.send': send }, { time: 'real' });
    const socket = await at.authorised();
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
    await at.start({ 'messages.send': () => ({ id: ID }) });
    const socket = await at.authorised();
    let answered = 0;
    socket.on('message', () => answered++);
    const batchless = '{"jsonrpc":"2.0","id":1,"method":"messages.send","params":{"friend":"ab","text":"x"}}';
    for (let i = 0; i < 100_050; i++) socket.send(batchless);
    await vi.waitFor(() => expect(answered).toBe(100_000), { timeout: 30_000 });
    at.clock.advance(5);
    await vi.waitFor(() => expect(answered).toBe(100_050), { timeout: 30_000 });
  });
});

describe('a connection that', () => {
  test('does not answer a ping is cut off, one that does lives on', async () => {
    const deaf = await opened(new WebSocket(at.host.rpcUrl, ['parley', `token.${TOKEN}`], { autoPong: false }));
    const alive = await at.authorised();
    at.sockets.push(deaf);
    const code = closed(deaf);
    const pinged = Promise.all([deaf, alive].map((one) => new Promise((resolve) => one.once('ping', resolve))));
    at.clock.advance(30_000);
    await pinged;
    alive.send(GET);
    await next(alive);
    at.clock.advance(30_000);
    expect(await code).toBe(1006);
    expect(alive.readyState).toBe(WebSocket.OPEN);
  });

  test('does not read its events is cut off, and others are not held up', async () => {
    const lazy = await at.authorised();
    const quick = await at.authorised();
    lazy.pause();
    let heard = 0;
    quick.on('message', () => heard++);
    const draft = 'x'.repeat(256 * 1024 - 1000);
    const rounds = Math.ceil(MAX_EVENT_BACKLOG_BYTES / draft.length) * 3;
    for (let i = 0; i < rounds; i++) {
      at.service.emit('network.changed', { nodeCount: 1, reachability: draft, running: true });
      await vi.waitFor(() => expect(heard).toBe(i + 1), { interval: 1, timeout: 30_000 });
    }
    const code = closed(lazy);
    lazy.resume();
    expect(await code).toBe(4008);
    expect(quick.readyState).toBe(WebSocket.OPEN);
  });

  test('does not read long answers gets no more of them, and all when it reads on', async () => {
    let asked = 0;
    const exportBackup = () => ({ fileName: `${++asked}`, backup: 'A'.repeat(1024 * 1024) });
    await at.start({ 'profile.exportBackup': exportBackup }, { time: 'real' });
    const [lazy, quick] = [await at.authorised(), await at.authorised()];
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
      setImmediate(() => at.service.emit('network.changed', CHANGED));
      return { fileName: 'a', backup };
    };
    await at.start({ 'profile.exportBackup': exportBackup });
    const socket = await at.authorised();
    socket.send('{"jsonrpc":"2.0","id":1,"method":"profile.exportBackup","params":{"backupPassphrase":"p"}}');
    const [answer, event] = await take(socket, 2);
    expect(JSON.stringify(answer?.result).length).toBeGreaterThan(backup.length);
    expect(event?.revision).toBe(1);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});
