import { type NodeId, nodeId } from '../ids/bytes.ts';
import { ID_BITS } from '../ids/xor.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { KnownContact } from './contact.ts';
import { CLOSEST, type LookupResult } from './lookup.ts';
import type { RoutingTable, TableEntry } from './routing-table.ts';

/** How often upkeep looks round. */
export const TICK_MS = 10_000;
/** Nodes near us are asked this often, so that the roots of our surroundings are known alive. */
export const NEAR_CHECK_MS = 60_000;
/** All other nodes of the table, once they are old; until then after half as long as they have been in it. */
const FAR_CHECK_MS = 15 * 60_000;
/** A bucket without a lookup for so long is looked up at a random ID (Kademlia: 1 h; our networks churn more). */
const BUCKET_REFRESH_MS = 30 * 60_000;
/** Our own ID: finds new neighbours. */
const SELF_LOOKUP_MS = 10 * 60_000;
/** So many silent nodes within a minute mean that something happened: everybody is checked. */
const MASS_FAILURE = 2;
const MASS_FAILURE_MS = 60_000;
/**
 * After any failure, however large, tables are true again within this time: the near nodes are found dead, that
 * raises the alarm, and the rest of the table is checked.
 */
export const REPAIR_TIME_MS = 5 * 60_000;
/** Checks begun in one tick. */
const CHECKS_PER_TICK = 12;
/** Of those, checks of nodes that are neither near nor suspected: a young table has many due at the same time. */
export const FAR_CHECKS_PER_TICK = 3;

export interface MaintenanceOptions {
  readonly table: RoutingTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly lookup: (target: NodeId, done: (result: LookupResult) => void) => void;
  readonly ping: (contact: KnownContact) => void;
}

/** Keeps the routing table true: liveness checks, bucket refresh, self lookup. One timer a node. */
export class Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #refreshedAt: number[] = [];
  #selfLookupAt = 0;
  #timer: Timer | undefined;
  /** What of the table is being filled: our surroundings, then the rest. */
  #filling: 'near' | 'far' | undefined;
  /** Name of a silent node -> when. */
  readonly #silences = new Map<string, number>();
  /** Nodes not checked since then are due. */
  #checkAllSince = Number.NEGATIVE_INFINITY;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, random } = this.#options;
    this.#selfLookupAt = clock.now();
    this.#timer = clock.after(TICK_MS * random.uniform(), () => {
      this.#tick();
      this.#timer = clock.every(TICK_MS, () => this.#tick());
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Our surroundings are being looked up: the table knows hardly anybody. */
  get joining(): boolean {
    return this.#filling === 'near';
  }

  /**
   * Fills the logarithmic partition (L:15): our own ID first, then every wider bucket, one lookup after another.
   * `near` is called when the first lookup is done.
   */
  fill(near: () => void): void {
    if (this.#filling !== undefined) return;
    this.#filling = 'near';
    const { table, lookup } = this.#options;
    this.#selfLookupAt = this.#options.clock.now();
    lookup(table.self, () => {
      this.#filling = 'far';
      near();
      const deepest = table.occupied().at(-1)?.index ?? -1;
      this.#fillFrom(0, deepest);
    });
  }

  /** A lookup for this target refreshed its bucket. */
  lookedUp(target: NodeId): void {
    this.#refreshedAt[this.#options.table.bucketIndex(target)] = this.#options.clock.now();
  }

  /** Everybody in the table is asked within the next ticks. */
  checkAll(): void {
    this.#checkAllSince = this.#options.clock.now();
  }

  /** A node of the table gave no answer. */
  silent(name: string): void {
    const now = this.#options.clock.now();
    this.#silences.set(name, now);
    for (const [other, at] of this.#silences) if (now - at > MASS_FAILURE_MS) this.#silences.delete(other);
    if (this.#silences.size >= MASS_FAILURE && now - this.#checkAllSince > MASS_FAILURE_MS) this.#checkAllSince = now;
  }

  #fillFrom(index: number, deepest: number): void {
    if (index > deepest) {
      this.#filling = undefined;
      return;
    }
    this.#options.lookup(this.#randomIn(index), () => this.#fillFrom(index + 1, deepest));
  }

  #tick(): void {
    const { table, clock, lookup } = this.#options;
    const now = clock.now();
    this.#check(now);
    if (table.size === 0) return;
    if (now - this.#selfLookupAt > SELF_LOOKUP_MS) {
      this.#selfLookupAt = now;
      lookup(table.self, () => {});
      return;
    }
    for (const { index } of table.occupied()) {
      const last = this.#refreshedAt[index] ?? 0;
      this.#refreshedAt[index] ??= now;
      if (last > 0 && now - last > BUCKET_REFRESH_MS) {
        this.#refreshedAt[index] = now;
        lookup(this.#randomIn(index), () => {});
        return;
      }
    }
  }

  #check(now: number): void {
    const { table, ping } = this.#options;
    const near = new Set(table.closest(table.self, CLOSEST).map((contact) => contact.name));
    const urgent: TableEntry[] = [];
    const far: TableEntry[] = [];
    for (const entry of table.entries()) {
      const isNear = near.has(entry.contact.name);
      const period = isNear ? NEAR_CHECK_MS : farCheckMs(now - entry.enteredAt);
      const isDue = now - lastSign(entry, period) > period;
      if (entry.failures > 0 || entry.checkedAt < this.#checkAllSince || (isNear && isDue)) urgent.push(entry);
      else if (isDue) far.push(entry);
    }
    const due = [...longestUnchecked(urgent), ...longestUnchecked(far).slice(0, FAR_CHECKS_PER_TICK)];
    for (const entry of due.slice(0, CHECKS_PER_TICK)) {
      entry.checkedAt = now;
      ping(entry.contact);
    }
  }

  /** A random ID that shares exactly `index` leading bits with ours. */
  #randomIn(index: number): NodeId {
    const { random, table } = this.#options;
    const bytes = random.bytes(ID_BITS / 8);
    const whole = index >> 3;
    for (let i = 0; i < whole; i++) bytes[i] = table.self[i]!;
    const kept = index & 7;
    const own = table.self[whole]!;
    const mask = (0xff00 >> kept) & 0xff;
    const flipped = 0x80 >> kept;
    bytes[whole] = (own & mask) | (~own & flipped) | (bytes[whole]! & (flipped - 1));
    return nodeId(bytes);
  }
}

function longestUnchecked(entries: TableEntry[]): TableEntry[] {
  return entries.sort((a, b) => a.checkedAt - b.checkedAt);
}

/**
 * When an entry was last checked or, as in Kademlia (section 2.2), asked us something: one question serves both sides.
 * A question may be an old one, replayed, so it saves one check after an answer, and never two in a row.
 */
function lastSign({ checkedAt, heardAt, askedUsAt }: TableEntry, periodMs: number): number {
  return Math.max(checkedAt, Math.min(askedUsAt, heardAt + periodMs));
}

/** Who came lately is likelier to go, or turns out to be a leaf (Maymounkov and Mazières 2002, figure 1). */
function farCheckMs(age: number): number {
  return Math.min(Math.max(age / 2, NEAR_CHECK_MS), FAR_CHECK_MS);
}
