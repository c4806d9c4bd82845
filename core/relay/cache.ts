import { bytesOfName, nameOf } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import { nodeId } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import { StoreError } from '../store/errors.ts';
import type { KeptRow, RelayCacheStore } from '../store/relay-cache.ts';
import { type Envelope, readKeptEnvelope } from './envelope.ts';
import type { RelaySettings } from './settings.ts';

/** An envelope on our disk. */
export interface Kept extends KeptRow {
  /** Map key of the ID. */
  readonly name: string;
  readonly destination: NodeId;
  /** Map key of the destination. */
  readonly destinationName: string;
}

export interface Admission {
  readonly source: string;
  readonly stranger: boolean;
  readonly lifeMs: number;
}

/** Bytes and envelopes of one destination, one source, or all strangers. */
class Tally {
  envelopes = 0;
  bytes = 0;

  count(row: KeptRow, sign: 1 | -1): void {
    this.envelopes += sign;
    this.bytes += sign * row.size;
  }
}

interface Place {
  readonly destination: NodeId;
  readonly destinationName: string;
}

interface DestinationTally extends Place {
  readonly friends: Tally;
  readonly strangers: Tally;
}

interface SourceTally {
  readonly source: string;
  readonly tally: Tally;
}

/** One of perhaps hundreds of thousands that stay in memory: three objects in all, what others share is not its own. */
class KeptEnvelope implements Kept {
  readonly name: string;
  readonly copies: number;
  readonly expiresAt: number;
  readonly source: string;
  size: number;
  stranger: boolean;
  readonly #place: Place;

  constructor(row: KeptRow, shared: { readonly place: Place; readonly source: string }) {
    this.name = nameOf(row.id);
    this.copies = row.copies;
    this.size = row.size;
    this.expiresAt = row.expiresAt;
    this.stranger = row.stranger;
    this.source = shared.source;
    this.#place = shared.place;
  }

  get id(): Uint8Array {
    return bytesOfName(this.name);
  }

  get destination(): NodeId {
    return this.#place.destination;
  }

  get destinationName(): string {
    return this.#place.destinationName;
  }
}

/**
 * The relay cache: what this node keeps for others, within quotas. Strangers' envelopes go first, oldest first; what a
 * policy vouches for is never displaced, only refused when there is no room (docs/architecture.md, "How the network keeps
 * a message", 2 and 5).
 */
export class Cache {
  /** It made room for another one, or the disk could not give it back; it is forgotten already. */
  onLost: (kept: Kept, why: 'displaced' | 'unreadable') => void = () => {};
  readonly #store: RelayCacheStore;
  readonly #clock: Clock;
  readonly #settings: RelaySettings;
  /** Oldest first. */
  readonly #rows = new Map<string, KeptEnvelope>();
  readonly #destinations = new Map<string, DestinationTally>();
  readonly #sources = new Map<string, SourceTally>();
  readonly #strangers = new Tally();
  /** Oldest first. */
  readonly #strangerRows = new Set<Kept>();
  /** In the order in which they came to be so. Their bytes count as used; for the shares they do not count. */
  readonly #reserve = new Set<Kept>();
  #bytes = 0;
  /** No envelope's life is over before: a look at all of them is needed no sooner. */
  #firstEnd = Number.POSITIVE_INFINITY;
  #capacity: number;
  #closed = false;

  constructor(parts: { readonly store: RelayCacheStore; readonly clock: Clock; readonly settings: RelaySettings }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#settings = parts.settings;
    this.#capacity = parts.settings.capacityBytes;
    for (const row of parts.store.rows()) this.#enter(this.#keptOf(row));
  }

  get envelopes(): number {
    return this.#rows.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get destinations(): number {
    return this.#destinations.size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  all(): IterableIterator<Kept> {
    return this.#rows.values();
  }

  get(name: string): Kept | undefined {
    return this.#rows.get(name);
  }

  /** The store is about to be closed: what it gives back no more is not lost, only nobody's matter now. */
  close(): void {
    this.#closed = true;
  }

  /** The whole envelope; undefined when it is gone. What a damaged disk cannot give back is lost: others hold copies. */
  envelope(kept: Kept): Envelope | undefined {
    if (this.#closed) return undefined;
    const envelope = this.#read(kept);
    if (envelope === undefined && this.#rows.get(kept.name) === kept) {
      this.forget(kept);
      this.onLost(kept, 'unreadable');
    }
    return envelope;
  }

  /** Milliseconds left of its life. */
  lifeMs(kept: Kept): number {
    return kept.expiresAt - this.#clock.wall();
  }

  /** On the disk after the next `saved`. `full`: no room by the quotas. */
  keep(envelope: Envelope, admission: Admission): Kept | 'full' {
    const { source, stranger } = admission;
    const size = envelope.bytes.length;
    if (!this.#hasRoom(envelope, admission)) return 'full';
    while (this.#bytes + size > this.#capacity)
      if (!this.#dropFirst(this.#reserve) && !this.#dropFirst(this.#strangerRows)) return 'full';
    const lifeMs = Math.min(admission.lifeMs, this.#settings.maxLifeMs);
    const expiresAt = Math.floor(this.#clock.wall() + lifeMs);
    const { id, destination, copies } = envelope;
    const kept = this.#keptOf({ id, destination, copies, size, expiresAt, stranger, source });
    this.#enter(kept);
    this.#store.put(kept, envelope.bytes);
    return kept;
  }

  /**
   * A policy vouches by now for what is kept as a stranger's: it counts as a friend's, under the permit that it came with
   * this time, where that has room. On the disk after the next `saved`.
   */
  vouch(envelope: Envelope): void {
    const kept = this.#rows.get(envelope.name);
    if (kept?.stranger !== true) return;
    const tally = this.#destinations.get(kept.destinationName);
    const size = envelope.bytes.length;
    const isOver = this.#bytes - kept.size + size > this.#capacity;
    if (isOver || (tally?.friends.bytes ?? 0) + size > this.#capacity * this.#settings.quotas.destinationShare) return;
    this.#count(kept, -1);
    kept.stranger = false;
    kept.size = size;
    this.#count(kept, 1);
    this.#store.put(kept, envelope.bytes);
  }

  /** What others have is the first to go where room is needed, and takes nobody's share meanwhile. */
  setReserve(kept: Kept, isReserve: boolean): void {
    if (this.#rows.get(kept.name) !== kept || this.#reserve.has(kept) === isReserve) return;
    this.#count(kept, -1);
    if (isReserve) this.#reserve.add(kept);
    else this.#reserve.delete(kept);
    this.#count(kept, 1);
  }

  isReserve(kept: Kept): boolean {
    return this.#reserve.has(kept);
  }

  forget(kept: Kept): void {
    if (this.#rows.get(kept.name) !== kept) return;
    this.#rows.delete(kept.name);
    this.#count(kept, -1);
    this.#reserve.delete(kept);
    this.#store.delete(kept.id);
  }

  /** Those whose life is over. */
  expired(): Kept[] {
    const now = this.#clock.wall();
    const over: Kept[] = [];
    if (this.#firstEnd > now) return over;
    this.#firstEnd = Number.POSITIVE_INFINITY;
    for (const kept of this.#rows.values()) {
      this.#firstEnd = Math.min(this.#firstEnd, kept.expiresAt);
      if (kept.expiresAt <= now) over.push(kept);
    }
    return over;
  }

  /** @returns what has to go: strangers' oldest first, then the oldest. The caller hands it over and forgets it. */
  setCapacity(bytes: number): Kept[] {
    this.#capacity = bytes;
    const oldest = [...this.#rows.values()];
    const going: Kept[] = [];
    let over = this.#bytes - bytes;
    for (const kept of [...oldest.filter((row) => row.stranger), ...oldest.filter((row) => !row.stranger)]) {
      if (over <= 0) break;
      going.push(kept);
      over -= kept.size;
    }
    return going;
  }

  #read(kept: Kept): Envelope | undefined {
    try {
      const bytes = this.#store.bytes(kept.id);
      return bytes && readKeptEnvelope(bytes, kept);
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  #hasRoom(envelope: Envelope, { source, stranger }: Admission): boolean {
    const { quotas } = this.#settings;
    const size = envelope.bytes.length;
    const capacity = this.#capacity;
    if ((this.#sources.get(source)?.tally.bytes ?? 0) + size > capacity * quotas.sourceShare) return false;
    const tally = this.#destinations.get(nameOf(envelope.destination));
    if (!stranger) return (tally?.friends.bytes ?? 0) + size <= capacity * quotas.destinationShare;
    if ((tally?.strangers.envelopes ?? 0) >= quotas.strangerEnvelopes) return false;
    if ((tally?.strangers.bytes ?? 0) + size > quotas.strangerBytes) return false;
    while (this.#strangers.bytes + size > capacity * quotas.strangerShare)
      if (!this.#dropFirst(this.#strangerRows)) return false;
    return true;
  }

  #dropFirst(rows: ReadonlySet<Kept>): boolean {
    const [oldest] = rows;
    if (oldest === undefined) return false;
    this.forget(oldest);
    this.onLost(oldest, 'displaced');
    return true;
  }

  #keptOf(row: KeptRow): KeptEnvelope {
    const name = nameOf(row.destination);
    const place = this.#destinations.get(name) ?? { destination: nodeId(row.destination), destinationName: name };
    return new KeptEnvelope(row, { place, source: this.#sources.get(row.source)?.source ?? row.source });
  }

  #enter(kept: KeptEnvelope): void {
    this.#rows.set(kept.name, kept);
    this.#firstEnd = Math.min(this.#firstEnd, kept.expiresAt);
    this.#count(kept, 1);
  }

  #count(kept: Kept, sign: 1 | -1): void {
    this.#bytes += sign * kept.size;
    if (this.#reserve.has(kept)) return;
    const destination = this.#destinations.get(kept.destinationName) ?? {
      destination: kept.destination,
      destinationName: kept.destinationName,
      friends: new Tally(),
      strangers: new Tally(),
    };
    this.#destinations.set(kept.destinationName, destination);
    (kept.stranger ? destination.strangers : destination.friends).count(kept, sign);
    if (destination.friends.envelopes + destination.strangers.envelopes === 0)
      this.#destinations.delete(kept.destinationName);
    if (kept.stranger) {
      this.#strangers.count(kept, sign);
      if (sign === 1) this.#strangerRows.add(kept);
      else this.#strangerRows.delete(kept);
    }
    const { source } = kept;
    const { tally } = this.#sources.get(source) ?? this.#newSource(source);
    tally.count(kept, sign);
    if (tally.envelopes === 0) this.#sources.delete(source);
  }

  #newSource(source: string): SourceTally {
    const made = { source, tally: new Tally() };
    this.#sources.set(source, made);
    return made;
  }
}
