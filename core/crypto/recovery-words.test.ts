import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../ids/bytes.ts';
import { RECOVERY_WORD_COUNT } from '../ids/recovery-words.ts';
import { seedToWords, wordsToSeed } from './recovery-words.ts';

// Vectors of the BIP-39 reference implementation (trezor/python-mnemonic, vectors.json, 256 bits).
const VECTORS: [string, string][] = [
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  [
    '7f'.repeat(32),
    'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
  ],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  [
    '68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c',
    'hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length',
  ],
];
const GOOD = VECTORS[3]![1];

describe('recovery words', () => {
  it.each(VECTORS)('of %s', (seed, words) => {
    expect(seedToWords(fromHex(seed)!).join(' ')).toBe(words);
    expect(wordsToSeed(words)).toEqual({ ok: true, seed: fromHex(seed) });
  });

  it('give back any seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const words = seedToWords(seed);
        expect(words).toHaveLength(RECOVERY_WORD_COUNT);
        expect(wordsToSeed(words.join(' '))).toEqual({ ok: true, seed });
      }),
    );
  });

  it('may be typed with capitals, commas and line breaks', () => {
    const typed = ` ${GOOD.toUpperCase().replaceAll(' ', ',\n ')}\t`;
    expect(wordsToSeed(typed)).toEqual(wordsToSeed(GOOD));
  });

  it('may be a numbered list, in which a wrong word keeps its place', () => {
    const numbered = GOOD.split(' ').map((word, index) => `${index + 1}. ${word}`);
    expect(wordsToSeed(numbered.join(' '))).toEqual(wordsToSeed(GOOD));
    expect(wordsToSeed(numbered.with(4, '5. caus').join('\n'))).toMatchObject({ positions: [4] });
  });

  it('names the words it does not know', () => {
    const words = GOOD.split(' ');
    words[4] = 'caus';
    expect(wordsToSeed(words.join(' '))).toEqual({
      ok: false,
      code: 'unknown-word',
      positions: [4],
      message: 'Word 5 is not a recovery word.',
    });
    words[23] = 'xyz';
    expect(wordsToSeed(words.join(' '))).toMatchObject({
      positions: [4, 23],
      message: 'Words 5, 24 are not recovery words.',
    });
  });

  it.each(['', 'abandon', GOOD.slice(0, -7), `${GOOD} zoo`])('counts the words of %j', (text) => {
    const count = text.split(' ').filter(Boolean).length;
    expect(wordsToSeed(text)).toMatchObject({ ok: false, code: 'word-count', count });
  });

  it('notices swapped words by the checksum', () => {
    const words = GOOD.split(' ');
    [words[0], words[1]] = [words[1]!, words[0]!];
    expect(wordsToSeed(words.join(' '))).toMatchObject({ ok: false, code: 'checksum' });
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(wordsToSeed(text).ok).toBe(false);
      }),
    );
  });

  it('throws on a seed of a wrong length', () => {
    expect(() => seedToWords(new Uint8Array(16))).toThrow(RangeError);
  });
});
