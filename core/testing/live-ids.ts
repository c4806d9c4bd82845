import type { KnownContact } from '../dht/contact.ts';

import type { NodeId } from '../ids/bytes.ts';
import { compareDistance, ID_BITS } from '../ids/xor.ts';

/** Nodes in the order of their IDs; those that share a prefix stand side by side. */
export class LiveIds {
  readonly #sorted: KnownContact[] = [];

  get size(): number {
    return this.#sorted.length;
  }

  at(index: number): KnownContact {
    return this.#sorted[index]!;
  }

  add(contact: KnownContact): void {
    this.#sorted.splice(this.#firstFrom(contact), 0, contact);
  }

  remove(contact: KnownContact): void {
    const at = this.#firstFrom(contact);
    if (this.#sorted[at]?.name === contact.name) this.#sorted.splice(at, 1);
  }

  /** The `count` nodes closest to `target`, closest first. */
  closest(target: NodeId, count: number): KnownContact[] {
    const found: KnownContact[] = [];
    this.#collect({ from: 0, to: this.#sorted.length, bit: 0 }, target, count, found);
    return found;
  }

  /** Where the nodes that share `bits` leading bits with `target` stand: from this index to before that one. */
  range(target: NodeId, bits: number): readonly [from: number, to: number] {
    let from = 0;
    let to = this.#sorted.length;
    for (let bit = 0; bit < bits && from < to; bit++) {
      const middle = this.#split(from, to, bit);
      if (bitOf(target, bit) === 0) to = middle;
      else from = middle;
    }
    return [from, to];
  }

  #collect(
    part: { from: number; to: number; bit: number },
    target: NodeId,
    count: number,
    found: KnownContact[],
  ): void {
    const { from, to, bit } = part;
    if (from >= to || found.length >= count) return;
    if (to - from === 1 || bit >= ID_BITS) {
      found.push(...this.#sorted.slice(from, Math.min(to, from + count - found.length)));
      return;
    }
    const middle = this.#split(from, to, bit);
    const low = { from, to: middle, bit: bit + 1 };
    const high = { from: middle, to, bit: bit + 1 };
    const [near, far] = bitOf(target, bit) === 0 ? [low, high] : [high, low];
    this.#collect(near, target, count, found);
    this.#collect(far, target, count, found);
  }

  /** First index in [from, to) whose ID has this bit set. */
  #split(from: number, to: number, bit: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bitOf(this.#sorted[middle]!.id, bit) === 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #firstFrom({ id, head }: KnownContact): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#sorted[middle]!;
      const before = other.head !== head ? other.head < head : compareDistance(ZERO, other.id, id) < 0;
      if (before) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Distance to it is the ID itself. */
const ZERO = new Uint8Array(ID_BITS / 8) as NodeId;

function bitOf(id: NodeId, bit: number): number {
  return (id[bit >> 3]! >> (7 - (bit & 7))) & 1;
}
