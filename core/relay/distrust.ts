import { BoundedMap } from '../dht/bounded-map.ts';
import type { KnownContact } from '../dht/contact.ts';
import type { Clock } from '../ports/clock.ts';

/** Nodes remembered; those that failed us longest ago go first. */
const REMEMBERED = 1_024;

/**
 * Nodes that said they keep something and could not show it, or took something and never told what became of it. They are
 * asked last as hops and not chosen as holders, for a while: a full disk or a bad line looks the same as a lie.
 */
export class Distrust {
  readonly #clock: Clock;
  readonly #until = new BoundedMap<string, number>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has({ name }: KnownContact): boolean {
    return (this.#until.get(name) ?? 0) > this.#clock.now();
  }

  /** It is as good as any other from now on. */
  forgive({ name }: KnownContact): void {
    this.#until.delete(name);
  }

  add({ name }: KnownContact, forMs: number): void {
    const until = Math.max(this.#until.get(name) ?? 0, this.#clock.now() + forMs);
    this.#until.set(name, until);
  }
}
