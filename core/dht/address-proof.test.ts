import { expect, it } from 'vitest';
import type { DhtRequest } from '../codec/dht.ts';
import { ROUND_TRIP_TOKEN_BYTES } from '../codec/limits.ts';
import { nodeKey } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { AddressProof } from './address-proof.ts';
import { ContactBook } from './contact.ts';

const FIVE_MINUTES_MS = 5 * 60_000;
const EMPTY = new Uint8Array(0);

function setUp() {
  const clock = new VirtualClock();
  const random = new SeededRandom('address proof');
  const proof = new AddressProof(clock, random);
  const other = new ContactBook().of(nodeKey(random.bytes(32)), { host: '203.0.113.7', port: 7 });
  const ping = () => proof.prepare(other, { kind: 'ping', body: { token: undefined, padding: EMPTY } }).body;
  const findNode = () =>
    proof.prepare(other, { kind: 'findNode', body: { token: undefined, target: other.id, padding: EMPTY } }).body;
  const answers = (token: Uint8Array | undefined) =>
    proof.answered(other, { kind: 'pong', body: { token, observed: other.endpoint } });
  return { clock, ping, findNode, answers, proof, other };
}

it('pads what goes to a node to which our address is not proven', () => {
  const { ping, findNode } = setUp();
  expect(ping()).toMatchObject({ token: undefined, padding: { length: 32 } });
  expect(findNode()).toMatchObject({ token: undefined, padding: { length: 368 } });
});

it('shows the token of an earlier answer instead, for five minutes', async () => {
  const { clock, ping, findNode, answers } = setUp();
  const token = new Uint8Array(ROUND_TRIP_TOKEN_BYTES).fill(7);
  answers(token);
  for (const body of [ping(), findNode()]) expect(body).toMatchObject({ token, padding: EMPTY });
  await clock.runFor(FIVE_MINUTES_MS);
  expect(ping()).toMatchObject({ token: undefined, padding: { length: 32 } });
});

it('pays nothing for a pong where an answer came without a token, for five minutes, and still for nodes', async () => {
  const { clock, ping, findNode, answers } = setUp();
  answers(undefined);
  expect(ping()).toMatchObject({ token: undefined, padding: { length: 0 } });
  expect(findNode()).toMatchObject({ token: undefined, padding: { length: 368 } });
  await clock.runFor(FIVE_MINUTES_MS);
  expect(ping()).toMatchObject({ token: undefined, padding: { length: 32 } });
});

it('takes its own tokens for ten minutes at most, however seldom anybody asks', async () => {
  const { clock, proof, other } = setUp();
  const pong = { kind: 'pong', body: { token: undefined, observed: other.endpoint } } as const;
  const { token } = proof.withToken(other, pong).body;
  const body = { token, pass: EMPTY, claimKey: other.key, signature: EMPTY, lifetimeS: 600 };
  const register = { kind: 'register', body } as unknown as DhtRequest;
  await clock.runFor(2 * FIVE_MINUTES_MS - 1);
  expect(proof.isProven(other, register)).toBe(true);
  await clock.runFor(1);
  expect(proof.isProven(other, register)).toBe(false);
  // Proven by that token, but not as the packet of now that a registration has to be.
  expect(proof.isProven(other, { kind: 'ping', body: { token: undefined, padding: EMPTY } })).toBe(true);
});
