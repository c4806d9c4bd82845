import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Sluice } from './sluice.ts';

describe('sends to a friend', () => {
  let clock: VirtualClock;
  let sluice: Sluice;
  let behind: Set<number>;
  let passed: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    [behind, passed] = [new Set(), []];
    sluice = new Sluice(clock, (friend) => behind.has(friend));
  });

  const send = (friend: number, name: string) => sluice.pass(friend, () => passed.push(name));

  it('pass at once while the link keeps up, and are held in order while it does not', () => {
    send(1, 'a');
    behind.add(1);
    send(1, 'b');
    send(2, 'other');
    behind.delete(1);
    send(1, 'c');
    expect(passed).toEqual(['a', 'other']);
    sluice.release();
    expect(passed).toEqual(['a', 'other', 'b', 'c']);
    send(1, 'd');
    expect(passed.at(-1)).toBe('d');
  });

  it('pass in portions, since what passed must be counted before the next', () => {
    behind.add(1);
    for (let i = 0; i < 600; i++) send(1, String(i));
    sluice.release();
    expect(passed).toEqual([]);
    behind.delete(1);
    sluice.release();
    expect(passed).toHaveLength(250);
    behind.add(1);
    sluice.release();
    expect(passed).toHaveLength(250);
    behind.delete(1);
    for (let i = 0; i < 2; i++) sluice.release();
    expect(passed).toEqual(Array.from({ length: 600 }, (_, i) => String(i)));
  });

  it('wait two seconds at most, whatever the friend does', async () => {
    behind.add(1);
    send(1, 'a');
    await clock.runFor(1_999);
    expect(passed).toEqual([]);
    await clock.runFor(1);
    expect(passed).toEqual(['a']);
    send(1, 'b');
    await clock.runFor(2_000);
    expect(passed).toEqual(['a', 'b']);
  });
});
