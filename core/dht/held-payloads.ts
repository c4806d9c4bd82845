import type { BodyOf } from '../codec/dht.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import { BoundedMap } from './bounded-map.ts';
import { nameOf } from './contact.ts';

/** How long a payload waits for somebody to register at its position. */
export const HELD_MS = 10_000;
/** Payloads that wait at one position: the latest ones. */
const PER_POSITION = 4;
/** Payloads that wait in all: 256 KiB. */
const HELD = 256;

type RouteBody = BodyOf<'route'>;

interface Held {
  readonly body: RouteBody;
  readonly until: number;
}

/**
 * Payloads for positions where nobody is registered yet. Two friends who come up at the same time each ask before the
 * other can be found; so the question waits a moment at the root, and the one who registers first gets it with that.
 * Whoever sent it is told nothing of this: it was confirmed like any other.
 */
export class HeldPayloads {
  readonly #clock: Clock;
  readonly #positions = new BoundedMap<string, readonly Held[]>(HELD / PER_POSITION);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hold(body: RouteBody): void {
    this.#forgetOld();
    const name = nameOf(body.position);
    const held = { body, until: this.#clock.now() + HELD_MS };
    this.#positions.set(name, [...this.#live(name), held].slice(-PER_POSITION));
  }

  /** What waits at the position, oldest first; it waits no more: a leaf that comes later asks itself. */
  take(position: NodeId): RouteBody[] {
    const name = nameOf(position);
    const live = this.#live(name);
    this.#positions.delete(name);
    return live.map(({ body }) => body);
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [name, held] of this.#positions.entries()) {
      if (held.at(-1)!.until > now) return;
      this.#positions.delete(name);
    }
  }

  #live(name: string): readonly Held[] {
    const now = this.#clock.now();
    return (this.#positions.get(name) ?? []).filter(({ until }) => until > now);
  }
}
