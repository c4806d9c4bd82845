import type { BodyOf } from '../codec/dht.ts';
import { addressClass } from '../ids/address.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { sameEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ContactBook, KnownContact } from './contact.ts';
import type { RoutingTable } from './routing-table.ts';
import type { IncomingRequest, Rpc } from './rpc.ts';

/** Longer than any NAT of RFC 4787 keeps an idle mapping by default: a knock from someone silent since then is news. */
const FORGOTTEN_MS = 150_000;
const ASK_AGAIN_MS = 20 * 60_000;
const FIRST_ASK_MS = 2_000;
const KNOCK_WAIT_MS = 4_000;
/** Knocks asked for before we believe that none gets through. */
const TRIES = 3;
/** Knocks a minute we pass on for one node. */
const RELAY_RATE = { perSecond: 0.1, burst: 3 };

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
  readonly seesOwnAddress: () => boolean;
  readonly changed: () => void;
}

/**
 * Finds out whether others can reach this node unasked: we ask a node to have a third one knock, one that we have not
 * sent anything to for so long that no NAT remembers it (design.md, section 4: tested, not assumed).
 */
export class ReachabilityTest {
  state: Reachability = UNKNOWN;
  readonly #options: ReachabilityOptions;
  readonly #sentTo = new BoundedMap<string, number>(4_096);
  readonly #relays: RateLimit;
  #timer: Timer | undefined;
  #triesLeft = TRIES;

  constructor(options: ReachabilityOptions) {
    this.#options = options;
    this.#relays = new RateLimit({ ...RELAY_RATE, maxSources: SOURCES, clock: options.clock });
  }

  start(): void {
    this.#timer = this.#options.clock.after(FIRST_ASK_MS, () => this.#ask());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** We are about to send to this node, which opens the way back for it. */
  sending(to: KnownContact): void {
    this.#sentTo.set(to.endpoint.host, this.#options.clock.now());
  }

  /** Our own address as seen by others became known or changed. */
  addressChanged(): void {
    if (this.#options.seesOwnAddress()) this.#set(OWN_ADDRESS);
    else if (this.state === OWN_ADDRESS) this.#set(UNKNOWN);
  }

  /** Somebody wants to be knocked at: pass it on to a node it has probably not spoken to. */
  onAskKnock(request: IncomingRequest): void {
    request.reply({ kind: 'knockAsked', body: { token: undefined } });
    if (!this.#relays.take(request.from.name)) return;
    const { random, table, rpc } = this.#options;
    const others = [...table.entries()].filter((entry) => entry.contact.name !== request.from.name);
    const helper = others[Math.floor(random.uniform() * others.length)];
    if (helper === undefined) return;
    const contact = { key: request.from.key, endpoint: request.from.endpoint };
    rpc.request(helper.contact, { kind: 'relayKnock', body: { token: undefined, contact, number: 0 } }, () => {});
  }

  /** A node we answer for asks us to knock at somebody. Only proven nodes may, and seldom. */
  onRelayKnock(request: IncomingRequest, body: BodyOf<'relayKnock'>): void {
    request.reply({ kind: 'knockRelayed', body: { token: undefined } });
    if (!request.proven || !this.#relays.take(`relay ${request.from.name}`)) return;
    const contact = this.#options.book.of(body.contact.key, body.contact.endpoint);
    if (addressClass(contact.endpoint.host) === 'special') return;
    this.#options.rpc.request(contact, { kind: 'knock', body: { number: body.number } }, () => {}, { attempts: 1 });
  }

  onKnock(request: IncomingRequest): void {
    const sentAt = this.#sentTo.get(request.from.endpoint.host);
    const stranger = sentAt === undefined || this.#options.clock.now() - sentAt > FORGOTTEN_MS;
    request.reply({ kind: 'knockHeard', body: { token: undefined } });
    if (stranger && this.state !== OWN_ADDRESS) this.#set(KNOCKED);
  }

  #ask(): void {
    const { table, rpc, random, clock } = this.#options;
    const entries = [...table.entries()];
    const helper = entries[Math.floor(random.uniform() * entries.length)];
    if (this.state === OWN_ADDRESS || helper === undefined || entries.length < 3) {
      this.#timer = clock.after(helper === undefined ? FIRST_ASK_MS : ASK_AGAIN_MS, () => this.#ask());
      return;
    }
    const body = { token: undefined, padding: new Uint8Array(0) };
    rpc.request(helper.contact, { kind: 'askKnock', body }, () => {});
    this.#timer = clock.after(KNOCK_WAIT_MS, () => this.#judge());
  }

  #judge(): void {
    if (this.state === KNOCKED) this.#triesLeft = TRIES;
    else if (--this.#triesLeft === 0) this.#set(SILENT);
    const again = this.state.state === 'unknown' ? KNOCK_WAIT_MS : ASK_AGAIN_MS;
    if (this.#triesLeft === 0) this.#triesLeft = TRIES;
    this.#timer = this.#options.clock.after(again, () => this.#ask());
  }

  #set(state: Reachability): void {
    if (this.state === state) return;
    this.state = state;
    this.#options.changed();
  }
}

/** True when one of the addresses others see is an address of this host, at the port we bound. */
export function isOwnAddress(
  seen: readonly { host: string; port: number }[],
  own: readonly string[],
  port: number,
): boolean {
  return seen.some((endpoint) => own.some((host) => sameEndpoint(endpoint, { host, port })));
}
