import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import type { Comparison } from '../codec/relay.ts';
import type { KnownContact } from '../dht/contact.ts';
import { nodeId } from '../ids/bytes.ts';
import { DropCounter } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import { MemoryCacheDisk } from '../testing/memory-cache.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { proofOf } from './audit.ts';
import { makeEnvelope } from './envelope.ts';
import { RelayNode } from './relay.ts';
import { NetworkDouble } from './testing/network-double.ts';

const MINUTE_MS = 60_000;

const random = new SeededRandom('group');
const destination = nodeId(random.bytes(32));
const envelope = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let partner: KnownContact;
/** What the partner says of its collection, and what it says to lack of ours. */
let says: Comparison;
let lacks: Uint8Array[];

beforeEach(async () => {
  world = new VirtualClock();
  network = new NetworkDouble(random);
  const clock = world.node(0);
  const parts = { network, random, clock, logger: silentLogger, drops: new DropCounter() };
  node = new RelayNode({ ...parts, store: new MemoryCacheDisk().open() });
  node.start();
  partner = network.somebody();
  network.near = [partner];
  network.answer = (_, body) => answer(body);
  [says, lacks] = ['same', []];
  const body = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 86_400, envelope: envelope.bytes };
  await world.runUntilSettled(network.ask(network.somebody(), { kind: 'carry', body }), 1_000);
  await world.runFor(MINUTE_MS);
});
afterEach(() => node.stop());

function answer({ kind, body }: RelayRequest): RelayReply | undefined {
  if (kind === 'inventory') return { kind: 'missing', body: { token: undefined, verdict: 'wanted', ids: lacks } };
  if (kind === 'carry') return { kind: 'carried', body: { token: undefined, verdict: 'kept' } };
  if (kind !== 'compare') return undefined;
  const { challenge } = body;
  const proof = challenge && proofOf(challenge.nonce, envelope.body);
  return { kind: 'compared', body: { token: undefined, comparison: says, proof } };
}

const named = () => network.sentTo(partner, 'inventory').length;

it('a partner that has more than we do is not named the same again at each sign of life', async () => {
  const before = named();
  says = 'different';
  await world.runFor(30 * MINUTE_MS);
  expect(network.sentTo(partner, 'compare').length).toBeGreaterThan(100);
  expect(named() - before).toBeGreaterThan(3);
  expect(named() - before).toBeLessThan(15);
});

it('a partner that was the same and lost something is given it within two periods', async () => {
  says = 'different';
  await world.runFor(20 * MINUTE_MS);
  says = 'same';
  await world.runFor(MINUTE_MS);
  says = 'different';
  lacks = [envelope.id];
  const carried = network.sentTo(partner, 'carry').length;
  await world.runFor(25_000);
  expect(network.sentTo(partner, 'carry').length).toBeGreaterThan(carried);
});
