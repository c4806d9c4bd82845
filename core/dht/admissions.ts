import type { Clock } from '../ports/clock.ts';
import type { KnownContact } from './contact.ts';
import type { KnownLeaves } from './known-leaves.ts';
import type { RoutingTable } from './routing-table.ts';
import type { IncomingRequest } from './rpc.ts';

/** A full bucket's stalest node is asked whether it lives when it was not heard for this long. */
const STALE_MS = 60_000;
/** Pings under way to nodes that asked us something and might enter the table. */
const CANDIDATE_PINGS = 16;
/** Round-trip time of a node whose answer came after a repeated request. */
const UNSURE_RTT_MS = 500;

export interface AdmissionsOptions {
  readonly table: RoutingTable;
  readonly knownLeaves: KnownLeaves;
  readonly clock: Clock;
  readonly running: () => boolean;
  readonly ping: (contact: KnownContact, done: (alive: boolean) => void) => void;
  /** A node entered the table. */
  readonly entered: (contact: KnownContact) => void;
}

/** Who enters the routing table: full nodes that answered, and none in place of a live one. */
export class Admissions {
  readonly #options: AdmissionsOptions;
  readonly #candidates = new Set<string>();

  constructor(options: AdmissionsOptions) {
    this.#options = options;
  }

  /** A node answered us, as a leaf or not. */
  heard(contact: KnownContact, leaf: boolean, rttMs = UNSURE_RTT_MS): void {
    const { table, knownLeaves } = this.#options;
    knownLeaves.note(contact, leaf);
    if (leaf) table.remove(contact.name);
    else this.#admit(contact, rttMs);
  }

  /**
   * A node asks us something. A stranger with a place in our table is asked whether it answers; one of the table that
   * calls itself a leaf is asked too, since a request may be an old one, replayed.
   */
  consider({ from, leaf, body }: IncomingRequest): void {
    const { table, ping } = this.#options;
    const worthAsking = leaf ? table.get(from.name) !== undefined : body.kind !== 'knock' && table.hasRoom(from);
    if (!worthAsking || this.#candidates.has(from.name) || this.#candidates.size >= CANDIDATE_PINGS) return;
    this.#candidates.add(from.name);
    ping(from, () => this.#candidates.delete(from.name));
  }

  #admit(contact: KnownContact, rttMs: number): void {
    const { table, clock, entered, ping } = this.#options;
    const now = clock.now();
    const admission = table.heard(contact, now, rttMs);
    if (admission.admitted) {
      if (admission.isNew) entered(contact);
      return;
    }
    const { oldest } = admission;
    if (oldest === undefined || now - oldest.checkedAt < STALE_MS) return;
    oldest.checkedAt = now;
    ping(oldest.contact, (alive) => {
      if (alive || !this.#options.running()) return;
      table.remove(oldest.contact.name);
      this.#admit(contact, rttMs);
    });
  }
}
