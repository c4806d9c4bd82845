import { MAX_FRAME_BYTES } from '../../core/codec/limits.ts';
import { createProfileKeyPair, nodeKeyPairFromSeed } from '../../core/crypto/crypto.ts';
import { Dht } from '../../core/dht/dht.ts';
import { fromHex, nodeId, profileKey, toHex } from '../../core/ids/bytes.ts';
import { parseNodeAddress } from '../../core/ids/node-address.ts';
import { ParleyLinks } from '../../core/link/manager.ts';
import type { Link } from '../../core/link/types.ts';
import { Transport } from '../../core/net/transport.ts';
import { SystemClock } from '../../core/node/adapters/system-clock.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import { createUdxNetwork } from '../../core/node/adapters/udx-network.ts';
import { silentLogger } from '../../core/ports/logger.ts';
import { homeOf } from '../../core/testing/positions.ts';
import { cpuSeconds, randomGapMs, sharedNow, sleep } from '../measure.ts';

const ECHO_CHANNEL = 8;
const BULK_CHANNEL = 9;
const DATAGRAM_KIND = 7;
const STAMP_BYTES = 8;
const FLOOD_BURST = 100;

/** One end of a link without a messenger: what the carrier below the messages can do. */
export async function linkRole() {
  const clock = new SystemClock();
  const random = new SystemRandom();
  const socket = await createUdxNetwork().bind({ port: 0, host: '127.0.0.1' });
  const transport = new Transport({ socket, logger: silentLogger });
  const keys = nodeKeyPairFromSeed(random.bytes(32));
  const overlay = new Dht({ transport, keys, clock, random, logger: silentLogger });
  const profile = createProfileKeyPair(random);
  const links = new ParleyLinks({ profile, transport, overlay, clock, random, logger: silentLogger });
  let link: Link | undefined;
  let bytes = 0;
  let waiting: { bytes: number; resolve: () => void } | undefined;
  let latencies: number[] = [];
  let echoed: () => void = () => {};

  const up = (): Link => {
    if (link === undefined) throw new Error('there is no link');
    return link;
  };

  const listen = (to: Link, echoes: boolean) => {
    const echo = to.channel(ECHO_CHANNEL);
    echo.onFrames((frames) => {
      if (!echoes) return echoed();
      for (const frame of frames) echo.send(frame);
    });
    to.channel(BULK_CHANNEL).onFrames((frames) => {
      for (const frame of frames) bytes += frame.length;
      if (waiting !== undefined && bytes >= waiting.bytes) waiting.resolve();
    });
    to.onDatagram(DATAGRAM_KIND, (payload) => {
      latencies.push(sharedNow() - new DataView(payload.buffer, payload.byteOffset).getFloat64(0));
    });
  };

  return {
    self: () => ({ key: toHex(profile.publicKey), home: toHex(homeOf(profile)) }),
    /** Makes friends and resolves when the link is up. */
    connect: ({
      bootstrap,
      friend,
      echoes,
    }: {
      bootstrap: string;
      friend: { key: string; home: string };
      echoes: boolean;
    }) => {
      const entry = parseNodeAddress(bootstrap);
      if (!entry.ok) throw new Error(entry.message);
      const { key, host, port } = entry.value;
      return new Promise<void>((resolve) => {
        links.onUp((linkUp) => {
          link = linkUp;
          listen(linkUp, echoes);
          resolve();
        });
        overlay.bootstrap(key, { host, port });
        overlay.start();
        links.addFriend(profileKey(fromHex(friend.key)!), nodeId(fromHex(friend.home)!));
        links.start();
      });
    },
    /** Frames of 64 bytes, each until it came back. @returns ms of each. */
    roundTrips: async ({ count, gaps }: { count: number; gaps: boolean }) => {
      const channel = up().channel(ECHO_CHANNEL);
      const times: number[] = [];
      for (let i = 0; i < count; i++) {
        if (gaps) await sleep(randomGapMs());
        const startedAt = performance.now();
        const back = new Promise<void>((resolve) => {
          echoed = resolve;
        });
        channel.send(new Uint8Array(64));
        await back;
        times.push(performance.now() - startedAt);
      }
      return times;
    },
    /** Sends this many bytes as frames of the greatest length, at the pace the channel takes them. */
    sendBulk: async ({ total }: { total: number }) => {
      const channel = up().channel(BULK_CHANNEL);
      // One buffer again and again, as in the other peers' programs: nobody writes to it, so nobody can tell.
      const frame = new Uint8Array(MAX_FRAME_BYTES);
      for (let sent = 0; sent < total; sent += MAX_FRAME_BYTES) {
        if (channel.send(frame.subarray(0, total - sent))) continue;
        await new Promise<void>((resolve) => {
          const end = channel.onDrain(() => {
            end();
            resolve();
          });
        });
      }
    },
    /** Resolves when this many bytes came in since the last call, with the time by the shared clock. */
    untilBulk: async ({ total }: { total: number }) => {
      if (bytes < total) {
        await new Promise<void>((resolve) => {
          waiting = { bytes: total, resolve };
        });
      }
      waiting = undefined;
      bytes = 0;
      return sharedNow();
    },
    /** Stamped datagrams of `size` bytes, `perSecond` of them. */
    sendVoice: async ({ size, perSecond, seconds }: { size: number; perSecond: number; seconds: number }) => {
      const startedAt = sharedNow();
      const count = perSecond * seconds;
      for (let i = 0; i < count; i++) {
        up().sendDatagram(DATAGRAM_KIND, stamped(size));
        await sleep(Math.max(0, startedAt + ((i + 1) * 1_000) / perSecond - sharedNow()));
      }
      return count;
    },
    /** As many as the event loop gives away. @returns how many, and the seconds it took. */
    floodDatagrams: async ({ size, seconds }: { size: number; seconds: number }) => {
      const startedAt = sharedNow();
      let sent = 0;
      while (sharedNow() - startedAt < seconds * 1_000) {
        for (let i = 0; i < FLOOD_BURST; i++) up().sendDatagram(DATAGRAM_KIND, stamped(size));
        sent += FLOOD_BURST;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { sent, seconds: (sharedNow() - startedAt) / 1_000 };
    },
    /** One-way times of the datagrams that came since the last call, in ms. */
    takeLatencies: () => {
      const taken = latencies;
      latencies = [];
      return taken;
    },
    countDatagrams: () => {
      const count = latencies.length;
      latencies = [];
      return count;
    },
    isUp: () => up().up,
    cpuSeconds,
  };
}

export type LinkRole = Awaited<ReturnType<typeof linkRole>>;

function stamped(size: number): Uint8Array {
  const payload = new Uint8Array(Math.max(size, STAMP_BYTES));
  new DataView(payload.buffer).setFloat64(0, sharedNow());
  return payload;
}
