import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { Transport } from '../net/transport.ts';
import { SystemClock } from '../node/adapters/system-clock.ts';
import { SystemRandom } from '../node/adapters/system-random.ts';
import { createUdxNetwork } from '../node/adapters/udx-network.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Endpoint } from '../ports/network.ts';
import { OverlayWorld } from '../testing/overlay-double.ts';
import { homeOf } from '../testing/positions.ts';
import { ParleyLinks } from './manager.ts';
import { CHECK_MS } from './stream-check.ts';
import type { Link, LinkDownReason } from './types.ts';

const HOST = '127.0.0.1';
const STREAM_MARK = 0xff;
const UDX_HEADER_BYTES = 20;
/** Types of UDX packets. */
const UDX = { confirmation: 0, data: 1, end: 2, destroy: 16 } as const;
/** Where the header of a UDX packet has its type, its number, and that of the next one its sender waits for. */
const AT = { type: 2, number: 12, next: 16 } as const;
const clock = new SystemClock();
const random = new SystemRandom();
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A socket of the wire: what a person sends to the other one goes in here, and out of the other one's socket. */
async function wireEnd(): Promise<{ readonly socket: Socket; readonly place: Endpoint }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  ends.push(() => new Promise((resolve) => socket.close(resolve)));
  return { socket, place: { host: HOST, port: socket.address().port } };
}

async function person(world: OverlayWorld, seenAt: Endpoint) {
  const socket = await createUdxNetwork().bind({ port: 0, host: HOST });
  const transport = new Transport({ socket, logger: silentLogger });
  const profile = createProfileKeyPair(random);
  const overlay = world.node(homeOf(profile), () => [seenAt]);
  const links = new ParleyLinks({ profile, transport, overlay, clock, random, logger: silentLogger });
  const ups: Link[] = [];
  const downs: LinkDownReason[] = [];
  links.onDown(({ reason }) => downs.push(reason));
  let wake = () => {};
  links.onUp((link) => {
    ups.push(link);
    wake();
  });
  const linked = async (count: number): Promise<Link> => {
    while (ups.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return ups[count - 1]!;
  };
  ends.push(async () => {
    await links.stop();
    await transport.close();
  });
  return { profile, links, transport, port: socket.port, downs, linked };
}

/** Two friends, and somebody on the wire between them who sees all packets, loses some, and may add others. */
async function friendsOnAWire() {
  const world = new OverlayWorld(clock, 0);
  const [wireA, wireB] = [await wireEnd(), await wireEnd()];
  const a = await person(world, wireA.place);
  const b = await person(world, wireB.place);
  const wire = {
    /** The last packets of a stream. */
    toA: Buffer.alloc(0),
    toB: Buffer.alloc(0),
    /** No packet of a stream comes to A any more. */
    loses: false,
    sendToA: (packet: Uint8Array) => wireB.socket.send(packet, a.port, HOST),
    sendToB: (packet: Uint8Array) => wireA.socket.send(packet, b.port, HOST),
  };
  wireB.socket.on('message', (packet) => {
    if (packet[0] === STREAM_MARK) wire.toB = Buffer.from(packet);
    wire.sendToB(packet);
  });
  wireA.socket.on('message', (packet) => {
    if (packet[0] === STREAM_MARK) wire.toA = Buffer.from(packet);
    if (packet[0] !== STREAM_MARK || !wire.loses) wire.sendToA(packet);
  });
  a.links.addFriend(b.profile.publicKey, homeOf(b.profile));
  b.links.addFriend(a.profile.publicKey, homeOf(a.profile));
  a.links.start();
  b.links.start();
  const links = await Promise.all([a.linked(1), b.linked(1)]);
  await exchange(links[0], links[1], Uint8Array.of(1));
  await exchange(links[1], links[0], Uint8Array.of(2));
  return { a, b, wire, links };
}

/** Waits until B has answered, so that nothing is under way. */
async function exchange(link: Link, other: Link, bytes: Uint8Array): Promise<void> {
  const arrived = new Promise<void>((resolve) => other.channel(1).onFrames(() => resolve()));
  link.channel(1).send(bytes);
  await arrived;
}

/** A packet in the name of the peer, as the one before but with another type and content. */
function forge(before: Buffer, type: number, content: Uint8Array): Buffer {
  const forged = Buffer.concat([before.subarray(0, UDX_HEADER_BYTES), content]);
  forged[AT.type] = type;
  return forged;
}

/** Numbers count packets; one of the next few is the one that A waits for. */
function sendAsNext(wire: { sendToA: (packet: Uint8Array) => void }, forged: Buffer): void {
  const next = forged.readUInt32LE(AT.number);
  for (let ahead = 0; ahead < 4; ahead++) {
    forged.writeUInt32LE((next + ahead) >>> 0, AT.number);
    wire.sendToA(Buffer.from(forged));
  }
}

async function again({ a, b }: Awaited<ReturnType<typeof friendsOnAWire>>): Promise<void> {
  const [again, otherAgain] = await Promise.all([a.linked(2), b.linked(2)]);
  expect(a.downs).toEqual(['failed']);
  await exchange(again, otherAgain, Uint8Array.of(3));
}

it.each([
  ['ended', UDX.end, 'stream-end-forged'],
  ['reset', UDX.destroy, undefined],
  ['filled with garbage', UDX.data, 'bad-record-length'],
])('a stream that is %s in the name of the peer costs its link a moment', async (_, type, reason) => {
  const friends = await friendsOnAWire();
  const { a, wire } = friends;
  sendAsNext(wire, forge(wire.toA, type, new Uint8Array(64).fill(0xff)));
  await again(friends);
  if (reason !== undefined) expect(a.transport.drops.get(reason)).toBe(1);
});

describe('a stream that holds up what comes is made anew soon after something was sent', () => {
  /** B says something that does not get through, and finds out. */
  async function foundOut(friends: Awaited<ReturnType<typeof friendsOnAWire>>, meddle: () => Promise<void>) {
    const { b, links } = friends;
    const at = clock.now();
    links[1].channel(1).send(Uint8Array.of(4));
    await meddle();
    await b.linked(2);
    expect(clock.now() - at).toBeLessThan(3 * CHECK_MS);
    expect([b.downs, b.transport.drops.get('stream-forged')]).toEqual([['failed'], 1]);
  }

  it('where somebody began a long record in the name of the peer', async () => {
    const friends = await friendsOnAWire();
    const { wire } = friends;
    sendAsNext(wire, forge(wire.toA, UDX.data, Uint8Array.of(0, 0xea, 0x60, 1, 2, 3)));
    await foundOut(friends, async () => {});
  });

  it('where somebody confirmed what was lost', async () => {
    const friends = await friendsOnAWire();
    const { wire } = friends;
    const before = wire.toA;
    wire.loses = true;
    await foundOut(friends, async () => {
      while (wire.toA === before) await new Promise((resolve) => setImmediate(resolve));
      const forged = forge(wire.toB, UDX.confirmation, new Uint8Array(0));
      forged.writeUInt32LE((wire.toA.readUInt32LE(AT.number) + 1) >>> 0, AT.next);
      wire.sendToB(forged);
      wire.loses = false;
    });
  });
});
