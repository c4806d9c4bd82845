import { expect, it } from 'vitest';
import { splitRecoveryWords } from './recovery-words.ts';

it.each([
  ['a numbered list', '1. Anchor\n2. bicycle\n 3) candle'],
  ['numbers that touch the words', '1.anchor,2.bicycle;3:candle'],
  ['bullets, quotation marks and brackets', '• "anchor" – [bicycle] (candle).'],
  ['other digits and full-width letters', '① anchor ２．ｂｉｃｙｃｌｅ ٣ candle'],
])('the words come out of %s', (_, text) => {
  expect(splitRecoveryWords(text)).toEqual(['anchor', 'bicycle', 'candle']);
});

it('a letter with an accent is part of its word', () => {
  expect(splitRecoveryWords('caf\u00e9 zoo')).toEqual(['cafe\u0301', 'zoo']);
});

it.each(['', '  ', '1. 2. 3.', '\ud800'])('there are none in %j', (text) => {
  expect(splitRecoveryWords(text)).toEqual([]);
});
