import { plural } from './format.ts';
import { utf8Length } from './utf8.ts';

/**
 * How much more of such a text fits, or how much is too much, in what people count. Bytes are what is limited; a text of
 * accents or emoji has fewer characters in them, and tells by itself how many.
 */
export function roomLeft(text: string, maxBytes: number): string {
  const bytes = utf8Length(text);
  const left = maxBytes - bytes;
  const perByte = bytes === 0 ? 1 : text.length / bytes;
  if (left >= 0) return plural(Math.floor(left * perByte), 'character', 'left');
  return plural(Math.max(1, Math.ceil(-left * perByte)), 'character', 'too long');
}
