import type { NodeId } from '../ids/bytes.ts';
import { BoundedMap } from './bounded-map.ts';
import { type KnownContact, nameOf } from './contact.ts';
import type { LookupResult } from './lookup.ts';

/** A lookup that begins with the closest nodes is content when so many of them have answered. */
export const QUICK_WIDTH = 3;
/** Quick ones in a row; then all is looked at anew, from several sides: those who were found may be liars. */
const QUICK_IN_A_ROW = 5;
const REMEMBERED = 64;

interface Vicinity {
  readonly closest: readonly KnownContact[];
  readonly quick: number;
}

/**
 * Who was closest to targets that are looked up again and again, such as our own positions. Each of them names the closest
 * nodes it knows, so that asking them shows who came nearer since, for a quarter of what a whole lookup costs.
 */
export class Vicinities {
  readonly #known = new BoundedMap<string, Vicinity>(REMEMBERED);

  /** Whom a quick lookup asks; undefined where it is time for a whole one. */
  of(target: NodeId): readonly KnownContact[] | undefined {
    const known = this.#known.get(nameOf(target));
    return known !== undefined && known.quick < QUICK_IN_A_ROW ? known.closest : undefined;
  }

  learn(target: NodeId, { closest }: LookupResult, wasQuick: boolean): void {
    const name = nameOf(target);
    const before = this.#known.get(name);
    if (closest.length < QUICK_WIDTH) return this.#known.delete(name);
    const quick = wasQuick ? (before?.quick ?? 0) + 1 : 0;
    this.#known.set(name, { closest, quick });
  }

  /** The network is another one. */
  clear(): void {
    this.#known.clear();
  }
}
