import { MAX_CARRYING_BYTES } from '../../core/api/views.ts';
import { roomSize } from './format.ts';

const MIB = 1024 * 1024;

/** What a computer gives unless somebody chooses otherwise. */
export const USUAL_CARRYING_BYTES = 256 * MIB;
/** Sizes to choose from; any other is typed. */
export const CARRYING_SIZES = [64 * MIB, USUAL_CARRYING_BYTES, 1024 * MIB] as const;

export type CarryingChoice = `${number}` | 'other';

/** Which of the choices a size is. */
export function choiceOf(bytes: number): CarryingChoice {
  return CARRYING_SIZES.some((size) => size === bytes) ? `${bytes}` : 'other';
}

/** The choices with their names. Made when they are shown: the first number a browser writes for people takes it long. */
export function carryingChoices(): readonly { readonly value: CarryingChoice; readonly label: string }[] {
  return [
    ...CARRYING_SIZES.map((size) => ({ value: `${size}` as const, label: roomSize(size) })),
    { value: 'other', label: 'Other' },
  ];
}

/** What was typed as whole MiB, in bytes; or what is wrong with it. */
export function parseMib(text: string): { readonly bytes: number } | { readonly problem: string } {
  const most = MAX_CARRYING_BYTES / MIB;
  const mib = /^\s*\d{1,9}\s*$/u.test(text) ? Number(text) : 0;
  if (mib < 1) return { problem: 'Write a whole number of MiB, 1 or more.' };
  if (mib > most) return { problem: `At most ${most.toLocaleString()} MiB.` };
  return { bytes: mib * MIB };
}

/** Bytes as the number of MiB to start typing from. */
export function mibText(bytes: number): string {
  return String(Math.max(1, Math.round(bytes / MIB)));
}

/** The news after a change. */
export function carryingNews(bytes: number): string {
  if (bytes === 0) return 'This computer keeps nothing for others any more.';
  return `This computer keeps up to ${roomSize(bytes)} for others.`;
}
