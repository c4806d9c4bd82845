import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SeqRange } from '../codec/messages.ts';
import { ToldRanges } from './told-ranges.ts';

const range = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
  .map(([a, b]): SeqRange => ({ first: Math.min(a, b), last: Math.max(a, b) }));

const numbersIn = (ranges: readonly SeqRange[]) =>
  ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

it('tells of each number once, in order', () => {
  fc.assert(
    fc.property(fc.array(range), fc.array(range), (ranges, others) => {
      const told = new ToldRanges();
      const known = new Set<number>();
      for (const one of ranges) {
        const news = numbersIn([one]).filter((seq) => !known.has(seq));
        expect(numbersIn(told.news(one))).toEqual(news);
        expect(numbersIn(told.add(one))).toEqual(news);
        for (const seq of news) known.add(seq);
      }
      const more = new ToldRanges();
      for (const one of others) more.add(one);
      told.addAll(more);
      const all = new Set([...known, ...numbersIn(others)]);
      expect(numbersIn(told.news({ first: 1, last: 31 }))).toEqual(
        numbersIn([{ first: 1, last: 31 }]).filter((seq) => !all.has(seq)),
      );
    }),
  );
});
