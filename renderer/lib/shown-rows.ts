/** The place of a row, and how many rows of no content are left out before it. */
export interface ShownRow {
  readonly at: number;
  readonly gap: number;
}

/** Rows from `first` to `last`, both included; either may lie outside of the list. */
export interface RowSpan {
  readonly first: number;
  readonly last: number;
}

/** The rows of a list of `total` that have content: those of the spans, and the first and the last of all. In order. */
export function shownRows(total: number, spans: readonly RowSpan[]): ShownRow[] {
  const places = new Set<number>();
  for (const { first, last } of [...spans, { first: 0, last: 0 }, { first: total - 1, last: total - 1 }]) {
    for (let at = Math.max(0, first); at <= Math.min(last, total - 1); at++) places.add(at);
  }
  let next = 0;
  return [...places]
    .sort((a, b) => a - b)
    .map((at) => {
      const gap = at - next;
      next = at + 1;
      return { at, gap };
    });
}
