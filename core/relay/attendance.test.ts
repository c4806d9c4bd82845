import { afterEach, beforeEach, expect, it } from 'vitest';
import { PASS_BYTES } from '../codec/limits.ts';
import { positionOfClaim } from '../dht/types.ts';
import { compareDistance } from '../ids/xor.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { COLLECT_LIFETIME_S } from './attendance.ts';
import { makeEnvelope } from './envelope.ts';
import { makePolicy } from './policy.ts';
import type { RelayNode } from './relay.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { NetworkDouble } from './testing/network-double.ts';

const ANSWER_MS = 100;
const random = new SeededRandom('attendance');
const claim = createClaim(random);

let world: VirtualClock;
let network: NetworkDouble;
let node: RelayNode;

beforeEach(() => {
  ({ world, network, node } = loneCarrier(random));
});
afterEach(() => node.stop());

it('a collection that was ended is not wished again because a holder refused it for want of the pass', async () => {
  const holder = network.somebody();
  network.near = [holder];
  const pass = new Uint8Array(PASS_BYTES).fill(1);
  network.answer = async (_, { kind, body }) => {
    if (kind !== 'collect') return undefined;
    const accepted = body.pass[0] === pass[0] ? 1 : 0;
    await new Promise<void>((resolve) => world.after(ANSWER_MS, resolve));
    return { kind: 'collecting', body: { token: undefined, accepted, pass, waiting: 0 } };
  };
  const attendance = node.attend({ claim, policy: undefined, onEnvelope: async () => 'done' });
  await world.runFor(ANSWER_MS / 2);
  expect(network.sentTo(holder, 'collect')).toHaveLength(1);
  attendance.close();
  await world.runFor(10 * ANSWER_MS);
  expect(network.sentTo(holder, 'collect')).toHaveLength(1);
});

it.each(['gone', 'here again'])(
  'a holder that says yes when the collection was ended hears of the end, if we are %s',
  async (then) => {
    const holder = network.somebody();
    network.near = [holder];
    network.answer = async (_, { kind, body }) => {
      if (kind !== 'collect') return undefined;
      await new Promise<void>((resolve) => world.after(ANSWER_MS, resolve));
      return { kind: 'collecting', body: { token: undefined, accepted: 1, pass: body.pass, waiting: 0 } };
    };
    const attend = () => node.attend({ claim, policy: undefined, onEnvelope: async () => 'done' });
    const attendance = attend();
    await world.runFor(ANSWER_MS / 2);
    attendance.close();
    if (then === 'here again') attend();
    await world.runFor(10 * ANSWER_MS);
    const lives = network.sentTo(holder, 'collect').map(({ body }) => body.lifetimeS);
    expect(lives.at(-1)).toBe(then === 'gone' ? 0 : COLLECT_LIFETIME_S);
  },
);

it('a holder that answered the lookup late is asked for what it keeps, if it is a root', async () => {
  const destination = positionOfClaim(claim.publicKey);
  node.attend({ claim, policy: undefined, onEnvelope: async () => 'done' });
  const nodes = Array.from({ length: 5 }, () => network.somebody());
  const [late, ...near] = nodes.sort((a, b) => compareDistance(destination, a.id, b.id));
  const farther = near.pop()!;
  network.near = near;
  await world.runFor(30_000);
  const answered = network.late.at(-1)!;
  answered(late!);
  answered(farther);
  expect(network.sentTo(late!, 'collect').map(({ body }) => body.lifetimeS)).toEqual([COLLECT_LIFETIME_S]);
  expect(network.sentTo(farther, 'collect')).toHaveLength(0);
});

it('a holder that answered late for several positions is asked once', async () => {
  node.attend({ claim, policy: undefined, onEnvelope: async () => 'done' });
  await world.runFor(100);
  const late = network.somebody();
  for (const answered of network.late) answered(late);
  expect(network.late.length).toBeGreaterThan(1);
  expect(network.sentTo(late, 'collect')).toHaveLength(1);
});

/** A holder that says yes, and brings a new envelope whenever it is told to. */
function holderThatBrings() {
  const holder = network.somebody();
  const destination = positionOfClaim(claim.publicKey);
  network.near = [holder];
  network.answer = (_, { kind, body }) => {
    if (kind !== 'collect') return undefined;
    return { kind: 'collecting', body: { token: undefined, accepted: 1, pass: body.pass, waiting: 1 } };
  };
  const bring = () => {
    const { bytes } = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });
    const how = { token: undefined, copy: 0, hopsLeft: 0, lifeS: 86_400 };
    return network.ask(holder, { kind: 'carry', body: { ...how, envelope: bytes } });
  };
  return { holder, bring, asked: () => network.sentTo(holder, 'collect').length };
}

it('what could not be taken is asked for again, however much comes meanwhile that cannot be taken either', async () => {
  const { bring, asked } = holderThatBrings();
  node.attend({ claim, policy: undefined, onEnvelope: async () => 'later' });
  await world.runFor(1_000);
  expect(asked()).toBe(1);
  for (let i = 0; i < 12; i++) {
    await bring();
    await world.runFor(9_000);
  }
  expect(asked()).toBe(4);
});

it('what could not be taken while the holders were asked is asked for again soon', async () => {
  const { holder, bring, asked } = holderThatBrings();
  const answer = network.answer;
  network.answer = async (...question) => {
    await new Promise<void>((resolve) => world.after(ANSWER_MS, resolve));
    return answer(...question);
  };
  node.attend({ claim, policy: undefined, onEnvelope: async () => 'later' });
  await world.runFor(ANSWER_MS / 2);
  expect(network.sentTo(holder, 'collect')).toHaveLength(1);
  await bring();
  await world.runFor(60_000);
  expect(asked()).toBe(2);
});

it('holders are asked again as often as is wanted, and told what they may take once', async () => {
  const holder = network.somebody();
  network.near = [holder];
  let pass = new Uint8Array(PASS_BYTES);
  network.answer = async (_, { kind }) => {
    if (kind !== 'collect') return undefined;
    pass = random.bytes(PASS_BYTES);
    return { kind: 'collecting', body: { token: undefined, accepted: 1, pass, waiting: 0 } };
  };
  const keys = { friendKey: random.bytes(32), inviteKey: random.bytes(32) };
  const [first, second] = [1, 2].map((number) => makePolicy(claim, { number, ...keys }));
  const hour = 3_600_000;
  const attendance = node.attend({ claim, policy: first, refreshMs: hour, onEnvelope: async () => 'done' });
  const told = () => network.sentTo(holder, 'collect').map(({ body }) => body.policy?.number);
  await world.runFor(1.2 * hour);
  expect(told()).toEqual([1, undefined]);
  attendance.setPolicy(second!);
  await world.runFor(1.2 * hour);
  expect(told()).toEqual([1, undefined, 2, undefined]);
  await world.runFor(hour);
  attendance.collect();
  await world.runFor(100);
  expect(told().slice(4)).toEqual([undefined, undefined]);
});
