import { RECOVERY_WORD_COUNT } from '../../core/ids/recovery-words.ts';

/** How many words a person has to name to show that the words were kept. */
export const WORDS_TO_CONFIRM = 3;

/** Different positions (0-based, ascending) to ask for. `random` gives numbers from 0 to below 1. */
export function pickPositions(random: () => number): number[] {
  const positions = new Set<number>();
  while (positions.size < WORDS_TO_CONFIRM) positions.add(Math.floor(random() * RECOVERY_WORD_COUNT));
  return [...positions].sort((a, b) => a - b);
}
