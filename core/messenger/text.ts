import { MAX_GREETING_BYTES, MAX_NAME_BYTES, MAX_TEXT_BYTES } from '../codec/messages.ts';
import { isVisible } from '../ids/visible.ts';
import { MessengerError } from './errors.ts';

/** Longest draft, in bytes of UTF-8. */
const MAX_DRAFT_BYTES = 131_072;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const SURROGATES = /[\ud800-\udfff]/;
/** Control characters, and those that turn the direction of the text around them (Trojan Source, CVE-2021-42574). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** Bytes of the text in UTF-8; a lone surrogate counts as the replacement character it becomes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair has 4 bytes in all: 2 units, 2 more here, none for its second half.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
  }
  return bytes;
}

/** Lone surrogates become U+FFFD: UTF-8 cannot carry them. */
export function wellFormed(text: string): string {
  return SURROGATES.test(text) ? decoder.decode(encoder.encode(text)) : text;
}

/**
 * The text of a message as it is stored and sent. One of which nothing can be seen is empty.
 * @throws {MessengerError} `empty-message`, `too-large`
 */
export function messageText(text: string): string {
  if (!isVisible(text)) throw new MessengerError('empty-message', 'There is nothing to send.');
  const result = wellFormed(text);
  if (result.length * 3 > MAX_TEXT_BYTES && utf8Length(result) > MAX_TEXT_BYTES)
    throw new MessengerError('too-large', 'A message may have at most 16 KiB.', { maxBytes: MAX_TEXT_BYTES });
  return result;
}

/** May be longer than a message; empty where nothing of it can be seen. @throws {MessengerError} `too-large` over 128 KiB */
export function draftText(text: string): string {
  if (!isVisible(text)) return '';
  const result = wellFormed(text);
  if (utf8Length(result) > MAX_DRAFT_BYTES)
    throw new MessengerError('too-large', 'A draft may have at most 128 KiB.', { maxBytes: MAX_DRAFT_BYTES });
  return result;
}

/** One line without control characters, empty where nothing of it can be seen. @throws {MessengerError} `invalid-argument` over 128 bytes */
export function nameText(text: string, path: string): string {
  const result = isVisible(text) ? oneLine(text) : '';
  checkLength(result, MAX_NAME_BYTES, path);
  return result;
}

/** Empty where nothing of it can be seen. @throws {MessengerError} `invalid-argument` over 512 bytes */
export function greetingText(text: string): string {
  const result = isVisible(text) ? wellFormed(text).trim() : '';
  checkLength(result, MAX_GREETING_BYTES, 'greeting');
  return result;
}

/** A name somebody else sent: it may hold anything, so it is put on one line. Never longer than before. */
export function oneLine(text: string): string {
  return wellFormed(text).replace(CONTROLS, ' ').trim();
}

/** The same for a text that may have several lines. */
export function severalLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(CONTROLS, ' '))
    .join('\n')
    .trim();
}

function checkLength(text: string, maxBytes: number, path: string): void {
  if (utf8Length(text) > maxBytes)
    throw new MessengerError('invalid-argument', `This may have at most ${maxBytes} bytes.`, { path, maxBytes });
}
