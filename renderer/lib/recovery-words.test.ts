import { describe, expect, it } from 'vitest';
import { unknownWordsText, wordAtCaret, wordRange } from './recovery-words.ts';

describe('the recovery word that is being typed', () => {
  it('is the one in which the caret stands, or that ends there', () => {
    expect(wordAtCaret('abandon abl', 11)).toBe(1);
    expect(wordAtCaret('abandon able', 3)).toBe(0);
    expect(wordAtCaret('abandon able', 8)).toBe(1);
    expect(wordAtCaret('1. abandon\n2. able', 18)).toBe(1);
    expect(wordAtCaret('cafe\u0301', 5)).toBe(0);
  });

  it('is none after a blank or a number, or where nothing stands', () => {
    expect(wordAtCaret('abandon ', 8)).toBeNull();
    expect(wordAtCaret('abandon\n2.', 10)).toBeNull();
    expect(wordAtCaret('', 0)).toBeNull();
  });
});

describe('a word that is no recovery word', () => {
  it('is found in what was typed', () => {
    expect(wordRange('1. abandon\n2. parley', 1)).toEqual({ start: 14, end: 20 });
    expect(wordRange('abandon', 1)).toBeNull();
  });

  it('is named with its place, up to three of them', () => {
    const words = 'ab cd ef gh ij'.split(' ');
    expect(unknownWordsText(words, [1])).toBe('Word 2, “cd”, is not a recovery word. Check how it is spelt.');
    expect(unknownWordsText(words, [1, 4])).toBe(
      'These are not recovery words: 2, “cd” and 5, “ij”. Check how they are spelt.',
    );
    expect(unknownWordsText(words, [0, 1, 2, 3, 4])).toBe(
      'These are not recovery words: 1, “ab”; 2, “cd”; 3, “ef” and 2 more. Check how they are spelt.',
    );
  });
});
