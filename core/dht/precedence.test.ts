import { expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { LONGEST_WAIT_MS, PAUSE_AFTER_MS, Precedence } from './precedence.ts';

function setUp() {
  const clock = new VirtualClock();
  const precedence = new Precedence(clock);
  const begun: number[] = [];
  const startedAt = clock.now();
  return { clock, precedence, begun, wish: () => precedence.after(() => begun.push(clock.now() - startedAt)) };
}

it('lets begin at once what finds nothing urgent under way', () => {
  const { wish, begun } = setUp();
  wish();
  expect(begun).toEqual([0]);
});

it('lets the rest wait for all that is urgent, and a moment longer', async () => {
  const { clock, precedence, wish, begun } = setUp();
  const ends = [precedence.begin(), precedence.begin()];
  wish();
  ends[0]!();
  await clock.runFor(PAUSE_AFTER_MS);
  ends[1]!();
  wish();
  await clock.runFor(2 * PAUSE_AFTER_MS);
  expect(begun).toEqual([2 * PAUSE_AFTER_MS, 2 * PAUSE_AFTER_MS]);
  wish();
  expect(begun.length).toBe(3);
});

it('lets the rest wait while something follows from what was urgent', async () => {
  const { clock, precedence, wish, begun } = setUp();
  precedence.begin()();
  wish();
  for (let i = 0; i < 3; i++) {
    await clock.runFor(PAUSE_AFTER_MS - 1);
    precedence.prolong();
  }
  expect(begun).toEqual([]);
  await clock.runFor(PAUSE_AFTER_MS);
  expect(begun.length).toBe(1);
  precedence.prolong();
  wish();
  expect(begun.length).toBe(2);
});

it('lets nothing wait for long, and what is urgent end when it likes', async () => {
  const { clock, precedence, wish, begun } = setUp();
  const end = precedence.begin();
  wish();
  await clock.runFor(2 * LONGEST_WAIT_MS);
  expect(begun).toEqual([LONGEST_WAIT_MS]);
  end();
  precedence.begin();
  wish();
  await clock.runFor(LONGEST_WAIT_MS - 1);
  expect(begun.length).toBe(1);
});
