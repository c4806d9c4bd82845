import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { Transport } from '../net/transport.ts';
import { SystemClock } from '../node/adapters/system-clock.ts';
import { SystemRandom } from '../node/adapters/system-random.ts';
import { createUdxNetwork } from '../node/adapters/udx-network.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Endpoint } from '../ports/network.ts';
import { OverlayWorld } from '../testing/overlay-double.ts';
import { positionOf } from './identity.ts';
import { ParleyLinks } from './manager.ts';
import type { Link, LinkDownReason } from './types.ts';

const HOST = '127.0.0.1';
const STREAM_MARK = 0xff;
const UDX_HEADER_BYTES = 20;
/** Types of UDX packets. */
const UDX = { data: 1, end: 2, destroy: 16 } as const;
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
  const overlay = world.node(positionOf(profile.publicKey), () => [seenAt]);
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

/** Two friends, and somebody on the wire between them who sees all packets and may add others. */
async function friendsOnAWire() {
  const world = new OverlayWorld(clock, 0);
  const [wireA, wireB] = [await wireEnd(), await wireEnd()];
  const a = await person(world, wireA.place);
  const b = await person(world, wireB.place);
  /** The last packet of a stream to A. */
  let toA: Buffer | undefined;
  wireB.socket.on('message', (packet) => wireA.socket.send(packet, b.port, HOST));
  wireA.socket.on('message', (packet) => {
    if (packet[0] === STREAM_MARK) toA = Buffer.from(packet);
    wireB.socket.send(packet, a.port, HOST);
  });
  a.links.addFriend(b.profile.publicKey);
  b.links.addFriend(a.profile.publicKey);
  a.links.start();
  b.links.start();
  await Promise.all([a.linked(1), b.linked(1)]);
  return { a, b, wireB, lastToA: () => toA! };
}

/** Waits until B has answered, so that nothing is under way. */
async function exchange(link: Link, other: Link, bytes: Uint8Array): Promise<void> {
  const arrived = new Promise<void>((resolve) => other.channel(1).onFrames(() => resolve()));
  link.channel(1).send(bytes);
  await arrived;
}

it.each([
  ['ended', UDX.end, 'stream-end-forged'],
  ['reset', UDX.destroy, undefined],
  ['filled with garbage', UDX.data, 'bad-record-length'],
])('a stream that is %s in the name of the peer costs its link a moment', async (_, type, reason) => {
  const { a, b, wireB, lastToA } = await friendsOnAWire();
  const [first, other] = [await a.linked(1), await b.linked(1)];
  await exchange(first, other, Uint8Array.of(1));
  await exchange(other, first, Uint8Array.of(2));
  const forged = Buffer.alloc(UDX_HEADER_BYTES + 64, 0xff);
  lastToA().copy(forged, 0, 0, UDX_HEADER_BYTES);
  forged[2] = type;
  // Sequence numbers count packets; one of the next few is the one that A waits for.
  const next = forged.readUInt32LE(12);
  for (let ahead = 0; ahead < 4; ahead++) {
    forged.writeUInt32LE((next + ahead) >>> 0, 12);
    wireB.socket.send(Buffer.from(forged), a.port, HOST);
  }
  const [again, otherAgain] = await Promise.all([a.linked(2), b.linked(2)]);
  expect(a.downs).toEqual(['failed']);
  if (reason !== undefined) expect(a.transport.drops.get(reason)).toBe(1);
  await exchange(again, otherAgain, Uint8Array.of(3));
});
