import type { DhtReply } from '../codec/dht.ts';
import type { NodeId } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { type ContactBook, headOf, type KnownContact } from './contact.ts';

/** Requests of a lookup under way at once (ALPHA of the Kademlia paper); late ones do not count. */
export const ALPHA = 4;
/** Size of the closest set: a lookup ends when this many closest live nodes have answered. */
export const CLOSEST = 8;
/** An answer that takes longer than this is late: the lookup goes on beside it. Follows the answers that came. */
const FIRST_LATE_MS = 120;
const LATE_LIMITS_MS = { min: 15, max: 500 };
/** A lookup in a hurry passes over late nodes once it has so many answers; the first few may all be from nearby. */
const HURRY_ANSWERS = 4;
/** Candidates kept; more than this many farther ones never matter. */
const SHORTLIST = 40;

type State = 'fresh' | 'asked' | 'late' | 'answered' | 'failed';

interface Candidate {
  readonly contact: KnownContact;
  readonly distance: number;
  /** Answers that led here: 0 for nodes of our own table. */
  readonly hops: number;
  state: State;
  askedAt: number;
}

export interface LookupResult {
  /** Live nodes that answered, closest first, at most CLOSEST. */
  readonly closest: readonly KnownContact[];
  readonly requests: number;
  /** Answers in a row that led to the closest node. */
  readonly hops: number;
}

export interface LookupOptions {
  readonly target: NodeId;
  /** Where to begin: the closest nodes of the own table. */
  readonly seeds: readonly KnownContact[];
  readonly self: NodeId;
  readonly book: ContactBook;
  readonly clock: Clock;
  /** Ends when all that is still missing is late, instead of waiting until it is known dead. */
  readonly hurry?: boolean;
  /** True for nodes that gave no answer a moment ago: others still name them, but they are not asked again yet. */
  readonly skip: (contact: KnownContact) => boolean;
  /** Asks one node; the handler is called once. */
  ask(contact: KnownContact, done: (reply: DhtReply | undefined) => void): void;
  /** Ends the lookup early: the node looked for has answered. */
  readonly until?: (contact: KnownContact) => boolean;
  done(result: LookupResult): void;
}

/**
 * Iterative lookup (Maymounkov and Mazières 2002, section 2.3), driven by events alone: each answer asks the next
 * nodes at once. A late node is passed over without being given up, so one dead node does not hold up the rest.
 */
export class Lookup {
  readonly #options: LookupOptions;
  readonly #targetHead: number;
  readonly #shortlist: Candidate[] = [];
  readonly #seen = new Set<string>();
  #inFlight = 0;
  #requests = 0;
  #lateMs = FIRST_LATE_MS;
  #slowestMs = 0;
  #answers = 0;
  #timer: Timer | undefined;
  #finished = false;

  constructor(options: LookupOptions) {
    this.#options = options;
    this.#targetHead = headOf(options.target);
    for (const seed of options.seeds) this.#add(seed, 0);
  }

  start(): void {
    this.#advance();
  }

  /** Ends with what is known so far. */
  stop(): void {
    this.#finish();
  }

  #add(contact: KnownContact, hops: number): void {
    const { self, target } = this.#options;
    if (this.#seen.has(contact.name) || compareDistance(target, contact.id, self) === 0) return;
    if (this.#options.skip(contact)) return;
    const distance = (contact.head ^ this.#targetHead) >>> 0;
    const list = this.#shortlist;
    let at = list.length;
    while (at > 0 && this.#comesBefore(contact, distance, list[at - 1]!)) at--;
    if (at >= SHORTLIST) return;
    this.#seen.add(contact.name);
    list.splice(at, 0, { contact, distance, hops, state: 'fresh', askedAt: 0 });
    if (list.length > SHORTLIST) list.pop();
  }

  #comesBefore(contact: KnownContact, distance: number, other: Candidate): boolean {
    if (distance !== other.distance) return distance < other.distance;
    return compareDistance(this.#options.target, contact.id, other.contact.id) < 0;
  }

  #advance(): void {
    if (this.#finished) return;
    const passOver = this.#options.hurry === true && this.#answers >= HURRY_ANSWERS;
    let considered = 0;
    let waiting = false;
    for (const candidate of this.#shortlist) {
      if (considered === CLOSEST) break;
      if (candidate.state === 'failed') continue;
      considered++;
      if (candidate.state === 'fresh' && this.#inFlight < ALPHA) this.#ask(candidate);
      if (candidate.state === 'late' && passOver) continue;
      if (candidate.state !== 'answered') waiting = true;
    }
    if (!waiting) this.#finish();
  }

  #ask(candidate: Candidate): void {
    candidate.state = 'asked';
    candidate.askedAt = this.#options.clock.now();
    this.#inFlight++;
    this.#requests++;
    this.#timer ??= this.#options.clock.after(this.#lateMs, () => this.#noteLate());
    this.#options.ask(candidate.contact, (reply) => this.#answered(candidate, reply));
  }

  /** Whoever was asked long enough ago is late now. */
  #noteLate(): void {
    this.#timer = undefined;
    if (this.#finished) return;
    const now = this.#options.clock.now();
    for (const candidate of this.#shortlist) {
      if (candidate.state !== 'asked' || candidate.askedAt + this.#lateMs > now) continue;
      candidate.state = 'late';
      this.#inFlight--;
    }
    this.#planLate();
    this.#advance();
  }

  /** One timer a lookup, for the request that will be late first. */
  #planLate(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const { state, askedAt } of this.#shortlist) if (state === 'asked') first = Math.min(first, askedAt);
    if (first === Number.POSITIVE_INFINITY) return;
    const delay = Math.max(0, first + this.#lateMs - this.#options.clock.now());
    this.#timer = this.#options.clock.after(delay, () => this.#noteLate());
  }

  #answered(candidate: Candidate, reply: DhtReply | undefined): void {
    if (candidate.state === 'asked') this.#inFlight--;
    candidate.state = reply?.kind === 'nodes' ? 'answered' : 'failed';
    if (this.#finished) return;
    if (reply?.kind === 'nodes') {
      this.#answers++;
      this.#learnPace(this.#options.clock.now() - candidate.askedAt);
      for (const packed of reply.body.contacts) {
        const contact = this.#options.book.unpack(packed);
        if (contact !== undefined) this.#add(contact, candidate.hops + 1);
      }
      if (this.#options.until?.(candidate.contact)) return this.#finish();
    }
    this.#advance();
  }

  #learnPace(tookMs: number): void {
    this.#slowestMs = Math.max(this.#slowestMs, tookMs);
    const { min, max } = LATE_LIMITS_MS;
    const before = this.#lateMs;
    this.#lateMs = Math.min(Math.max(3 * this.#slowestMs, min), max);
    if (this.#lateMs > before) this.#forgiveLate();
    // The timer was set when the pace was not known: a dead node must not cost more than the pace tells.
    if (this.#lateMs !== before) this.#planLate();
  }

  /** Whoever is not late by the slower pace is waited for again. */
  #forgiveLate(): void {
    const now = this.#options.clock.now();
    for (const candidate of this.#shortlist) {
      if (candidate.state !== 'late' || candidate.askedAt + this.#lateMs <= now) continue;
      candidate.state = 'asked';
      this.#inFlight++;
    }
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#timer?.cancel();
    const answered = this.#shortlist.filter((candidate) => candidate.state === 'answered');
    this.#options.done({
      closest: answered.slice(0, CLOSEST).map((candidate) => candidate.contact),
      requests: this.#requests,
      hops: answered[0]?.hops ?? 0,
    });
  }
}
