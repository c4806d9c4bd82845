import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  it('lets so many run at once, in order, and goes on after one that failed', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends: ((error?: Error) => void)[] = [];
    const task = (n: number) => () => {
      begun.push(n);
      return new Promise<void>((resolve, reject) => {
        ends[n] = (error) => (error === undefined ? resolve() : reject(error));
      });
    };
    const all = [0, 1, 2, 3].map((n) => turns.run(task(n)));
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    ends[1]!(new Error('it failed'));
    await expect(all[1]).rejects.toThrow('it failed');
    expect(begun).toEqual([0, 1, 2]);
    ends[0]!();
    await all[0];
    expect(begun).toEqual([0, 1, 2, 3]);
    ends[2]!();
    ends[3]!();
    await Promise.all([all[2], all[3]]);
    const more = turns.run(task(4));
    expect(begun.at(-1)).toBe(4);
    ends[4]!();
    await more;
  });
});
