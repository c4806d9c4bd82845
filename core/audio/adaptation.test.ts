import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_BIT_RATE, MIN_BIT_RATE, type PathReport, SenderAdaptation } from './adaptation.ts';

/** Reports every 200 ms for a while. @returns when it ended. */
function report(adaptation: SenderAdaptation, from: number, ms: number, report: PathReport) {
  for (let at = from; at < from + ms; at += 200) adaptation.report(report, at);
  return from + ms;
}

const CLEAN = { loss: 0, run: 0, queueingMs: 3 };

describe('what we send', () => {
  it('grows on a clean path to the best that is useful', () => {
    const adaptation = new SenderAdaptation();
    expect(adaptation.tuning).toEqual({ bitRate: 32_000, earlier: [] });
    report(adaptation, 0, 60_000, CLEAN);
    expect(adaptation.tuning).toEqual({ bitRate: MAX_BIT_RATE, earlier: [] });
  });

  it('gives way to a queue within a second, and recovers slowly', () => {
    const adaptation = new SenderAdaptation();
    const now = report(adaptation, 0, 60_000, CLEAN);
    const later = report(adaptation, now, 6_000, { loss: 0, run: 0, queueingMs: 150 });
    expect(adaptation.tuning.bitRate).toBe(MIN_BIT_RATE);
    report(adaptation, later, 3_000, CLEAN);
    expect(adaptation.tuning.bitRate).toBe(MIN_BIT_RATE);
    report(adaptation, later + 3_000, 40_000, CLEAN);
    expect(adaptation.tuning.bitRate).toBe(MAX_BIT_RATE);
  });

  it('is sent again with losses, at once, and no longer when ten seconds were clean', () => {
    const adaptation = new SenderAdaptation();
    expect(adaptation.report({ loss: 0.02, run: 1, queueingMs: 0 }, 0)).toBe(true);
    expect(adaptation.tuning.earlier).toEqual([1]);
    adaptation.report({ loss: 0.1, run: 1, queueingMs: 0 }, 200);
    expect(adaptation.tuning.earlier).toEqual([1, 2]);
    const now = report(adaptation, 400, 9_800, CLEAN);
    expect(adaptation.tuning.earlier).toEqual([1, 2]);
    const later = report(adaptation, now, 400, CLEAN);
    expect(adaptation.tuning.earlier).toEqual([1]);
    report(adaptation, later, 10_200, CLEAN);
    expect(adaptation.tuning.earlier).toEqual([]);
  });

  it('takes frames from farther back along where packets are lost in a row, and does not waver', () => {
    const adaptation = new SenderAdaptation();
    const burst = (run: number) => adaptation.report({ loss: 0.05, run, queueingMs: 0 }, 0);
    expect(burst(1.5)).toBe(true);
    expect(adaptation.tuning.earlier).toEqual([1, 2]);
    expect(burst(3)).toBe(true);
    expect(adaptation.tuning.earlier).toEqual([1, 3]);
    expect(burst(1.4)).toBe(false);
    expect(burst(1.2)).toBe(true);
    expect(adaptation.tuning.earlier).toEqual([1, 2]);
  });

  it('does not give way to losses alone, unless they are very many', () => {
    const adaptation = new SenderAdaptation();
    report(adaptation, 0, 20_000, { loss: 0.1, run: 1.1, queueingMs: 5 });
    expect(adaptation.tuning.bitRate).toBe(32_000);
    report(adaptation, 20_000, 3_000, { loss: 0.4, run: 1.6, queueingMs: 5 });
    expect(adaptation.tuning.bitRate).toBe(MIN_BIT_RATE);
  });

  it('stays within its bounds whatever is reported', () => {
    const one = fc.record({
      loss: fc.double({ min: 0, max: 1, noNaN: true }),
      run: fc.nat(16),
      queueingMs: fc.nat(65_535),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), one)), (reports) => {
        const adaptation = new SenderAdaptation();
        let now = 0;
        for (const [pause, report] of reports) {
          now += pause;
          const before = adaptation.tuning;
          const changed = adaptation.report(report, now);
          const { bitRate, earlier } = adaptation.tuning;
          expect(changed).toBe(bitRate !== before.bitRate || earlier !== before.earlier);
          expect(bitRate >= MIN_BIT_RATE && bitRate <= MAX_BIT_RATE && Number.isInteger(bitRate)).toBe(true);
          expect(earlier.length).toBeLessThanOrEqual(2);
        }
      }),
    );
  });
});
