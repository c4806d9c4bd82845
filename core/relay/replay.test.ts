import { afterEach, beforeEach, expect, it } from 'vitest';
import { PASS_BYTES } from '../codec/limits.ts';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import { TOKEN_LIFE_MS } from '../dht/address-proof.ts';
import { ContactBook, type KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_PURPOSE } from './attendance.ts';
import { makeEnvelope } from './envelope.ts';
import { makePermit, makePolicy } from './policy.ts';
import { makeReceipt } from './receipt.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const HOUR_MS = 3_600_000;
const random = new SeededRandom('replay');
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);
const friend = createProfileKeyPair(random);
const policy = makePolicy(claim, { number: 1, friendKey: friend.publicKey, inviteKey: friend.publicKey });
const envelope = makeEnvelope({
  ...{ destination, copies: 2, body: random.bytes(848) },
  permit: (id) => makePermit(id, policy, 'friend', friend.secretKey),
});

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let third: KnownContact;

beforeEach(() => {
  ({ world, network, node } = loneCarrier(random));
  third = network.somebody();
});
afterEach(() => node.stop());

/** The verdict on the same deposit, whoever brings it. */
async function deposit(from: KnownContact, lifeS: number, proven = true): Promise<string> {
  const body = { token: undefined, copy: 1, hopsLeft: 0, lifeS, envelope: envelope.bytes };
  const reply = await world.runUntilSettled(network.ask(from, { kind: 'carry', body }, proven), 5_000);
  return reply.kind === 'carried' ? reply.body.verdict : reply.kind;
}

it('a deposit that a third party repeats for hours is one envelope, and lives no longer for it', async () => {
  expect(await deposit(network.somebody(), 12 * 3_600)).toBe('kept');
  for (let hour = 0; hour < 11; hour++) {
    await world.runFor(HOUR_MS);
    expect(await deposit(third, 14 * 86_400, false)).toBe('unproven');
    expect(await deposit(third, 14 * 86_400)).toBe('held');
    expect(node.stats().carried.envelopes).toBe(1);
  }
  await world.runFor(2 * HOUR_MS);
  expect(node.stats().carried.envelopes).toBe(0);
});

it('what the destination took is not kept again for anybody, two weeks long', async () => {
  expect(await deposit(network.somebody(), 86_400)).toBe('kept');
  const receipt = makeReceipt(claim, [envelope.id]);
  await network.ask(network.somebody(), { kind: 'free', body: { token: undefined, ...receipt } });
  for (let day = 0; day < 13; day++) {
    await world.runFor(24 * HOUR_MS);
    expect(await deposit(third, 14 * 86_400)).toBe('freed');
  }
  expect(node.stats().carried.envelopes).toBe(0);
});

async function collect(from: KnownContact, lifetimeS: number, pass: Uint8Array, proven = true) {
  const signed = { token: undefined, claimKey: claim.publicKey, policy };
  const body = { ...signed, pass, lifetimeS, signature: claim.sign(COLLECT_PURPOSE, from.key) };
  const reply = await network.ask(from, { kind: 'collect', body }, proven);
  if (reply.kind !== 'collecting') throw new Error(reply.kind);
  return reply.body;
}

it('a wish to collect that a third party repeats neither ends a later one nor takes it elsewhere', async () => {
  const before = network.somebody();
  const moved = new ContactBook().of(before.key, { host: '90.0.0.1', port: 4_000 });
  const first = await collect(before, 600, new Uint8Array(PASS_BYTES));
  const second = await collect(before, 0, first.pass);
  const third = await collect(moved, 600, second.pass);
  expect([first, second, third].map(({ accepted }) => accepted)).toEqual([1, 1, 1]);
  for (const [from, lifetimeS, pass] of [
    [before, 600, new Uint8Array(PASS_BYTES)],
    [before, 0, first.pass],
    [moved, 0, first.pass],
    [moved, 600, second.pass],
  ] as const)
    expect(await collect(from, lifetimeS, pass)).toMatchObject({ accepted: 0, pass: third.pass });
  await deposit(network.somebody(), 3_600);
  await world.runFor(100);
  const { endpoint } = network.sent.find(({ body }) => body.kind === 'inventory')!.to;
  expect(endpoint).toEqual(moved.endpoint);
});

it('a wish to collect of before does not begin one again that was ended, so that the destination is told as ever', async () => {
  const before = network.somebody();
  const root = network.somebody();
  network.near = [root];
  const zeros = new Uint8Array(PASS_BYTES);
  const first = await collect(before, 600, zeros);
  const end = await collect(before, 0, first.pass);
  expect(end.accepted).toBe(1);
  // Nothing was kept for it meanwhile.
  for (const afterMs of [0, TOKEN_LIFE_MS - 1_000]) {
    await world.runFor(afterMs);
    for (const pass of [zeros, first.pass])
      expect(await collect(before, 600, pass)).toMatchObject({ accepted: 0, pass: end.pass });
  }
  await deposit(network.somebody(), 3_600);
  await world.runFor(5_000);
  expect(network.sentTo(before, 'inventory')).toEqual([]);
  expect(network.sentTo(root, 'notify')).not.toEqual([]);
  expect(await collect(before, 600, end.pass)).toMatchObject({ accepted: 1, waiting: 1 });
});

it('whoever collects again after a new start hears of the pass together with the proof of the address', async () => {
  const before = network.somebody();
  const { pass } = await collect(before, 600, new Uint8Array(PASS_BYTES));
  const anew = await collect(before, 600, new Uint8Array(PASS_BYTES), false);
  expect(anew).toMatchObject({ accepted: 0, pass });
});

it('a wish to collect of before neither ends nor moves one that registered and has not collected yet', async () => {
  const before = network.somebody();
  const moved = new ContactBook().of(before.key, { host: '90.0.0.1', port: 4_000 });
  await deposit(network.somebody(), 3_600);
  network.register(destination, moved);
  await world.runFor(100);
  network.sent.length = 0;
  for (const lifetimeS of [0, 600])
    expect(await collect(before, lifetimeS, new Uint8Array(PASS_BYTES))).toMatchObject({ accepted: 0 });
  await world.runFor(10_000);
  expect(network.sent.filter(({ to }) => to === before)).toEqual([]);
});
