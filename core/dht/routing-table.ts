import { addressClass, ipGroup } from '../ids/address.ts';
import type { NodeId } from '../ids/bytes.ts';
import { commonPrefixLength, compareDistance, ID_BITS } from '../ids/xor.ts';
import { sameEndpoint } from '../ports/network.ts';
import { headOf, type KnownContact } from './contact.ts';

/** Nodes in a k-bucket (K of the Kademlia paper). */
export const K = 16;
/** Nodes of one /24 or /48 in a bucket, and in the whole table, so that one owner cannot fill them. */
export const IP_GROUP_PER_BUCKET = 2;
const IP_GROUP_PER_TABLE = 10;
/** Requests in a row without an answer after which an entry is dead. */
export const MAX_FAILURES = 2;

/** A node that answered us at least once. */
export interface TableEntry {
  readonly contact: KnownContact;
  readonly enteredAt: number;
  /** When it last answered, by the monotonic clock. */
  heardAt: number;
  /** When a request to it last went out or its answer came: what upkeep goes by. */
  checkedAt: number;
  /** When it last asked us something from this address, as no leaf. The request may have been an old one, replayed. */
  askedUsAt: number;
  /** Smoothed round-trip time in ms (RFC 6298, gain 1/8). */
  rttMs: number;
  failures: number;
}

export type Admission =
  | { readonly admitted: true; readonly entry: TableEntry; readonly isNew: boolean }
  /** The bucket is full: `oldest` should be asked whether it still lives. */
  | { readonly admitted: false; readonly oldest: TableEntry | undefined };

/**
 * k-buckets (Maymounkov and Mazières 2002, section 2.4): bucket i holds up to K nodes that share exactly i leading
 * bits with our ID. Live nodes are never evicted for new ones; only nodes that answered enter.
 */
export class RoutingTable {
  readonly #buckets: TableEntry[][] = [];
  readonly #byName = new Map<string, TableEntry>();
  readonly #groups = new Map<string, number>();

  constructor(readonly self: NodeId) {}

  get size(): number {
    return this.#byName.size;
  }

  bucketIndex(id: NodeId): number {
    return Math.min(commonPrefixLength(this.self, id), ID_BITS - 1);
  }

  bucket(index: number): readonly TableEntry[] {
    return this.#buckets[index] ?? [];
  }

  /** Buckets that hold nodes, widest first. */
  occupied(): { readonly index: number; readonly entries: readonly TableEntry[] }[] {
    const result = [];
    for (let index = 0; index < this.#buckets.length; index++) {
      const entries = this.#buckets[index];
      if (entries !== undefined && entries.length > 0) result.push({ index, entries });
    }
    return result;
  }

  get(name: string): TableEntry | undefined {
    return this.#byName.get(name);
  }

  entries(): IterableIterator<TableEntry> {
    return this.#byName.values();
  }

  /** True when a node that we do not have yet would find a place now. */
  hasRoom(contact: KnownContact): boolean {
    if (this.#byName.has(contact.name)) return false;
    return this.bucket(this.bucketIndex(contact.id)).length < K && this.#groupAllows(contact);
  }

  /** The node answered just now: enters, or is refreshed. A node met at a new address takes its old place. */
  heard(contact: KnownContact, now: number, rttMs: number): Admission {
    const known = this.#byName.get(contact.name);
    if (known !== undefined && sameEndpoint(known.contact.endpoint, contact.endpoint)) {
      return { admitted: true, entry: this.#touch(known, now, rttMs), isNew: false };
    }
    if (known !== undefined) this.remove(contact.name);
    const index = this.bucketIndex(contact.id);
    this.#buckets[index] ??= [];
    const bucket = this.#buckets[index];
    if (bucket.length >= K) return { admitted: false, oldest: stalest(bucket) };
    if (!this.#groupAllows(contact)) return { admitted: false, oldest: undefined };
    const times = { enteredAt: now, heardAt: now, checkedAt: now, askedUsAt: Number.NEGATIVE_INFINITY };
    const entry: TableEntry = { contact, ...times, rttMs, failures: 0 };
    bucket.push(entry);
    this.#byName.set(contact.name, entry);
    this.#count(contact, 1);
    return { admitted: true, entry, isNew: true };
  }

  /** A request to it went unanswered. Returns true when that made it dead and it was taken out. */
  failed(name: string, now: number): boolean {
    const entry = this.#byName.get(name);
    if (entry === undefined) return false;
    entry.failures++;
    entry.checkedAt = now;
    if (entry.failures < MAX_FAILURES) return false;
    this.remove(name);
    return true;
  }

  remove(name: string): void {
    const entry = this.#byName.get(name);
    if (entry === undefined) return;
    this.#byName.delete(name);
    const bucket = this.#buckets[this.bucketIndex(entry.contact.id)]!;
    bucket.splice(bucket.indexOf(entry), 1);
    this.#count(entry.contact, -1);
  }

  /** The `count` known nodes closest to `target`, closest first. */
  closest(target: NodeId, count: number): KnownContact[] {
    const head = headOf(target);
    const found: KnownContact[] = [];
    const distances: number[] = [];
    for (const { contact } of this.#byName.values()) {
      const distance = (contact.head ^ head) >>> 0;
      if (found.length === count && distance > distances[count - 1]!) continue;
      let at = found.length;
      while (at > 0 && comesBefore(target, contact, distance, found[at - 1]!, distances[at - 1]!)) at--;
      if (at === count) continue;
      found.splice(at, 0, contact);
      distances.splice(at, 0, distance);
      if (found.length > count) {
        found.pop();
        distances.pop();
      }
    }
    return found;
  }

  #touch(entry: TableEntry, now: number, rttMs: number): TableEntry {
    entry.heardAt = now;
    entry.checkedAt = now;
    entry.rttMs += (rttMs - entry.rttMs) / 8;
    entry.failures = 0;
    return entry;
  }

  #groupAllows(contact: KnownContact): boolean {
    if (addressClass(contact.endpoint.host) !== 'public') return true;
    const group = ipGroup(contact.endpoint.host);
    if ((this.#groups.get(group) ?? 0) >= IP_GROUP_PER_TABLE) return false;
    let inBucket = 0;
    for (const entry of this.bucket(this.bucketIndex(contact.id))) {
      if (ipGroup(entry.contact.endpoint.host) === group) inBucket++;
    }
    return inBucket < IP_GROUP_PER_BUCKET;
  }

  #count(contact: KnownContact, change: 1 | -1): void {
    const group = ipGroup(contact.endpoint.host);
    const count = (this.#groups.get(group) ?? 0) + change;
    if (count === 0) this.#groups.delete(group);
    else this.#groups.set(group, count);
  }
}

function comesBefore(target: NodeId, a: KnownContact, aHead: number, b: KnownContact, bHead: number): boolean {
  return aHead !== bHead ? aHead < bHead : compareDistance(target, a.id, b.id) < 0;
}

function stalest(bucket: readonly TableEntry[]): TableEntry | undefined {
  let oldest = bucket[0];
  for (const entry of bucket) if (oldest !== undefined && entry.checkedAt < oldest.checkedAt) oldest = entry;
  return oldest;
}
