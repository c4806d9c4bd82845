import { describe, expect, it } from 'vitest';
import { publicIdOf } from '../testing/fake-data.ts';
import { checkPublicId, markPieces } from './public-id-check.ts';

const KEY = 'c1'.repeat(32);
const ID = publicIdOf(KEY, '01020304');

describe('checkPublicId', () => {
  it('knows good IDs and links', () => {
    expect(checkPublicId(ID)).toEqual({ kind: 'good', key: KEY, publicId: ID });
    expect(checkPublicId(` parley:${ID}\n`)).toEqual({ kind: 'good', key: KEY, publicId: ID });
  });

  it('says nothing about nothing', () => {
    expect(checkPublicId('  ')).toEqual({ kind: 'empty' });
  });

  it('marks the wrong character in what was pasted', () => {
    const wrong = `${ID.slice(0, 30)}b${ID.slice(31)}`;
    const check = checkPublicId(`parley:${wrong}`);
    expect(check).toMatchObject({ kind: 'bad', places: [38] });
    if (check.kind === 'bad') expect(check.pieces.find((piece) => piece.wrong)?.text).toBe('b');
  });

  it('shows that the end is missing', () => {
    const check = checkPublicId(ID.slice(0, -5));
    expect(check.kind === 'bad' && check.pieces.at(-1)).toEqual({ text: '…', wrong: true });
    const quoted = checkPublicId(`"${ID.slice(0, -5)}"\n`);
    expect(quoted.kind === 'bad' && quoted.pieces.map(({ text }) => text)).toEqual([`"${ID.slice(0, -5)}`, '…', '"']);
  });
});

it('markPieces cuts where marked and unmarked meet', () => {
  expect(markPieces('abcd', [1, 2])).toEqual([
    { text: 'a', wrong: false },
    { text: 'bc', wrong: true },
    { text: 'd', wrong: false },
  ]);
  expect(markPieces('', [])).toEqual([]);
});
