import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.ts';

describe('SeededRandom', () => {
  it('repeats itself from a seed, and differs from another', () => {
    expect(new SeededRandom(1).bytes(100)).toEqual(new SeededRandom(1).bytes(100));
    expect(new SeededRandom(1).bytes(100)).not.toEqual(new SeededRandom(2).bytes(100));
  });

  it('forks independently of what was drawn', () => {
    const random = new SeededRandom('x');
    const fork = random.fork('a').bytes(20);
    random.bytes(1_000);
    expect(random.fork('a').bytes(20)).toEqual(fork);
    expect(random.fork('b').bytes(20)).not.toEqual(fork);
  });

  it('is about uniform', () => {
    const random = new SeededRandom('uniform');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[Math.floor(random.uniform() * 10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    const bits = random.bytes(100_000).reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
    expect(Math.abs(bits - 400_000)).toBeLessThan(3_000);
  });

  it('keeps to the limits of its helpers', () => {
    const random = new SeededRandom('helpers');
    for (let i = 0; i < 1_000; i++) expect([0, 1, 2]).toContain(random.integer(3));
    expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
    expect(random.shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
    expect(() => random.pick([])).toThrow(RangeError);
    expect(random.bytes(0).length).toBe(0);
    expect(random.bytes(7).length).toBe(7);
  });
});
