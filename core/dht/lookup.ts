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

/** Nodes of one /24 or /48 that a lookup considers: the closest ones, so that one owner cannot fill it. */
const IP_GROUP_PER_LOOKUP = 3;

/** `again`: it was late and is asked once more, since its packet or ours may have been lost. */
type State = 'fresh' | 'asked' | 'again' | 'late' | 'answered' | 'failed';

export interface Candidate {
  readonly contact: KnownContact;
  /** Who named it; undefined for nodes of our own table. */
  readonly namedBy: KnownContact | undefined;
  readonly distance: number;
  /** Answers that led here: 0 for nodes of our own table. */
  readonly hops: number;
  state: State;
  askedAt: number;
  /** Asks once more; undefined when that was done. */
  repeat: (() => void) | undefined;
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
  /** Ends when so many closest live nodes have answered; default CLOSEST. */
  readonly width?: number;
  /** True for nodes that gave no answer a moment ago: others still name them, but they are not asked again yet. */
  readonly skip: (contact: KnownContact) => boolean;
  /** May be asked now, though this node named it: false protects others from requests that a liar aims at them. */
  readonly mayAsk?: (contact: KnownContact, namedBy: KnownContact) => boolean;
  /** Nodes that this or another path of the same lookup asked: each node is asked by one path (S/Kademlia). */
  readonly claims?: Map<string, Candidate>;
  /** An answer came or is late: other paths may wait for it. */
  readonly settled?: () => void;
  /** A node answered, and whom it named is known by now. */
  readonly answered?: (candidate: Candidate) => void;
  /** A node answered when the lookup was over. */
  readonly late?: (contact: KnownContact) => void;
  /** Asks one node; the handler is called once. @returns asks once more, where that can be done */
  ask(contact: KnownContact, done: (reply: DhtReply | undefined) => void): (() => void) | undefined;
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
  readonly #groups = new Map<string, number>();
  readonly #claims: Map<string, Candidate>;
  #answers = 0;
  #inFlight = 0;
  #requests = 0;
  #lateMs = FIRST_LATE_MS;
  #slowestMs = 0;
  #timer: Timer | undefined;
  #finished = false;

  constructor(options: LookupOptions) {
    this.#options = options;
    this.#targetHead = headOf(options.target);
    this.#claims = options.claims ?? new Map();
    for (const seed of options.seeds) this.#add(seed, 0);
  }

  start(): void {
    this.advance();
  }

  /** Ends with what is known so far; nobody waits any more for whom it asked. */
  stop(): void {
    this.#finish();
    this.#timer?.cancel();
  }

  /** The own table knows one more node now. */
  offer(contact: KnownContact): void {
    if (this.#finished) return;
    this.#add(contact, 0);
    this.advance();
  }

  /** Names of nodes that are closer to the target than this one, as far as they are not known late or dead. */
  closerThan({ contact, distance }: Candidate): string[] {
    const names: string[] = [];
    for (const other of this.#shortlist) {
      if (!this.#comesBefore(other.contact, other.distance, { contact, distance })) break;
      const { state } = this.#claims.get(other.contact.name) ?? other;
      if (state !== 'failed' && state !== 'late') names.push(other.contact.name);
    }
    return names;
  }

  #add(contact: KnownContact, hops: number, namedBy?: KnownContact): void {
    const { self, target } = this.#options;
    if (this.#seen.has(contact.name) || compareDistance(target, contact.id, self) === 0) return;
    if (this.#options.skip(contact)) return;
    const distance = (contact.head ^ this.#targetHead) >>> 0;
    const list = this.#shortlist;
    let at = list.length;
    while (at > 0 && this.#comesBefore(contact, distance, list[at - 1]!)) at--;
    if (at >= SHORTLIST || !this.#groupAllows(contact, at)) return;
    this.#seen.add(contact.name);
    list.splice(at, 0, { contact, namedBy, distance, hops, state: 'fresh', askedAt: 0, repeat: undefined });
    if (list.length > SHORTLIST) this.#count(list.pop()!.contact, -1);
    this.#count(contact, 1);
  }

  /** A full group gives up its farthest node for a closer one, as long as that was not asked. */
  #groupAllows({ ipGroup }: KnownContact, at: number): boolean {
    if (ipGroup === undefined || (this.#groups.get(ipGroup) ?? 0) < IP_GROUP_PER_LOOKUP) return true;
    const farthest = this.#shortlist.findLastIndex(({ contact }) => contact.ipGroup === ipGroup);
    const candidate = this.#shortlist[farthest];
    if (candidate === undefined || farthest < at || candidate.state !== 'fresh') return false;
    this.#shortlist.splice(farthest, 1);
    this.#count(candidate.contact, -1);
    return true;
  }

  #count({ ipGroup }: KnownContact, change: 1 | -1): void {
    if (ipGroup !== undefined) this.#groups.set(ipGroup, (this.#groups.get(ipGroup) ?? 0) + change);
  }

  #comesBefore(contact: KnownContact, distance: number, other: Pick<Candidate, 'contact' | 'distance'>): boolean {
    if (distance !== other.distance) return distance < other.distance;
    return compareDistance(this.#options.target, contact.id, other.contact.id) < 0;
  }

  /** Asks whom it is time to ask, and ends when nobody is missing. */
  advance(): void {
    if (this.#finished) return;
    const { width = CLOSEST } = this.#options;
    const passOver = this.#options.hurry === true;
    const enough = this.#answers >= HURRY_ANSWERS;
    let considered = 0;
    let waiting = false;
    for (const candidate of this.#shortlist) {
      if (considered === width) break;
      let state = this.#claims.get(candidate.contact.name)?.state ?? candidate.state;
      if (state === 'fresh' && this.#inFlight < ALPHA) state = this.#ask(candidate);
      if (state === 'failed') continue;
      if (state === 'late' && passOver) {
        // Takes no place: whoever names nodes that do not answer would fill all places with them.
        waiting ||= !enough;
        continue;
      }
      considered++;
      if (state !== 'answered') waiting = true;
    }
    if (!waiting) this.#finish();
  }

  #ask(candidate: Candidate): State {
    const { contact, namedBy } = candidate;
    this.#claims.set(contact.name, candidate);
    if (namedBy !== undefined && this.#options.mayAsk?.(contact, namedBy) === false) {
      candidate.state = 'failed';
      return candidate.state;
    }
    candidate.state = 'asked';
    candidate.askedAt = this.#options.clock.now();
    this.#inFlight++;
    this.#requests++;
    this.#timer ??= this.#options.clock.after(this.#lateMs, () => this.#noteLate());
    candidate.repeat = this.#options.ask(contact, (reply) => this.#answered(candidate, reply));
    return candidate.state;
  }

  /** Whoever was asked long enough ago is late now; a lookup in a hurry asks once more before it passes a node over. */
  #noteLate(): void {
    this.#timer = undefined;
    const now = this.#options.clock.now();
    for (const candidate of this.#shortlist) {
      if (!isAwaited(candidate) || candidate.askedAt + this.#lateMs > now) continue;
      if (candidate.state === 'asked') this.#inFlight--;
      const { repeat } = candidate;
      candidate.state = this.#options.hurry === true && repeat !== undefined ? 'again' : 'late';
      if (candidate.state === 'late') continue;
      candidate.repeat = undefined;
      candidate.askedAt = now;
      repeat?.();
    }
    this.#planLate();
    this.#settled();
  }

  #settled(): void {
    this.advance();
    this.#options.settled?.();
  }

  /** One timer a lookup, for the request that will be late first. */
  #planLate(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const candidate of this.#shortlist) if (isAwaited(candidate)) first = Math.min(first, candidate.askedAt);
    if (first === Number.POSITIVE_INFINITY) return;
    const delay = Math.max(0, first + this.#lateMs - this.#options.clock.now());
    this.#timer = this.#options.clock.after(delay, () => this.#noteLate());
  }

  #answered(candidate: Candidate, reply: DhtReply | undefined): void {
    const wasRepeated = candidate.state === 'again';
    if (candidate.state === 'asked') this.#inFlight--;
    candidate.state = reply?.kind === 'nodes' ? 'answered' : 'failed';
    if (this.#finished) {
      this.#options.settled?.();
      if (candidate.state === 'answered') this.#options.late?.(candidate.contact);
      return;
    }
    if (reply?.kind === 'nodes') {
      this.#answers++;
      // Karn's rule: the answer may be one to either question.
      if (!wasRepeated) this.#learnPace(this.#options.clock.now() - candidate.askedAt);
      for (const packed of reply.body.contacts) {
        const contact = this.#options.book.unpack(packed);
        if (contact !== undefined) this.#add(contact, candidate.hops + 1, candidate.contact);
      }
      if (this.#options.until?.(candidate.contact)) return this.#finish();
      this.#options.answered?.(candidate);
    }
    this.#settled();
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
    // Other paths may still wait for whom this one asked, and must hear when they are late.
    if (this.#options.settled === undefined) this.#timer?.cancel();
    const answered = this.#shortlist.filter((candidate) => candidate.state === 'answered');
    this.#options.done({
      closest: answered.slice(0, CLOSEST).map((candidate) => candidate.contact),
      requests: this.#requests,
      hops: answered[0]?.hops ?? 0,
    });
  }
}

/** Its answer is waited for. */
function isAwaited({ state }: Candidate): boolean {
  return state === 'asked' || state === 'again';
}
