export const RECOVERY_WORDS = 24;
/** How many words a person has to name to show that the words were kept. */
export const WORDS_TO_CONFIRM = 3;

/** The words of a pasted or typed text: numbers, dots and commas from a list are left out. */
export function splitWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}

/** Different positions (0-based, ascending) to ask for. `random` gives numbers from 0 to below 1. */
export function pickPositions(random: () => number): number[] {
  const positions = new Set<number>();
  while (positions.size < WORDS_TO_CONFIRM) positions.add(Math.floor(random() * RECOVERY_WORDS));
  return [...positions].sort((a, b) => a - b);
}
