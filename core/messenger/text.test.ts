import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessengerError } from './errors.ts';
import {
  draftText,
  greetingText,
  messageText,
  nameText,
  oneLine,
  severalLines,
  utf8Length,
  wellFormed,
} from './text.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof MessengerError ? error.code : String(error);
  }
};
const anyText = fc.string({ unit: 'binary', maxLength: 60 });

describe('texts', () => {
  it('have the length their UTF-8 has, and are well formed once cleaned', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
        expect(wellFormed(text)).toBe(Buffer.from(text, 'utf8').toString('utf8'));
      }),
      { numRuns: 500 },
    );
  });

  it('are messages from one character to 16 KiB', () => {
    expect(codeOf(() => messageText(' \n\t'))).toBe('empty-message');
    expect(messageText(' a\n')).toBe(' a\n');
    expect(messageText('x\ud800y')).toBe('x\ufffdy');
    expect(codeOf(() => messageText('é'.repeat(8_192)))).toBe('none');
    expect(codeOf(() => messageText(`${'é'.repeat(8_192)}.`))).toBe('too-large');
    expect(codeOf(() => messageText('x'.repeat(16_384)))).toBe('none');
    expect(codeOf(() => messageText('x'.repeat(16_385)))).toBe('too-large');
  });

  it.each(['\u200b', ' \ufeff\u2060\n', '\0', '\u0007\u009b', '\u202e\u200d\ufe0f'])(
    'are nothing where nothing of them can be seen (%j)',
    (text) => {
      expect(codeOf(() => messageText(text))).toBe('empty-message');
      expect([draftText(text), nameText(text, 'alias'), greetingText(text)]).toEqual(['', '', '']);
    },
  );

  it.each(['👩‍💻', 'می‌خواهم', '\u200b.\ufeff', '\u202eabc\0'])(
    'keep what cannot be seen beside what can (%j)',
    (text) => {
      expect([messageText(text), draftText(text)]).toEqual([text, text]);
    },
  );

  it('are drafts from nothing to 128 KiB', () => {
    expect(draftText('  ')).toBe('');
    expect(draftText(' a')).toBe(' a');
    expect(draftText('x\ud800y')).toBe('x\ufffdy');
    expect(codeOf(() => draftText('é'.repeat(65_536)))).toBe('none');
    expect(codeOf(() => draftText(`${'é'.repeat(65_536)}.`))).toBe('too-large');
  });

  it('are names of one line and greetings of several, within their limits', () => {
    expect(nameText('  Ann\n\u202e\u0000 B ', 'alias')).toBe('Ann  B');
    expect(codeOf(() => nameText('é'.repeat(65), 'alias'))).toBe('invalid-argument');
    expect(codeOf(() => nameText('é'.repeat(64), 'alias'))).toBe('none');
    expect(codeOf(() => greetingText('x'.repeat(513)))).toBe('invalid-argument');
    expect(severalLines('a\r\nb\u0007c\n')).toBe('a\nb c');
  });

  it('of others never grow by cleaning, nor keep what turns or breaks a line', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const clean of [oneLine(text), severalLines(text)]) {
          expect(utf8Length(clean)).toBeLessThanOrEqual(utf8Length(text));
          expect([...clean].filter((sign) => sign < '\n' || '\u202a\u202e\u2066\u2069'.includes(sign))).toEqual([]);
        }
        expect(oneLine(text)).not.toMatch(/[\n\r\u2028]/);
      }),
    );
  });
});
