import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { LATER_AT_ONCE, LATER_MS, PLACED_AT_ONCE, Placements, TURN_MS, type Turn, type Urgency } from './placements.ts';

describe('placing own envelopes', () => {
  let clock: VirtualClock;
  let placements: Placements;
  let begun: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    placements = new Placements(clock);
    begun = [];
  });

  const take = (urgency: Urgency, name: string): Turn => placements.take(urgency, () => begun.push(name));
  const takeMany = (urgency: Urgency, count: number) =>
    Array.from({ length: count }, (_, i) => take(urgency, `${urgency} ${i}`));

  it('begins at once while few are under way, then in order as others end', () => {
    const turns = takeMany('now', PLACED_AT_ONCE + 2);
    expect(begun).toHaveLength(PLACED_AT_ONCE);
    turns[3]!.end();
    turns[3]!.end();
    expect(begun).toHaveLength(PLACED_AT_ONCE + 1);
    expect(begun.at(-1)).toBe(`now ${PLACED_AT_ONCE}`);
  });

  it('lets those that nobody waits for begin a while later, few at once', async () => {
    const turns = takeMany('later', 10);
    await clock.runFor(LATER_MS - 1);
    expect(begun).toEqual([]);
    await clock.runFor(1);
    expect(begun).toEqual(Array.from({ length: LATER_AT_ONCE }, (_, i) => `later ${i}`));
    turns[0]!.end();
    expect(begun.at(-1)).toBe(`later ${LATER_AT_ONCE}`);
  });

  it('puts what somebody waits for before all others', async () => {
    takeMany('later', 10);
    await clock.runFor(LATER_MS);
    takeMany('now', PLACED_AT_ONCE);
    expect(begun.filter((name) => name.startsWith('now'))).toHaveLength(PLACED_AT_ONCE - LATER_AT_ONCE);
    await clock.runFor(TURN_MS);
    expect(begun.filter((name) => name.startsWith('now'))).toHaveLength(PLACED_AT_ONCE);
  });

  it('does not let those that find no end keep the others waiting', async () => {
    takeMany('now', 2 * PLACED_AT_ONCE);
    await clock.runFor(TURN_MS);
    expect(begun).toHaveLength(2 * PLACED_AT_ONCE);
  });

  it('passes over who left the line', async () => {
    const turns = takeMany('later', 5);
    for (const turn of turns.slice(0, 4)) turn.end();
    await clock.runFor(LATER_MS);
    expect(begun).toEqual(['later 4']);
  });

  it('begins nothing more after the end', async () => {
    takeMany('later', 5);
    placements.stop();
    await clock.runFor(10 * LATER_MS);
    expect(begun).toEqual([]);
  });
});
