import { RECOVERY_WORD_COUNT, splitRecoveryWords } from '../../core/ids/recovery-words.ts';

/** How many words a person has to name to show that the words were kept. */
export const WORDS_TO_CONFIRM = 3;

/** Different positions (0-based, ascending) to ask for. `random` gives numbers from 0 to below 1. */
export function pickPositions(random: () => number): number[] {
  const positions = new Set<number>();
  while (positions.size < WORDS_TO_CONFIRM) positions.add(Math.floor(random() * RECOVERY_WORD_COUNT));
  return [...positions].sort((a, b) => a - b);
}

const WORD = /\p{L}[\p{L}\p{M}]*/gu;
/** More are only counted. */
const MOST_NAMED = 3;

/** The 0-based position of the word in which the caret stands, or that ends there: it is still being typed. */
export function wordAtCaret(text: string, caret: number): number | null {
  const before = text.slice(0, caret);
  const count = splitRecoveryWords(before).length;
  if (/\p{L}\p{M}*$/u.test(before)) return count - 1;
  return /^\p{L}/u.test(text.slice(caret)) ? count : null;
}

/** Where the word at this 0-based position stands in what was typed. */
export function wordRange(text: string, position: number): { start: number; end: number } | null {
  const found = [...text.matchAll(WORD)][position];
  return found === undefined ? null : { start: found.index, end: found.index + found[0].length };
}

/** Names the words at these 0-based positions, which are no recovery words. */
export function unknownWordsText(words: readonly string[], positions: readonly number[]): string {
  const named = positions.slice(0, MOST_NAMED).map((position) => `${position + 1}, “${words[position] ?? ''}”`);
  if (positions.length === 1) return `Word ${named[0]}, is not a recovery word. Check how it is spelt.`;
  const more = positions.length - named.length;
  const list =
    more > 0 ? `${named.join('; ')} and ${more} more` : `${named.slice(0, -1).join('; ')} and ${named.at(-1)}`;
  return `These are not recovery words: ${list}. Check how they are spelt.`;
}
