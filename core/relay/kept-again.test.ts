import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { proofOf } from './audit.ts';
import { makeEnvelope } from './envelope.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const random = new SeededRandom('kept again');
const destination = positionOfClaim(createClaim(random).publicKey);
const envelope = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let sender: KnownContact;
let next: KnownContact;

/** Nodes that keep it, and show so. */
function answerOfHolders(_to: KnownContact, body: RelayRequest): RelayReply | undefined {
  const token = undefined;
  if (body.kind === 'carry') return { kind: 'carried', body: { token, verdict: 'kept' } };
  if (body.kind === 'inventory') return { kind: 'missing', body: { token, verdict: 'held', ids: [] } };
  if (body.kind === 'settle') return { kind: 'settled', body: { token } };
  if (body.kind !== 'compare') return undefined;
  const { challenge } = body.body;
  const proof = challenge && proofOf(challenge.nonce, envelope.body);
  return { kind: 'compared', body: { token, comparison: 'same', proof } };
}

/** The verdict on the envelope, which is to go on from here. */
async function carry(): Promise<string> {
  const body = { token: undefined, copy: 1, hopsLeft: 9, lifeS: 86_400, envelope: envelope.bytes };
  const reply = await world.runUntilSettled(network.ask(sender, { kind: 'carry', body }), 5_000);
  return reply.kind === 'carried' ? reply.body.verdict : reply.kind;
}

/** It goes through this node, comes to rest with others, and is let go of here. */
async function carryOnce(): Promise<void> {
  expect(await carry()).toBe('kept');
  await world.runFor(100);
  const news = { envelopeId: envelope.id, copy: 1, outcome: 'stored' as const, holders: 2, lifeS: 86_400 };
  await network.ask(next, { kind: 'settle', body: { token: undefined, ...news } });
  await world.runFor(20_000);
  expect(node.stats().carried.envelopes).toBe(0);
}

beforeEach(() => {
  ({ world, network, node } = loneCarrier(random));
  [sender, next] = [network.somebody(), network.somebody()];
  network.hops = [next];
  network.near = [next, network.somebody(), network.somebody(), network.somebody()];
  network.answer = answerOfHolders;
});
afterEach(() => node.stop());

it('a hop that is brought again what went through it a moment ago lets go of it again', async () => {
  await carryOnce();
  expect(await carry()).toBe('kept');
  await world.runFor(20_000);
  expect(node.stats().carried.envelopes).toBe(0);
});

it('a hop that is brought it again makes copies when those who kept it have it no more', async () => {
  await carryOnce();
  network.sent.length = 0;
  network.answer = (to, body) => {
    const token = undefined;
    if (body.kind === 'compare') return { kind: 'compared', body: { token, comparison: 'none', proof: undefined } };
    if (body.kind === 'inventory') return { kind: 'missing', body: { token, verdict: 'wanted', ids: [envelope.id] } };
    return answerOfHolders(to, body);
  };
  expect(await carry()).toBe('kept');
  await world.runFor(20_000);
  expect(new Set(network.sent.filter(({ body }) => body.kind === 'carry').map(({ to }) => to)).size).toBeGreaterThan(1);
});
