import { charactersOf } from './characters.ts';
import type { TextPart } from './links.ts';

/** A message with more lines or UTF-16 units than this shows only its beginning at first. */
const MOST = { lines: 36, units: 3_600 };
/** So much of it; clearly less than the above, so that what is unfolded is worth a press. */
const SHOWN = { lines: 30, units: 3_000 };
/** A character on the screen that is longer than this is cut: a hostile one is as long as a message may be. */
const LONGEST_CHARACTER = 64;
/** Whatever breaks a line in some engine. */
export const LINE_BREAKS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;

/** Where the beginning of a long text ends, in UTF-16 units; undefined when the text is short enough to be shown whole. */
export function foldAt(text: string): number | undefined {
  let lines = 0;
  let end = SHOWN.units;
  for (const { index } of text.matchAll(LINE_BREAKS)) {
    lines++;
    if (lines === SHOWN.lines) end = Math.min(end, index);
    if (lines >= MOST.lines) break;
  }
  return lines >= MOST.lines || text.length > MOST.units ? characterStart(text, end) : undefined;
}

/** The parts up to that place. A link that is cut there still leads where the whole one does. */
export function cutParts(parts: readonly TextPart[], end: number): TextPart[] {
  const kept: TextPart[] = [];
  let left = end;
  for (const part of parts) {
    if (left <= 0) break;
    kept.push({ ...part, text: part.text.slice(0, left) });
    left -= part.text.length;
  }
  return kept;
}

/** The start of the character that holds this unit, so that none is cut in two. */
function characterStart(text: string, unit: number): number {
  const from = Math.max(0, unit - LONGEST_CHARACTER);
  const near = text.slice(from, unit + LONGEST_CHARACTER);
  const start = charactersOf(near).containing(unit - from)?.index ?? 0;
  return start > 0 ? from + start : unit;
}
