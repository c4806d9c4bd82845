import type { Clock } from '../ports/clock.ts';
import { sameEndpoint } from '../ports/network.ts';
import type { KnownContact } from './contact.ts';
import type { KnownLeaves } from './known-leaves.ts';
import type { RoutingTable } from './routing-table.ts';
import type { IncomingRequest } from './rpc.ts';

/** A full bucket's stalest node is asked whether it lives when it was not heard for this long. */
const STALE_MS = 60_000;
/** Pings under way to nodes that asked us something and might enter the table. */
const CANDIDATE_PINGS = 16;
/** They are asked so much later, unless we know hardly anybody: who has just come up has other things to do first. */
const PAUSE_MS = 200;
const HARDLY_ANYBODY = 8;
/** Nodes that are to be asked after the pause. */
const WAITING = 256;
/** Round-trip time of a node whose answer came after a repeated request. */
const UNSURE_RTT_MS = 500;

export interface AdmissionsOptions {
  readonly table: RoutingTable;
  readonly knownLeaves: KnownLeaves;
  readonly clock: Clock;
  readonly running: () => boolean;
  readonly ping: (contact: KnownContact, done: (alive: boolean) => void, attempts?: number) => void;
  /** A node entered the table. */
  readonly entered: (contact: KnownContact) => void;
}

/** Who enters the routing table: full nodes that answered, and none in place of a live one. */
export class Admissions {
  readonly #options: AdmissionsOptions;
  readonly #waiting = new Set<KnownContact>();
  readonly #asked = new Set<KnownContact>();

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
   * calls itself a leaf or is somewhere else now is asked too, since a request may be an old one, replayed.
   */
  consider({ from, leaf, body }: IncomingRequest): void {
    const { table, clock } = this.#options;
    const known = table.get(from.name);
    const moved = known !== undefined && !sameEndpoint(known.contact.endpoint, from.endpoint);
    if (known !== undefined && !moved && !leaf) known.askedUsAt = clock.now();
    const worthAsking = leaf ? known !== undefined : moved || (body.kind !== 'knock' && table.hasRoom(from));
    if (!worthAsking || this.#waiting.has(from) || this.#waiting.size >= WAITING) return;
    if (table.size < HARDLY_ANYBODY) return this.#ask(from);
    this.#waiting.add(from);
    clock.after(PAUSE_MS, () => {
      this.#waiting.delete(from);
      if (this.#options.running()) this.#ask(from);
    });
  }

  #ask(from: KnownContact): void {
    if (this.#asked.has(from) || this.#asked.size >= CANDIDATE_PINGS) return;
    this.#asked.add(from);
    // Once: the address may be forged, and whoever lives there must not get much for one packet of somebody else.
    this.#options.ping(from, () => this.#asked.delete(from), 1);
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
