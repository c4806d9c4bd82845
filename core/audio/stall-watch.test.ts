import { describe, expect, it } from 'vitest';
import { StallWatch } from './stall-watch.ts';

const late = (at: number) => ({ transit: 700, at });

describe('frames that come far too late', () => {
  it('are much later than jitter makes them, and those behind them until the jam is over', () => {
    const watch = new StallWatch();
    expect([100, 121].map((ms) => watch.isLate(ms))).toEqual([false, true]);
    watch.late(late(0));
    expect([1, 0].map((ms) => watch.isLate(ms))).toEqual([true, false]);
    watch.inTime(1);
    expect(watch.isLate(100)).toBe(false);
  });

  it('are forgotten after a lone stall, and told when there was another one in the last ten seconds', () => {
    const watch = new StallWatch();
    for (let i = 0; i < 5; i++) expect(watch.late(late(1_000 + i))).toBeUndefined();
    expect(watch.inTime(1_010)).toEqual([]);
    expect(watch.inTime(1_030)).toEqual([]);
    watch.late(late(10_900));
    expect(watch.inTime(11_000)).toEqual([late(10_900)]);
    watch.late(late(21_100));
    expect(watch.inTime(21_200)).toEqual([]);
  });

  it('mean a time line that has moved when nothing else came for half a second', () => {
    const watch = new StallWatch();
    const told = Array.from({ length: 26 }, (_, i) => watch.late(late(i * 20)));
    expect(told.slice(0, 25).every((one) => one === undefined)).toBe(true);
    expect(told[25]).toHaveLength(26);
    expect(watch.inTime(600)).toEqual([]);
  });

  it('do not mean that while there are but few', () => {
    const watch = new StallWatch();
    for (let i = 0; i < 7; i++) expect(watch.late(late(i * 400))).toBeUndefined();
    expect(watch.late(late(2_800))).toHaveLength(8);
  });
});
