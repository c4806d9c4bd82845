import { describe, expect, it } from 'vitest';
import { equalBytes } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { makeEnvelope, readEnvelope } from './envelope.ts';
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
    const deposit = node.deposit(envelope, { expiresAt, nobodyWaits, onState: () => {} });
    return { envelope, deposit };
  };
  const carried = () =>
    network.sent.flatMap(({ to, body }) => (body.kind === 'carry' ? [{ to, body: body.body }] : []));
  const handed = () => new Set(carried().map(({ body }) => key(body)));
  return { world, network, node, place, carried, handed };
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
    const { world, network, node, place, carried } = sender('one way');
    network.answer = (_to, body) =>
      body.kind === 'carry' ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } } : undefined;
    const deposits = Array.from({ length: 100 }, () => place(true));
    const last = deposits.at(-1)!;
    const ways = () => carried().filter(({ body }) => equalBytes(body.envelope, last.envelope.bytes));
    while (ways().length === 0) await world.runFor(100);
    expect(world.now()).toBeGreaterThan(20_000);
    await world.runFor(10);
    const news = { envelopeId: last.envelope.id, outcome: 'stored' as const, holders: 3, lifeS: 86_400 };
    for (const { to, body } of ways())
      if (body.copy === 1) await network.ask(to, { kind: 'settle', body: { token: undefined, ...news, copy: 1 } });
    await world.runFor(10);
    expect(last.deposit.state).toEqual({ state: 'placing', holders: 3 });
    node.stop();
  });

  it('all go out in the end, and one that is closed is not in the way', async () => {
    const { world, network, node, place, handed } = sender('all');
    network.answer = (_to, body) =>
      body.kind === 'carry' ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } } : undefined;
    const deposits = Array.from({ length: 100 }, () => place(true));
    await world.runFor(1);
    for (const { deposit } of deposits.slice(0, 40)) deposit.close();
    await world.runFor(60_000);
    expect(handed().size).toBe(60);
    node.stop();
  });
});

it('what is stored is looked after again and again, also when no first hop takes it while it stands in line', async () => {
  const { world, network, node, place, carried } = sender('renewals');
  network.leaf = true;
  network.answer = (_to, body) =>
    body.kind === 'carry' ? { kind: 'carried', body: { token: undefined, verdict: 'kept' } } : undefined;
  const deposits = Array.from({ length: 12 }, () => place(false));
  await world.runFor(10);
  for (const { to, body } of carried()) {
    const news = { envelopeId: readEnvelope(body.envelope.slice())!.id, outcome: 'stored' as const, holders: 3 };
    await network.ask(to, { kind: 'settle', body: { token: undefined, ...news, copy: body.copy, lifeS: 86_400 } });
  }
  expect(deposits.every(({ deposit }) => deposit.state.state === 'stored')).toBe(true);
  // Then all are silent, and the last one is given up while the next attempt waits for its turn.
  network.answer = async () => {
    await new Promise<void>((resolve) => world.after(2_500, resolve));
    return undefined;
  };
  await world.runFor(60_000);
  network.sent.length = 0;
  await world.runFor(6 * 3_600_000);
  const sent = new Set(carried().map(({ body }) => String(body.envelope)));
  expect(deposits.filter(({ envelope }) => sent.has(String(envelope.bytes)))).toHaveLength(deposits.length);
  node.stop();
});
