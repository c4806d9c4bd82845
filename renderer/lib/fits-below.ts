import { isFewEmoji } from './emoji.ts';
import type { Row } from './rows.ts';

/** A window, with the size of its letters; all in pixels. */
export interface ViewSize {
  readonly width: number;
  readonly height: number;
  readonly letter: number;
}

/** What stands round a chat's messages takes so many lines. */
const AROUND_LINES = 10;
/** Of a message beside its text: its foot on a line of its own, and the rims of the bubble. */
const FOOT_LINES = 1;
const RIM_PX = 26;
const DIVIDER_LINES = 3;
const DAY_LINES = 4;
const LINE_HEIGHT = 1.5;

/**
 * Whether the messages from this one on certainly fit into the view, however wide their letters are, so that a list which
 * shows its end shows all of them. It counts more room than they take: no element is there yet to be measured.
 */
export function fitsBelow(rows: readonly Row[], first: string, view: ViewSize): boolean {
  const at = rows.findIndex(({ message }) => message.id === first);
  if (at < 0) return false;
  const line = view.letter * LINE_HEIGHT;
  const perLine = Math.max(1, Math.floor((Math.min(560, view.width * 0.72) - RIM_PX) / view.letter));
  let room = view.height - (AROUND_LINES + DIVIDER_LINES) * line;
  for (const { message, day } of rows.slice(at)) {
    const lines = textLines(message.text, perLine) + FOOT_LINES + (day === null ? 0 : DAY_LINES);
    room -= lines * line + RIM_PX;
    if (room < 0) return false;
  }
  return true;
}

function textLines(text: string, perLine: number): number {
  if (isFewEmoji(text)) return 6;
  return text
    .split(/[\n\v\f\r\u0085\u2028\u2029]/u)
    .reduce((sum, one) => sum + Math.max(1, Math.ceil(one.length / perLine)), 0);
}
