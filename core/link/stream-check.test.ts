import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { CHECK_MS, StreamCheck } from './stream-check.ts';

/** A check whose pings are answered by the test. */
function checking() {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const carrier = { pendingBytes: 0 };
  const check = new StreamCheck({
    clock,
    pendingBytes: () => carrier.pendingBytes,
    ask: () => {
      asked.push(clock.now());
      check.asked(asked.length);
    },
  });
  return { clock, asked, carrier, check };
}

describe('StreamCheck', () => {
  it('asks once after a burst, and no more when all of it opened', async () => {
    const { clock, asked, check } = checking();
    for (let i = 0; i < 20; i++) check.wrote(100);
    await clock.runFor(CHECK_MS);
    expect(asked).toEqual([CHECK_MS]);
    expect(check.answered(1, 2_000)).toBe(true);
    await clock.runFor(600_000);
    expect(asked).toHaveLength(1);
  });

  it('asks nothing while nothing of it is confirmed, and goes on until all is', async () => {
    const { clock, asked, carrier, check } = checking();
    check.wrote(100);
    carrier.pendingBytes = 100;
    await clock.runFor(3 * CHECK_MS);
    expect(asked).toEqual([]);
    check.wrote(100);
    await clock.runFor(CHECK_MS);
    expect(check.answered(1, 100)).toBe(true);
    carrier.pendingBytes = 0;
    await clock.runFor(CHECK_MS);
    expect(asked).toHaveLength(2);
    expect(check.answered(2, 200)).toBe(true);
  });

  it('tells that less opened than was confirmed when it asked, whatever was confirmed since', async () => {
    const { clock, carrier, check } = checking();
    check.wrote(100);
    check.wrote(50);
    carrier.pendingBytes = 50;
    await clock.runFor(CHECK_MS);
    carrier.pendingBytes = 0;
    expect(check.answered(1, 100)).toBe(true);
    await clock.runFor(CHECK_MS);
    expect(check.answered(2, 149)).toBe(false);
  });

  it('counts each answer once, and none to what it did not ask', async () => {
    const { clock, check } = checking();
    check.wrote(100);
    await clock.runFor(CHECK_MS);
    expect([check.answered(7, 0), check.answered(1, 0), check.answered(1, 0)]).toEqual([true, false, true]);
  });

  it('asks ever more seldom while there is no answer, and not when it was stopped', async () => {
    const { clock, asked, check } = checking();
    check.wrote(100);
    await clock.runFor(20_000);
    const gaps = asked.slice(1).map((at, i) => at - asked[i]!);
    expect(gaps.length).toBeGreaterThan(2);
    expect(gaps.length).toBeLessThan(8);
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    check.stop();
    const before = asked.length;
    check.wrote(100);
    await clock.runFor(60_000);
    expect(asked).toHaveLength(before);
  });
});
