import { bech32m } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inviteTag, profileKey } from './bytes.ts';
import { encodePublicId, PUBLIC_ID_LENGTH, parsePublicId, publicIdLink } from './public-id.ts';

const key = profileKey(Uint8Array.from({ length: 32 }, (_, index) => index * 7));
const tag = inviteTag(Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
const GOLDEN = 'parley1qqqrsu9guyv4rzwplgex4gkmzd9c8wl593jfe4gdg47mtm3xt6tvaatd7aueynrz8';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

const ids = fc
  .record({ key: fc.uint8Array({ minLength: 32, maxLength: 32 }), tag: fc.uint8Array({ minLength: 4, maxLength: 4 }) })
  .map((parts) => ({ key: profileKey(parts.key), tag: inviteTag(parts.tag) }));
const place = fc.integer({ min: 0, max: PUBLIC_ID_LENGTH - 1 });
const dataPlace = fc.integer({ min: 7, max: PUBLIC_ID_LENGTH - 1 });
const symbol = fc.constantFrom(...BECH32);

function replaced(text: string, at: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + 1);
}

function failure(text: string) {
  const parsed = parsePublicId(text);
  if (parsed.ok) throw new Error(`accepted: ${text}`);
  return parsed;
}

describe('encodePublicId', () => {
  it('keeps its golden text', () => {
    expect(encodePublicId({ key, tag })).toBe(GOLDEN);
    expect(GOLDEN).toHaveLength(PUBLIC_ID_LENGTH);
  });

  it('refuses keys and tags of a wrong length', () => {
    expect(() => encodePublicId({ key: key.subarray(1) as typeof key, tag })).toThrow(RangeError);
    expect(() => encodePublicId({ key, tag: key as unknown as typeof tag })).toThrow(RangeError);
  });
});

describe('parsePublicId', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(ids, (id) => {
        const text = encodePublicId(id);
        expect(parsePublicId(text)).toEqual({ ok: true, value: { ...id, text } });
      }),
    );
  });

  it.each([
    ['white space', `  \n${GOLDEN}\t `],
    ['capitals', GOLDEN.toUpperCase()],
    ['a link', publicIdLink(GOLDEN)],
    ['a link in capitals with white space', ` ${publicIdLink(GOLDEN).toUpperCase()}\n`],
    ['a link with a query', `${publicIdLink(GOLDEN)}?hint=1.2.3.4%3A5&x`],
    ['a link as a browser writes it', `parley://${GOLDEN}/`],
    ['a link with a fragment', `${publicIdLink(GOLDEN)}#a`],
    ['broken lines', `${GOLDEN.slice(0, 30)}\r\n  ${GOLDEN.slice(30)}`],
    ['groups of four', GOLDEN.replaceAll(/(.{4})/g, '$1 ')],
    ['invisible characters', `\ufeff${GOLDEN.slice(0, 9)}\u200b\u00ad\u2060${GOLDEN.slice(9)}\u200e\u{e0001}`],
    ['a broken link', `parley:${GOLDEN.slice(0, 3)}\n${GOLDEN.slice(3)}`],
    ['quotation marks', `“${GOLDEN}”`],
    ['the end of a sentence', `${GOLDEN}.`],
    ['a bracketed link at the end of a sentence', `(<${publicIdLink(GOLDEN)}>).`],
    ['marks round broken lines', `"${GOLDEN.slice(0, 70)}\n${GOLDEN.slice(70)}" .`],
  ])('accepts %s', (_, text) => {
    expect(parsePublicId(text)).toEqual({ ok: true, value: { key, tag, text: GOLDEN } });
  });

  it.each([
    ['', 'empty', []],
    ['  \n ', 'empty', []],
    ['parley:', 'empty', []],
    ['par', 'too-short', [2]],
    ['hello', 'wrong-prefix', [0]],
    [` parlez1${GOLDEN.slice(7)}`, 'wrong-prefix', [6]],
    [`parley:${GOLDEN.slice(7)}`, 'wrong-prefix', [6]],
    [replaced(GOLDEN, 20, 'b'), 'bad-character', [20]],
    [` ${replaced(replaced(GOLDEN, 20, 'b'), 30, 'ä')}`, 'bad-character', [21, 31]],
    [`${GOLDEN}?x`, 'bad-character', [PUBLIC_ID_LENGTH]],
    [replaced(GOLDEN, 2, 'R'), 'mixed-case', [2]],
    [GOLDEN.slice(0, 40), 'too-short', [39]],
    [`${GOLDEN}qqqq`, 'too-long', [72, 73, 74, 75]],
    ['q'.repeat(5_000), 'too-long', []],
  ])('%j: %s', (text, reason, positions) => {
    const result = failure(text);
    expect(result).toMatchObject({ reason, positions });
    expect(result.message).toMatch(/^[A-Z].*\.$/);
  });

  it('names a version it does not know, whatever its length', () => {
    const words = bech32m.toWords(new Uint8Array(36));
    expect(failure(bech32m.encode('parley', [1, ...words]))).toMatchObject({
      reason: 'unknown-version',
      positions: [7],
    });
    const longer = bech32m.encode('parley', [2, ...words, 5, 5, 5], false);
    expect(failure(` ${longer}`)).toMatchObject({ reason: 'unknown-version', positions: [8] });
  });

  it('refuses filling bits that are not zero', () => {
    const words = bech32m.toWords(new Uint8Array(36));
    words[words.length - 1] = 1;
    const text = bech32m.encode('parley', [0, ...words]);
    expect(failure(text)).toMatchObject({ reason: 'checksum', positions: [PUBLIC_ID_LENGTH - 7] });
  });

  it('detects and locates every single substitution', () => {
    for (let at = 0; at < PUBLIC_ID_LENGTH; at++) {
      for (let code = 0x21; code < 0x7f; code++) {
        const character = String.fromCharCode(code);
        if (character === GOLDEN[at]) continue;
        const result = failure(`  ${replaced(GOLDEN, at, character)}`);
        expect([character, at, result.positions]).toEqual([character, at, [at + 2]]);
      }
    }
  });

  it('locates what is wrong in the text as it was pasted, whatever stands in it and round it', () => {
    const noise = fc.constantFrom('', ' ', '\n', '\u200b', '\u{e0001}', '\r\n  ');
    const around = fc.constantFrom(
      ['', ''],
      ['"', '"'],
      ['<', '>.'],
      [' “', '”'],
      ['<parley:', '>'],
      ['\ufeff(', ')\n'],
    );
    fc.assert(
      fc.property(ids, dataPlace, symbol, fc.array(noise, { minLength: 72, maxLength: 72 }), around, (...drawn) => {
        const [id, at, by, between, [before = '', after = '']] = drawn;
        const text = encodePublicId(id);
        fc.pre(text[at] !== by);
        const wrong = [...replaced(text, at, by)].map((character, index) => character + between[index]);
        const expected = before.length + wrong.slice(0, at).join('').length;
        expect(failure(before + wrong.join('') + after).positions).toEqual([expected]);
      }),
    );
  });

  it('detects and locates two substitutions', () => {
    fc.assert(
      fc.property(ids, dataPlace, dataPlace, symbol, symbol, (id, a, b, first, second) => {
        const text = encodePublicId(id);
        const changed = replaced(replaced(text, a, first), b, second);
        const wrong = [...text].flatMap((character, index) => (character === changed[index] ? [] : [index]));
        fc.pre(wrong.length > 0);
        expect(failure(changed)).toMatchObject({ reason: 'checksum', positions: wrong });
      }),
    );
  });

  it('detects and locates swapped neighbours', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 7, max: PUBLIC_ID_LENGTH - 2 }), (id, at) => {
        const text = encodePublicId(id);
        const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
        fc.pre(swapped !== text);
        expect(failure(swapped)).toMatchObject({ reason: 'checksum', positions: [at, at + 1] });
      }),
    );
  });

  it('locates a missing character at its place, or where a run of its like begins', () => {
    fc.assert(
      fc.property(ids, dataPlace, (id, at) => {
        const text = encodePublicId(id);
        const result = failure(text.slice(0, at) + text.slice(at + 1));
        expect(result.reason).toBe('too-short');
        const [found] = result.positions;
        const run = text.slice(found, at + 1);
        expect(found === Math.min(at, PUBLIC_ID_LENGTH - 2) || /^(.)\1*$/.test(run)).toBe(true);
      }),
    );
  });

  it('locates an extra character', () => {
    fc.assert(
      fc.property(ids, dataPlace, symbol, (id, at, character) => {
        const text = encodePublicId(id);
        const longer = text.slice(0, at) + character + text.slice(at);
        const result = failure(longer);
        expect(result.reason).toBe('too-long');
        const [found] = result.positions as [number];
        expect(longer.slice(0, found) + longer.slice(found + 1)).toBe(text);
      }),
    );
  });

  it('is detected wherever three or four characters are wrong', () => {
    fc.assert(
      fc.property(ids, fc.uniqueArray(dataPlace, { minLength: 3, maxLength: 4 }), symbol, (id, places, character) => {
        const text = encodePublicId(id);
        const changed = places.reduce((sofar, at) => replaced(sofar, at, character), text);
        fc.pre(changed !== text);
        expect(failure(changed).reason).toBe('checksum');
      }),
    );
  });

  it('is total, and its positions lie in the text', () => {
    const nearly = fc
      .tuple(ids, place, fc.string({ maxLength: 3, unit: 'binary' }))
      .map(([id, at, junk]) => replaced(encodePublicId(id), at, junk));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((tail) => `parley1${tail}`),
      nearly,
    );
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parsePublicId(input);
        if (parsed.ok) return;
        for (const position of parsed.positions) {
          expect(position).toBeGreaterThanOrEqual(0);
          expect(position).toBeLessThan(input.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
