import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import type { KnownContact } from '../dht/contact.ts';
import { positionOfClaim } from '../dht/types.ts';
import { isCloser } from '../ids/xor.ts';
import { MemoryCacheDisk } from '../testing/memory-cache.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_PURPOSE } from './attendance.ts';
import { proofOf } from './audit.ts';
import { makeEnvelope } from './envelope.ts';
import { copyPositions } from './positions.ts';
import type { RelayNode } from './relay.ts';
import { LOOK_MS, RESERVE_MS } from './reserve.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';
import type { DepositState } from './types.ts';

const random = new SeededRandom('reserve');
const claim = createClaim(random);
const destination = positionOfClaim(claim.publicKey);
const envelope = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });

let disk: MemoryCacheDisk;
let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;
/** They keep the same by now. */
let holders: KnownContact[];

/** A carrier crashed and is back, a few seconds ago. */
beforeEach(async () => {
  disk = new MemoryCacheDisk();
  const before = loneCarrier(random, disk);
  const body = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 86_400, envelope: envelope.bytes };
  await before.network.ask(before.network.somebody(), { kind: 'carry', body });
  disk.crash();
  before.node.stop();
  ({ world, network, node } = loneCarrier(random, disk));
  holders = [network.somebody(), network.somebody()];
  network.near = holders;
  network.answer = (to, request) => (holders.includes(to) ? answer(request) : undefined);
  await world.runFor(10_000);
});
afterEach(() => node.stop());

function answer({ kind, body }: RelayRequest): RelayReply | undefined {
  if (kind === 'inventory') return { kind: 'missing', body: { token: undefined, verdict: 'held', ids: [] } };
  if (kind !== 'compare') return undefined;
  const proof = body.challenge && proofOf(body.challenge.nonce, envelope.body);
  return { kind: 'compared', body: { token: undefined, comparison: 'same', proof } };
}

/** They are closer to each of its positions than our node. */
function closerNodes(): KnownContact[] {
  const isBetter = ({ id }: KnownContact) =>
    copyPositions(destination, 2).every((position) => isCloser(position, id, network.nodeId));
  const found: KnownContact[] = [];
  while (found.length < 3) {
    const contact = network.somebody();
    if (isBetter(contact)) found.push(contact);
  }
  return found;
}

/** Both holders are gone, and two who have nothing stand in their places. */
function takeOver(): KnownContact[] {
  const heirs = [network.somebody(), network.somebody()];
  network.near = heirs;
  network.answer = (to, { kind, body }) => {
    if (!heirs.includes(to)) return undefined;
    if (kind === 'compare')
      return { kind: 'compared', body: { token: undefined, comparison: 'none', proof: undefined } };
    if (kind === 'carry') return { kind: 'carried', body: { token: undefined, verdict: 'kept' } };
    if (kind === 'inventory') return { kind: 'missing', body: { token: undefined, verdict: 'wanted', ids: body.ids } };
    return undefined;
  };
  return heirs;
}

const isHere = () => disk.envelopes.has(envelope.name);

it('an old copy that others have stays for a while, costs little, and goes when they still show theirs', async () => {
  const asked = network.sent.length;
  expect(asked).toBeGreaterThan(0);
  await world.runFor(0.75 * RESERVE_MS);
  expect(isHere()).toBe(true);
  const looks = (0.75 * RESERVE_MS) / LOOK_MS;
  // To each holder what we have, and the question to show it.
  expect(network.sent.length - asked).toBeLessThan(2 * holders.length * 1.25 * looks);
  await world.runFor(0.5 * RESERVE_MS);
  expect(isHere()).toBe(false);
  for (const holder of holders) expect(network.sentTo(holder, 'compare').length).toBeGreaterThan(1);
  expect(network.sent.some(({ body }) => body.kind === 'notify')).toBe(false);
});

it('an old copy is made into two again soon after both holders went, which was long after they had shown theirs', async () => {
  await world.runFor(0.3 * RESERVE_MS);
  const heirs = takeOver();
  await world.runFor(0.2 * RESERVE_MS);
  expect(heirs.some((heir) => network.sentTo(heir, 'carry').length > 0)).toBe(true);
});

it('an old copy is given to others when the holders are gone', async () => {
  const heirs = takeOver();
  await world.runFor(2 * RESERVE_MS);
  expect(isHere()).toBe(true);
  expect(heirs.some((heir) => network.sentTo(heir, 'carry').length > 0)).toBe(true);
});

it('an old copy on which somebody counts is in reserve no more', async () => {
  const body = { token: undefined, destination, copies: 2, ids: [envelope.id] };
  await network.ask(holders[0]!, { kind: 'inventory', body });
  await world.runFor(60_000);
  const asked = network.sent.length;
  await world.runFor(60_000);
  expect(network.sent.length).toBeGreaterThan(asked);
  await world.runFor(2 * RESERVE_MS);
  expect(isHere()).toBe(true);
});

it('what a sender has in reserve itself is not taken for one of the copies that others told it of', async () => {
  const hop = network.somebody();
  network.hops = [hop];
  network.answer = (to, request) =>
    to === hop && request.kind === 'carry'
      ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } }
      : answer(request);
  const states: DepositState[] = [];
  node.deposit(envelope, { expiresAt: world.wall() + 86_400_000, onState: (state) => states.push(state) });
  await world.runFor(100);
  for (const copy of [1, 2]) {
    const news = { envelopeId: envelope.id, copy, outcome: 'stored' as const, holders: 2, lifeS: 3_600 };
    await network.ask(hop, { kind: 'settle', body: { token: undefined, ...news } });
  }
  expect(states.at(-1)).toMatchObject({ state: 'stored', holders: 2 });
});

it('what is in reserve is brought to a destination that collects', async () => {
  const home = network.somebody();
  const wish = { claimKey: claim.publicKey, signature: claim.sign(COLLECT_PURPOSE, home.key), lifetimeS: 600 };
  network.answer = (to, { kind, body }) => {
    if (to === home && kind === 'inventory')
      return { kind: 'missing', body: { token: undefined, verdict: 'wanted', ids: body.ids } };
    return to === home && kind === 'carry'
      ? { kind: 'carried', body: { token: undefined, verdict: 'held' } }
      : undefined;
  };
  const body = { token: undefined, pass: new Uint8Array(8), policy: undefined, ...wish };
  await network.ask(home, { kind: 'collect', body });
  await world.runFor(100);
  expect(network.sentTo(home, 'carry')).toHaveLength(1);
});

it('the destination is told of an old copy that nobody takes over', async () => {
  network.near = closerNodes();
  network.answer = () => undefined;
  await world.runFor(3 * RESERVE_MS);
  expect(isHere()).toBe(true);
  expect(network.sent.some(({ body }) => body.kind === 'notify')).toBe(true);
});

it('what comes again while it is in reserve is not said to be stored by holders who are gone', async () => {
  const hop = network.somebody();
  network.answer = () => undefined;
  const how = { token: undefined, copy: 1, hopsLeft: 5, lifeS: 86_400 };
  await network.ask(hop, { kind: 'carry', body: { ...how, envelope: envelope.bytes } });
  await world.runFor(60_000);
  const stored = network.sentTo(hop, 'settle').filter(({ body }) => body.outcome === 'stored');
  expect(new Set(stored.map(({ body }) => body.holders))).toEqual(new Set([1]));
});
