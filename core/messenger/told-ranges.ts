import type { SeqRange } from '../codec/messages.ts';

/**
 * Numbers of which a friend has said something already, as ranges in order that do not touch. What they say once more
 * changes nothing, but to look it up in a long chat takes long.
 */
export class ToldRanges {
  readonly #ranges: SeqRange[] = [];

  /** Notes a range. @returns the parts of it that were not noted, in order */
  add({ first, last }: SeqRange): SeqRange[] {
    const news = this.news({ first, last });
    if (news.length === 0) return news;
    // Those that touch it become one with it.
    const from = this.#indexOf(first - 1);
    let to = from;
    while (to < this.#ranges.length && this.#ranges[to]!.first <= last + 1) to++;
    const joined = {
      first: Math.min(first, this.#ranges[from]?.first ?? first),
      last: Math.max(last, this.#ranges[to - 1]?.last ?? last),
    };
    this.#ranges.splice(from, to - from, to > from ? joined : { first, last });
    return news;
  }

  /** The parts of a range that are not noted, in order. */
  news({ first, last }: SeqRange): SeqRange[] {
    const news: SeqRange[] = [];
    let next = first;
    for (let i = this.#indexOf(first); next <= last; i++) {
      const known = this.#ranges[i];
      if (known === undefined || known.first > last) {
        news.push({ first: next, last });
        break;
      }
      if (known.first > next) news.push({ first: next, last: known.first - 1 });
      next = known.last + 1;
    }
    return news;
  }

  addAll(others: ToldRanges): void {
    for (const range of others.#ranges) this.add(range);
  }

  /** Index of the first range that ends at `seq` or later. */
  #indexOf(seq: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.last < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Numbers of our messages that a friend said to have, and to have read. */
export class Told {
  readonly delivered = new ToldRanges();
  readonly read = new ToldRanges();

  addAll(others: Told): void {
    this.delivered.addAll(others.delivered);
    this.read.addAll(others.read);
  }
}
