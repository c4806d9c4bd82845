import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NetworkSocket, NetworkStream } from '../../ports/network.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { createUdxNetwork } from './udx-network.ts';

const HOST = '127.0.0.1';

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  socket.setRecvBufferSize(1 << 20);
  return socket;
}

/** A router on the way: A talks to it, B sees its outside port, which changes. */
class Router {
  readonly #inside: Socket;
  #outside: Socket;
  #clientPort = 0;

  private constructor(inside: Socket, outside: Socket, target: number) {
    this.#inside = inside;
    this.#outside = outside;
    inside.on('message', (packet, from) => {
      this.#clientPort = from.port;
      this.#outside.send(packet, target, HOST);
    });
    this.#listen(outside);
  }

  static async to(target: number): Promise<Router> {
    return new Router(await bound(), await bound(), target);
  }

  get insidePort(): number {
    return this.#inside.address().port;
  }

  get outsidePort(): number {
    return this.#outside.address().port;
  }

  /** The mapping is lost: what comes to the old outside port goes nowhere. */
  async rebind(): Promise<void> {
    const old = this.#outside;
    this.#outside = await bound();
    this.#listen(this.#outside);
    old.close();
  }

  close(): void {
    this.#inside.close();
    this.#outside.close();
  }

  #listen(outside: Socket): void {
    outside.on('message', (packet) => {
      if (this.#clientPort !== 0) this.#inside.send(packet, this.#clientPort, HOST);
    });
  }
}

class Sink {
  readonly chunks: Uint8Array[] = [];
  readonly reasons: string[] = [];
  length = 0;

  /** `missing`: how many more bytes the reader waits for when it has `length`. */
  constructor(stream: NetworkStream, missing: (length: number) => number = () => 0) {
    stream.onData((bytes) => {
      this.chunks.push(bytes.slice());
      this.length += bytes.length;
      stream.expect?.(missing(this.length));
    });
    stream.onClose((reason) => this.reasons.push(reason));
  }

  got(expected: Uint8Array): boolean {
    return Buffer.concat(this.chunks).equals(expected);
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 30 s`);
    await pause(1);
  }
}

function pump(stream: NetworkStream, bytes: Uint8Array, pieceBytes: number): void {
  let at = 0;
  const more = () => {
    while (at < bytes.length) {
      const piece = bytes.slice(at, at + pieceBytes);
      at += piece.length;
      if (!stream.write(piece)) return;
    }
  };
  stream.onDrain(more);
  more();
}

describe('a UDX stream through a router whose port changes', () => {
  let a: NetworkSocket;
  let b: NetworkSocket;
  let router: Router;
  let streamA: NetworkStream;
  let streamB: NetworkStream;
  let atA: Sink;
  let atB: Sink;
  const random = new SeededRandom('roaming');

  beforeEach(async () => {
    const network = createUdxNetwork();
    a = await network.bind({ port: 0, host: HOST });
    b = await network.bind({ port: 0, host: HOST });
    router = await Router.to(b.port);
    const [idA, idB] = [random.uint32(), random.uint32()];
    streamA = a.openStream({ localId: idA, remoteId: idB, remote: { host: HOST, port: router.insidePort } });
    streamB = b.openStream({ localId: idB, remoteId: idA, remote: { host: HOST, port: router.outsidePort } });
    atA = new Sink(streamA);
    atB = new Sink(streamB);
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    router.close();
  });

  const follow = () => streamB.changeRemote({ host: HOST, port: router.outsidePort });

  it('goes on within a round trip or two when told of the new port', async () => {
    streamA.write(Uint8Array.of(1));
    streamB.write(Uint8Array.of(2));
    await until(() => atA.length === 1 && atB.length === 1, 'both hear');
    await router.rebind();
    const message = random.bytes(5_000);
    streamB.write(message);
    await turn();
    const start = performance.now();
    follow();
    await until(() => atA.length === 5_001, 'A hears what was on its way to the old port');
    expect(performance.now() - start).toBeLessThan(500);
    expect(Buffer.concat(atA.chunks).subarray(1).equals(message)).toBe(true);
  });

  it('goes on with nothing under way', async () => {
    await router.rebind();
    follow();
    streamB.write(Uint8Array.of(2));
    streamA.write(Uint8Array.of(1));
    await until(() => atA.length === 1 && atB.length === 1, 'both hear');
  });

  it('loses, doubles and reorders nothing while it changes again and again under load', async () => {
    const [fromA, fromB] = [random.bytes(20_000_000), random.bytes(20_000_000)];
    // What is held back of a message when the stream moves on to its next leg comes again there.
    atB = new Sink(streamB, (length) => Math.min(30_000 - (length % 30_000), fromA.length - length));
    let released = 0;
    streamA.onReleased?.((bytes) => {
      // Whoever reads it after this reads nonsense.
      bytes.fill(0xee);
      released += bytes.length;
    });
    pump(streamA, fromA, 30_000);
    pump(streamB, fromB, 1_000);
    for (let change = 1; change <= 8; change++) {
      const mark = Math.min(atA.length, atB.length) + 1_000_000;
      await until(() => atA.length > mark && atB.length > mark, `both go on after change ${change - 1}`);
      await router.rebind();
      if (change % 2 === 0) {
        follow();
        await router.rebind();
      }
      if (change % 3 === 0) await pause(30);
      follow();
    }
    await until(() => atA.length >= fromB.length && atB.length >= fromA.length, 'all bytes arrive');
    expect([atA.got(fromB), atB.got(fromA)]).toEqual([true, true]);
    expect(released).toBeGreaterThan(0);
    streamB.end();
    await until(() => atA.reasons.length > 0 && atB.reasons.length > 0, 'both close');
    expect([atA.reasons, atB.reasons]).toEqual([['ended'], ['ended']]);
  });

  it('ends in good order when the end was on its way to the old port', async () => {
    streamA.write(Uint8Array.of(1));
    await until(() => atB.length === 1, 'B hears');
    await router.rebind();
    const message = random.bytes(3_000);
    streamB.write(message);
    streamB.end();
    await turn();
    follow();
    await until(() => atA.reasons.length > 0 && atB.reasons.length > 0, 'both close');
    expect([atA.reasons, atB.reasons, atA.got(message)]).toEqual([['ended'], ['ended'], true]);
  });

  it('takes a next leg from nobody but its peer', async () => {
    streamA.write(Uint8Array.of(1));
    await until(() => atB.length === 1, 'B hears');
    const idB = 123;
    const peer = b.openStream({ localId: idB, remoteId: 124, remote: { host: HOST, port: a.port } });
    const stranger = await bound();
    const header = Buffer.alloc(28);
    header.set([0xff, 1, 1, 0]);
    header.writeUInt32LE(idB + 1, 4);
    stranger.send(header, b.port, HOST);
    await pause(30);
    stranger.send(header, b.port, HOST);
    await pause(30);
    // Were the leg open, the number would be taken.
    const other = b.openStream({ localId: idB + 1, remoteId: 1, remote: { host: HOST, port: a.port } });
    for (const stream of [peer, other]) stream.destroy();
    stranger.close();
  });
});
