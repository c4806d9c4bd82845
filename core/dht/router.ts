import { type BodyOf, type DhtReply, ROUTE_ID_BYTES } from '../codec/dht.ts';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import type { NodeId } from '../ids/bytes.ts';
import { commonPrefixLength, isCloser } from '../ids/xor.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Unsubscribe } from '../ports/events.ts';
import { once } from '../ports/once.ts';
import type { Random } from '../ports/random.ts';
import { BoundedMap } from './bounded-map.ts';
import { type KnownContact, nameOf } from './contact.ts';
import { HedgedHops, type HedgedHopsOptions } from './hedged-hops.ts';
import { HeldPayloads } from './held-payloads.ts';
import type { KnownLeaves } from './known-leaves.ts';
import type { LeafTable } from './leaf-table.ts';
import type { RoutingTable } from './routing-table.ts';
import { type IncomingRequest, type Rpc, rateSourceOf } from './rpc.ts';
import type { RoutedMessage, RouteOptions } from './types.ts';

/** Hops a payload may take; far above the logarithm of any network, so only a loop reaches it. */
const MAX_HOPS = 20;
/** How long the way back stays known. */
const REVERSE_PATH_MS = 30_000;
const REVERSE_PATHS = 4_096;
/** Next hops tried before a payload is given up. */
const DETOURS = 4;
/** Nodes next to the root that are asked when the root itself has no leaf there (its table may be younger). */
const SIBLINGS = 2;
/** Answers that one routed payload may bring: one for each device, with room. */
const ANSWERS = 8;
/** By address, since anybody can have many keys. */
const ROUTE_RATE = { perSecond: 200, burst: 400 };

/** Sources whose rates are remembered. */
const SOURCES = 2_048;

type RouteBody = BodyOf<'route'>;

interface ReversePath {
  /** Undefined: it began here. */
  readonly previous: KnownContact | undefined;
  readonly onAnswer: ((payload: Uint8Array) => void) | undefined;
  readonly sentTo: Set<string>;
  readonly until: number;
  answersLeft: number;
}

export interface RouterOptions {
  readonly rpc: Rpc;
  readonly table: RoutingTable;
  readonly leaves: LeafTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly drops: DropCounter;
  /** True while this node is a leaf: it hands on nothing for others. */
  readonly leaf: () => boolean;
  /** True while the table knows hardly anybody. */
  readonly joining: () => boolean;
  readonly knownLeaves: KnownLeaves;
  /** A payload or an answer is for us. */
  readonly arrived: () => void;
}

/**
 * Recursive greedy routing (L:12, L:19): each hop hands a payload to a node strictly closer to the position, so it
 * ends at the root node and cannot loop, and only the next hop sees an address. Every hop confirms at once and in
 * the same way, whether anybody is registered at the position or not. Answers take the same way back.
 */
export class Router {
  readonly #options: RouterOptions;
  readonly #listeners = new Map<string, Set<(message: RoutedMessage) => void>>();
  readonly #paths = new BoundedMap<string, ReversePath>(REVERSE_PATHS);
  readonly #rate: RateLimit;
  readonly #held: HeldPayloads;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#held = new HeldPayloads(options.clock);
    this.#rate = new RateLimit({ ...ROUTE_RATE, maxSources: SOURCES, clock: options.clock });
  }

  /** Payloads that reach `position` here come to the listener. */
  listen(position: NodeId, listener: (message: RoutedMessage) => void): Unsubscribe {
    const name = nameOf(position);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(name);
    };
  }

  route(position: NodeId, payload: Uint8Array, options: RouteOptions = {}): Promise<boolean> {
    if (payload.length !== ROUTED_PAYLOAD_BYTES) throw new RangeError('a routed payload has 1,024 bytes');
    const routeId = this.#options.random.bytes(ROUTE_ID_BYTES);
    this.#remember(routeId, undefined, options.onAnswer);
    return new Promise((resolve) =>
      this.#forward({ position, routeId, hopsLeft: MAX_HOPS, payload }, undefined, resolve),
    );
  }

  /** A hop hands us a payload. */
  onRoute(request: IncomingRequest, body: RouteBody): void {
    if (body.payload.length !== ROUTED_PAYLOAD_BYTES) return this.#options.drops.add('route-bad-length');
    if (!this.#rate.take(rateSourceOf(request.from.endpoint))) return this.#options.drops.add('route-rate-limited');
    request.reply({ kind: 'routeAck', body: { token: undefined } });
    if (this.#paths.has(nameOf(body.routeId))) return this.#options.drops.add('route-seen');
    this.#remember(body.routeId, request.from, undefined);
    this.#forward(body, request.from, () => {});
  }

  /** A hop hands an answer back. */
  onAnswer(request: IncomingRequest, body: BodyOf<'answer'>): void {
    if (body.payload.length !== ROUTED_PAYLOAD_BYTES) return this.#options.drops.add('route-bad-length');
    request.reply({ kind: 'answerAck', body: { token: undefined } });
    const path = this.#paths.get(nameOf(body.routeId));
    if (path === undefined || !path.sentTo.has(request.from.name)) return this.#options.drops.add('answer-unasked');
    this.#sendBack(body.routeId, body.payload, path);
  }

  /** A leaf registered at this node: it gets what waits for it. */
  leafCame(position: NodeId, leaf: KnownContact): void {
    for (const body of this.#held.take(position)) this.#send(leaf, { ...body, hopsLeft: 0 }, () => {});
  }

  #remember(routeId: Uint8Array, previous: KnownContact | undefined, onAnswer: ReversePath['onAnswer']): void {
    const until = this.#options.clock.now() + REVERSE_PATH_MS;
    this.#paths.set(nameOf(routeId), { previous, onAnswer, until, sentTo: new Set(), answersLeft: ANSWERS });
  }

  #forward(body: RouteBody, previous: KnownContact | undefined, taken: (taken: boolean) => void): void {
    const here = this.#deliver(body);
    const leaves = this.#options.leaves.leavesAt(body.position).filter((leaf) => leaf.name !== previous?.name);
    // From somebody else it goes on as though nobody were here: the next hop may be theirs, and would miss it.
    if (here && previous === undefined) {
      for (const leaf of leaves) this.#send(leaf, { ...body, hopsLeft: 0 }, () => {});
      return taken(true);
    }
    if (leaves.length > 0) return this.#handOver(leaves, body, previous, taken);
    this.#goOn(body, previous, taken);
  }

  /** All devices get it. When none confirms in time they may be somewhere else by now, and registered at other roots. */
  #handOver(
    leaves: readonly KnownContact[],
    body: RouteBody,
    previous: KnownContact | undefined,
    taken: (taken: boolean) => void,
  ): void {
    const end = once(taken);
    let waiting = leaves.length;
    for (const leaf of leaves) {
      const late = once(() => {
        if (--waiting === 0) this.#goOn(body, previous, end);
      });
      this.#send(leaf, { ...body, hopsLeft: 0 }, (acknowledged) => (acknowledged ? end(true) : late()), late);
    }
  }

  #goOn(body: RouteBody, previous: KnownContact | undefined, taken: (taken: boolean) => void): void {
    if (body.hopsLeft === 0 || (previous !== undefined && this.#options.leaf())) return taken(false);
    const next = { ...body, hopsLeft: body.hopsLeft - 1 };
    const hops = previous === undefined ? this.#firstHops(body.position) : this.nextHops(body.position, previous);
    if (hops.length > 0) return this.#try(hops, next, taken);
    this.#held.hold(body, previous);
    this.#askSiblings(body, previous, taken);
  }

  #try(hops: readonly KnownContact[], body: RouteBody, taken: (taken: boolean) => void): void {
    const send: HedgedHopsOptions['send'] = (hop, done, late) => this.#send(hop, body, done, late);
    const ended = (acknowledged: boolean) => {
      if (!acknowledged) this.#options.drops.add('route-dead-end');
      taken(acknowledged);
    };
    new HedgedHops({ hops, send, ended }).next();
  }

  /** We are the root by what we know, and nobody is registered here. */
  #askSiblings(body: RouteBody, previous: KnownContact | undefined, taken: (taken: boolean) => void): void {
    const siblings = this.#options.table
      .closest(body.position, SIBLINGS + 1)
      .filter((contact) => contact.name !== previous?.name)
      .slice(0, SIBLINGS);
    if (siblings.length === 0) return taken(false);
    let waiting = siblings.length;
    let any = false;
    for (const sibling of siblings) {
      this.#send(sibling, { ...body, hopsLeft: 0 }, (acknowledged) => {
        any ||= acknowledged;
        if (--waiting === 0) taken(any);
      });
    }
  }

  /** To be the root by what it knows says nothing of a node that knows hardly anybody. */
  #firstHops(position: NodeId): KnownContact[] {
    const hops = this.nextHops(position);
    return hops.length > 0 || !this.#options.joining() ? hops : this.#options.table.closest(position, DETOURS);
  }

  /**
   * Nodes strictly closer to the position, best first: most bits gained, then the nearest by round-trip time. A leaf is
   * no hop, so it may begin with any node: nobody hands the payload back to it.
   */
  nextHops(position: NodeId, previous?: KnownContact): KnownContact[] {
    const { table, leaf } = this.#options;
    const anyNode = leaf();
    const closer = table
      .closest(position, 2 * DETOURS)
      .filter((contact) => contact.name !== previous?.name && (anyNode || isCloser(position, contact.id, table.self)));
    const gain = (contact: KnownContact) => commonPrefixLength(position, contact.id);
    const rtt = (contact: KnownContact) => table.get(contact.name)?.rttMs ?? Number.POSITIVE_INFINITY;
    return closer.sort((a, b) => gain(b) - gain(a) || rtt(a) - rtt(b)).slice(0, DETOURS);
  }

  /** @param late the node has not confirmed in time, and is told once more */
  #send(to: KnownContact, body: RouteBody, done: (acknowledged: boolean) => void, late?: () => void): void {
    this.#paths.get(nameOf(body.routeId))?.sentTo.add(to.name);
    const rttMs = this.#options.table.get(to.name)?.rttMs;
    // A leaf confirms what it gets, but hands nothing on: only as the last hop it is of use.
    const taken = (reply: DhtReply | undefined) =>
      done(reply !== undefined && (body.hopsLeft === 0 || !this.#options.knownLeaves.has(to)));
    this.#options.rpc.request(to, { kind: 'route', body }, taken, { attempts: 2, rttMs, late });
  }

  #deliver(body: RouteBody): boolean {
    const listeners = this.#listeners.get(nameOf(body.position));
    if (listeners === undefined) return false;
    this.#options.arrived();
    let answered = false;
    const answer = (payload: Uint8Array) => {
      if (payload.length !== ROUTED_PAYLOAD_BYTES) throw new RangeError('an answer has 1,024 bytes');
      const path = this.#paths.get(nameOf(body.routeId));
      if (answered || path === undefined) return;
      answered = true;
      this.#sendBack(body.routeId, payload, path);
    };
    for (const listener of listeners) listener({ payload: body.payload, answer });
    return true;
  }

  #sendBack(routeId: Uint8Array, payload: Uint8Array, path: ReversePath): void {
    if (path.until < this.#options.clock.now() || path.answersLeft === 0) return this.#options.drops.add('answer-late');
    path.answersLeft--;
    if (path.previous === undefined) {
      this.#options.arrived();
      path.onAnswer?.(payload);
    } else this.#options.rpc.request(path.previous, { kind: 'answer', body: { routeId, payload } }, () => {});
  }
}
