import { expect, it } from 'vitest';
import { nodeId } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { makeEnvelope } from './envelope.ts';
import { loneCarrier } from './testing/lone-carrier.ts';
import type { DepositState } from './types.ts';

const DAY_MS = 86_400_000;
const random = new SeededRandom('deposits');

it('counts no holders where fewer keep it than was said at first, and it is sent once more', async () => {
  const { world, network, node } = loneCarrier(random);
  network.hops = Array.from({ length: 8 }, () => network.somebody());
  network.answer = (_, { kind }) =>
    kind === 'carry' ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } } : undefined;
  const envelope = makeEnvelope({ destination: nodeId(random.bytes(32)), copies: 2, body: random.bytes(848) });
  const states: DepositState[] = [];
  node.deposit(envelope, { expiresAt: world.wall() + DAY_MS, onState: (state) => states.push(state) });
  await world.runFor(100);
  const settle = (copy: number, holders: number) => {
    const [hop] = network.sent.filter(({ body }) => body.kind === 'carry' && body.body.copy === copy);
    const news = { token: undefined, envelopeId: envelope.id, copy, outcome: 'stored' as const, holders, lifeS: 3_600 };
    return network.ask(hop!.to, { kind: 'settle', body: news });
  };
  await settle(1, 2);
  await settle(1, 1);
  await settle(2, 1);
  await world.runFor(60_000);
  expect(states).toEqual([
    { state: 'placing', holders: 2 },
    { state: 'placing', holders: 1 },
  ]);
  node.stop();
});
