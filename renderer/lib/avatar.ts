import { charactersOf } from './characters.ts';

/** Number of avatar colours; `styles/avatar.css` has one class each, with at least 4.5:1 against white. */
export const AVATAR_COLOURS = 12;

/** The same colour for a key everywhere, 0 to AVATAR_COLOURS - 1. */
export function avatarColour(key: string): number {
  return Number.parseInt(key.slice(0, 6) || '0', 16) % AVATAR_COLOURS;
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
  const picked = words.length > 1 ? [words[0]!, words[words.length - 1]!] : words;
  return picked.map(firstLetter).join('').toLocaleUpperCase() || '?';
}

function firstLetter(word: string): string {
  for (const sign of signsOf(word)) {
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(sign)) return sign;
  }
  return '';
}

/** Below U+0300, where the marks begin that join a letter, each character is a sign of its own. */
const SINGLE_SIGNS = /^[\0-\u02ff]*$/u;

function signsOf(word: string): Iterable<string> {
  if (SINGLE_SIGNS.test(word)) return word;
  return Array.from(charactersOf(word), ({ segment }) => segment);
}
