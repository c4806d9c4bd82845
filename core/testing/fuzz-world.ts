import { createProfileKeyPair } from '../crypto/crypto.ts';
import { toHex } from '../ids/bytes.ts';
import { ParleyLinks } from '../link/manager.ts';
import type { Link } from '../link/types.ts';
import { DhtNetwork, type DhtNode } from './dht-network.ts';
import { ComplaintLog } from './fuzz-log.ts';
import { type FuzzTarget, must } from './fuzz-target.ts';
import { homeOf } from './positions.ts';
import { SeededRandom } from './seeded-random.ts';
import { type PacketTap, SimNetwork } from './sim-network.ts';
import { VirtualClock } from './virtual-clock.ts';

const PORT = 4_000;
const NODES = 5;
const CHANNEL = 5;
const BAD_TIME_MS = 8_000;
/** Longer than anything that is repeated: registrations are renewed every 4 minutes, queries at the latest every 5. */
const GOOD_TIME_MS = 600_000;
const FRAME_EVERY_MS = 40;
/** A whole network lives for minutes of virtual time in each run. */
const WORLD_LIMIT_MS = 20_000;
const KEPT_PACKETS = 50;

interface Someone {
  readonly links: ParleyLinks;
  readonly node: DhtNode;
  readonly log: ComplaintLog;
  readonly heard: number[];
  readonly faults: string[];
  link: Link | undefined;
}

/**
 * Flips, cuts, doubles, replays, swaps and invents packets, datagrams and streams alike, as the input says: byte by
 * byte it tells how many of 256 packets suffer each of them.
 */
function vandal(input: Uint8Array, network: SimNetwork, random: SeededRandom): PacketTap {
  const rates = Array.from({ length: 6 }, (_, i) => (input[i] ?? 0) / 512);
  const kept: { readonly packet: Uint8Array; readonly to: { host: string; port: number } }[] = [];
  return ({ kind, packet, from, to }) => {
    const [drop, flip, cut, replay, invent, stream] = rates as [number, number, number, number, number, number];
    const old = kept.length === 0 ? undefined : random.pick(kept);
    kept[random.integer(KEPT_PACKETS)] ??= { packet: packet.slice(), to };
    if (old !== undefined && random.chance(replay)) network.inject(from, old.to, old.packet);
    if (random.chance(invent)) network.inject(from, to, random.bytes(random.integer(1_300)));
    if (kind === 'stream' && !random.chance(stream)) return undefined;
    if (random.chance(drop)) return 'drop';
    const changed = random.chance(cut) ? packet.slice(0, random.integer(packet.length + 1)) : packet.slice();
    if (changed.length > 0 && random.chance(flip)) changed[random.integer(changed.length)]! ^= 1 << random.integer(8);
    return changed;
  };
}

/** Two friends in a network of whole nodes, while a vandal sits on every path, and after it went away. */
async function runWorld(input: Uint8Array): Promise<boolean> {
  const clock = new VirtualClock();
  const random = new SeededRandom(`fuzz world ${toHex(input)}`);
  const network = new SimNetwork({ clock, random: random.fork('network'), tracePackets: 0 });
  const dht = new DhtNetwork({
    ...{ clock, random: random.fork('nodes'), port: PORT },
    host: (index) => ({ network: network.host(`${20 + index}.0.0.1`), address: `${20 + index}.0.0.1` }),
  });
  for (let i = 0; i < NODES; i++) await dht.add();
  await clock.runFor(2_000);
  const end = network.onPacket(vandal(input, network, random.fork('vandal')));
  const [a, b] = befriended(dht, clock, random);
  let sent = 0;
  const sending = clock.every(FRAME_EVERY_MS, () => {
    if (a.link?.up) a.link.channel(CHANNEL).send(Uint8Array.of(sent >> 8, sent++));
  });
  await clock.runFor(BAD_TIME_MS);
  end();
  // What was sent into a link that had broken unnoticed is lost; what is sent from now on arrives in the end.
  const first = sent;
  await clock.runUntilTrue(() => (b.heard.at(-1) ?? -1) >= first, GOOD_TIME_MS, 'a frame after the bad time');
  sending.cancel();
  for (const someone of [a, b]) {
    must(someone.faults.length === 0, someone.faults.join('; '));
    someone.log.mustBeEmpty();
    await Promise.all([someone.links.stop(), clock.runFor(3_000)]);
  }
  for (const { transport } of dht.nodes) must(transport.drops.get('handler-failed') === 0, 'a packet handler threw');
  await dht.stop();
  return true;
}

function befriended(dht: DhtNetwork, clock: VirtualClock, random: SeededRandom): [Someone, Someone] {
  const profiles = [0, 1].map((i) => createProfileKeyPair(random.fork(`profile ${i}`)));
  const people = profiles.map((profile, i): Someone => {
    const node = dht.nodes[NODES - 1 - i]!;
    const log = new ComplaintLog();
    const links = new ParleyLinks({
      ...{ profile, transport: node.transport, overlay: node.dht, clock, logger: log },
      random: random.fork(`person ${i}`),
    });
    const someone: Someone = { links, node, log, heard: [], faults: [], link: undefined };
    links.onUp((link) => {
      someone.link = link;
      let last = -1;
      link.channel(CHANNEL).onFrames((frames) => {
        for (const frame of frames) {
          const number = (frame[0]! << 8) | frame[1]!;
          if (frame.length !== 2 || number <= last) someone.faults.push(`frame ${number} after ${last}`);
          last = number;
          someone.heard.push(number);
        }
      });
    });
    links.addFriend(profiles[1 - i]!.publicKey, homeOf(profiles[1 - i]!));
    links.start();
    return someone;
  });
  return people as [Someone, Someone];
}

export const WORLD_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'whole nodes',
    limitMs: WORLD_LIMIT_MS,
    weight: 8,
    corpus: [
      [0, 0, 0, 0, 0, 0, 0],
      [20, 20, 20, 20, 20, 0, 1],
      [0, 0, 0, 255, 255, 0, 2],
      [128, 128, 128, 0, 0, 0, 3],
      [10, 10, 10, 10, 10, 255, 4],
    ].map((bytes) => Uint8Array.from(bytes)),
    maxBytes: 8,
    run: runWorld,
  },
];
