import type { Clock } from '../ports/clock.ts';
import { BoundedMap } from './bounded-map.ts';
import type { KnownContact } from './contact.ts';

/** A node that said it is a leaf is not asked again for so long, though others may still name it. */
export const LEAF_REMEMBERED_MS = 10 * 60_000;
const REMEMBERED = 1_024;

/** Nodes whose last answer said that they take no part in routing (L:17). Only answers count: requests can be replayed. */
export class KnownLeaves {
  readonly #clock: Clock;
  readonly #until = new BoundedMap<string, number>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The node answered, as a leaf or not. */
  note(contact: KnownContact, leaf: boolean): void {
    if (leaf) this.#until.set(contact.name, this.#clock.now() + LEAF_REMEMBERED_MS);
    else this.#until.delete(contact.name);
  }

  has(contact: KnownContact): boolean {
    const until = this.#until.get(contact.name);
    return until !== undefined && until > this.#clock.now();
  }
}
