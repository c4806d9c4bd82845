import { join } from 'node:path';
import { policyLayout } from '../../core/codec/envelope.ts';
import { encode } from '../../core/codec/layout.ts';
import {
  createProfileKeyPair,
  nodeKeyPairFromSeed,
  profileKeyPairFromSeed,
  SEED_BYTES,
  sign,
} from '../../core/crypto/crypto.ts';
import { ContactBook } from '../../core/dht/contact.ts';
import { Dht } from '../../core/dht/dht.ts';
import { type PositionClaim, positionOfClaim } from '../../core/dht/types.ts';
import { fromHex, nodeId, toHex } from '../../core/ids/bytes.ts';
import { formatNodeAddress, parseNodeAddress } from '../../core/ids/node-address.ts';
import { compareDistance } from '../../core/ids/xor.ts';
import { Transport } from '../../core/net/transport.ts';
import { SystemClock } from '../../core/node/adapters/system-clock.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import { createUdxNetwork } from '../../core/node/adapters/udx-network.ts';
import { silentLogger } from '../../core/ports/logger.ts';
import { makeEnvelope } from '../../core/relay/envelope.ts';
import { Transfers } from '../../core/relay/exchange.ts';
import { makePermit, makePolicy } from '../../core/relay/policy.ts';
import { copyPositions } from '../../core/relay/positions.ts';
import { RelayNode } from '../../core/relay/relay.ts';
import { openRelayCache } from '../../core/store/relay-cache-database.ts';
import { createClaim } from '../../core/testing/positions.ts';
import { SeededRandom } from '../../core/testing/seeded-random.ts';
import { cpuSeconds, residentBytes, sharedNow, sleep } from '../measure.ts';
import type { Usage } from './network.ts';

/** Headers of IPv4 and UDP. */
const HEADER_BYTES = 28;
const BODY_BYTES = 848;
const COPIES = 2;
/** Nodes that may keep a copy of a position (`core/relay/holders.ts`). */
const ROOT_WIDTH = 3;
const HAND_WINDOW = 64;
const LIFE_MS = 14 * 86_400_000;

interface Member {
  readonly dht: Dht;
  readonly transport: Transport;
  readonly seed: Uint8Array;
  readonly folder: string;
  relay: RelayNode | undefined;
}

export interface FillArgs {
  /** Seeds of their claim keys, in hexadecimal. */
  readonly destinations: readonly string[];
  readonly perDestination: number;
}

/** Full nodes that carry, each with its relay cache on the disk, in one process, on loopback. */
export function carriersRole() {
  const clock = new SystemClock();
  const random = new SystemRandom();
  const network = createUdxNetwork();
  const book = new ContactBook();
  const members: Member[] = [];

  const first = (): Member => {
    if (members[0] === undefined) throw new Error('no carrier was started');
    return members[0];
  };
  const cacheOf = ({ folder, seed }: Member) =>
    openRelayCache({ path: join(folder, 'relay.db'), key: seed }, setImmediate);

  const join1 = async (folder: string, bootstrap: readonly string[]): Promise<Member> => {
    const seed = random.bytes(32);
    const socket = await network.bind({ port: 0, host: '127.0.0.1' });
    const transport = new Transport({ socket, logger: silentLogger });
    const known = bootstrap.flatMap((address) => {
      const parsed = parseNodeAddress(address);
      return parsed.ok
        ? [{ key: parsed.value.key, endpoint: { host: parsed.value.host, port: parsed.value.port } }]
        : [];
    });
    const keys = nodeKeyPairFromSeed(seed);
    const dht = new Dht({ transport, keys, clock, random, logger: silentLogger, bootstrap: known, book });
    dht.start();
    const member: Member = { dht, transport, seed, folder, relay: undefined };
    members.push(member);
    return member;
  };

  return {
    /** Nodes that take part in the DHT; they carry only after `carry`. */
    start: async ({ folders, bootstrap = [] }: { folders: readonly string[]; bootstrap?: readonly string[] }) => {
      const entries = [...bootstrap];
      for (const folder of folders) {
        const { dht, transport } = await join1(folder, entries);
        if (entries.length === 0)
          entries.push(formatNodeAddress({ key: dht.nodeKey, host: '127.0.0.1', port: transport.port }));
        await sleep(5);
      }
      return { bootstrap: entries[0]!, nodeIds: members.map(({ dht }) => toHex(dht.nodeId)) };
    },
    carry: () => {
      for (const member of members) {
        const { dht, transport } = member;
        const ports = { clock, random, logger: silentLogger };
        member.relay = new RelayNode({ ...ports, network: dht, drops: transport.drops, store: cacheOf(member) });
        member.relay.start();
      }
    },
    /** Puts the same envelopes for these destinations into the first node's cache, before it carries. */
    fill: async ({ destinations, perDestination }: FillArgs) => {
      const store = cacheOf(first());
      const seeded = new SeededRandom('envelopes');
      const friend = createProfileKeyPair(seeded);
      const keys = { friendKey: friend.publicKey, inviteKey: friend.publicKey };
      const expiresAt = clock.wall() + LIFE_MS;
      for (const seed of destinations) {
        const claim = claimOf(fromHex(seed)!);
        const destination = positionOfClaim(claim.publicKey);
        const policy = makePolicy(claim, { number: 1, ...keys });
        store.putNote({ kind: 'policy', key: destination, bytes: encode(policyLayout, policy), expiresAt });
        for (let i = 0; i < perDestination; i++) {
          const permit = (id: Uint8Array) => makePermit(id, policy, 'friend', friend.secretKey);
          const { id, bytes } = makeEnvelope({ destination, copies: COPIES, body: seeded.bytes(BODY_BYTES), permit });
          const about = { size: bytes.length, expiresAt, stranger: false, source: 'bench' };
          store.put({ id, destination, copies: COPIES, ...about }, bytes);
        }
        await store.saved();
      }
      await store.close();
    },
    /** Hands `count` envelopes for one destination to a node, as a hop would. @returns seconds until all were kept. */
    handTo: async ({ to, count }: { to: string; count: number }) => {
      const address = parseNodeAddress(to);
      if (!address.ok) throw new Error(address.message);
      const { key, host, port } = address.value;
      const contact = book.of(key, { host, port });
      const claim = createClaim(random);
      const friend = createProfileKeyPair(random);
      const policy = makePolicy(claim, { number: 1, friendKey: friend.publicKey, inviteKey: friend.publicKey });
      const destination = positionOfClaim(claim.publicKey);
      const envelopes = Array.from({ length: count }, () =>
        makeEnvelope({
          ...{ destination, copies: 0, body: random.bytes(BODY_BYTES) },
          permit: (id) => makePermit(id, policy, 'friend', friend.secretKey),
        }),
      );
      const transfers = new Transfers(first().dht);
      const startedAt = sharedNow();
      let next = 0;
      let kept = 0;
      const some = async () => {
        while (next < count) {
          const envelope = envelopes[next++]!;
          const verdict = await transfers.hand(contact, envelope, { copy: 0, hopsLeft: 0, lifeS: 3_600 });
          if (verdict === 'kept' || verdict === 'held') kept++;
        }
      };
      await Promise.all(Array.from({ length: HAND_WINDOW }, some));
      return { kept, seconds: (sharedNow() - startedAt) / 1_000 };
    },
    stats: () => first().relay?.stats(),
    usage: (): Usage => {
      let packets = 0;
      let bytes = 0;
      for (const { transport } of members) {
        packets += transport.traffic.packetsIn;
        bytes += transport.traffic.bytesIn;
      }
      return { at: sharedNow(), cpuSeconds: cpuSeconds(), bytes: bytes + HEADER_BYTES * packets, packets };
    },
    residentBytes,
  };
}

export type CarriersRole = ReturnType<typeof carriersRole>;

/**
 * Seeds of claim keys for whose positions `holders[k]` may keep copy k + 1: what a settled network would have placed
 * there. In hexadecimal.
 */
export function destinationsHeldBy(holders: readonly string[], all: readonly string[], count: number): string[] {
  const ids = all.map((text) => nodeId(fromHex(text)!));
  const wanted = holders.map((text) => nodeId(fromHex(text)!));
  const random = new SystemRandom();
  const found: string[] = [];
  while (found.length < count) {
    const seed = random.bytes(SEED_BYTES);
    const positions = copyPositions(positionOfClaim(profileKeyPairFromSeed(seed).publicKey), COPIES);
    // A place each: who may hold either copy would move it.
    const fits = positions.every((position, k) =>
      wanted.every((holder, j) => {
        const closer = ids.filter((id) => compareDistance(position, id, holder) < 0).length;
        return j === k ? closer < ROOT_WIDTH : closer >= ROOT_WIDTH;
      }),
    );
    if (fits) found.push(toHex(seed));
  }
  return found;
}

/** A person's claim without the blinding, which is slow to find and which no carrier can tell. */
function claimOf(seed: Uint8Array): PositionClaim {
  const { publicKey, secretKey } = profileKeyPairFromSeed(seed);
  return { publicKey, sign: (purpose, ...parts) => sign(secretKey, purpose, ...parts) };
}
