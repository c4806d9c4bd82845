import type { DhtReply } from '../codec/dht.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ContactBook, KnownContact } from './contact.ts';
import type { KnownLeaves } from './known-leaves.ts';
import { CLOSEST, Lookup, type LookupOptions, type LookupResult } from './lookup.ts';
import type { RoutingTable } from './routing-table.ts';

/** A node that gave no answer is left out of lookups for so long. */
const SILENT_MS = 60_000;
const SILENT_REMEMBERED = 512;

/** `until`: ends early with that node in the result; `hurry`: does not wait for late nodes. */
export type LookupChoice = Pick<LookupOptions, 'until' | 'hurry'>;

export interface LookupsOptions {
  readonly table: RoutingTable;
  readonly knownLeaves: KnownLeaves;
  readonly clock: Clock;
  readonly book: ContactBook;
  /** Asks a node for what it knows near a target; the handler is called once. */
  readonly findNode: (contact: KnownContact, target: NodeId, done: (reply: DhtReply | undefined) => void) => void;
}

/** Runs the lookups of a node, and remembers who need not be asked. */
export class Lookups {
  readonly #options: LookupsOptions;
  readonly #running = new Set<Lookup>();
  readonly #silentUntil = new BoundedMap<string, number>(SILENT_REMEMBERED);

  constructor(options: LookupsOptions) {
    this.#options = options;
  }

  run(target: NodeId, done: (result: LookupResult) => void, choice: LookupChoice = {}): void {
    const { table, clock, book, findNode, knownLeaves } = this.#options;
    const lookup: Lookup = new Lookup({
      ...choice,
      ...{ target, clock, book, self: table.self },
      seeds: table.closest(target, 2 * CLOSEST),
      skip: (contact) => this.#skips(contact),
      // A leaf answers, but is no node to be found: its answer counts as none.
      ask: (contact, answered) =>
        findNode(contact, target, (reply) => answered(knownLeaves.has(contact) ? undefined : reply)),
      done: (result) => {
        this.#running.delete(lookup);
        done(result);
      },
    });
    this.#running.add(lookup);
    lookup.start();
  }

  heard(contact: KnownContact): void {
    this.#silentUntil.delete(contact.name);
  }

  silent(contact: KnownContact): void {
    this.#silentUntil.set(contact.name, this.#options.clock.now() + SILENT_MS);
  }

  /** Ends all with what they have. */
  stop(): void {
    for (const lookup of this.#running) lookup.stop();
  }

  #skips(contact: KnownContact): boolean {
    return (
      (this.#silentUntil.get(contact.name) ?? 0) > this.#options.clock.now() || this.#options.knownLeaves.has(contact)
    );
  }
}
