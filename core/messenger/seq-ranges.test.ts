import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_RECEIPT_RANGES } from '../codec/messages.ts';
import { SeqRanges } from './seq-ranges.ts';

it('covers exactly the numbers given, one range for a run', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (seqs) => {
      const ranges = new SeqRanges();
      for (const seq of seqs) ranges.add(seq);
      const covered = new Set<number>();
      for (const { first, last } of [...ranges.pieces()].flat())
        for (let seq = first; seq <= last; seq++) covered.add(seq);
      expect(covered).toEqual(new Set(seqs));
      expect(ranges.empty).toBe(seqs.length === 0);
      const all = [...ranges.pieces()].flat();
      expect(ranges.only).toEqual(all.length === 1 ? all[0] : undefined);
      expect(ranges.size).toBe(all.reduce((sum, { first, last }) => sum + last - first + 1, 0));
    }),
  );
  const run = new SeqRanges();
  for (let seq = 5; seq < 5_000; seq++) run.add(seq);
  run.add(100);
  expect([...run.pieces()]).toEqual([[{ first: 5, last: 4_999 }]]);
});

it('comes in pieces that fit a receipt', () => {
  const ranges = new SeqRanges();
  for (let i = 0; i < MAX_RECEIPT_RANGES + 1; i++) ranges.add(1 + 2 * i);
  expect([...ranges.pieces()].map((piece) => piece.length)).toEqual([MAX_RECEIPT_RANGES, 1]);
});
