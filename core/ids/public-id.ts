import { bech32m } from '@scure/base';
import { BECH32_ALPHABET, CHECKSUM_SYMBOLS, locateTypo } from './bech32-typo.ts';
import {
  concat,
  INVITE_TAG_BYTES,
  type InviteTag,
  inviteTag,
  PROFILE_KEY_BYTES,
  type ProfileKey,
  profileKey,
} from './bytes.ts';

/** First bytes of a public ID; after it comes the separator `1`. */
const PREFIX = 'parley';
const SCHEME = 'parley:';
/** Symbol behind the separator: layout of what follows. */
const VERSION = 0;
const PAYLOAD_SYMBOLS = Math.ceil(((PROFILE_KEY_BYTES + INVITE_TAG_BYTES) * 8) / 5);
const DATA_SYMBOLS = 1 + PAYLOAD_SYMBOLS + CHECKSUM_SYMBOLS;
/** Characters of a public ID: `parley1`, version, payload, checksum. */
export const PUBLIC_ID_LENGTH = PREFIX.length + 1 + DATA_SYMBOLS;
/** UTF-16 units. Longer texts are not searched through. */
export const MAX_INPUT_LENGTH = 4_096;
/** Carries nothing and shows nothing: white space, control and formatting characters, such as a zero-width space. */
const UNSEEN = /[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** What stands round an ID in a sentence or a mail, quotation marks of all languages among it; none occurs in one. */
const OPENING = /^["'`\u2018-\u201f\u2039\u203a\xab\xbb<([{]+/;
const CLOSING = /["'`\u2018-\u201f\u2039\u203a\xab\xbb>)\]}.,;!?]+$/;

export interface PublicId {
  /** The profile's Ed25519 key, 32 bytes. Whether it is a point of the curve is for `core/crypto` to say. */
  readonly key: ProfileKey;
  /** 4 bytes. */
  readonly tag: InviteTag;
}

export type PublicIdFault =
  | 'empty'
  | 'wrong-prefix'
  | 'bad-character'
  | 'mixed-case'
  | 'too-short'
  | 'too-long'
  | 'checksum'
  | 'unknown-version';

export type ParsedPublicId =
  | { readonly ok: true; readonly value: PublicId & { /** Canonical, lower case. */ readonly text: string } }
  | {
      readonly ok: false;
      readonly reason: PublicIdFault;
      /** 0-based indexes into the given text that a person should look at, ascending; may be empty. */
      readonly positions: number[];
      /** One sentence for people. */
      readonly message: string;
    };

/**
 * The text people paste: bech32m (BIP-350) with the prefix `parley`, a version symbol, the key and
 * the invite tag. Always `PUBLIC_ID_LENGTH` characters.
 */
export function encodePublicId({ key, tag }: PublicId): string {
  const words = bech32m.toWords(concat(profileKey(key), inviteTag(tag)));
  return bech32m.encode(PREFIX, [VERSION, ...words]);
}

/** A link that opens Parley with this public ID: `parley:parley1...`. */
export function publicIdLink(text: string): string {
  return SCHEME + text;
}

/**
 * Reads a public ID, also in upper case, as a `parley:` link (whose query is ignored), with white space and invisible
 * characters anywhere, and in quotation marks, brackets or before a full stop, as mail programs and sentences leave it.
 * Total. A mistake is named and located, never corrected: a guess might be somebody else's key.
 */
export function parsePublicId(text: string): ParsedPublicId {
  if (text.length > MAX_INPUT_LENGTH) return fault('too-long', [], 'This text is far too long for a public ID.');
  const { id, start } = strip(text.replaceAll(UNSEEN, ''));
  const parsed = readId(id);
  if (parsed.ok || parsed.positions.length === 0) return parsed;
  const seen = seenIndexes(text);
  return { ...parsed, positions: parsed.positions.map((position) => seen[start + position]!) };
}

/** Indexes of the UTF-16 units of `text` that `UNSEEN` leaves. */
function seenIndexes(text: string): number[] {
  const unseen = new Set<number>();
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    for (let unit = 0; unit < character.length; unit++) unseen.add(index + unit);
  }
  return indexesOf(text, (_, index) => !unseen.has(index));
}

/** The ID without what is round it, scheme and query, and where it begins in `text`. */
function strip(text: string): { id: string; start: number } {
  // A text of just the right length is one whose end or separator was mistyped.
  if (text.length === PUBLIC_ID_LENGTH) return { id: text, start: 0 };
  let start = text.length - text.replace(OPENING, '').length;
  let id = text.slice(start).replace(CLOSING, '');
  if (id.slice(0, SCHEME.length).toLowerCase() === SCHEME && id.length !== PUBLIC_ID_LENGTH) {
    id = id.slice(SCHEME.length);
    start += SCHEME.length;
    const slashes = id.match(/^\/*/)?.[0].length ?? 0;
    id = id.slice(slashes).replace(/[/?#].*$/s, '');
    start += slashes;
  }
  return { id, start };
}

/** Reads what `strip` leaves; positions are indexes into it. */
function readId(id: string): ParsedPublicId {
  const shape = checkShape(id);
  if (shape !== undefined) return shape;
  const lower = id.toLowerCase();
  const decoded = bech32m.decodeUnsafe(lower);
  if (decoded === undefined) return checksumFault(lower);
  const [version, ...words] = decoded.words;
  // A version is asked for only now: with a wrong checksum the version symbol may itself be the typo.
  if (version !== VERSION) return unknownVersion();
  return readPayload(lower, words);
}

function fault(reason: PublicIdFault, positions: number[], message: string): ParsedPublicId {
  return { ok: false, reason, positions, message };
}

function checkShape(id: string): ParsedPublicId | undefined {
  if (id === '') return fault('empty', [], 'Paste a public ID: it begins with parley1.');
  const prefix = `${PREFIX}1`;
  const wrong = [...prefix].findIndex((character, index) => id[index]?.toLowerCase() !== character);
  if (wrong >= 0) {
    // A text that is cut inside the prefix is too short; any other difference is a wrong prefix.
    if (wrong === id.length) return tooShort(id);
    return fault('wrong-prefix', [wrong], 'A public ID begins with parley1.');
  }
  return checkCharacters(id) ?? checkCase(id) ?? checkLength(id);
}

function checkCharacters(id: string): ParsedPublicId | undefined {
  const positions = indexesOf(id, (character, index) => {
    return index > PREFIX.length && !BECH32_ALPHABET.includes(character.toLowerCase());
  });
  if (positions.length === 0) return undefined;
  const first = id.charAt(positions[0]!);
  const name = /^[!-~]$/.test(first) ? `“${first}”` : 'a sign';
  const message = `There is ${name} that no public ID contains, at ${place(positions[0]! + 1)}.`;
  return fault('bad-character', positions, message);
}

function checkCase(id: string): ParsedPublicId | undefined {
  const upper = indexesOf(id, (character) => /[A-Z]/.test(character));
  const lower = indexesOf(id, (character) => /[a-z]/.test(character));
  if (upper.length === 0 || lower.length === 0) return undefined;
  const fewer = upper.length < lower.length ? upper : lower;
  return fault('mixed-case', fewer, 'A public ID is all small or all capital letters, not both.');
}

function checkLength(id: string): ParsedPublicId | undefined {
  const difference = id.length - PUBLIC_ID_LENGTH;
  if (difference === 0) return undefined;
  const version = bech32m.decodeUnsafe(id.toLowerCase(), MAX_INPUT_LENGTH)?.words[0];
  if (version !== undefined && version !== VERSION) return unknownVersion();
  return difference < 0 ? tooShort(id) : tooLong(id);
}

function unknownVersion(): ParsedPublicId {
  return fault('unknown-version', [PREFIX.length + 1], 'This public ID was made by a newer Parley.');
}

function tooShort(id: string): ParsedPublicId {
  const missing = PUBLIC_ID_LENGTH - id.length;
  const at = missing === 1 && id.length > PREFIX.length + 1 ? locateTypo(PREFIX, id.toLowerCase(), 'missing') : [];
  if (at.length > 0) {
    return fault(
      'too-short',
      [Math.min(at[0]!, id.length - 1)],
      `A character is missing, probably at ${place(at[0]! + 1)}.`,
    );
  }
  const message = `This public ID is cut off: ${missing} ${missing === 1 ? 'character is' : 'characters are'} missing.`;
  return fault('too-short', [id.length - 1], message);
}

function tooLong(id: string): ParsedPublicId {
  const extra = id.length - PUBLIC_ID_LENGTH;
  const at = extra === 1 ? locateTypo(PREFIX, id.toLowerCase(), 'extra') : [];
  if (at.length > 0) {
    return fault('too-long', at, `There is one character too many, probably at ${place(at[0]! + 1)}.`);
  }
  const positions = Array.from({ length: extra }, (_, index) => PUBLIC_ID_LENGTH + index);
  return fault('too-long', positions, `There ${extra === 1 ? 'is 1 character' : `are ${extra} characters`} too many.`);
}

function checksumFault(id: string): ParsedPublicId {
  const at = locateTypo(PREFIX, id, 'changed');
  if (at.length === 0) return fault('checksum', [], 'Several characters of this public ID are wrong. Copy it again.');
  const places = at.map((index) => place(index + 1)).join(' and ');
  return fault('checksum', at, `There is a typing mistake, probably at ${places}.`);
}

function readPayload(text: string, words: number[]): ParsedPublicId {
  const bytes = bech32m.fromWordsUnsafe(words);
  if (bytes === undefined) {
    // The bits that fill the last symbol are not zero although the checksum fits: no program of ours wrote this.
    return fault('checksum', [PUBLIC_ID_LENGTH - CHECKSUM_SYMBOLS - 1], 'This is not a valid public ID.');
  }
  const key = profileKey(bytes.slice(0, PROFILE_KEY_BYTES));
  return { ok: true, value: { key, tag: inviteTag(bytes.slice(PROFILE_KEY_BYTES)), text } };
}

/** Positions as people count them, from 1, within the ID itself. */
function place(position: number): string {
  return `character ${position}`;
}

function indexesOf(text: string, matches: (character: string, index: number) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < text.length; i++) if (matches(text.charAt(i), i)) found.push(i);
  return found;
}
