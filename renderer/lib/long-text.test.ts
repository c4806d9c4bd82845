import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLinks } from './links.ts';
import { cutParts, foldAt } from './long-text.ts';

const beginning = (text: string) => text.slice(0, foldAt(text));

describe('foldAt', () => {
  it('leaves a text of some lines whole', () => {
    expect(foldAt('')).toBeUndefined();
    expect(foldAt('a\n'.repeat(35))).toBeUndefined();
    expect(foldAt('a'.repeat(3_600))).toBeUndefined();
  });

  it('shows 30 lines of many, whatever breaks them', () => {
    for (const end of ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029']) {
      expect(beginning(`a${end}`.repeat(36)).split(end)).toEqual(Array.from({ length: 30 }, () => 'a'));
    }
    expect(beginning('\n'.repeat(16_383))).toBe('\n'.repeat(29));
  });

  it('shows 3,000 characters of a text without end, and cuts none of them in two', () => {
    expect(beginning('a'.repeat(16_384))).toHaveLength(3_000);
    const family = '👩‍👩‍👧‍👦';
    expect(beginning(`a${family.repeat(400)}`)).toBe(`a${family.repeat(Math.floor(2_999 / family.length))}`);
    expect(beginning(`e${'\u0301'.repeat(8_000)}`)).toHaveLength(3_000);
  });

  it('shows something of any long text, and not all of it', () => {
    const pieces = fc.array(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 2 }), fc.constantFrom('\n', '\u0301', '👨‍👩‍👧', 'word')),
      {
        size: 'medium',
      },
    );
    fc.assert(
      fc.property(pieces, (some) => {
        const text = some.join('').padEnd(3_601, 'x\n');
        const end = foldAt(text)!;
        expect(end).toBeGreaterThan(0);
        expect(end).toBeLessThan(text.length);
      }),
    );
  });
});

describe('cutParts', () => {
  it('gives the text up to that place; a link that is cut leads to the same place', () => {
    const text = 'see https://example.org/a/long/path and https://example.net/';
    const parts = splitLinks(text);
    const kept = cutParts(parts, 20);
    expect(kept.map((part) => part.text).join('')).toBe(text.slice(0, 20));
    expect(kept[1]).toEqual({ kind: 'link', text: 'https://example.', url: 'https://example.org/a/long/path' });
    expect(cutParts(parts, text.length)).toEqual(parts);
  });
});
