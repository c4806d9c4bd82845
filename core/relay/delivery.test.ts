import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_PURPOSE } from './attendance.ts';
import { makeEnvelope } from './envelope.ts';
import { makeReceipt } from './receipt.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const DAY_MS = 86_400_000;
/** How long a silent node is waited for. */
const SILENCE_MS = 100;
const random = new SeededRandom('delivery');
const claim = createClaim(random);
const envelope = makeEnvelope({ destination: positionOfClaim(claim.publicKey), copies: 2, body: random.bytes(848) });

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let root: KnownContact;
let home: KnownContact;

beforeEach(async () => {
  ({ world, network, node } = loneCarrier(random));
  [root, home] = [network.somebody(), network.somebody()];
  network.near = [root];
  network.answer = () => new Promise((resolve) => world.after(SILENCE_MS, () => resolve(undefined)));
  const wish = { claimKey: claim.publicKey, signature: claim.sign(COLLECT_PURPOSE, home.key), lifetimeS: 600 };
  const collect = { token: undefined, pass: new Uint8Array(8), policy: undefined, ...wish };
  await world.runUntilSettled(network.ask(home, { kind: 'collect', body: collect }), 1_000);
  const carry = { token: undefined, copy: 0, hopsLeft: 0, lifeS: 86_400, envelope: envelope.bytes };
  await world.runUntilSettled(network.ask(network.somebody(), { kind: 'carry', body: carry }), 1_000);
});
afterEach(() => node.stop());

/** Until this node asks the silent one for the last time whether it takes something. */
async function lastAttempt(): Promise<void> {
  while (network.sentTo(home, 'inventory').length < 4) await world.runFor(SILENCE_MS / 2);
}
const notices = () => network.sentTo(root, 'notify').length;

it('a destination that went without a word is told that something waits', async () => {
  await lastAttempt();
  await world.runFor(DAY_MS);
  expect(notices()).toBeGreaterThan(3);
});

it('it is not told for ever of what was freed while it was given up', async () => {
  await lastAttempt();
  const receipt = makeReceipt(claim, [envelope.id]);
  await network.ask(network.somebody(), { kind: 'free', body: { token: undefined, ...receipt } });
  await world.runFor(DAY_MS);
  expect(notices()).toBe(0);
});

it('nobody is told by a carrier that ended while it gave the destination up', async () => {
  await lastAttempt();
  node.stop();
  await world.runFor(DAY_MS);
  expect(notices()).toBe(0);
});
