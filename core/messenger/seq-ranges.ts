import { MAX_RECEIPT_RANGES, type SeqRange } from '../codec/messages.ts';

/** Sequence numbers in the order they come, kept as ranges: one for a run of any length. */
export class SeqRanges {
  readonly #ranges: { first: number; last: number }[] = [];

  add(seq: number): void {
    const current = this.#ranges.at(-1);
    if (current !== undefined && seq === current.last + 1) current.last = seq;
    else if (current === undefined || seq < current.first || seq > current.last)
      this.#ranges.push({ first: seq, last: seq });
  }

  get empty(): boolean {
    return this.#ranges.length === 0;
  }

  /** How many numbers. */
  get size(): number {
    return this.#ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  /** The range, where there is exactly one. */
  get only(): SeqRange | undefined {
    return this.#ranges.length === 1 ? this.#ranges[0] : undefined;
  }

  /** In pieces that fit a receipt each. */
  *pieces(): Generator<SeqRange[]> {
    for (let i = 0; i < this.#ranges.length; i += MAX_RECEIPT_RANGES)
      yield this.#ranges.slice(i, i + MAX_RECEIPT_RANGES);
  }
}
