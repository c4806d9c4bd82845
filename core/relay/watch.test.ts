import { describe, expect, it } from 'vitest';
import { ContactBook, type KnownContact } from '../dht/contact.ts';
import { nodeKey } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { STEADY_MS, Watcher } from './watch.ts';

const WATCH_MS = 5_000;

/** Two nodes that watch each other; `asked` counts the questions of each. */
function pair() {
  const world = new VirtualClock();
  const random = new SeededRandom('watch');
  const book = new ContactBook();
  const contacts = [1, 2].map((i) => book.of(nodeKey(random.bytes(32)), { host: `20.0.0.${i}`, port: 1 }));
  const alive = [true, true];
  const asked = [0, 0];
  const silent: KnownContact[] = [];
  const watchers = contacts.map(
    () =>
      new Watcher({
        ...{ clock: world, random, watchMs: WATCH_MS, watchPerPartnerMs: 500 },
        silent: (partner) => silent.push(partner),
      }),
  );
  for (const me of [0, 1]) {
    const other = 1 - me;
    watchers[me]!.watch(contacts[other]!, 'group', async () => {
      asked[me]!++;
      if (alive[other] !== true) return 'silent';
      watchers[other]!.heard(contacts[me]!);
      return 'alive';
    });
  }
  return { world, watchers, alive, asked, silent, contacts };
}

describe('two that watch each other', () => {
  it('need one question a period for both, and each asks now and then', async () => {
    const { world, asked } = pair();
    await world.runFor(STEADY_MS);
    const periods = STEADY_MS / WATCH_MS;
    expect(asked[0]! + asked[1]!).toBeLessThan(1.5 * periods);
    expect(asked[0]! + asked[1]!).toBeGreaterThan(0.8 * periods);
    expect(Math.min(...asked)).toBeGreaterThan(periods / 5);
  });

  it('ask half as often when both have lived for long', async () => {
    const { world, asked } = pair();
    await world.runFor(STEADY_MS);
    const before = asked[0]! + asked[1]!;
    await world.runFor(STEADY_MS);
    expect(asked[0]! + asked[1]! - before).toBeLessThan(0.7 * before);
  });

  it('notice a death within two and a half periods, and ask the dead no more', async () => {
    const { world, alive, asked, silent, contacts, watchers } = pair();
    await world.runFor(2 * STEADY_MS);
    alive[1] = false;
    watchers[1]!.stop();
    const diedAt = world.now();
    await world.runUntilTrue(() => silent.length > 0, 60_000);
    expect(world.now() - diedAt).toBeLessThan(2.5 * WATCH_MS);
    expect(silent).toEqual([contacts[1]]);
    const before = asked[0];
    await world.runFor(60_000);
    expect(asked[0]).toBe(before);
  });
});
