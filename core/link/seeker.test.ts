import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactTokens } from './contact-tokens.ts';
import { RecentSet } from './recent-set.ts';
import { Seeker } from './seeker.ts';

function seeking(): { clock: VirtualClock; seeker: Seeker; at: number[] } {
  const clock = new VirtualClock();
  const at: number[] = [];
  const random = new SeededRandom('seeker');
  return { clock, seeker: new Seeker({ clock, random, attempt: () => at.push(clock.now()) }), at };
}

const pausesOf = (at: readonly number[]) => at.slice(1).map((time, i) => time - at[i]!);

describe('Seeker', () => {
  it('attempts at once, then with growing pauses and jitter, in the end every five minutes', async () => {
    const { clock, seeker, at } = seeking();
    expect(seeker.sinceLastMs).toBe(Number.POSITIVE_INFINITY);
    seeker.seekNow();
    expect(seeker.sinceLastMs).toBe(0);
    seeker.untaken();
    expect(seeker.sinceLastMs).toBe(Number.POSITIVE_INFINITY);
    await clock.runFor(3_600_000);
    const planned = [250, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000, 300_000, 300_000];
    pausesOf(at)
      .slice(0, 9)
      .forEach((pause, i) => {
        expect(Math.abs(pause - planned[i]!)).toBeLessThanOrEqual(0.2 * planned[i]!);
      });
    expect(new Set(pausesOf(at)).size).toBe(at.length - 1);
  });

  it('begins anew when told to, and rests when told to', async () => {
    const { clock, seeker, at } = seeking();
    seeker.seekNow();
    await clock.runFor(30_000);
    const before = at.length;
    seeker.seekNow();
    await clock.runFor(3_600);
    expect(at.length - before).toBeGreaterThanOrEqual(2);
    seeker.rest();
    await clock.runFor(1_000_000);
    expect(at.at(-1)!).toBeLessThan(40_000);
  });

  it('waits before it looks for somebody who said goodbye, and may begin a little later', async () => {
    const { clock, seeker, at } = seeking();
    seeker.seekLater();
    await clock.runFor(3_900);
    expect(at).toEqual([]);
    await clock.runFor(2_200);
    expect(at.length).toBe(1);
    seeker.seekSoon(8);
    await clock.runFor(10);
    expect(at.length).toBe(2);
  });
});

describe('RecentSet', () => {
  it('forgets by age and by number, the oldest first', async () => {
    const clock = new VirtualClock();
    const recent = new RecentSet(clock, { keepMs: 1_000, limit: 3 });
    for (const value of ['a', 'b', 'c', 'd']) recent.add(value);
    expect(['a', 'b', 'c', 'd'].map((value) => recent.has(value))).toEqual([false, true, true, true]);
    await clock.runFor(600);
    recent.add('b');
    await clock.runFor(600);
    expect(['b', 'c', 'd'].map((value) => recent.has(value))).toEqual([true, false, false]);
  });
});

describe('ContactTokens', () => {
  it('belong to one friend until renewed or revoked', () => {
    const tokens = new ContactTokens(new SeededRandom('tokens'));
    const first = tokens.current('ann');
    expect(tokens.current('ann')).toBe(first);
    expect(tokens.holderOf(first)).toBe('ann');
    const other = tokens.current('bob');
    const second = tokens.renew('ann');
    expect([first, second, other].map((token) => tokens.holderOf(token))).toEqual([undefined, 'ann', 'bob']);
    tokens.revoke('ann');
    expect(tokens.holderOf(second)).toBeUndefined();
    expect(tokens.holderOf(new Uint8Array(16))).toBeUndefined();
    expect(tokens.current('ann')).not.toEqual(second);
  });
});
