import { isUndelivered } from './delivery.ts';
import { isFewEmoji } from './emoji.ts';
import type { ViewSize } from './fits-below.ts';
import { foldAt, LINE_BREAKS } from './long-text.ts';
import type { Row } from './rows.ts';

/** Heights of `chat.css`, in letters of the root. */
const LINE = 0.9375 * 1.45;
const SMALL_LINE = 0.8125 * 1.45;
const EMOJI_LINE = 2.25 * 1.2;
/** The time, and the sign of delivery, in letters of the root. */
const FOOT = 4.5;
/** In pixels: the padding of a bubble and of its message, of the end of a group, of a day's heading, and of the divider. */
const BUBBLE_PX = { width: 26, height: 14 + 2 };
const GROUP_PX = 8;
const DAY_PX = 28;
const DIVIDER_PX = 24;
const UNDELIVERED_PX = 2;
/** Most letters are about half as wide as high, some as wide: those of East Asia, and emoji. */
const LETTER = 0.9375 * 0.5;
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/gu;

/**
 * About how high a row of the history is, in pixels, before it is there to be measured: by that the list finds its place at
 * once, where one height for all takes it past by a screen and more.
 */
export function rowHeight({ message, day, endsGroup, firstUnread }: Row, { width, letter }: ViewSize): number {
  const room = Math.max(letter, Math.min(560, width * 0.72) - BUBBLE_PX.width) / letter;
  let height = BUBBLE_PX.height + textHeight(message.text, room) * letter;
  if (endsGroup) height += GROUP_PX;
  if (day !== null) height += DAY_PX + SMALL_LINE * letter;
  if (firstUnread) height += DIVIDER_PX + SMALL_LINE * letter;
  if (message.direction === 'out' && isUndelivered(message.state)) height += UNDELIVERED_PX + SMALL_LINE * letter;
  return Math.round(height);
}

/** All in letters of the root. */
function textHeight(text: string, room: number): number {
  if (isFewEmoji(text)) return EMOJI_LINE;
  const end = foldAt(text);
  const widths = text.slice(0, end).split(LINE_BREAKS).map(textWidth);
  const lines = widths.reduce((sum, one) => sum + Math.max(1, Math.ceil(one / room)), 0);
  // Where the time has no room behind the last words, it takes a line of its own.
  const footBelow = ((widths.at(-1) ?? 0) % room) + FOOT > room;
  return (lines + (footBelow ? 1 : 0) + (end === undefined ? 0 : 1)) * LINE;
}

function textWidth(line: string): number {
  return (line.length + (line.match(WIDE)?.length ?? 0)) * LETTER;
}
