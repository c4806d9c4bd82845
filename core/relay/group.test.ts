import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import type { Comparison } from '../codec/relay.ts';
import { type KnownContact, nameOf } from '../dht/contact.ts';
import { nodeId } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { proofOf } from './audit.ts';
import { makeEnvelope, readEnvelope } from './envelope.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const MINUTE_MS = 60_000;

const random = new SeededRandom('group');
const destination = nodeId(random.bytes(32));
const envelope = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });
/** Of all envelopes, by their ID's map key. */
const contents = new Map([[envelope.name, envelope.body]]);

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
let partner: KnownContact;
/** What the partner says of its collection, and what it says to lack of ours. */
let says: Comparison;
let lacks: Uint8Array[];

beforeEach(async () => {
  ({ world, network, node } = loneCarrier(random));
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
  const content = challenge && contents.get(nameOf(challenge.envelopeId));
  const proof = content && proofOf(challenge.nonce, content);
  return { kind: 'compared', body: { token: undefined, comparison: says, proof } };
}

/** Keeps an envelope for each of so many destinations with the partner. */
async function keepFor(destinations: number): Promise<void> {
  const from = network.somebody();
  for (let i = 0; i < destinations; i++) {
    const content = random.bytes(848);
    const { bytes, name } = makeEnvelope({ destination: nodeId(random.bytes(32)), copies: 2, body: content });
    contents.set(name, content);
    const body = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 86_400, envelope: bytes };
    await world.runUntilSettled(network.ask(from, { kind: 'carry', body }), 1_000);
  }
  await world.runFor(MINUTE_MS);
}

/** Keeps one more for the same destination. @returns its name */
async function keepAnother(): Promise<string> {
  const { bytes, name, body: content } = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });
  contents.set(name, content);
  const body = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 86_400, envelope: bytes };
  await world.runUntilSettled(network.ask(network.somebody(), { kind: 'carry', body }), 100);
  return name;
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

it('what comes while a partner shows that it has the same is given to it all the same', async () => {
  const given = new Set([envelope.name]);
  const after = (ms: number) => new Promise<void>((resolve) => world.node(0).after(ms, resolve));
  network.answer = async (_, request) => {
    if (request.kind === 'compare') {
      says = request.body.count === given.size ? 'same' : 'different';
      const reply = answer(request);
      await after(200);
      return reply;
    }
    if (request.kind === 'carry') given.add(readEnvelope(request.body.envelope)!.name);
    if (request.kind === 'inventory') {
      lacks = request.body.ids.filter((id) => !given.has(nameOf(id)));
      const reply = answer(request);
      await after(300);
      return reply;
    }
    return answer(request);
  };
  const asked = () => network.sentTo(partner, 'compare').length;
  const before = asked();
  await world.runUntilTrue(() => asked() > before, MINUTE_MS);
  const [second, third] = [await keepAnother(), await keepAnother()];
  await world.runFor(2_000);
  expect([given.has(second), given.has(third)]).toEqual([true, true]);
});

it('a partner that was only busy is taken back before all is placed with another', async () => {
  await keepFor(100);
  const other = network.somebody();
  network.near = [partner, other];
  let isBusy = true;
  const slow = (reply: RelayReply | undefined) =>
    new Promise<RelayReply | undefined>((resolve) => world.node(0).after(200, () => resolve(reply)));
  network.answer = (to, body) => slow(to.name === partner.name && isBusy ? undefined : answer(body));
  const placed = () => new Set(network.sentTo(other, 'inventory').map(({ body }) => nameOf(body.destination))).size;
  await world.runUntilTrue(() => placed() > 0, MINUTE_MS);
  isBusy = false;
  const sign = { token: undefined, destination, copies: 2, count: 1, digest: envelope.id, challenge: undefined };
  await network.ask(partner, { kind: 'compare', body: sign });
  await world.runFor(2 * MINUTE_MS);
  expect(placed()).toBeLessThan(50);
});

it('a carrier that has stopped answers nobody', async () => {
  const body = { token: undefined, destination, copies: 2, ids: [envelope.id] };
  expect(await network.ask(partner, { kind: 'inventory', body })).toMatchObject({ kind: 'missing' });
  node.stop();
  let answered = false;
  void network.ask(partner, { kind: 'inventory', body }).then(() => {
    answered = true;
  });
  await world.runFor(MINUTE_MS);
  expect(answered).toBe(false);
});

/** The partner, or somebody in its name, says that it has nothing any more. */
async function saysToHaveNothing(): Promise<void> {
  const digest = new Uint8Array(16);
  const body = { token: undefined, destination, copies: 2, count: 0, digest, challenge: undefined };
  await world.runUntilSettled(network.ask(partner, { kind: 'compare', body }, false), 1_000);
  await world.runFor(1_000);
}

it('a partner that says to have nothing any more is asked, and the copy goes to whoever is near now', async () => {
  const other = network.somebody();
  network.near = [other];
  const before = network.sent.length;
  says = 'none';
  await saysToHaveNothing();
  const asked = network.sent.slice(before).map(({ to, body }) => [to === partner, body.kind]);
  expect(asked[0]).toEqual([true, 'compare']);
  expect(network.sentTo(other, 'inventory').length).toBeGreaterThan(0);
});

it('such a word that is an old one, repeated by somebody, costs no more than a question', async () => {
  const other = network.somebody();
  network.near = [partner, other];
  const before = network.sentTo(partner, 'inventory').length;
  for (let i = 0; i < 20; i++) await saysToHaveNothing();
  expect(network.sentTo(partner, 'inventory')).toHaveLength(before);
  expect(network.sentTo(other, 'inventory')).toHaveLength(0);
  expect(network.sentTo(other, 'compare')).toHaveLength(0);
});
