import { describe, expect, it } from 'vitest';
import { equalBytes } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { makeEnvelope } from './envelope.ts';
import { LATER_AT_ONCE, LATER_MS } from './placements.ts';
import { loneCarrier } from './testing/lone-carrier.ts';

/** A node between others, with somebody to give envelopes to. */
function sender(seed: string) {
  const random = new SeededRandom(seed);
  const { world, network, node } = loneCarrier(random);
  network.hops = [network.somebody(), network.somebody(), network.somebody(), network.somebody()];
  const place = (nobodyWaits: boolean) => {
    const destination = random.bytes(32) as Uint8Array as typeof network.nodeId;
    const envelope = makeEnvelope({ destination, copies: 2, body: random.bytes(848), permit: undefined });
    const expiresAt = world.wall() + 86_400_000;
    return node.deposit(envelope, { expiresAt, nobodyWaits, onState: () => {} });
  };
  const handed = () => new Set(network.sent.flatMap(({ body }) => (body.kind === 'carry' ? [key(body.body)] : [])));
  return { world, network, node, place, handed };
}

function key({ envelope }: { readonly envelope: Uint8Array }): string {
  return String(envelope.subarray(0, 200));
}

describe('a hundred envelopes that nobody waits for', () => {
  it('let the node find its friends first, then go out a few at a time', async () => {
    const { world, node, place, handed } = sender('later');
    for (let i = 0; i < 100; i++) place(true);
    await world.runFor(LATER_MS - 1);
    expect(handed().size).toBe(0);
    await world.runFor(2);
    expect(handed().size).toBe(LATER_AT_ONCE);
    node.stop();
  });

  it('do not hold up one that somebody waits for', async () => {
    const { world, node, place, handed } = sender('now');
    for (let i = 0; i < 100; i++) place(true);
    await world.runFor(LATER_MS + 10);
    const before = handed().size;
    place(false);
    await world.runFor(1);
    expect(handed().size).toBe(before + 1);
    node.stop();
  });

  it('are not believed to be stored at the word of one way because they waited long for their turn', async () => {
    const { world, network, node, place } = sender('one way');
    network.answer = (_to, body) =>
      body.kind === 'carry' ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } } : undefined;
    const deposits = Array.from({ length: 100 }, () => place(true));
    const last = deposits.at(-1)!;
    const ways = () =>
      network.sent.filter(({ body }) => body.kind === 'carry' && equalBytes(body.body.envelope, last.envelope.bytes));
    while (ways().length === 0) await world.runFor(100);
    expect(world.now()).toBeGreaterThan(20_000);
    await world.runFor(10);
    const news = { envelopeId: last.envelope.id, outcome: 'stored' as const, holders: 3, lifeS: 86_400 };
    for (const { to, body } of ways())
      if (body.kind === 'carry' && body.body.copy === 1)
        await network.ask(to, { kind: 'settle', body: { token: undefined, ...news, copy: 1 } });
    await world.runFor(10);
    expect(last.state).toEqual({ state: 'placing', holders: 3 });
    node.stop();
  });

  it('all go out in the end, and one that is closed is not in the way', async () => {
    const { world, network, node, place, handed } = sender('all');
    network.answer = (_to, body) =>
      body.kind === 'carry' ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } } : undefined;
    const deposits = Array.from({ length: 100 }, () => place(true));
    await world.runFor(1);
    for (const deposit of deposits.slice(0, 40)) deposit.close();
    await world.runFor(60_000);
    expect(handed().size).toBe(60);
    node.stop();
  });
});
