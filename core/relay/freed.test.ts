import { afterEach, beforeEach, expect, it } from 'vitest';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { makeEnvelope } from './envelope.ts';
import { makeReceipt } from './receipt.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const DAY_MS = 86_400_000;
const random = new SeededRandom('freed');
const claim = createClaim(random);
const envelope = makeEnvelope({ destination: positionOfClaim(claim.publicKey), copies: 2, body: random.bytes(848) });

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;

beforeEach(() => {
  ({ world, network, node } = loneCarrier(random));
  // It is the root of all positions.
  network.hops = [];
});
afterEach(() => node.stop());

it('a sender that would hold its own envelope does not keep it again once its destination has it', async () => {
  node.deposit(envelope, { expiresAt: world.wall() + DAY_MS, onState: () => {} });
  await world.runFor(1_000);
  expect(node.stats().carried.envelopes).toBe(1);
  const receipt = makeReceipt(claim, [envelope.id]);
  await network.ask(network.somebody(), { kind: 'free', body: { token: undefined, ...receipt } });
  expect(node.stats().carried.envelopes).toBe(0);
  // The deposit is not over before the friend's own receipt is there: it is sent again in time.
  await world.runFor(2 * 60_000);
  expect(node.stats().carried.envelopes).toBe(0);
});
