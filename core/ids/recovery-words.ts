/** 256 bits of entropy and 8 of checksum, 11 in a word. */
export const RECOVERY_WORD_COUNT = 24;

/** Letters, with what NFKD takes off them. */
const WORD = /\p{L}[\p{L}\p{M}]*/gu;

/** The words of a text as people type and paste them, small: numbers and signs of a list are left out. Total. */
export function splitRecoveryWords(text: string): string[] {
  return text.normalize('NFKD').toLowerCase().match(WORD) ?? [];
}
