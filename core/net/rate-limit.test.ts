import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { RateLimit } from './rate-limit.ts';

const limits = { perSecond: 10, burst: 5, maxSources: 100 };

function taken(limit: RateLimit, source: string, tries: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (limit.take(source)) count++;
  return count;
}

describe('RateLimit', () => {
  it('lets a burst through, then as many as come back with time', async () => {
    const clock = new VirtualClock();
    const limit = new RateLimit({ clock, ...limits });
    expect(taken(limit, 'a', 20)).toBe(5);
    await clock.runFor(100);
    expect(taken(limit, 'a', 20)).toBe(1);
    await clock.runFor(60_000);
    expect(taken(limit, 'a', 20)).toBe(5);
  });

  it('does not make one source pay for another', () => {
    const limit = new RateLimit({ clock: new VirtualClock(), ...limits });
    taken(limit, 'a', 20);
    expect(taken(limit, 'b', 20)).toBe(5);
  });

  it('takes nothing when a request costs more than is there', () => {
    const limit = new RateLimit({ clock: new VirtualClock(), ...limits });
    expect(limit.take('a', 6)).toBe(false);
    expect(limit.take('a', 5)).toBe(true);
  });

  it('limits all sources together', async () => {
    const clock = new VirtualClock();
    const limit = new RateLimit({ clock, ...limits, overall: { perSecond: 20, burst: 8 } });
    expect(taken(limit, 'a', 20) + taken(limit, 'b', 20)).toBe(8);
    await clock.runFor(100);
    expect(taken(limit, 'c', 20)).toBe(2);
  });

  it('does not charge a source for what the limit of all refused', async () => {
    const clock = new VirtualClock();
    const limit = new RateLimit({ clock, ...limits, perSecond: 0, overall: { perSecond: 1_000, burst: 1 } });
    expect(taken(limit, 'a', 20)).toBe(1);
    await clock.runFor(1);
    expect(taken(limit, 'a', 1)).toBe(1);
  });

  it('forgets the source that asked longest ago when the table is full', () => {
    const limit = new RateLimit({ clock: new VirtualClock(), ...limits, maxSources: 2 });
    taken(limit, 'a', 5);
    taken(limit, 'b', 5);
    limit.take('a');
    limit.take('c');
    expect(limit.size).toBe(2);
    expect(limit.take('a')).toBe(false);
    expect(limit.take('b')).toBe(true);
  });

  it('never exceeds burst plus rate times time for a remembered source, nor its table', async () => {
    const step = fc.record({
      waitMs: fc.nat(500),
      source: fc.nat(3).map(String),
      cost: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100 }), async (steps) => {
        const clock = new VirtualClock();
        const limit = new RateLimit({ clock, ...limits, maxSources: 4 });
        const spent = new Map<string, number>();
        for (const { waitMs, source, cost } of steps) {
          await clock.runFor(waitMs);
          if (limit.take(source, cost)) spent.set(source, (spent.get(source) ?? 0) + cost);
          const most = limits.burst + (clock.now() * limits.perSecond) / 1_000;
          expect(spent.get(source) ?? 0).toBeLessThanOrEqual(most + 1e-9);
          expect(limit.size).toBeLessThanOrEqual(4);
        }
      }),
      { numRuns: 50 },
    );
  });
});
