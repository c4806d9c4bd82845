import type { NodeKey } from '../ids/bytes.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Endpoint } from '../ports/network.ts';
import type { ContactBook, KnownContact } from './contact.ts';
import type { Contact } from './types.ts';

/** Pauses between rounds of asking the bootstrap nodes while none answers. */
const BOOTSTRAP_PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

export type BootstrapState = 'untried' | 'trying' | 'answered' | 'silent';

export interface EntryPointsOptions {
  readonly clock: Clock;
  readonly book: ContactBook;
  /** True while the routing table holds anybody. */
  readonly connected: () => boolean;
  /** Asks for the nodes near us; the handler is called once. */
  readonly ask: (contact: KnownContact, done: (answered: boolean) => void) => void;
  readonly changed: () => void;
}

/** The bootstrap nodes (L:15): asked when the table is empty, in rounds with growing pauses. */
export class EntryPoints {
  readonly #options: EntryPointsOptions;
  readonly #entries = new Map<string, { contact: KnownContact; state: BootstrapState }>();
  #timer: Timer | undefined;
  #round = 0;
  #running = false;

  constructor(options: EntryPointsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.join();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  /** Adds an entry point; asked at once when running. */
  add(key: NodeKey, endpoint: Endpoint): void {
    const contact = this.#options.book.of(key, endpoint);
    if (!this.#entries.has(contact.name)) this.#entries.set(contact.name, { contact, state: 'untried' });
    if (this.#running) this.#ask(contact);
  }

  forget(key: NodeKey, endpoint: Endpoint): void {
    this.#entries.delete(this.#options.book.of(key, endpoint).name);
  }

  get contacts(): readonly KnownContact[] {
    return [...this.#entries.values()].map(({ contact }) => contact);
  }

  states(): readonly { readonly contact: Contact; readonly state: BootstrapState }[] {
    return [...this.#entries.values()];
  }

  /** Nobody is left in the table: all are asked, again and again until one answers. */
  join(): void {
    this.#timer?.cancel();
    if (!this.#running || this.#options.connected()) return;
    for (const { contact } of this.#entries.values()) this.#ask(contact);
    const pause = BOOTSTRAP_PAUSES_MS[Math.min(this.#round++, BOOTSTRAP_PAUSES_MS.length - 1)]!;
    this.#timer = this.#options.clock.after(pause, () => this.join());
  }

  /** A node is in the table: the next time begins with the shortest pause. */
  joined(): void {
    this.#round = 0;
  }

  #ask(contact: KnownContact): void {
    const entry = this.#entries.get(contact.name);
    if (entry !== undefined && entry.state !== 'answered') entry.state = 'trying';
    this.#options.ask(contact, (answered) => {
      if (entry !== undefined) entry.state = answered ? 'answered' : 'silent';
      if (this.#running) this.#options.changed();
    });
  }
}
