import { expect, it } from 'vitest';
import { positionOfClaim } from '../dht/types.ts';
import { MemoryCacheDisk } from '../testing/memory-cache.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { proofOf } from './audit.ts';
import { makeEnvelope } from './envelope.ts';
import { loneCarrier } from './testing/lone-carrier.ts';

const random = new SeededRandom('comparing');

it('asks once more whoever wants a proof of our address before showing what it keeps', async () => {
  const { world, network, node, drops } = loneCarrier(random, new MemoryCacheDisk());
  const destination = positionOfClaim(createClaim(random).publicKey);
  const envelope = makeEnvelope({ destination, copies: 2, body: random.bytes(848) });
  const [holder, other] = [network.somebody(), network.somebody()];
  network.near = [holder, other];
  const audits = new Map<string, number>();
  network.answer = ({ name }, { kind, body }) => {
    if (kind === 'inventory') return { kind: 'missing', body: { token: undefined, verdict: 'held', ids: [] } };
    if (kind !== 'compare') return undefined;
    if (body.challenge === undefined)
      return { kind: 'compared', body: { token: undefined, comparison: 'same', proof: undefined } };
    const isFirst = !audits.has(name);
    audits.set(name, (audits.get(name) ?? 0) + 1);
    const proof = isFirst ? undefined : proofOf(body.challenge.nonce, envelope.body);
    return { kind: 'compared', body: { token: isFirst ? random.bytes(8) : undefined, comparison: 'same', proof } };
  };
  const carried = { token: undefined, copy: 1, hopsLeft: 0, lifeS: 3_600, envelope: envelope.bytes };
  await world.runUntilSettled(network.ask(other, { kind: 'carry', body: carried }), 1_000);
  await world.runFor(500);
  expect([...audits.values()].every((count) => count > 1)).toBe(true);
  expect(audits.size).toBeGreaterThan(0);
  expect(drops.get('audit-failed')).toBe(0);
  node.stop();
});
