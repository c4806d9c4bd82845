import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type CoreAudioMessage, readCoreAudio, writeClientAudio } from '../../api/audio-messages.ts';
import type { CallAudio, CallAudioFrame } from '../../api/core-service.ts';
import { createDispatcher } from '../../api/dispatch.ts';
import { fakeService } from '../../api/testing/fake-service.ts';
import { silentLogger } from '../../ports/logger.ts';
import { type BrowserHost, createBrowserHost } from '../browser-host.ts';
import type { RunningCore } from '../core-factory.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { nextEvent, RealCores } from '../testing/real-core.ts';

const TOKEN = 'test-token_0123456789';
const CALL = '000102030405060708090a0b0c0d0e0f';
const GET = '{"jsonrpc":"2.0","id":1,"method":"profile.get"}';
const FRAME = { kind: 'audio', call: CALL, silence: false, opus: Uint8Array.of(1, 2, 3) } as const;

/** Calls whose other side is the test: what was sent, and a way to send to whoever is attached. */
class FakeAudio implements CallAudio {
  readonly sent: number[] = [];
  readonly sinks: Parameters<CallAudio['attach']>[1][] = [];
  detached = 0;

  attach(call: string, sink: Parameters<CallAudio['attach']>[1]) {
    if (call !== CALL) return undefined;
    this.sinks.push(sink);
    return {
      send: ({ clock }: { readonly clock: number }) => this.sent.push(clock) > 0,
      detach: () => {
        this.detached++;
      },
    };
  }
}

let folder: string;
const hosts: BrowserHost[] = [];
const sockets: WebSocket[] = [];
const cores = new RealCores();
let clock: ManualClock;
let audio: FakeAudio;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-host-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  clock = new ManualClock();
  audio = new FakeAudio();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  const closing = hosts.splice(0).map((host) => host.close());
  clock.advance(1_000);
  await Promise.all(closing);
  await cores.stopAll();
  rmSync(folder, { recursive: true, force: true });
});

async function hostOf(service: Pick<RunningCore, 'handlers' | 'onEvent' | 'audio'>): Promise<BrowserHost> {
  const dispatcher = createDispatcher(service.handlers);
  const common = { clock, logger: silentLogger, token: TOKEN, pageFolder: folder, port: 0 };
  const host = await createBrowserHost(common);
  host.serve({ service, dispatcher });
  hosts.push(host);
  return host;
}

function open(host: BrowserHost, token: string | undefined = TOKEN): Promise<WebSocket> {
  const socket = new WebSocket(host.rpcUrl, token === undefined ? [] : ['parley', `token.${token}`]);
  sockets.push(socket);
  return new Promise((resolve, reject) => socket.on('open', () => resolve(socket)).on('error', reject));
}

const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));

/** Resolves when all that was sent before was read: an answer comes after it. */
function settled(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('message', (_, isBinary) => isBinary || resolve());
    socket.send(GET);
  });
}

/** What comes as binary messages, as it comes. */
function hear(socket: WebSocket): CoreAudioMessage[] {
  const heard: CoreAudioMessage[] = [];
  socket.on('message', (data, isBinary) => {
    if (isBinary) heard.push(readCoreAudio(data as Buffer)!);
  });
  return heard;
}

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (condition() ? resolve() : setImmediate(look));
    look();
  });
}

const frame = (sequence: number): CallAudioFrame => ({
  ...{ sequence, clock: sequence * 960, silence: false },
  opus: Uint8Array.of(sequence),
});

describe('the sound of a call over the WebSocket', () => {
  test('goes both ways once the client has attached', async () => {
    const socket = await open(await hostOf(fakeService({}, audio)));
    const heard = hear(socket);
    socket.send(writeClientAudio({ ...FRAME, clock: 0 }));
    socket.send(writeClientAudio({ kind: 'attach', call: CALL }));
    socket.send(writeClientAudio({ ...FRAME, clock: 960 }));
    await settled(socket);
    expect(audio.sent).toEqual([960]);
    audio.sinks[0]!.frame(frame(7));
    audio.sinks[0]!.ended('replaced');
    await until(() => heard.length === 2);
    expect(heard).toEqual([
      { kind: 'audio', call: CALL, sequence: 7, clock: 7 * 960, silence: false, opus: Uint8Array.of(7) },
      { kind: 'detached', call: CALL, why: 'replaced' },
    ]);
  });

  test('of no call is told to be over', async () => {
    const socket = await open(await hostOf(fakeService({}, audio)));
    const heard = hear(socket);
    socket.send(writeClientAudio({ kind: 'attach', call: 'f'.repeat(32) }));
    await until(() => heard.length === 1);
    expect(heard).toEqual([{ kind: 'detached', call: 'f'.repeat(32), why: 'over' }]);
  });

  test('may have a connection of its own, which is not held up by events', async () => {
    const service = fakeService({}, audio);
    const host = await hostOf(service);
    const socket = new WebSocket(host.rpcUrl, ['parley.audio', `token.${TOKEN}`]);
    sockets.push(socket);
    await new Promise((resolve) => socket.on('open', resolve));
    expect(socket.protocol).toBe('parley.audio');
    const texts: string[] = [];
    const heard = hear(socket);
    socket.on('message', (data, isBinary) => isBinary || texts.push(String(data)));
    service.emit('network.changed', { nodeCount: 1, reachability: 'unknown', running: true });
    socket.send(writeClientAudio({ kind: 'attach', call: CALL }));
    await settled(socket);
    audio.sinks[0]!.frame(frame(1));
    await until(() => heard.length === 1);
    expect(texts.map((text) => JSON.parse(text).method)).toEqual([undefined]);
  });

  test('ends with the connection', async () => {
    const socket = await open(await hostOf(fakeService({}, audio)));
    socket.send(writeClientAudio({ kind: 'attach', call: CALL }));
    await settled(socket);
    socket.terminate();
    await until(() => audio.detached === 1);
  });

  test('is dropped above its rate, and requests go on', async () => {
    const socket = await open(await hostOf(fakeService({}, audio)));
    socket.send(writeClientAudio({ kind: 'attach', call: CALL }));
    for (let i = 0; i < 2_000; i++) socket.send(writeClientAudio({ ...FRAME, clock: i * 960 }));
    await settled(socket);
    expect(audio.sent.length).toBe(399);
    clock.advance(1_000);
    for (let i = 0; i < 300; i++) socket.send(writeClientAudio({ ...FRAME, clock: i }));
    await settled(socket);
    expect(audio.sent.length).toBe(599);
  });

  test('is not piled up for a client that does not read', async () => {
    const socket = await open(await hostOf(fakeService({}, audio)));
    const heard = hear(socket);
    socket.send(writeClientAudio({ kind: 'attach', call: CALL }));
    await settled(socket);
    socket.pause();
    const long = { ...frame(1), opus: new Uint8Array(360) };
    for (let i = 0; i < 60_000; i++) audio.sinks[0]!.frame(long);
    socket.resume();
    await settled(socket);
    // What the operating system's buffers took, and 32 KiB; not the 23 MB.
    expect(heard.length).toBeLessThan(30_000);
    expect(heard.length).toBeGreaterThan(50);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a request', Buffer.from(GET)],
    ['a message of the core', Buffer.from(`03${'00'.repeat(30)}`, 'hex')],
    ['too much', Buffer.alloc(100_000, 2)],
  ])('is no place for %s: the connection ends', async (_, bytes) => {
    const socket = await open(await hostOf(fakeService({}, audio)));
    const code = closed(socket);
    socket.send(bytes, { binary: true });
    expect(await code).toBe(1003);
  });

  test('is not for strangers', async () => {
    const socket = new WebSocket((await hostOf(fakeService({}, audio))).rpcUrl);
    sockets.push(socket);
    await new Promise((resolve) => socket.on('open', resolve));
    const code = closed(socket);
    socket.send(writeClientAudio({ kind: 'attach', call: CALL }));
    expect(await code).toBe(1003);
    expect(audio.sinks).toEqual([]);
  });
});

test('two programs talk through two nodes', { timeout: 60_000 }, async () => {
  const a = await cores.start({ ephemeralProfile: 'A' });
  const b = await cores.start({ ephemeralProfile: 'B', bootstrap: [a.info().bootstrapAddress] });
  const requested = nextEvent(b, 'friends.requested');
  await a.handlers['friends.add']({ publicId: b.info().publicId! });
  const { key } = await requested;
  const online = nextEvent(a, 'friends.changed', ({ friend }) => friend?.presence === 'online');
  await b.handlers['friends.accept']({ publicId: key });
  const { key: keyOfB } = await online;
  const rings = nextEvent(b, 'calls.changed', ({ state }) => state === 'ringing');
  const { call } = await a.handlers['calls.start']({ friend: keyOfB });
  expect((await rings).call).toBe(call);
  const active = [a, b].map((core) => nextEvent(core, 'calls.changed', ({ state }) => state === 'active'));
  await b.handlers['calls.accept']({ call });
  await Promise.all(active);

  const [fromA, fromB] = [await open(await hostOf(a)), await open(await hostOf(b))];
  const [heardByA, heardByB] = [hear(fromA), hear(fromB)];
  for (const socket of [fromA, fromB]) {
    socket.send(writeClientAudio({ kind: 'attach', call }));
    await settled(socket);
  }
  for (let i = 0; i < 50; i++) {
    fromA.send(writeClientAudio({ kind: 'audio', call, silence: false, clock: i * 960, opus: Uint8Array.of(i) }));
  }
  await until(() => heardByB.length === 50);
  expect(heardByB.map((message) => message.kind === 'audio' && message.opus[0])).toEqual(
    Array.from({ length: 50 }, (_, i) => i),
  );
  const ended = nextEvent(b, 'calls.changed', ({ state }) => state === 'ended');
  await a.handlers['calls.end']({ call });
  expect((await ended).reason).toBe('hung-up');
  await until(() => heardByA.length === 1 && heardByB.length === 51);
  expect(heardByA).toEqual([{ kind: 'detached', call, why: 'over' }]);
  const [entry] = await b.handlers['messages.list']({ friend: key });
  expect(entry).toMatchObject({ id: call, text: '', direction: 'in', call: { outcome: 'answered' } });
});
