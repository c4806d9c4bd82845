import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { RECOVERY_WORD_COUNT, splitRecoveryWords } from '../ids/recovery-words.ts';
import { SEED_BYTES } from './crypto.ts';

const KNOWN_WORDS = new Set(wordlist);

export type ParsedWords =
  | { readonly ok: true /** The profile seed, 32 bytes; belongs to the caller. */; readonly seed: Uint8Array }
  | { readonly ok: false; readonly code: 'word-count'; readonly count: number; readonly message: string }
  | {
      readonly ok: false;
      readonly code: 'unknown-word';
      /** 0-based positions among the words, ascending. */
      readonly positions: number[];
      readonly message: string;
    }
  | { readonly ok: false; readonly code: 'checksum'; readonly message: string };

/** 32-byte profile seed -> 24 words (BIP-39, English). The seed is the entropy itself, not BIP-39's derived seed. */
export function seedToWords(seed: Uint8Array): string[] {
  if (seed.length !== SEED_BYTES) throw new RangeError(`seed must have ${SEED_BYTES} bytes, not ${seed.length}`);
  return entropyToMnemonic(seed, wordlist).split(' ');
}

/** Words as a person types them (any case, any layout of a list) -> profile seed. Total. */
export function wordsToSeed(text: string): ParsedWords {
  const words = splitRecoveryWords(text);
  const positions = unknownWords(text);
  if (positions.length > 0) return withUnknown(positions);
  if (words.length !== RECOVERY_WORD_COUNT) {
    const message = `There must be ${RECOVERY_WORD_COUNT} words, not ${words.length}.`;
    return { ok: false, code: 'word-count', count: words.length, message };
  }
  try {
    return { ok: true, seed: mnemonicToEntropy(words.join(' '), wordlist) };
  } catch {
    // Length and words are right, so only the checksum is left.
    const message = 'These words do not fit together: one is wrong, or two are swapped.';
    return { ok: false, code: 'checksum', message };
  }
}

/** 0-based positions, ascending, of those that are no recovery words. Total. */
export function unknownWords(text: string): number[] {
  return splitRecoveryWords(text).flatMap((word, index) => (KNOWN_WORDS.has(word) ? [] : [index]));
}

function withUnknown(positions: number[]): ParsedWords {
  const names = positions.map((position) => position + 1).join(', ');
  const message =
    positions.length === 1 ? `Word ${names} is not a recovery word.` : `Words ${names} are not recovery words.`;
  return { ok: false, code: 'unknown-word', positions, message };
}
