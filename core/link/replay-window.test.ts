import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPLAY_WINDOW_BITS, ReplayWindow } from './replay-window.ts';

describe('ReplayWindow', () => {
  it('accepts each counter once and in any order within the window', () => {
    const window = new ReplayWindow();
    expect([5, 3, 4, 5, 3, 0, 1, 2, 6, 0].map((counter) => window.accept(counter))).toEqual([
      ...[true, true, true, false, false, true, true, true, true, false],
    ]);
    expect(window.highest).toBe(6);
  });

  it('refuses what is too old to tell, and takes the oldest it can tell', () => {
    const window = new ReplayWindow();
    window.accept(10_000);
    expect(window.accept(10_000 - REPLAY_WINDOW_BITS)).toBe(false);
    expect(window.accept(10_000 - REPLAY_WINDOW_BITS + 1)).toBe(true);
  });

  it('asks without marking', () => {
    const window = new ReplayWindow();
    expect(window.admits(7)).toBe(true);
    expect(window.accept(7)).toBe(true);
    expect(window.admits(7)).toBe(false);
  });

  it('behaves as a set of all counters with a limit on age, also near 2^53', () => {
    const jumps = fc.oneof(
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: -REPLAY_WINDOW_BITS - 40, max: REPLAY_WINDOW_BITS + 40 }),
      fc.integer({ min: 0, max: 100_000 }),
    );
    const starts = fc.constantFrom(0, 31, 32, 2_048, 2 ** 32 - 50, 2 ** 53 - 10_000_000);
    fc.assert(
      fc.property(starts, fc.array(jumps, { maxLength: 300 }), (start, steps) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let highest = -1;
        let at = start;
        for (const step of steps) {
          const counter = Math.max(0, at + step);
          const expected = !seen.has(counter) && counter > highest - REPLAY_WINDOW_BITS;
          expect(window.accept(counter)).toBe(expected);
          seen.add(counter);
          highest = Math.max(highest, counter);
          at = highest;
        }
      }),
    );
  });
});
