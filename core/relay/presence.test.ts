import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import { createProfileKeyPair } from '../crypto/crypto.ts';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_LIFETIME_S, REFRESH_MS } from './attendance.ts';
import { type Envelope, makeEnvelope } from './envelope.ts';
import { makePermit, makePolicy } from './policy.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const random = new SeededRandom('presence');
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);
const friend = createProfileKeyPair(random);
const policyOf = (number: number) =>
  makePolicy(claim, { number, friendKey: friend.publicKey, inviteKey: friend.publicKey });
const policy = policyOf(2);
const bare = (): Envelope => makeEnvelope({ destination, copies: 2, body: random.bytes(848) });
const friendly = (rule = policy): Envelope =>
  makeEnvelope({
    ...{ destination, copies: 2, body: random.bytes(848) },
    permit: (id) => makePermit(id, rule, 'friend', friend.secretKey),
  });
const how = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 3_600 };
const carry = ({ bytes }: Envelope): RelayRequest => ({ kind: 'carry', body: { ...how, envelope: bytes } });

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let holder: KnownContact;
let stranger: KnownContact;
let arrived: string[];

beforeEach(() => {
  ({ world, network, node } = loneCarrier(random));
  [holder, stranger] = [network.somebody(), network.somebody()];
  network.near = [holder];
  // Far from all positions of the destination, unless a test says otherwise.
  network.hops = Array.from({ length: 4 }, () => network.somebody());
  network.answer = (_, { kind }) =>
    kind === 'collect'
      ? { kind: 'collecting', body: { token: undefined, accepted: 1, pass: new Uint8Array(8), waiting: 0 } }
      : undefined;
  arrived = [];
});
afterEach(() => node.stop());

async function attend(): Promise<void> {
  node.attend({
    ...{ claim, policy },
    onEnvelope: async ({ name }) => {
      arrived.push(name);
      return 'done';
    },
  });
  await world.runFor(100);
}

function ask(from: KnownContact, body: RelayRequest): Promise<RelayReply> {
  return world.runUntilSettled(network.ask(from, body), 5_000);
}

/** What somebody hears who tries everything with the position of a destination. */
async function heardBy(asker: KnownContact, known: Envelope): Promise<unknown[]> {
  const own = bare();
  const { id, bytes } = own;
  const inventory = (ids: Uint8Array[]): RelayRequest => ({
    kind: 'inventory',
    body: { token: undefined, destination, copies: 2, ids },
  });
  const offer = { ...how, envelopeId: known.id, destination, bytes: 4_000 };
  const compare = { token: undefined, destination, copies: 2, count: 1, digest: id, challenge: undefined };
  const requests: RelayRequest[] = [
    inventory([]),
    inventory([id]),
    { kind: 'offer', body: offer },
    { kind: 'compare', body: compare },
    { kind: 'notify', body: { token: undefined, destination, hopsLeft: 1 } },
    carry(own),
    { kind: 'carry', body: { ...how, envelope: bytes } },
    carry(known),
  ];
  const heard: unknown[] = [];
  for (const request of requests) {
    const { kind, body } = await ask(asker, request);
    heard.push([kind, 'verdict' in body && body.verdict, 'comparison' in body && body.comparison]);
    await world.runFor(1_000);
  }
  return [...heard, ...network.sent.filter(({ to }) => to.name === asker.name).map(({ body }) => body.kind)];
}

describe('who knows a public ID and asks every node', () => {
  it('hears of the one where the person is what he hears of any other', async () => {
    const elsewhere = await heardBy(stranger, bare());
    node.stop();
    ({ world, network, node } = loneCarrier(random));
    network.near = [holder];
    network.hops = Array.from({ length: 4 }, () => network.somebody());
    network.answer = (_, { kind }) =>
      kind === 'collect'
        ? { kind: 'collecting', body: { token: undefined, accepted: 1, pass: new Uint8Array(8), waiting: 0 } }
        : undefined;
    await attend();
    const delivered = bare();
    await ask(holder, carry(delivered));
    await world.runFor(1_000);
    expect(arrived).toEqual([delivered.name]);
    expect(await heardBy(stranger, delivered)).toEqual(elsewhere);
    expect(arrived).toHaveLength(1);
  });
});

it('a carrier tells nobody that something waits for a person but who keeps or counts on the same', async () => {
  const waiting = bare();
  const compare = { token: undefined, destination, copies: 2, count: 1, digest: bare().id, challenge: undefined };
  const comparison = async (from: KnownContact, known?: Envelope) => {
    const challenge = known && { envelopeId: known.id, nonce: new Uint8Array(8) };
    const { body } = await ask(from, { kind: 'compare', body: { ...compare, challenge } });
    return 'comparison' in body && body.comparison;
  };
  expect(await comparison(stranger)).toBe('none');
  await ask(holder, carry(waiting));
  await world.runFor(1_000);
  expect(await comparison(stranger)).toBe('none');
  expect(await comparison(stranger, bare())).toBe('none');
  expect(await comparison(stranger, waiting)).toBe('different');
  expect(await comparison(holder)).toBe('different');
});

describe('a destination takes', () => {
  it('what those bring whom it asked, and sends them its receipt', async () => {
    await attend();
    const envelope = bare();
    expect(await ask(holder, carry(envelope))).toMatchObject({ body: { verdict: 'held' } });
    await world.runFor(100);
    expect(arrived).toEqual([envelope.name]);
    expect(network.sentTo(holder, 'free')).toHaveLength(1);
  });

  it('nothing more from them when they have not been asked for longer than that lasts', async () => {
    await attend();
    network.near = [network.somebody()];
    await world.runFor(1.1 * REFRESH_MS + COLLECT_LIFETIME_S * 1_000 + 1_000);
    await ask(holder, carry(bare()));
    await world.runFor(1_000);
    expect(arrived).toEqual([]);
  });

  it('a friend’s envelope that rests at its own node, when that is close to one of its positions', async () => {
    await attend();
    await ask(stranger, carry(friendly()));
    await world.runFor(1_000);
    expect(arrived).toEqual([]);
    network.hops = [];
    const [old, current] = [friendly(policyOf(1)), friendly()];
    await ask(stranger, carry(old));
    await ask(stranger, carry(current));
    await world.runFor(1_000);
    expect(arrived).toEqual([current.name]);
  });

  it('no more as a holder than the other holders, which know its policy', async () => {
    network.hops = [];
    await attend();
    expect(await ask(stranger, carry(bare()))).toMatchObject({ body: { verdict: 'forbidden' } });
  });

  it('what its node kept for it before it came', async () => {
    network.hops = [];
    const envelope = bare();
    await ask(stranger, carry(envelope));
    await attend();
    expect(arrived).toEqual([envelope.name]);
  });
});
