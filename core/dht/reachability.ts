import type { BodyOf, DhtReply } from '../codec/dht.ts';
import { addressClass, canBePeer } from '../ids/address.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { type Endpoint, sameEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { BoundedMap } from './bounded-map.ts';
import { type ContactBook, type KnownContact, sourceOf } from './contact.ts';
import type { RoutingTable } from './routing-table.ts';
import type { IncomingRequest, Rpc } from './rpc.ts';

/** Longer than any NAT of RFC 4787 keeps an idle mapping by default: a knock from someone silent since then is news. */
const FORGOTTEN_MS = 150_000;
const SENT_GRAIN_MS = 1_000;
const FIRST_ASK_MS = 2_000;
const KNOCK_WAIT_MS = 4_000;
/** Between two tests while they do not agree, or the first ones fail. */
const DOUBT_MS = 1_000;
/**
 * After many tests that told nothing: whoever knocked may have come through a door that we had opened. In a small
 * network a newcomer has spoken to nearly everybody, so it asks often at first.
 */
const UNTOLD_MS = 60_000;
const UNTOLD_TESTS = 60;
/** Between tests of a node that is reachable, and of one that is not and would like to be of use. */
const REACHABLE_AGAIN_MS = 20 * 60_000;
const UNREACHABLE_AGAIN_MS = 10 * 60_000;
/**
 * Knocks in a row that must stay away, each asked for through another node, before we believe that none gets through:
 * a few helpers may be dead, or lie. And knocks in a row that bring back a node that was unreachable.
 */
const TRIES = 5;
const SUCCESSES = 2;
/**
 * In a network of 100 nodes, where one in five that knock is a stranger, a node that cannot be reached knows it within this
 * time after it joined. In a large one, where nearly all are, it takes about half a minute.
 */
export const JUDGED_IN_SMALL_MS = 5 * 60_000;
/** Nodes we must know for a test: one to ask, one that knocks. */
const MIN_NODES = 3;
/** Knocks that we pass on for one node, and that one node, or one network of nodes, has us make. */
const RELAY_RATE = { perSecond: 0.1, burst: 3 };
/** Knocks at one network, whoever asks for them: who lives there may have asked for none. */
const KNOCK_RATE = { perSecond: 0.5, burst: 8 };

/** Sources whose rates are remembered. */
const SOURCES = 2_048;

export type Reachability =
  | { readonly state: 'unknown'; readonly reason: string }
  | { readonly state: 'reachable'; readonly reason: string }
  | { readonly state: 'unreachable'; readonly reason: string };

const UNKNOWN: Reachability = { state: 'unknown', reason: 'No other node has tried to reach this computer yet.' };
const OWN_ADDRESS: Reachability = {
  state: 'reachable',
  reason: 'Other nodes see this computer at one of its own addresses; nothing translates addresses in between.',
};
const KNOCKED: Reachability = {
  state: 'reachable',
  reason: 'A node this computer had not spoken to could reach it.',
};
const SILENT: Reachability = {
  state: 'unreachable',
  reason: 'Nodes that were asked to knock did not get through; a router or firewall lets only answers in.',
};

export interface ReachabilityOptions {
  readonly rpc: Rpc;
  readonly table: RoutingTable;
  readonly book: ContactBook;
  readonly clock: Clock;
  readonly random: Random;
  /** An own address at which other nodes see us, if any. */
  readonly ownAddressSeen: () => Endpoint | undefined;
  /** The address at which most see us. */
  readonly seenAt: () => Endpoint | undefined;
  readonly ping: (contact: KnownContact, done: (alive: boolean) => void) => void;
  readonly changed: () => void;
}

/**
 * Finds out whether others can reach this node unasked: we ask a node to have a third one knock, one that we have not
 * sent anything to for so long that no NAT remembers it. Tested, not assumed.
 */
export class ReachabilityTest {
  state: Reachability = UNKNOWN;
  readonly #options: ReachabilityOptions;
  readonly #sentTo = new BoundedMap<string, number>(4_096);
  readonly #relays: RateLimit;
  readonly #knocks: RateLimit;
  /** Nodes whose wish to be knocked at is being passed on. */
  readonly #askers = new Set<string>();
  #timer: Timer | undefined;
  #failures = 0;
  #successes = 0;
  /** What came in since the last request to knock. */
  #outcome: 'unasked' | 'nothing' | 'familiar' | 'stranger' = 'unasked';
  #untold = 0;
  /** The number of the knock that we asked for; undefined when its time is over. */
  #asked: number | undefined;
  #seenHost: string | undefined;

  constructor(options: ReachabilityOptions) {
    this.#options = options;
    this.#relays = new RateLimit({ ...RELAY_RATE, maxSources: SOURCES, clock: options.clock });
    this.#knocks = new RateLimit({ ...KNOCK_RATE, maxSources: SOURCES, clock: options.clock });
  }

  start(): void {
    this.#askIn(FIRST_ASK_MS);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** We sent to this node, which opens the way back for it. */
  sent(to: KnownContact): void {
    const now = this.#options.clock.now();
    const before = this.#sentTo.get(to.endpoint.host);
    // To the second is enough; this runs once a datagram.
    if (before === undefined || now - before > SENT_GRAIN_MS) this.#sentTo.set(to.endpoint.host, now);
  }

  /** Our own address as seen by others became known or changed: another network needs another test. */
  addressChanged(): void {
    const presumed = this.#presumed();
    if (this.state === UNKNOWN || this.state === OWN_ADDRESS) this.#set(presumed);
    const host = this.#options.seenAt()?.host;
    if (host === this.#seenHost) return;
    const moved = this.#seenHost !== undefined;
    this.#seenHost = host;
    if (!moved) return;
    this.#failures = 0;
    this.#successes = 0;
    this.#askIn(FIRST_ASK_MS);
  }

  /** Somebody wants to be knocked at: passed on to a node it has probably not spoken to, which must be alive. */
  onAskKnock(request: IncomingRequest, { number }: BodyOf<'askKnock'>): void {
    const { from } = request;
    const done = (passedOn: boolean) => {
      this.#askers.delete(from.name);
      request.reply({ kind: 'knockAsked', body: { token: undefined, passedOn } });
    };
    // The request again, because our answer takes a while.
    if (this.#askers.has(from.name)) return;
    // Where a forged address leads to, somebody else's computer would be knocked at.
    const helper = request.proven && this.#relays.take(from.name) ? this.#anyNode(from) : undefined;
    if (helper === undefined) return done(false);
    this.#askers.add(from.name);
    // The helper knocks only for a node whose address is proven: its answer to a ping brings the token for that.
    this.#options.ping(helper, (alive) => {
      if (!alive) return done(false);
      const contact = { key: from.key, endpoint: from.endpoint };
      const body = { token: undefined, contact, number };
      this.#options.rpc.request(helper, { kind: 'relayKnock', body }, (reply) =>
        done(reply?.kind === 'knockRelayed' && reply.body.knocking),
      );
    });
  }

  /** A node we answer for asks us to knock at somebody. Only proven nodes may, and seldom. */
  onRelayKnock(request: IncomingRequest, body: BodyOf<'relayKnock'>): void {
    const contact = this.#options.book.of(body.contact.key, body.contact.endpoint);
    const knocking =
      request.proven &&
      canBePeer(contact.endpoint.host) &&
      this.#relays.take(`relay ${sourceOf(request.from)}`) &&
      this.#knocks.take(sourceOf(contact));
    request.reply({ kind: 'knockRelayed', body: { token: undefined, knocking } });
    if (!knocking) return;
    this.#options.rpc.request(contact, { kind: 'knock', body: { number: body.number } }, () => {}, { attempts: 2 });
  }

  /**
   * Of knocks that nobody asked for none counts: somebody to whom the router still lets a way in could make us believe that
   * everybody has one, and we would keep no door open.
   */
  onKnock(request: IncomingRequest, { number }: BodyOf<'knock'>): void {
    const sentAt = this.#sentTo.get(request.from.endpoint.host);
    const stranger = sentAt === undefined || this.#options.clock.now() - sentAt > FORGOTTEN_MS;
    request.reply({ kind: 'knockHeard', body: { token: undefined } });
    if (number !== this.#asked) return;
    if (!stranger) {
      if (this.#outcome !== 'stranger') this.#outcome = 'familiar';
      return;
    }
    this.#outcome = 'stranger';
    this.#failures = 0;
    this.#successes++;
    if (this.state !== SILENT || this.#successes >= SUCCESSES) this.#set(KNOCKED);
  }

  /** While untested: at an own address nothing translates in between, so a firewall is all that could be in the way. */
  #presumed(): Reachability {
    return this.#options.ownAddressSeen() === undefined ? UNKNOWN : OWN_ADDRESS;
  }

  /** On loopback and in a private network the own address says it all. */
  #needsTest(): boolean {
    const own = this.#options.ownAddressSeen();
    return own === undefined || addressClass(own.host) === 'public';
  }

  #anyNode(except?: KnownContact): KnownContact | undefined {
    const { table, random } = this.#options;
    const live = [...table.entries()].filter(
      ({ contact, failures }) => failures === 0 && contact.name !== except?.name,
    );
    return live[Math.floor(random.uniform() * live.length)]?.contact;
  }

  #askIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => this.#ask());
  }

  #ask(): void {
    const { table, rpc } = this.#options;
    const helper = this.#anyNode();
    if (helper === undefined) return this.#askIn(FIRST_ASK_MS);
    if (table.size < MIN_NODES || !this.#needsTest()) return this.#askIn(UNTOLD_MS);
    this.#asked = Math.floor(this.#options.random.uniform() * 2 ** 32);
    const body = { token: undefined, number: this.#asked, padding: new Uint8Array(0) };
    this.#outcome = 'unasked';
    const asked = (reply?: DhtReply) => {
      const passedOn = reply?.kind === 'knockAsked' && reply.body.passedOn;
      if (passedOn && this.#outcome === 'unasked') this.#outcome = 'nothing';
      return passedOn;
    };
    rpc.request(helper, { kind: 'askKnock', body }, (reply) => {
      // Refused for want of a proof of our address: that reply brought the token.
      if (!asked(reply) && reply?.body.token !== undefined) rpc.request(helper, { kind: 'askKnock', body }, asked);
    });
    this.#timer = this.#options.clock.after(KNOCK_WAIT_MS, () => this.#judge());
  }

  #judge(): void {
    this.#asked = undefined;
    if (this.#outcome === 'familiar' || this.#outcome === 'unasked') {
      const often = this.state === UNKNOWN && ++this.#untold < UNTOLD_TESTS;
      return this.#askIn(often ? DOUBT_MS : UNTOLD_MS);
    }
    this.#untold = 0;
    if (this.#outcome === 'nothing') {
      this.#successes = 0;
      this.#failures++;
      if (this.#failures >= TRIES) this.#set(SILENT);
    }
    const settled = this.#failures === 0 ? this.state !== SILENT : this.state === SILENT;
    if (!settled) return this.#askIn(DOUBT_MS);
    this.#askIn(this.state === SILENT ? UNREACHABLE_AGAIN_MS : REACHABLE_AGAIN_MS);
  }

  #set(state: Reachability): void {
    if (this.state === state) return;
    this.state = state;
    this.#options.changed();
  }
}

/** The first of the addresses others see that is an address of this host, at the port we bound. */
export function ownAddressAmong(seen: readonly Endpoint[], own: readonly string[], port: number): Endpoint | undefined {
  return seen.find((endpoint) => own.some((host) => sameEndpoint(endpoint, { host, port })));
}
