import { toHex } from '../../core/ids/bytes.ts';
import { parsePublicId } from '../../core/ids/public-id.ts';

/** What the live check of a pasted public ID or link says. */
export type IdCheck =
  | { readonly kind: 'empty' }
  | { readonly kind: 'good'; readonly key: string /** In its one spelling. */; readonly publicId: string }
  | {
      readonly kind: 'bad';
      /** A sentence that names the mistake. */
      readonly message: string;
      /** The input in order; `wrong` pieces are to be marked. A missing end is shown as “…”. */
      readonly pieces: readonly { readonly text: string; readonly wrong: boolean }[];
      /** Wrong places, counted from 1 as people do. */
      readonly places: readonly number[];
    };

/** Checks prefix, letters and checksum; the core checks again, and knows about own IDs and duplicates. */
export function checkPublicId(text: string): IdCheck {
  const parsed = parsePublicId(text);
  if (parsed.ok) return { kind: 'good', key: toHex(parsed.value.key), publicId: parsed.value.text };
  if (parsed.reason === 'empty') return { kind: 'empty' };
  return {
    kind: 'bad',
    message: parsed.message,
    pieces: parsed.reason === 'too-short' ? cutOff(text, parsed.positions) : markPieces(text, parsed.positions),
    places: parsed.positions.map((position) => position + 1),
  };
}

const MISSING_END = { text: '…', wrong: true };

/** Where the end is missing, the last character before it is right and must not be marked as if it were wrong. */
function cutOff(text: string, positions: readonly number[]): { text: string; wrong: boolean }[] {
  const end = (positions[0] ?? 0) + 1;
  const rest = text.slice(end);
  if (/[a-z0-9]/i.test(rest)) return markPieces(text, positions);
  return [...markPieces(text.slice(0, end), []), MISSING_END, ...markPieces(rest.trimEnd(), [])];
}

/** The text cut where marked and unmarked characters meet. */
export function markPieces(text: string, positions: readonly number[]): { text: string; wrong: boolean }[] {
  const marked = new Set(positions);
  const pieces: { text: string; wrong: boolean }[] = [];
  for (let i = 0; i < text.length; i++) {
    const wrong = marked.has(i);
    const last = pieces[pieces.length - 1];
    if (last?.wrong === wrong) last.text += text[i];
    else pieces.push({ text: text[i]!, wrong });
  }
  return pieces;
}
