import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { RateLimiter } from './rate-limit.ts';

describe('RateLimiter', () => {
  it('never lets a source have more than burst and rate allow, and always that much', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 60 }),
        async (burst, perSecond, pauses) => {
          const clock = new VirtualClock();
          const limiter = new RateLimiter({ clock, perSecond, burst });
          let taken = 0;
          for (const pause of pauses) {
            await clock.runFor(pause);
            while (limiter.take('one')) taken++;
            const allowed = burst + (clock.now() / 1_000) * perSecond;
            expect(taken).toBeLessThanOrEqual(allowed + 1e-6);
          }
          if (pauses.length > 0) expect(taken).toBeGreaterThanOrEqual(burst);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps sources apart', () => {
    const limiter = new RateLimiter({ clock: new VirtualClock(), perSecond: 1, burst: 1 });
    expect([limiter.take('a'), limiter.take('a'), limiter.take('b')]).toEqual([true, false, true]);
  });

  it('remembers the sources seen last when there are too many', () => {
    const limiter = new RateLimiter({ clock: new VirtualClock(), perSecond: 1, burst: 1, sources: 10 });
    for (let i = 0; i < 100; i++) limiter.take(`source ${i}`);
    expect(limiter.take('source 99')).toBe(false);
  });
});
