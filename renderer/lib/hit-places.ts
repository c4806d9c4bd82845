import type { SearchHit } from '../../core/api/views.ts';

/** A piece of a text in UTF-16 units, its end not included. */
export interface TextPlace {
  readonly start: number;
  readonly end: number;
}

/** What a chat has to mark of a hit: its places, and where there may be more of them what was searched for. */
export function toMark(hit: SearchHit, query: string): { places: TextPlace[]; query?: string } {
  return { places: hitPlaces(hit), ...(isCut(hit) && { query: query.trim() }) };
}

/** Stands where a snippet leaves text out. */
const LEFT_OUT = '…';

/** Where in the message stands what the snippet marks; in order, none when the snippet is not of this text. */
export function hitPlaces({ message: { text }, snippet }: SearchHit): TextPlace[] {
  const whole = snippet.map((piece) => piece.text).join('');
  // The dots may also be the message's own.
  for (const [first, last] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    if ((first && !whole.startsWith(LEFT_OUT)) || (last && !whole.endsWith(LEFT_OUT))) continue;
    const from = text.indexOf(whole.slice(first, whole.length - last));
    if (from >= 0) return marked(snippet, from - first);
  }
  return [];
}

/** Whether the message is longer than its snippet, so that there may be more to be marked in it. */
function isCut({ message: { text }, snippet }: SearchHit): boolean {
  return snippet.map((piece) => piece.text).join('') !== text;
}

function marked(snippet: SearchHit['snippet'], from: number): TextPlace[] {
  const places: TextPlace[] = [];
  let start = from;
  for (const { text, match } of snippet) {
    if (match) places.push({ start, end: start + text.length });
    start += text.length;
  }
  return places;
}

/** The text, which begins at `from` in the message, cut at the edges of the places; joined together the text again. */
export function cutAtPlaces(
  text: string,
  from: number,
  places: readonly TextPlace[],
): { text: string; hit: boolean }[] {
  const pieces: { text: string; hit: boolean }[] = [];
  let at = 0;
  const upTo = (end: number, hit: boolean): void => {
    if (end <= at) return;
    pieces.push({ text: text.slice(at, end), hit });
    at = end;
  };
  for (const { start, end } of places) {
    upTo(Math.min(start - from, text.length), false);
    upTo(Math.min(end - from, text.length), true);
  }
  upTo(text.length, false);
  return pieces;
}
