import type { DhtReply } from '../codec/dht.ts';
import type { NodeId } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import type { Clock } from '../ports/clock.ts';
import { BoundedMap } from './bounded-map.ts';
import { type ContactBook, type KnownContact, nameOf } from './contact.ts';
import { FirstContacts } from './first-contacts.ts';
import type { KnownLeaves } from './known-leaves.ts';
import { type Candidate, CLOSEST, Lookup, type LookupOptions, type LookupResult } from './lookup.ts';
import { Precedence } from './precedence.ts';
import type { RoutingTable } from './routing-table.ts';
import { QUICK_WIDTH, Vicinities } from './vicinities.ts';

/** A node that gave no answer is left out of lookups for so long. */
const SILENT_MS = 60_000;
const SILENT_REMEMBERED = 512;

/**
 * `until`: ends early with that node in the result; `hurry`: does not wait for late nodes; `late`: told of nodes, near or
 * far, whose answer comes when all is over.
 */
export type LookupChoice = Pick<LookupOptions, 'until' | 'hurry' | 'late'> & {
  /** Paths that share no node (S/Kademlia, section 4.4), so that a liar misleads one of them; default 1. */
  readonly paths?: number;
  /**
   * The same target is looked up again and again. True: it is mostly enough to ask those who were the closest; false: this
   * time all is looked at anew.
   */
  readonly again?: boolean;
  /** Others wait for it, at most LONGEST_WAIT_MS; it begins with the entry points while the table knows nobody. */
  readonly first?: boolean;
  /** Told of live nodes that seem to be among the `count` closest, while the lookup still makes sure of it. */
  readonly early?: { readonly count: number; readonly found: (contact: KnownContact) => void };
};

export interface LookupsOptions {
  readonly table: RoutingTable;
  readonly knownLeaves: KnownLeaves;
  readonly clock: Clock;
  readonly book: ContactBook;
  readonly entryPoints: () => readonly KnownContact[];
  /** Asks a node for what it knows near a target; the handler is called once. @returns asks once more */
  readonly findNode: (contact: KnownContact, target: NodeId, done: (reply: DhtReply | undefined) => void) => () => void;
}

/** Runs the lookups of a node, and remembers who need not be asked. */
export class Lookups {
  readonly #options: LookupsOptions;
  readonly #running = new Set<Lookup>();
  /** Lookups that several may want. */
  readonly #shared = new Map<string, Shared>();
  readonly #firstContacts: FirstContacts;
  /** By contact, not by node: silence at an address that somebody made up says nothing of the node. */
  readonly #silentUntil = new BoundedMap<KnownContact, number>(SILENT_REMEMBERED);
  readonly #precedence: Precedence;
  readonly #vicinities = new Vicinities();
  #stopped = false;

  constructor(options: LookupsOptions) {
    this.#options = options;
    this.#firstContacts = new FirstContacts(options.clock);
    this.#precedence = new Precedence(options.clock);
  }

  /**
   * Whoever wants what is being looked up already waits for that. Not what is urgent for what can wait, nor for one that
   * does not tell early: of nodes that it found already it would not hear in time.
   */
  run(target: NodeId, done: (result: LookupResult) => void, choice: LookupChoice = {}): void {
    if (choice.until !== undefined) return this.#run(target, done, choice);
    const name = `${nameOf(target)} ${choice.paths} ${choice.hurry} ${choice.again}`;
    const running = this.#shared.get(name);
    const one: Waiting = { done, late: choice.late };
    if (running !== undefined && choice.early === undefined && (running.first || choice.first !== true))
      return void running.waiting.push(one);
    const own: Shared = { waiting: [one], first: choice.first === true };
    this.#shared.set(name, own);
    const finished = (result: LookupResult) => {
      if (this.#shared.get(name) === own) this.#shared.delete(name);
      for (const each of own.waiting) each.done(result);
    };
    const late = (contact: KnownContact) => {
      for (const each of own.waiting) each.late?.(contact);
    };
    this.#run(target, finished, { ...choice, late });
  }

  #run(target: NodeId, done: (result: LookupResult) => void, choice: LookupChoice): void {
    if (choice.first !== true) return this.#precedence.after(() => this.#begin(target, done, choice));
    const end = this.#precedence.begin();
    const finished = (result: LookupResult) => {
      end();
      done(result);
    };
    const { early } = choice;
    // What is urgent is done with the first: the lookup may still wait for nodes that are gone.
    const found = (contact: KnownContact) => {
      early?.found(contact);
      end();
    };
    this.#begin(target, finished, { ...choice, early: early && { ...early, found } });
  }

  #begin(target: NodeId, done: (result: LookupResult) => void, choice: LookupChoice): void {
    if (this.#stopped) return done(NOTHING);
    const { again, paths: wanted = 1, first, early, late, ...rest } = choice;
    const closest = again === true ? this.#vicinities.of(target) : undefined;
    const quick = closest !== undefined;
    const paths = quick ? 1 : wanted;
    const width = quick ? QUICK_WIDTH : undefined;
    const finished = (result: LookupResult) => {
      if (again !== undefined) this.#vicinities.learn(target, result, quick);
      done(result);
    };
    const claims = new Map<string, Candidate>();
    const seeds = [...(closest ?? []), ...this.#seeds(target, first === true)];
    const lookups: Lookup[] = [];
    let requests = 0;
    let waiting = paths;
    for (let path = 0; path < paths; path++) {
      const lookup = this.#path(target, {
        ...{ ...rest, width, claims, seeds: seeds.filter((_seed, i) => i % paths === path) },
        answered: early && ((candidate) => isAmong(lookups, candidate, early.count) && early.found(candidate.contact)),
        settled: () => {
          for (const other of lookups) if (other !== lookup) other.advance();
        },
        // Before the last path has ended the answer still counts.
        late: (contact) => {
          if (waiting === 0) late?.(contact);
        },
        done: (result) => {
          requests += result.requests;
          if (--waiting > 0) return;
          for (const one of lookups) one.stop();
          finished(paths === 1 ? result : merged(target, claims, requests));
        },
      });
      lookups.push(lookup);
    }
    for (const lookup of lookups) this.#start(lookup);
  }

  #seeds(target: NodeId, first: boolean): readonly KnownContact[] {
    const known = this.#options.table.closest(target, 2 * CLOSEST);
    return known.length > 0 || !first ? known : this.#options.entryPoints();
  }

  #start(lookup: Lookup): void {
    this.#running.add(lookup);
    lookup.start();
  }

  #path(target: NodeId, options: LookupChoice & PathOptions): Lookup {
    const { table, clock, book, findNode, knownLeaves } = this.#options;
    const lookup: Lookup = new Lookup({
      ...options,
      ...{ target, clock, book, self: table.self },
      skip: (contact) => this.#skips(contact),
      mayAsk: (contact, namedBy) =>
        table.get(contact.name) !== undefined || this.#firstContacts.allows(contact, namedBy),
      // A leaf answers, but is no node to be found: its answer counts as none.
      ask: (contact, answered) =>
        findNode(contact, target, (reply) => answered(knownLeaves.has(contact) ? undefined : reply)),
      done: (result) => {
        this.#running.delete(lookup);
        options.done(result);
      },
    });
    return lookup;
  }

  /** What urgent lookups were for is under way: others wait a moment longer, if they do. */
  prolongWait(): void {
    this.#precedence.prolong();
  }

  heard(contact: KnownContact): void {
    this.#silentUntil.delete(contact);
    this.#firstContacts.heard(contact);
  }

  silent(contact: KnownContact): void {
    this.#silentUntil.set(contact, this.#options.clock.now() + SILENT_MS);
  }

  /**
   * The first node entered the table: a lookup that began with entry points need not wait for those. One path of it gets
   * the node, since paths share none.
   */
  joined(contact: KnownContact): void {
    const [lookup] = this.#running;
    lookup?.offer(contact);
  }

  /** Nobody of before is known any more. */
  lostAll(): void {
    this.#vicinities.clear();
  }

  /** Ends all with what they have. */
  stop(): void {
    this.#stopped = true;
    this.#precedence.release();
    for (const lookup of [...this.#running]) lookup.stop();
  }

  #skips(contact: KnownContact): boolean {
    return (this.#silentUntil.get(contact) ?? 0) > this.#options.clock.now() || this.#options.knownLeaves.has(contact);
  }
}

interface Waiting extends Pick<LookupOptions, 'late'> {
  readonly done: (result: LookupResult) => void;
}

interface Shared {
  readonly waiting: Waiting[];
  readonly first: boolean;
}

type PathOptions = Pick<LookupOptions, 'width' | 'seeds' | 'claims' | 'settled' | 'answered' | 'done'>;

const NOTHING: LookupResult = { closest: [], requests: 0, hops: 0 };

/** By what all paths know, fewer than `count` nodes are closer. */
function isAmong(lookups: readonly Lookup[], candidate: Candidate, count: number): boolean {
  return new Set(lookups.flatMap((lookup) => lookup.closerThan(candidate))).size < count;
}

/** All that answered any path by now, those included that a path in a hurry did not wait for. */
function merged(target: NodeId, claims: ReadonlyMap<string, Candidate>, requests: number): LookupResult {
  const answered = [...claims.values()].filter(({ state }) => state === 'answered');
  answered.sort((a, b) => compareDistance(target, a.contact.id, b.contact.id));
  const closest = answered.slice(0, CLOSEST).map(({ contact }) => contact);
  return { closest, requests, hops: answered[0]?.hops ?? 0 };
}
