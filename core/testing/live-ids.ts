import { headOf, type KnownContact } from '../dht/contact.ts';
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
    const [from, to] = this.#neighbourhood(target, Math.min(count, this.#sorted.length));
    const near = this.#sorted.slice(from, to);
    const head = headOf(target);
    near.sort((a, b) => ((a.head ^ head) >>> 0) - ((b.head ^ head) >>> 0) || compareDistance(target, a.id, b.id));
    return near.slice(0, count);
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

  /** The smallest set of `count` nodes or more that share a prefix with `target`: no other node is closer. */
  #neighbourhood(target: NodeId, count: number): readonly [from: number, to: number] {
    let from = 0;
    let to = this.#sorted.length;
    for (let bit = 0; bit < ID_BITS && to - from > count; bit++) {
      const middle = this.#split(from, to, bit);
      const [nearFrom, nearTo] = bitOf(target, bit) === 0 ? [from, middle] : [middle, to];
      if (nearTo - nearFrom < count) break;
      [from, to] = [nearFrom, nearTo];
    }
    return [from, to];
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
