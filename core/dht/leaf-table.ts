import { addressClass, ipGroup } from '../ids/address.ts';
import { equalBytes, type NodeId, nodeId } from '../ids/bytes.ts';
import { commonPrefixLength } from '../ids/xor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { TOKEN_LIFE_MS } from './address-proof.ts';
import { bytesOfName, type KnownContact, nameOf } from './contact.ts';
import { newPass } from './passes.ts';

/** Leaves that may share a position: several devices of one person. */
export const LEAVES_PER_POSITION = 8;
/** Leaves of one /24 or /48 at a position, so that a stranger cannot take all places. */
const GROUP_PER_POSITION = 4;
export const POSITIONS = 8_192;
/** Positions of one /24 or /48 in a full table: it gets no more, and one with more gives way to others. */
const GROUP_POSITIONS = POSITIONS / 4;
/** A full table is searched for registrations that are over so often. */
const SWEEP_MS = 1_000;

/** Noted for as long as it is there, and then while a packet of that time could be taken for a new one. */
interface Leaf {
  readonly contact: KnownContact;
  /** Until when it is there. */
  readonly until: number;
  readonly pass: Uint8Array;
}

/** What a leaf wants: a life of 0 takes its registration back. */
export interface Wish {
  readonly lifetimeMs: number;
  /** The one that the last reply brought. */
  readonly pass: Uint8Array;
}

export interface Registered {
  /** `stale`: the pass was not the one, and nothing is changed. `full`: there is no place. */
  readonly outcome: 'done' | 'stale' | 'full';
  /** What the next request must bring. */
  readonly pass: Uint8Array;
}

/**
 * The leaves for which this node is a root (L:17, L:24): a leaf registers its endpoint at the nodes closest to its
 * position, and what is routed to the position is handed on to it. Bounded: when full, a new position is refused, because
 * leaves ask several roots and a forgotten live leaf is worse than a refused one; unless it is closer to this node than
 * another. Anybody can make positions without end, but only with much work such for which this node is a root, and from one
 * network they fill a part of the table only.
 */
export class LeafTable {
  readonly #leaves = new Map<string, Leaf[]>();
  /** Names of positions by the bits they share with this node's ID, in the order they came. */
  readonly #byCloseness: (Set<string> | undefined)[] = [];
  /** Names of positions by the network of who came there first, and that network by the name; only of public addresses. */
  readonly #byGroup = new Map<string, Set<string>>();
  readonly #groupOf = new Map<string, string>();
  /** Networks with GROUP_POSITIONS or more: four at most. */
  readonly #large = new Set<string>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #self: NodeId;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: Random, self: NodeId) {
    this.#clock = clock;
    this.#random = random;
    this.#self = self;
  }

  get positions(): number {
    return this.#leaves.size;
  }

  /** Only from a proven address. */
  register(position: NodeId, contact: KnownContact, { lifetimeMs, pass }: Wish): Registered {
    const name = nameOf(position);
    const noted = this.#noted(name);
    const known = noted.find((leaf) => leaf.contact.name === contact.name);
    if (known !== undefined && !equalBytes(known.pass, pass)) return { outcome: 'stale', pass: known.pass };
    const next = newPass(this.#random);
    if (known === undefined && lifetimeMs === 0) return { outcome: 'done', pass: next };
    const others = noted.filter((leaf) => leaf !== known);
    const live = others.filter((leaf) => this.#isLive(leaf));
    if (lifetimeMs > 0 && !this.#hasPlace(position, live, contact)) return { outcome: 'full', pass: next };
    const ended = others.filter((leaf) => !this.#isLive(leaf)).slice(1 - LEAVES_PER_POSITION);
    this.#set(name, [...ended, ...live, { contact, until: this.#clock.now() + lifetimeMs, pass: next }]);
    return { outcome: 'done', pass: next };
  }

  /** This node is a root no more. */
  clear(): void {
    this.#leaves.clear();
    this.#byCloseness.length = 0;
    this.#byGroup.clear();
    this.#groupOf.clear();
    this.#large.clear();
  }

  leavesAt(position: NodeId): KnownContact[] {
    return this.#liveAt(nameOf(position)).map((leaf) => leaf.contact);
  }

  /** The pass in force for this leaf, if any. */
  passOf(position: NodeId, { name }: KnownContact): Uint8Array | undefined {
    return this.#noted(nameOf(position)).find((leaf) => leaf.contact.name === name)?.pass;
  }

  #hasPlace(position: NodeId, others: readonly Leaf[], contact: KnownContact): boolean {
    if (others.length >= LEAVES_PER_POSITION || !groupAllows(others, contact)) return false;
    return this.#leaves.has(nameOf(position)) || this.#leaves.size < POSITIONS || this.#makeRoom(position, contact);
  }

  #noted(name: string): Leaf[] {
    const since = this.#clock.now() - TOKEN_LIFE_MS;
    return (this.#leaves.get(name) ?? []).filter((leaf) => leaf.until > since);
  }

  #liveAt(name: string): Leaf[] {
    return (this.#leaves.get(name) ?? []).filter((leaf) => this.#isLive(leaf));
  }

  #isLive({ until }: Leaf): boolean {
    return until > this.#clock.now();
  }

  #makeRoom(position: NodeId, { ipGroup: group }: KnownContact): boolean {
    if (this.#clock.now() - this.#sweptAt >= SWEEP_MS) {
      this.#sweptAt = this.#clock.now();
      for (const name of [...this.#leaves.keys()]) if (this.#liveAt(name).length === 0) this.#delete(name);
    }
    if (this.#leaves.size < POSITIONS) return true;
    if (group !== undefined && this.#large.has(group)) return false;
    for (const large of this.#large) {
      for (const oldest of this.#byGroup.get(large)!) {
        this.#delete(oldest);
        return true;
      }
    }
    const closeness = commonPrefixLength(position, this.#self);
    for (let bits = 0; bits < closeness; bits++) {
      for (const farthest of this.#byCloseness[bits] ?? []) {
        this.#delete(farthest);
        return true;
      }
    }
    return false;
  }

  #set(name: string, leaves: Leaf[]): void {
    const known = this.#leaves.has(name);
    this.#leaves.set(name, leaves);
    if (known) return;
    const bits = this.#closenessOf(name);
    this.#byCloseness[bits] = (this.#byCloseness[bits] ?? new Set()).add(name);
    const group = leaves.at(-1)!.contact.ipGroup;
    if (group === undefined) return;
    const names = (this.#byGroup.get(group) ?? new Set()).add(name);
    this.#byGroup.set(group, names);
    this.#groupOf.set(name, group);
    if (names.size >= GROUP_POSITIONS) this.#large.add(group);
  }

  #delete(name: string): void {
    if (!this.#leaves.delete(name)) return;
    this.#byCloseness[this.#closenessOf(name)]?.delete(name);
    const group = this.#groupOf.get(name);
    const names = group === undefined ? undefined : this.#byGroup.get(group);
    if (group === undefined || names === undefined) return;
    this.#groupOf.delete(name);
    names.delete(name);
    if (names.size === 0) this.#byGroup.delete(group);
    if (names.size < GROUP_POSITIONS) this.#large.delete(group);
  }

  #closenessOf(name: string): number {
    return commonPrefixLength(nodeId(bytesOfName(name)), this.#self);
  }
}

function groupAllows(others: readonly Leaf[], contact: KnownContact): boolean {
  if (addressClass(contact.endpoint.host) !== 'public') return true;
  const group = ipGroup(contact.endpoint.host);
  return others.filter((leaf) => ipGroup(leaf.contact.endpoint.host) === group).length < GROUP_PER_POSITION;
}
