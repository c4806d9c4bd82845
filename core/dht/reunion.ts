import type { DhtReply } from '../codec/dht.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ContactBook, KnownContact } from './contact.ts';
import type { RoutingTable } from './routing-table.ts';

/** One of those who were lost is asked again this often. */
const ASK_EVERY_MS = 60_000;
/** After a partition heals, the sides are one network again within this time, when its two sides knew each other. */
export const REUNION_TIME_MS = 15 * 60_000;
/** Lost nodes remembered; those lost longest ago are forgotten first. */
const REMEMBERED = 64;

export interface ReunionOptions {
  readonly table: RoutingTable;
  readonly book: ContactBook;
  readonly clock: Clock;
  readonly random: Random;
  /** Entry points, which are asked in turn with the lost. */
  readonly entryPoints: () => readonly KnownContact[];
  /** Asks a node for those closest to us. */
  readonly ask: (contact: KnownContact, done: (reply: DhtReply | undefined) => void) => void;
  readonly ping: (contact: KnownContact) => void;
}

/**
 * Finds the others again after a partition: each side drops the other from its tables within minutes, stays connected
 * in itself, and would never ask outside again. So nodes that fell silent are asked now and then whether they are back,
 * and whom they know near us.
 */
export class Reunion {
  readonly #options: ReunionOptions;
  readonly #lost = new BoundedMap<string, KnownContact>(REMEMBERED);
  #timer: Timer | undefined;

  constructor(options: ReunionOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, random } = this.#options;
    this.#timer = clock.after(ASK_EVERY_MS * random.uniform(), () => {
      this.#askOne();
      this.#timer = clock.every(ASK_EVERY_MS, () => this.#askOne());
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** It fell silent and is no longer in the table. */
  lost(contact: KnownContact): void {
    this.#lost.set(contact.name, contact);
  }

  #askOne(): void {
    const { table, random, entryPoints, ask } = this.#options;
    for (const [name] of [...this.#lost.entries()]) if (table.get(name) !== undefined) this.#lost.delete(name);
    const away = entryPoints().filter(({ name }) => table.get(name) === undefined && !this.#lost.has(name));
    const all = [...away, ...[...this.#lost.entries()].map(([, contact]) => contact)];
    const chosen = all[Math.floor(random.uniform() * all.length)];
    if (chosen !== undefined) ask(chosen, (reply) => this.#answered(chosen, reply));
  }

  #answered(contact: KnownContact, reply: DhtReply | undefined): void {
    if (reply?.kind !== 'nodes') return;
    const { table, book, ping } = this.#options;
    this.#lost.delete(contact.name);
    for (const packed of reply.body.contacts) {
      const other = book.unpack(packed);
      if (other !== undefined && table.hasRoom(other)) ping(other);
    }
  }
}
