import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPacer, PACE_MS } from './pacer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a pacer', () => {
  it('hands on a single item at once', () => {
    const taken: number[] = [];
    const pacer = createPacer<number>((item) => taken.push(item));
    pacer.push(1);
    expect(taken).toEqual([1]);
    vi.advanceTimersByTime(PACE_MS);
    pacer.push(2);
    expect(taken).toEqual([1, 2]);
  });

  it('takes a flood together, in order, losing nothing', () => {
    const taken: number[] = [];
    const times: number[] = [];
    const pacer = createPacer<number>((item) => {
      taken.push(item);
      times.push(Date.now());
    });
    for (let i = 0; i < 1_000; i++) {
      pacer.push(i);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(2 * PACE_MS);
    expect(taken).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(new Set(times).size).toBeLessThanOrEqual(1_000 / PACE_MS + 2);
  });

  it('goes on when an item brings another', () => {
    const taken: number[] = [];
    const pacer = createPacer<number>((item) => {
      taken.push(item);
      if (item < 3) pacer.push(item + 1);
    });
    pacer.push(1);
    vi.advanceTimersByTime(10 * PACE_MS);
    expect(taken).toEqual([1, 2, 3]);
  });

  it('takes nothing after its end', () => {
    const taken: number[] = [];
    const pacer = createPacer<number>((item) => taken.push(item));
    pacer.push(1);
    pacer.push(2);
    pacer.stop();
    vi.advanceTimersByTime(10 * PACE_MS);
    expect(taken).toEqual([1]);
  });
});
