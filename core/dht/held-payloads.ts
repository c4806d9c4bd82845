import type { BodyOf } from '../codec/dht.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import { type KnownContact, nameOf, sourceOf } from './contact.ts';

/** How long a payload waits for somebody to register at its position. */
export const HELD_MS = 10_000;
/** Payloads that wait at one position. */
const PER_POSITION = 4;
/** Positions where payloads wait: 256 KiB in all. */
export const HELD_POSITIONS = 64;

type RouteBody = BodyOf<'route'>;

interface Held {
  /** Of the position. */
  readonly name: string;
  readonly body: RouteBody;
  /** Of the node it came from. */
  readonly source: string;
  readonly until: number;
}

/**
 * Payloads for positions where nobody is registered yet. Two friends who come up at the same time each ask before the
 * other can be found; so the question waits a moment at the root, and the one who registers first gets it with that.
 * Whoever sent it is told nothing of this: it was confirmed like any other. Where there is no room, the oldest of those goes
 * that came from where most of them come from: so nobody alone pushes out what others brought.
 */
export class HeldPayloads {
  readonly #clock: Clock;
  /** By position, that with the latest payload last. */
  readonly #positions = new Map<string, readonly Held[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `from`: the hop it came from; undefined for our own. */
  hold(body: RouteBody, from: KnownContact | undefined): void {
    this.#forgetOld();
    const name = nameOf(body.position);
    const held = { name, body, source: from === undefined ? '' : sourceOf(from), until: this.#clock.now() + HELD_MS };
    const live = this.#live(name);
    const out = live.length < PER_POSITION ? undefined : oldestOfMost(live, held.source);
    this.#positions.delete(name);
    if (this.#positions.size >= HELD_POSITIONS) this.#makeRoom(held.source);
    this.#positions.set(name, [...live.filter((one) => one !== out), held]);
  }

  /** What waits at the position, oldest first; it waits no more: a leaf that comes later asks itself. */
  take(position: NodeId): RouteBody[] {
    const name = nameOf(position);
    const live = this.#live(name);
    this.#positions.delete(name);
    return live.map(({ body }) => body);
  }

  #makeRoom(source: string): void {
    const latest = [...this.#positions.values()].map((held) => held.at(-1)!);
    this.#positions.delete(oldestOfMost(latest, source).name);
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

/** Of the source that has most of them, with the one that comes from `coming`. `held` is not empty, the oldest first. */
function oldestOfMost(held: readonly Held[], coming: string): Held {
  const counts = new Map([[coming, 1]]);
  for (const { source } of held) counts.set(source, (counts.get(source) ?? 0) + 1);
  return held.reduce((most, one) => (counts.get(one.source)! > counts.get(most.source)! ? one : most));
}
