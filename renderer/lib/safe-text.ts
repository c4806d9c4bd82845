import { isVisible } from '../../core/ids/visible.ts';

/** Controls, bidirectional overrides, zero-width and line separators; the two joiners belong to real words and emoji. */
const INVISIBLE = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** More marks than this on one letter overflow into the lines around it. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * One line of text from a stranger, made harmless to show: no control or direction characters, no stacked marks. Empty
 * where nothing of it could be seen.
 */
export function plainLine(text: string): string {
  // Marks without a letter pass for no name.
  if (!isVisible(text.replace(/\p{M}+/gu, ''))) return '';
  return text.replace(/\s+/gu, ' ').replace(INVISIBLE, '').replace(STACKED_MARKS, '$1').trim();
}

/** Several lines from a stranger; line breaks stay. */
export function plainLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/u)
    .map((line) => line.replace(/\t/gu, ' ').replace(INVISIBLE, '').replace(STACKED_MARKS, '$1'))
    .join('\n');
}

/** A name to show for a person: the alias, else what they call themselves, else the start of their key. */
export function displayName(person: { alias?: string; name?: string; key: string }): string {
  return plainLine(person.alias ?? '') || plainLine(person.name ?? '') || shortKey(person.key);
}

/** The first 8 of 64 hex digits, in two groups. */
export function shortKey(key: string): string {
  return `${key.slice(0, 4)} ${key.slice(4, 8)}`;
}

/** All 64 hex digits in groups of four, to be compared by eye or voice. */
export function fingerprint(key: string): string {
  return (key.match(/.{1,4}/gu) ?? []).join(' ');
}
