import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('allows its burst at once, then its rate', () => {
  const bucket = new TokenBucket({ perSecond: 100, burst: 3, now: 0 });
  expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false]);
  expect(bucket.take(9)).toBe(false);
  expect(bucket.take(10)).toBe(true);
});

test('never lets more through than burst plus rate times time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 200 }), (pauses) => {
      const bucket = new TokenBucket({ perSecond: 50, burst: 5, now: 0 });
      let now = 0;
      let taken = 0;
      for (const pause of pauses) {
        now += pause;
        if (bucket.take(now)) taken++;
      }
      expect(taken).toBeLessThanOrEqual(5 + (now * 50) / 1000 + 1e-6);
    }),
  );
});
