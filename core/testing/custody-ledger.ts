import type { CopiesAtAge } from './custody-types.ts';

/** Messages of one age are looked at together. */
const AGE_STEP_MS = 6 * 3_600_000;

/** One message, from its sender's hand to the receiver's. Times in virtual ms. */
export interface LedgerEntry {
  readonly name: string;
  readonly chat: number;
  readonly place: number;
  readonly sentAt: number;
  storedAt: number | undefined;
  arrivedAt: number | undefined;
  arrivals: number;
  /** For how long the last copy that was up had been the only one when it went, the last time that it did. */
  aloneMs: number | undefined;
}

interface Looks {
  looks: number;
  live: number;
  all: number;
  none: number;
  belowTwo: number;
}

/** Everything that was sent, and what became of it. */
export class CustodyLedger {
  readonly entries = new Map<string, LedgerEntry>();
  readonly #ages: Looks[] = [];
  /** Milliseconds that messages waited, summed over all messages. */
  waitedMs = 0;
  /** For how long the last copy that was up had been the only one, each time that one went of a stored message. */
  readonly aloneMs: number[] = [];
  /** Shown after a later one of the same chat. */
  late = 0;
  /** Standing below a later one of the same chat at the end. */
  reordered = 0;

  sent(entry: Pick<LedgerEntry, 'name' | 'chat' | 'place' | 'sentAt'>): LedgerEntry {
    const whole: LedgerEntry = { ...entry, storedAt: undefined, arrivedAt: undefined, arrivals: 0, aloneMs: undefined };
    this.entries.set(entry.name, whole);
    return whole;
  }

  /** @throws {Error} for a message that was never sent: a bug of the experiment. */
  arrived(name: string, at: number): LedgerEntry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new Error('a message arrived that nobody sent');
    entry.arrivals++;
    if (entry.arrivedAt !== undefined) return entry;
    entry.arrivedAt = at;
    this.waitedMs += at - entry.sentAt;
    return entry;
  }

  /** @param aloneMs the last copy that was up went, after having been the only one for so long */
  noneLeftUp(name: string, aloneMs: number): void {
    const entry = this.entries.get(name);
    if (entry?.storedAt === undefined || entry.arrivedAt !== undefined) return;
    entry.aloneMs = aloneMs;
    this.aloneMs.push(aloneMs);
  }

  /** How a chat looks in the end. @param places of its messages, from the top to the bottom */
  read(places: readonly number[]): void {
    let latest = -1;
    for (const place of places) {
      if (place < latest) this.reordered++;
      latest = Math.max(latest, place);
    }
  }

  /** @param copies for each name, how many copies there are on computers that are up, and on all that will come back */
  look(now: number, copies: ReadonlyMap<string, { live: number; all: number }>): void {
    for (const { name, sentAt, storedAt, arrivedAt } of this.entries.values()) {
      if (storedAt === undefined || arrivedAt !== undefined) continue;
      const age = Math.floor((now - sentAt) / AGE_STEP_MS);
      this.#ages[age] ??= { looks: 0, live: 0, all: 0, none: 0, belowTwo: 0 };
      const looks = this.#ages[age];
      const { live, all } = copies.get(name) ?? { live: 0, all: 0 };
      looks.looks++;
      looks.live += live;
      looks.all += all;
      if (live === 0) looks.none++;
      if (live < 2) looks.belowTwo++;
    }
  }

  copies(): CopiesAtAge[] {
    return this.#ages.flatMap(({ looks, live, all, none, belowTwo }, age) => ({
      ageMs: age * AGE_STEP_MS,
      messages: looks,
      live: live / looks,
      all: all / looks,
      withNone: none / looks,
      belowTwo: belowTwo / looks,
    }));
  }

  /** Over all looks. */
  shares(): { readonly belowTwo: number; readonly withNone: number } {
    const sum = (of: (looks: Looks) => number) => this.#ages.reduce((total, looks) => total + of(looks), 0);
    const looks = Math.max(
      1,
      sum((age) => age.looks),
    );
    return { belowTwo: sum((age) => age.belowTwo) / looks, withNone: sum((age) => age.none) / looks };
  }
}
