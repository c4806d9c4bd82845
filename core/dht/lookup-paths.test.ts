import { expect, it } from 'vitest';
import { type NodeId, nodeKey } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook, type KnownContact, nodeIdOf } from './contact.ts';
import { type Candidate, Lookup } from './lookup.ts';

const ANSWER_MS = 50;
const DEAD_AFTER_MS = 5_000;

it('a path in a hurry does not wait for a dead node that another path had asked when it ended', async () => {
  const random = new SeededRandom('lookup paths');
  const clock = new VirtualClock();
  const book = new ContactBook();
  const target = nodeIdOf(nodeKey(random.bytes(32)));
  const nodes = Array.from({ length: 16 }, (_, i) =>
    book.of(nodeKey(random.bytes(32)), { host: '127.0.0.1', port: 1 + i }),
  ).sort((a, b) => compareDistance(target, a.id, b.id));
  const [closest, dead, first, second] = [nodes.slice(0, 8), nodes[8]!, nodes.slice(9, 12), nodes.slice(12)];
  const claims = new Map<string, Candidate>();
  const endedAt: number[] = [];
  const lookups: Lookup[] = [];
  const path = (seeds: readonly KnownContact[]): Lookup => {
    const lookup: Lookup = new Lookup({
      ...{ target, seeds, claims, book, clock, hurry: true, skip: () => false },
      self: target.map((byte) => byte ^ 0xff) as NodeId,
      settled: () => {
        for (const other of lookups) if (other !== lookup) other.advance();
      },
      ask: (to, done) => {
        // Only those that the first path asks at its beginning know the closest ones.
        const contacts = first.includes(to) ? closest.map(({ packed }) => packed) : [];
        if (to === dead) clock.after(DEAD_AFTER_MS, () => done(undefined));
        else
          clock.after(ANSWER_MS, () =>
            done({ kind: 'nodes', body: { token: undefined, observed: to.endpoint, contacts } }),
          );
        return () => {};
      },
      done: () => endedAt.push(clock.now()),
    });
    lookups.push(lookup);
    return lookup;
  };
  const both = [path([dead, ...first]), path([dead, ...second])];
  for (const lookup of both) lookup.start();
  await clock.runFor(10 * ANSWER_MS);
  expect(endedAt).toHaveLength(2);
  // The first one was content without the dead node, which was to be asked once more.
  expect(endedAt[0]).toBeLessThan(6 * ANSWER_MS);
});
