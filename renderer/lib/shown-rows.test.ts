import { describe, expect, it } from 'vitest';
import { shownRows } from './shown-rows.ts';

const places = (...args: Parameters<typeof shownRows>) => shownRows(...args).map(({ at }) => at);

describe('the rows that are made of a list', () => {
  it('are those of the spans, once and in order, and its two ends', () => {
    const spans = [
      { first: 10, last: 12 },
      { first: 5, last: 6 },
      { first: 12, last: 13 },
    ];
    expect(places(100, spans)).toEqual([0, 5, 6, 10, 11, 12, 13, 99]);
  });

  it('are within the list', () => {
    expect(places(0, [{ first: -3, last: 3 }])).toEqual([]);
    expect(places(1, [{ first: -3, last: 3 }])).toEqual([0]);
    expect(places(3, [{ first: -3, last: 30 }])).toEqual([0, 1, 2]);
    expect(places(3, [{ first: 7, last: 9 }])).toEqual([0, 2]);
  });

  it('and those left out before them come to the whole list', () => {
    const rows = shownRows(5_000, [
      { first: 40, last: 80 },
      { first: 900, last: 900 },
    ]);
    expect(rows.reduce((sum, { gap }) => sum + gap + 1, 0)).toBe(5_000);
    expect(rows.find(({ at }) => at === 900)?.gap).toBe(819);
  });
});
