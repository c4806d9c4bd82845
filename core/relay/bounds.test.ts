import { describe, expect, it } from 'vitest';
import { policyLayout } from '../codec/envelope.ts';
import { encode } from '../codec/layout.ts';
import { IDS_PER_RECEIPT } from '../codec/relay.ts';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import type { Signature } from '../ids/bytes.ts';
import { DropCounter } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import type { KeptNote } from '../store/relay-cache.ts';
import { MemoryCacheDisk } from '../testing/memory-cache.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_PURPOSE } from './attendance.ts';
import { IDLE_COLLECTORS } from './custodian.ts';
import { type Envelope, makeEnvelope } from './envelope.ts';
import { POLICIES } from './policies.ts';
import { makePermit, makePolicy } from './policy.ts';
import { makeReceipt } from './receipt.ts';
import { RECEIPT_IDS, RECEIPTS } from './receipts.ts';
import { RelayNode } from './relay.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { NetworkDouble } from './testing/network-double.ts';

const random = new SeededRandom('bounds');
const newClaim = () => createClaim(random);

/** A carrier whose disk has these notes at the start. */
async function startWith(notes: readonly (Pick<KeptNote, 'kind' | 'bytes'> & { readonly key?: Uint8Array })[]) {
  const world = new VirtualClock();
  const network = new NetworkDouble(random);
  const disk = new MemoryCacheDisk();
  const store = disk.open();
  for (const note of notes) store.putNote({ key: random.bytes(32), ...note, expiresAt: Number.MAX_SAFE_INTEGER });
  await store.saved();
  const parts = { network, random, clock: world.node(0), logger: silentLogger, drops: new DropCounter() };
  const node = new RelayNode({ ...parts, store: disk.open() });
  node.start();
  await world.runFor(10);
  const collect = async (claim: ReturnType<typeof newClaim>, by: KnownContact, withPolicy = false) => {
    const policy = withPolicy ? policyOf(claim) : undefined;
    const body = { token: undefined, pass: new Uint8Array(8), claimKey: claim.publicKey, lifetimeS: 600, policy };
    const signed = { ...body, signature: claim.sign(COLLECT_PURPOSE, by.key) };
    await world.runUntilSettled(network.ask(by, { kind: 'collect', body: signed }), 1_000);
    await world.runFor(10);
  };
  return { world, network, disk, node, collect };
}

function policyOf(claim: ReturnType<typeof newClaim>, number = 1) {
  return makePolicy(claim, { number, friendKey: random.bytes(32), inviteKey: random.bytes(32) });
}

const unsignedPolicy = (): Pick<KeptNote, 'kind' | 'bytes'> => {
  const keys = { claimKey: random.bytes(32), friendKey: random.bytes(32), inviteKey: random.bytes(32) };
  return {
    kind: 'policy',
    bytes: encode(policyLayout, { ...keys, number: 1, signature: random.bytes(64) as Signature }),
  };
};

it('policies of destinations made for the occasion do not fill the disk', async () => {
  const { disk, collect, network, node } = await startWith(Array.from({ length: POLICIES }, unsignedPolicy));
  for (let i = 0; i < 5; i++) await collect(newClaim(), network.somebody(), true);
  expect(disk.notes.size).toBe(POLICIES);
  node.stop();
});

it('policies of one owner’s making push out few others, and none of whoever collects', async () => {
  const claim = newClaim();
  const [friend, policy] = [createProfileKeyPair(random), policyOf(claim, 5)];
  const real = { kind: 'policy' as const, bytes: encode(policyLayout, policy), key: positionOfClaim(claim.publicKey) };
  const { world, disk, network, node, collect } = await startWith([
    real,
    ...Array.from({ length: POLICIES - 1 }, unsignedPolicy),
  ]);
  await collect(claim, network.somebody());
  const before = new Set(disk.notes.keys());
  for (let i = 0; i < 400; i++) await collect(newClaim(), network.somebody('30.0.0.1'), true);
  expect([...disk.notes.keys()].filter((key) => !before.has(key)).length).toBeLessThan(300);
  const old = makePolicy(claim, { number: 4, friendKey: friend.publicKey, inviteKey: random.bytes(32) });
  const envelope = makeEnvelope({
    ...{ destination: positionOfClaim(claim.publicKey), copies: 2, body: random.bytes(848) },
    permit: (id) => makePermit(id, old, 'friend', friend.secretKey),
  });
  const body = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 3_600, envelope: envelope.bytes };
  await world.runUntilSettled(network.ask(network.somebody(), { kind: 'carry', body }), 1_000);
  expect([...disk.envelopes.values()].map(({ row }) => row.stranger)).toEqual([true]);
  node.stop();
});

it('receipts of such destinations fill neither the disk nor the memory, however many envelopes they name', async () => {
  for (const ids of [1, IDS_PER_RECEIPT]) {
    const most = Math.min(RECEIPTS, Math.floor(RECEIPT_IDS / ids));
    const { disk, world, network, node } = await startWith([]);
    for (let i = 0; i < most + 5; i++) {
      const receipt = makeReceipt(
        newClaim(),
        Array.from({ length: ids }, () => random.bytes(16)),
      );
      await network.ask(network.somebody(), { kind: 'free', body: { token: undefined, ...receipt } });
    }
    await world.runFor(10);
    expect(disk.notes.size).toBe(most);
    node.stop();
  }
});

it('destinations for which nothing is kept collect here up to a limit; then the one that came first has to ask again', async () => {
  const { world, network, node, collect } = await startWith([]);
  const claims = [newClaim(), newClaim()];
  const [early, late] = [network.somebody(), network.somebody()];
  await collect(claims[0]!, early);
  for (let i = 0; i < IDLE_COLLECTORS - 1; i++) await collect(newClaim(), network.somebody());
  await collect(claims[1]!, late);
  for (const claim of claims) {
    const envelope = makeEnvelope({
      destination: positionOfClaim(claim.publicKey),
      copies: 2,
      body: random.bytes(848),
    });
    const body = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 3_600, envelope: envelope.bytes };
    await world.runUntilSettled(network.ask(network.somebody(), { kind: 'carry', body }), 1_000);
  }
  await world.runFor(1_000);
  expect(network.sentTo(late, 'inventory').length).toBeGreaterThan(0);
  expect(network.sentTo(early, 'inventory')).toHaveLength(0);
  node.stop();
});

describe('an envelope of a stranger that makes room for another one', () => {
  const envelopes = () => [newClaim(), newClaim()].map((claim) => envelopeTo(claim));
  const envelopeTo = (claim: ReturnType<typeof newClaim>) =>
    makeEnvelope({ destination: positionOfClaim(claim.publicKey), copies: 2, body: random.bytes(848) });
  const SILENCE_MS = 500;

  /** A carrier on which strangers may fill what one envelope takes; the nodes it knows are silent. */
  function narrowCarrier() {
    const world = new VirtualClock();
    const network = new NetworkDouble(random);
    const strangerShare = 1_200 / DEFAULT_SETTINGS.capacityBytes;
    const settings = { quotas: { ...DEFAULT_SETTINGS.quotas, strangerShare } };
    const parts = { network, random, clock: world.node(0), logger: silentLogger, drops: new DropCounter() };
    const node = new RelayNode({ ...parts, store: new MemoryCacheDisk().open(), settings });
    node.start();
    network.answer = () => new Promise((resolve) => world.after(SILENCE_MS, () => resolve(undefined)));
    const carry = (envelope: Envelope) => {
      const body = { token: undefined, copy: 1, hopsLeft: 9, lifeS: 3_600, envelope: envelope.bytes };
      return world.runUntilSettled(network.ask(network.somebody(), { kind: 'carry', body }), 1_000);
    };
    return { world, network, node, carry };
  }

  it('while it is on its way does not come back as one of our own', async () => {
    const { world, network, node, carry } = narrowCarrier();
    network.hops = [network.somebody()];
    for (const envelope of envelopes()) await carry(envelope);
    expect(node.stats().carried.envelopes).toBe(1);
    await world.runFor(10_000);
    expect(node.stats().carried.envelopes).toBe(1);
    node.stop();
  });

  it('while others are looked for to keep it is taken and handed on like a new one when it comes again', async () => {
    const { world, network, node, carry } = narrowCarrier();
    network.near = Array.from({ length: 64 }, () => network.somebody());
    const [first, second] = envelopes();
    await carry(first!);
    await carry(second!);
    await world.runFor(10 * SILENCE_MS);
    const hop = network.somebody();
    network.hops = [hop];
    await carry(first!);
    expect(network.sentTo(hop, 'carry')).toHaveLength(1);
    node.stop();
  });
});
