import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayName, fingerprint, plainLine, plainLines, shortKey } from './safe-text.ts';

describe('plainLine', () => {
  it('never lets control, direction or line characters through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainLine(text).replace(/[\u200c\u200d]/gu, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('drops overrides and makes one line', () => {
    expect(plainLine(' Ada\u202e\n\tLove\u0000lace ')).toBe('Ada Lovelace');
  });

  it('keeps the joiners of emoji and Persian', () => {
    expect(plainLine('👩‍💻 می‌خواهم')).toBe('👩‍💻 می‌خواهم');
  });

  it('cuts stacks of marks but leaves accents', () => {
    expect(plainLine(`e\u0301 a${'\u0300'.repeat(40)}`)).toBe(`e\u0301 a${'\u0300'.repeat(4)}`);
  });
});

it('plainLines keeps line breaks of every kind', () => {
  expect(plainLines('a\r\nb\rc\nd\u202e')).toBe('a\nb\nc\nd');
});

describe('displayName', () => {
  const key = 'ab12cd34'.padEnd(64, '0');
  it('prefers the alias, then the own name, then the key', () => {
    expect(displayName({ alias: 'Ada', name: 'ada', key })).toBe('Ada');
    expect(displayName({ alias: ' ', name: 'ada', key })).toBe('ada');
    expect(displayName({ alias: '\u202e', name: '\u200b', key })).toBe('ab12 cd34');
  });

  it.each(['\u3164', '\u2800 \u2800', '\u115f\u1160', '\u200d', '\ufe0f', '\u0301\u0301', '\u0007\u0301', '\u{e0041}'])(
    'is never a name of which nothing can be seen (%j)',
    (name) => {
      expect(displayName({ alias: '', name, key })).toBe('ab12 cd34');
    },
  );

  it.each(['❤️', '#️⃣', 'न्', 'ㅎ', '.'])('may be %s', (name) => {
    expect(displayName({ alias: name, key })).toBe(name);
  });
});

it('groups keys for the eye', () => {
  expect(shortKey('ab12cd34ef')).toBe('ab12 cd34');
  expect(fingerprint('ab12cd34')).toBe('ab12 cd34');
  expect(fingerprint('a'.repeat(64)).split(' ')).toHaveLength(16);
});
