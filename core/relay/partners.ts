import { BoundedMap } from '../dht/bounded-map.ts';
import type { KnownContact } from '../dht/contact.ts';
import type { Clock } from '../ports/clock.ts';

/** A node that was silent or refused is not asked again for so long. */
export const AVOID_MS = 60_000;

/**
 * Whoever lacked nothing of ours and keeps something else all the same has more than we do: all is named to it again after
 * this long, doubling up to the last, in case it lost some of it.
 */
const NAME_AGAIN_MS = { first: 10_000, last: 300_000 };

/**
 * Nodes that count on us, and those whose envelopes are known, at most; who did so longest ago is forgotten. Anybody who knows
 * the name of an envelope can count on our copy, under as many keys as they like.
 */
const COUNTING = 64;
const KNOWN = 128;

/** What a node knows of the others that keep, or shall keep, the same as it does for one destination. */
export class Partners {
  readonly #clock: Clock;
  /** Names of the envelopes they have, by node. */
  readonly #known = new BoundedMap<string, Set<string>>(KNOWN);
  /** They have shown that they have what they say. */
  readonly #shown = new Set<string>();
  /** All was named to them: they know that we count on them. */
  readonly #named = new Set<string>();
  /** They have more than we do, as it seems. */
  readonly #ahead = new Map<string, { readonly pauseMs: number; readonly until: number }>();
  /** Audits that they could not pass, in a row. */
  readonly #failures = new Map<string, number>();
  readonly #avoidedUntil = new Map<string, number>();
  /** Who counts on our copy, and since when. */
  readonly #countingOnUs = new BoundedMap<string, { readonly contact: KnownContact; readonly at: number }>(COUNTING);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What this node is known to have of ours; may be added to. */
  knownAt({ name }: KnownContact): Set<string> {
    const known = this.#known.get(name) ?? new Set();
    this.#known.set(name, known);
    return known;
  }

  forgetKnown({ name }: KnownContact): void {
    this.#known.delete(name);
  }

  /** An envelope is gone here. */
  forgetMember(envelopeName: string): void {
    for (const [, known] of this.#known.entries()) known.delete(envelopeName);
  }

  hasShown({ name }: KnownContact): boolean {
    return this.#shown.has(name);
  }

  shown({ name }: KnownContact): void {
    this.#shown.add(name);
    this.#failures.delete(name);
  }

  isNamed({ name }: KnownContact): boolean {
    return this.#named.has(name);
  }

  /** It has all that we named. */
  named({ name }: KnownContact): void {
    const before = this.#ahead.get(name);
    const pauseMs = Math.min(before === undefined ? NAME_AGAIN_MS.first : 2 * before.pauseMs, NAME_AGAIN_MS.last);
    this.#ahead.set(name, { pauseMs, until: this.#clock.now() + pauseMs });
    this.#named.add(name);
  }

  /** It keeps the same, or did not have all that we named. */
  isNotAhead({ name }: KnownContact): void {
    this.#ahead.delete(name);
  }

  /** It keeps something else than we do. True when all should be named to it again. */
  mayLack({ name }: KnownContact): boolean {
    return (this.#ahead.get(name)?.until ?? Number.NEGATIVE_INFINITY) <= this.#clock.now();
  }

  /** What it has must be named and shown anew. */
  forget({ name }: KnownContact): void {
    for (const about of [this.#known, this.#shown, this.#named]) about.delete(name);
  }

  /** @returns how often in a row */
  failed(contact: KnownContact): number {
    this.forget(contact);
    const failures = (this.#failures.get(contact.name) ?? 0) + 1;
    this.#failures.set(contact.name, failures);
    return failures;
  }

  avoid({ name }: KnownContact): void {
    const now = this.#clock.now();
    for (const [avoided, until] of this.#avoidedUntil) if (until <= now) this.#avoidedUntil.delete(avoided);
    this.#avoidedUntil.set(name, now + AVOID_MS);
    this.#failures.delete(name);
  }

  isAvoided({ name }: KnownContact): boolean {
    return (this.#avoidedUntil.get(name) ?? 0) > this.#clock.now();
  }

  /** This node counts on our copy from now on. */
  countsOnUs(contact: KnownContact): void {
    this.#countingOnUs.set(contact.name, { contact, at: this.#clock.now() });
  }

  /** Somebody did so in the last `ms`. */
  countedOnWithin(ms: number): boolean {
    const since = this.#clock.now() - ms;
    for (const [, { at }] of this.#countingOnUs.entries()) if (at >= since) return true;
    return false;
  }

  get countingOnUs(): KnownContact[] {
    return [...this.#countingOnUs.entries()].map(([, { contact }]) => contact);
  }

  isCountingOnUs({ name }: KnownContact): boolean {
    return this.#countingOnUs.has(name);
  }

  /** @returns true when it was the last one that did */
  countsNoMore({ name }: KnownContact): boolean {
    if (!this.#countingOnUs.has(name)) return false;
    this.#countingOnUs.delete(name);
    return this.#countingOnUs.size === 0;
  }
}
