import { afterEach, describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../codec/limits.ts';
import { createProfileKeyPair, type ProfileKeyPair } from '../crypto/crypto.ts';
import { Transport } from '../net/transport.ts';
import { SystemClock } from '../node/adapters/system-clock.ts';
import { SystemRandom } from '../node/adapters/system-random.ts';
import { createUdxNetwork } from '../node/adapters/udx-network.ts';
import { silentLogger } from '../ports/logger.ts';
import { OverlayWorld } from '../testing/overlay-double.ts';
import { homeOf } from '../testing/positions.ts';
import { ParleyLinks } from './manager.ts';
import type { Link, LinkDownReason } from './types.ts';

const HOST = '127.0.0.1';
const clock = new SystemClock();
const random = new SystemRandom();
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Node {
  readonly profile: ProfileKeyPair;
  readonly links: ParleyLinks;
  readonly up: Promise<Link>;
  readonly down: Promise<LinkDownReason>;
}

async function node(world: OverlayWorld, rekeyAfterMs?: number): Promise<Node> {
  const socket = await createUdxNetwork().bind({ port: 0, host: HOST });
  const transport = new Transport({ socket, logger: silentLogger });
  const profile = createProfileKeyPair(random);
  const overlay = world.node(homeOf(profile), () => [{ host: HOST, port: socket.port }]);
  const logger = silentLogger;
  const links = new ParleyLinks({
    ...{ profile, transport, overlay, clock, random, logger },
    ...(rekeyAfterMs === undefined ? {} : { rekeyAfterMs }),
  });
  const up = new Promise<Link>((resolve) => links.onUp(resolve));
  const down = new Promise<LinkDownReason>((resolve) => links.onDown(({ reason }) => resolve(reason)));
  ends.push(async () => {
    await links.stop();
    await transport.close();
  });
  return { profile, links, up, down };
}

async function pair(rekeyAfterMs?: number): Promise<[Node, Node]> {
  const world = new OverlayWorld(clock, 0);
  const a = await node(world, rekeyAfterMs);
  const b = await node(world, rekeyAfterMs);
  a.links.addFriend(b.profile.publicKey, homeOf(b.profile));
  b.links.addFriend(a.profile.publicKey, homeOf(a.profile));
  return [a, b];
}

describe('a link over real sockets', () => {
  it('goes up, brings 32 MB in order under back-pressure, and says goodbye', async () => {
    const [a, b] = await pair();
    const count = 512;
    let next = 0;
    let inOrder = true;
    const complete = new Promise<void>((resolve) => {
      b.links.onUp((link) =>
        link.channel(5).onFrames((frames) => {
          for (const frame of frames) {
            inOrder &&= frame.length === MAX_FRAME_BYTES && frame[0] === (next & 255) && frame.at(-1) === (next & 255);
            next++;
          }
          if (next === count) resolve();
        }),
      );
    });
    a.links.start();
    b.links.start();
    const link = await a.up;
    const channel = link.channel(5);
    let sent = 0;
    let waits = 0;
    const pump = () => {
      while (sent < count) {
        if (channel.send(new Uint8Array(MAX_FRAME_BYTES).fill(sent++ & 255))) continue;
        waits++;
        return;
      }
    };
    channel.onDrain(pump);
    pump();
    await complete;
    expect([next, inOrder]).toEqual([count, true]);
    expect(waits).toBeGreaterThan(0);
    link.close();
    expect(await b.down).toBe('closed-by-peer');
  });

  it('answers frames and datagrams at once, while the keys change', async () => {
    const [a, b] = await pair(400);
    b.links.onUp((link) => {
      link.channel(1).onFrames((frames) => {
        for (const frame of frames) link.channel(1).send(frame.slice());
      });
      link.onDatagram(2, (payload) => link.sendDatagram(2, payload.slice()));
    });
    a.links.start();
    b.links.start();
    const link = await a.up;
    let answered: (bytes: Uint8Array) => void = () => {};
    link.channel(1).onFrames((frames) => frames.forEach((frame) => void answered(frame)));
    link.onDatagram(2, (payload) => answered(payload));
    for (let i = 0; link.stats().epoch < 3; i++) {
      const message = Uint8Array.of(i, i >> 8);
      const answer = new Promise<Uint8Array>((resolve) => {
        answered = resolve;
      });
      if (i % 2 === 0) link.channel(1).send(message.slice());
      else link.sendDatagram(2, message);
      expect(await answer).toEqual(message);
    }
    expect(link.up).toBe(true);
    expect(link.stats().rttMs).toBeLessThan(1_000);
  });
});
