import { once } from '../ports/once.ts';
import type { KnownContact } from './contact.ts';

export interface HedgedHopsOptions {
  /** Best first. */
  readonly hops: readonly KnownContact[];
  /** Calls `done` once with whether the hop confirmed, and `late` before that when it takes long. */
  readonly send: (hop: KnownContact, done: (acknowledged: boolean) => void, late: () => void) => void;
  /** Called once: whether one of them confirmed. */
  readonly ended: (acknowledged: boolean) => void;
}

/**
 * One hop after another until one confirms. Whoever is late may be dead: the next one is tried beside it, as in a hedged
 * request (Dean and Barroso 2013), since a node that both ways meet takes the payload once.
 */
export class HedgedHops {
  readonly #options: HedgedHopsOptions;
  readonly #left: KnownContact[];
  /** Hops that have neither confirmed nor failed. */
  #open = 0;
  #over = false;

  constructor(options: HedgedHopsOptions) {
    this.#options = options;
    this.#left = [...options.hops];
  }

  /** Tries the next one, if there is one and it is still of use. */
  next(): void {
    const hop = this.#left.shift();
    if (hop === undefined || this.#over) return;
    this.#open++;
    // A hop that is late and then fails has one successor.
    const goOn = once(() => this.next());
    this.#options.send(hop, (acknowledged) => this.#done(acknowledged, goOn), goOn);
  }

  #done(acknowledged: boolean, goOn: () => void): void {
    this.#open--;
    if (!acknowledged) goOn();
    if (this.#over || (!acknowledged && this.#open > 0)) return;
    this.#over = true;
    this.#options.ended(acknowledged);
  }
}
