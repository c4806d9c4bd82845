import { addressClass, ipGroup } from '../ids/address.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import { type KnownContact, nameOf } from './contact.ts';

/** Leaves that may share a position: several devices of one person. */
export const LEAVES_PER_POSITION = 8;
/** Leaves of one /24 or /48 at a position, so that a stranger cannot take all places. */
const GROUP_PER_POSITION = 4;
const POSITIONS = 8_192;

interface Leaf {
  readonly contact: KnownContact;
  until: number;
}

/**
 * The leaves for which this node is a root (L:17, L:24): a leaf registers its endpoint at the nodes closest to its
 * position, and what is routed to the position is handed on to it. Bounded: when full, a new position is refused,
 * because leaves ask several roots and a forgotten live leaf is worse than a refused one.
 */
export class LeafTable {
  readonly #leaves = new Map<string, Leaf[]>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get positions(): number {
    return this.#leaves.size;
  }

  /** Only from a proven address. @returns false when there is no place. */
  register(position: NodeId, contact: KnownContact, lifetimeMs: number): boolean {
    const name = nameOf(position);
    const leaves = this.#live(name);
    const until = this.#clock.now() + lifetimeMs;
    const others = leaves.filter((leaf) => leaf.contact.name !== contact.name);
    if (others.length >= LEAVES_PER_POSITION || !groupAllows(others, contact)) return false;
    if (leaves.length === 0 && this.#leaves.size >= POSITIONS && !this.#makeRoom()) return false;
    this.#leaves.set(name, [...others, { contact, until }]);
    return true;
  }

  unregister(position: NodeId, contact: KnownContact): void {
    const name = nameOf(position);
    const others = this.#live(name).filter((leaf) => leaf.contact.name !== contact.name);
    if (others.length === 0) this.#leaves.delete(name);
    else this.#leaves.set(name, others);
  }

  /** This node is a root no more. */
  clear(): void {
    this.#leaves.clear();
  }

  leavesAt(position: NodeId): KnownContact[] {
    return this.#live(nameOf(position)).map((leaf) => leaf.contact);
  }

  #live(name: string): Leaf[] {
    const now = this.#clock.now();
    return (this.#leaves.get(name) ?? []).filter((leaf) => leaf.until > now);
  }

  #makeRoom(): boolean {
    for (const name of [...this.#leaves.keys()]) if (this.#live(name).length === 0) this.#leaves.delete(name);
    return this.#leaves.size < POSITIONS;
  }
}

function groupAllows(others: readonly Leaf[], contact: KnownContact): boolean {
  if (addressClass(contact.endpoint.host) !== 'public') return true;
  const group = ipGroup(contact.endpoint.host);
  return others.filter((leaf) => ipGroup(leaf.contact.endpoint.host) === group).length < GROUP_PER_POSITION;
}
