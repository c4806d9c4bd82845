import { type KnownContact, nameOf } from '../dht/contact.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** A holder from which nothing has come for so long is not waited for. */
const PROGRESS_MS = 1_500;
/** Nor is any holder for longer than this: whoever brings one envelope now and then must not keep others from doing so. */
const PROMISE_MS = 10_000;
/** Envelopes that others are kept from bringing, at most. */
const PROMISES = 16_384;

export interface BringersOptions {
  readonly clock: Clock;
  /** It had what another holder was to bring and did not: it shall name that again. */
  readonly askAgain: (holder: KnownContact) => void;
}

interface Bringer {
  /** What it shall bring, by map key. */
  readonly names: Set<string>;
  /** Who had some of it too, and was told to leave it. */
  readonly others: Map<string, KnownContact>;
  heardAt: number;
  endsAt: number;
}

/**
 * Who of several holders brings what: each envelope comes from the one that named it first. A holder's word keeps another
 * one waiting once, for a moment: an envelope that did not come is anybody's to bring from then on.
 */
export class Bringers {
  readonly #options: BringersOptions;
  readonly #bringers = new Map<string, Bringer>();
  readonly #bringerOf = new Map<string, Bringer>();
  /** Promised once, and not kept. Oldest first. */
  readonly #broken = new Set<string>();
  #timer: Timer | undefined;

  constructor(options: BringersOptions) {
    this.#options = options;
  }

  /** @param ids that a holder named and that have not come. @returns those that it shall bring */
  shares(ids: readonly Uint8Array[], holder: KnownContact): Uint8Array[] {
    const own = this.#bringers.get(holder.name) ?? this.#newBringer();
    const shares = ids.filter((id) => {
      const name = nameOf(id);
      const bringer = this.#bringerOf.get(name);
      if (bringer !== undefined && bringer !== own) {
        bringer.others.set(holder.name, holder);
        return false;
      }
      if (this.#broken.has(name) || this.#bringerOf.size >= PROMISES) return true;
      this.#bringerOf.set(name, own);
      own.names.add(name);
      return true;
    });
    if (own.names.size > 0) {
      this.#bringers.set(holder.name, own);
      this.heard(holder);
      this.#plan();
    }
    return shares;
  }

  /** A part of something came from this node. */
  heard({ name }: KnownContact): void {
    const bringer = this.#bringers.get(name);
    if (bringer !== undefined) bringer.heardAt = this.#options.clock.now();
  }

  came(name: string, from: KnownContact | undefined): void {
    if (from !== undefined) this.heard(from);
    const bringer = this.#bringerOf.get(name);
    this.#broken.delete(name);
    if (bringer === undefined) return;
    this.#bringerOf.delete(name);
    bringer.names.delete(name);
    if (bringer.names.size > 0) return;
    for (const [holder, one] of this.#bringers) if (one === bringer) this.#bringers.delete(holder);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#bringers.clear();
    this.#bringerOf.clear();
  }

  #newBringer(): Bringer {
    const now = this.#options.clock.now();
    return { names: new Set(), others: new Map(), heardAt: now, endsAt: now + PROMISE_MS };
  }

  #plan(): void {
    this.#timer ??= this.#options.clock.after(PROGRESS_MS, () => {
      this.#timer = undefined;
      const now = this.#options.clock.now();
      const again = new Map<string, KnownContact>();
      for (const [holder, bringer] of [...this.#bringers]) {
        if (now < Math.min(bringer.heardAt + PROGRESS_MS, bringer.endsAt)) continue;
        this.#bringers.delete(holder);
        this.#breakOff(bringer);
        for (const [name, other] of bringer.others) again.set(name, other);
      }
      for (const other of again.values()) this.#options.askAgain(other);
      if (this.#bringers.size > 0) this.#plan();
    });
  }

  #breakOff(bringer: Bringer): void {
    for (const name of bringer.names) {
      this.#bringerOf.delete(name);
      this.#broken.add(name);
    }
    for (const oldest of this.#broken) {
      if (this.#broken.size <= PROMISES) return;
      this.#broken.delete(oldest);
    }
  }
}
