import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KnownContact, nameOf } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { type Envelope, makeEnvelope } from './envelope.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const random = new SeededRandom('bringers');
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);
const envelopes = Array.from({ length: 5 }, () => makeEnvelope({ destination, copies: 2, body: random.bytes(848) }));

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let one: KnownContact;
let other: KnownContact;
let arrived: string[];

beforeEach(async () => {
  ({ world, network, node } = loneCarrier(random));
  [one, other] = [network.somebody(), network.somebody()];
  network.near = [one, other];
  network.answer = () => ({
    kind: 'collecting',
    body: { token: undefined, accepted: 1, pass: new Uint8Array(8), waiting: 0 },
  });
  arrived = [];
  node.attend({
    claim,
    onEnvelope: async ({ name }) => {
      arrived.push(name);
      return 'done';
    },
  });
  await world.runFor(100);
  network.sent.splice(0);
});
afterEach(() => node.stop());

/** Numbers of the envelopes that this holder shall bring, when it names these. */
async function named(holder: KnownContact, named: readonly Envelope[]): Promise<number[]> {
  const ids = named.map(({ id }) => id);
  const asked = network.ask(holder, { kind: 'inventory', body: { token: undefined, destination, copies: 2, ids } });
  const reply = await world.runUntilSettled(asked, 1_000);
  if (reply.kind !== 'missing') throw new Error(reply.kind);
  return reply.body.ids.map((id) => envelopes.findIndex(({ name }) => name === nameOf(id)));
}

async function bring(holder: KnownContact, { bytes }: Envelope): Promise<void> {
  const body = { token: undefined, copy: 0, hopsLeft: 0, lifeS: 3_600, envelope: bytes };
  await world.runUntilSettled(network.ask(holder, { kind: 'carry', body }), 1_000);
}

it('one of two holders brings an envelope that both have, and each what the other did not name', async () => {
  expect(await named(one, envelopes.slice(0, 3))).toEqual([0, 1, 2]);
  expect(await named(other, envelopes)).toEqual([3, 4]);
  expect(await named(one, envelopes)).toEqual([0, 1, 2]);
});

it('the other one is asked again when the first does not bring it, and may bring it then whoever names it', async () => {
  await named(one, envelopes);
  await named(other, envelopes);
  await bring(one, envelopes[0]!);
  await world.runFor(5_000);
  expect(arrived).toHaveLength(1);
  expect(network.sentTo(other, 'collect').length).toBeGreaterThan(0);
  expect(network.sentTo(one, 'collect')).toHaveLength(0);
  expect(await named(other, envelopes)).toEqual([1, 2, 3, 4]);
  expect(await named(one, envelopes)).toEqual([1, 2, 3, 4]);
});

it('a holder that goes on bringing is waited for, but not without end', async () => {
  await named(one, envelopes);
  await named(other, envelopes);
  for (const envelope of envelopes.slice(0, 4)) {
    await world.runFor(1_000);
    await bring(one, envelope);
  }
  expect(await named(other, envelopes)).toEqual([]);
  for (let second = 0; second < 10; second++) {
    await world.runFor(1_000);
    await bring(one, envelopes[0]!);
  }
  expect(await named(other, envelopes)).toEqual([4]);
});
