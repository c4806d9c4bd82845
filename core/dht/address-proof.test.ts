import { expect, it } from 'vitest';
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
  return { clock, ping, findNode, answers };
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
