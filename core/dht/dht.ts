import type { DhtReply, RelayReply, RelayRequest } from '../codec/dht.ts';
import { type BodyOf, CONTACTS_PER_REPLY, DHT_OVERHEAD_BYTES } from '../codec/dht.ts';
import { verify } from '../crypto/crypto.ts';
import { addressClass } from '../ids/address.ts';
import type { NodeId, NodeKey } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { Transport } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import { type Endpoint, sameEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { BoundedMap } from './bounded-map.ts';
import { ContactBook, type KnownContact, nodeIdOf } from './contact.ts';
import { LeafTable } from './leaf-table.ts';
import { CLOSEST, Lookup, type LookupOptions, type LookupResult } from './lookup.ts';
import { Maintenance } from './maintenance.ts';
import { neighbourTable } from './neighbour-table.ts';
import { ObservedAddress } from './observed-address.ts';
import { isOwnAddress, type Reachability, ReachabilityTest } from './reachability.ts';
import { REGISTRATION_LIFETIME_S, Registrar } from './registrar.ts';
import type { RelayIncoming, RelayNetwork } from './relay-network.ts';
import { Router } from './router.ts';
import { RoutingTable, type TableEntry } from './routing-table.ts';
import { type IncomingRequest, type NodeKeys, Rpc } from './rpc.ts';
import {
  type Contact,
  type Overlay,
  type PositionClaim,
  positionOfClaim,
  REGISTER_PURPOSE,
  type Registration,
  type RoutedMessage,
  type RouteOptions,
} from './types.ts';

/** Pauses between rounds of asking the bootstrap nodes while none answers. */
const BOOTSTRAP_PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
/** A full bucket's stalest node is asked whether it lives when it was not heard for this long. */
const STALE_MS = 60_000;
/** Pings under way to nodes that asked us something and might enter the table. */
const CANDIDATE_PINGS = 16;
const MAX_ENDPOINTS = 8;
/** Kinds of own addresses that friends are told; without LAN only those at which other nodes saw us. */
const TOLD_TO_FRIENDS: ReadonlySet<string> = new Set(['public', 'private']);
/** Registrations of one node; each costs a signature check. */
const REGISTER_RATE = { perSecond: 5, burst: 50, maxSources: 2_048 };
/** A node that gave no answer is left out of lookups for so long. */
const SILENT_MS = 60_000;

export interface DhtOptions {
  readonly transport: Transport;
  readonly keys: NodeKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Entry points: the programmed one, the user's, and last run's good nodes. */
  readonly bootstrap?: readonly { readonly key: NodeKey; readonly endpoint: Endpoint }[];
  /** Own addresses may be told to friends: off where the local network must not be touched. */
  readonly lan?: boolean;
  /** May be shared by the nodes of one process, to save memory. */
  readonly book?: ContactBook;
}

/** A Kademlia node (design.md, section 4): the part of the network that this computer is. */
export class Dht implements Overlay, RelayNetwork {
  readonly nodeId: NodeId;
  readonly table: RoutingTable;
  readonly #options: DhtOptions;
  readonly #book: ContactBook;
  readonly #rpc: Rpc;
  readonly #leaves: LeafTable;
  readonly #registerRate: RateLimit;
  readonly #router: Router;
  readonly #registrar: Registrar;
  readonly #maintenance: Maintenance;
  readonly #reachability: ReachabilityTest;
  readonly #observed = new ObservedAddress();
  readonly #changed = new Emitter<void>();
  readonly #newNode = new Emitter<KnownContact>();
  readonly #newLeaf = new Emitter<{ position: NodeId; contact: KnownContact }>();
  #serveRelay: ((request: RelayIncoming) => void) | undefined;
  readonly #bootstrap = new Map<string, { contact: KnownContact; state: BootstrapState }>();
  readonly #candidates = new Set<string>();
  readonly #lookups = new Set<Lookup>();
  readonly #silentUntil = new BoundedMap<string, number>(512);
  #bootstrapTimer: Timer | undefined;
  #bootstrapRound = 0;
  #running = false;

  constructor(options: DhtOptions) {
    const { transport, keys, clock, random } = options;
    this.#options = options;
    this.nodeId = nodeIdOf(keys.publicKey);
    this.#book = options.book ?? new ContactBook();
    this.table = new RoutingTable(this.nodeId);
    this.#leaves = new LeafTable(clock);
    this.#registerRate = new RateLimit({ clock, ...REGISTER_RATE });
    this.#rpc = new Rpc({ transport, keys, clock, random, book: this.#book });
    const lookup = (target: NodeId, done: (result: LookupResult) => void) => this.#lookUp(target, done);
    const quickLookup = (target: NodeId, done: (result: LookupResult) => void) =>
      this.#lookUp(target, done, { hurry: true });
    const common = { rpc: this.#rpc, table: this.table, clock, random, book: this.#book };
    this.#router = new Router({ ...common, self: this.nodeId, leaves: this.#leaves, drops: transport.drops });
    this.#reachability = new ReachabilityTest({
      ...common,
      seesOwnAddress: () => isOwnAddress(this.#observed.endpoints(), transport.localAddresses(), transport.port),
      changed: () => this.#changed.emit(),
    });
    const reachable = () => this.#reachability.state.state === 'reachable';
    this.#registrar = new Registrar({
      ...common,
      nodeKey: keys.publicKey,
      router: this.#router,
      reachable,
      lookup: quickLookup,
    });
    this.#maintenance = new Maintenance({ ...common, lookup, ping: (contact) => this.#ping(contact) });
    this.#rpc.onHeard = (contact, reply, rttMs) => this.#heard(contact, reply, rttMs);
    this.#rpc.onSilent = (contact) => this.#silent(contact);
    this.#rpc.onRequest = (request) => this.#answer(request);
    for (const entry of options.bootstrap ?? []) this.#addBootstrap(entry.key, entry.endpoint);
  }

  get connected(): boolean {
    return this.table.size > 0;
  }

  get reachability(): Reachability {
    return this.#reachability.state;
  }

  get nodeKey(): NodeKey {
    return this.#options.keys.publicKey;
  }

  get leaf(): boolean {
    return false;
  }

  /** One plain sentence: why this node is a leaf, or why it is not. */
  get leafReason(): string {
    return 'This computer takes part in routing: it hands on what others look for.';
  }

  get leafPositions(): number {
    return this.#leaves.positions;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#maintenance.start();
    this.#reachability.start();
    this.#joinNetwork();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#registrar.stop();
    this.#maintenance.stop();
    this.#reachability.stop();
    this.#bootstrapTimer?.cancel();
    for (const lookup of this.#lookups) lookup.stop();
    this.#rpc.stop();
    this.#changed.clear();
  }

  onChanged(listener: () => void): Unsubscribe {
    return this.#changed.on(listener);
  }

  /** Adds an entry point and asks it at once. */
  bootstrap(key: NodeKey, endpoint: Endpoint): void {
    const contact = this.#addBootstrap(key, endpoint);
    if (this.#running) this.#askBootstrap(contact);
  }

  /** Somebody says there is a node: asked, and in the table if it answers. Not remembered as an entry point. */
  meet(key: NodeKey, endpoint: Endpoint): void {
    if (this.#running) this.#ping(this.#book.of(key, endpoint));
  }

  /** The node is no entry point any more; it stays in the routing table as long as it answers. */
  forgetBootstrap(key: NodeKey, endpoint: Endpoint): void {
    this.#bootstrap.delete(this.#book.of(key, endpoint).name);
  }

  bootstrapStates(): readonly { readonly contact: Contact; readonly state: BootstrapState }[] {
    return [...this.#bootstrap.values()];
  }

  neighbours(): readonly TableEntry[] {
    return neighbourTable(this.table.entries());
  }

  /** Nodes worth asking first in the next run: live ones, longest known first. */
  goodNodes(limit: number): readonly Contact[] {
    return [...this.table.entries()]
      .filter((entry) => entry.failures === 0)
      .slice(0, limit)
      .map((entry) => entry.contact);
  }

  observedEndpoints(): readonly Endpoint[] {
    return this.#observed.endpoints();
  }

  endpoints(): readonly Endpoint[] {
    const { transport, lan } = this.#options;
    const seen = this.#observed.endpoints();
    const own = transport.localAddresses().map((host) => ({ host, port: transport.port }));
    const usable = lan === true ? own.filter(({ host }) => TOLD_TO_FRIENDS.has(addressClass(host))) : [];
    const all = [...seen, ...usable];
    const distinct = all.filter((endpoint, i) => all.findIndex((other) => sameEndpoint(other, endpoint)) === i);
    return distinct.slice(0, MAX_ENDPOINTS);
  }

  register(claim: PositionClaim, onMessage: (message: RoutedMessage) => void): Registration {
    return this.#registrar.register(claim, onMessage);
  }

  route(position: NodeId, payload: Uint8Array, options?: RouteOptions): Promise<boolean> {
    return this.#router.route(position, payload, options);
  }

  async closest(target: NodeId): Promise<readonly KnownContact[]> {
    return (await this.lookup(target, { hurry: true })).closest;
  }

  nextHops(target: NodeId): readonly KnownContact[] {
    return this.#router.nextHops(target);
  }

  request(to: KnownContact, body: RelayRequest): Promise<RelayReply | undefined> {
    const rttMs = this.table.get(to.name)?.rttMs;
    return new Promise((resolve) => {
      // The RPC takes no reply of another kind than the request's.
      this.#rpc.request(to, body, (reply) => resolve(reply as RelayReply | undefined), { rttMs });
    });
  }

  serve(handler: (request: RelayIncoming) => void): void {
    this.#serveRelay = handler;
  }

  onNewNode(listener: (contact: KnownContact) => void): Unsubscribe {
    return this.#newNode.on(listener);
  }

  leavesAt(position: NodeId): readonly KnownContact[] {
    return this.#leaves.leavesAt(position);
  }

  onLeaf(listener: (leaf: { position: NodeId; contact: KnownContact }) => void): Unsubscribe {
    return this.#newLeaf.on(listener);
  }

  /** The closest live nodes to `target`, closest first. */
  lookup(target: NodeId, options: LookupChoice = {}): Promise<LookupResult> {
    return new Promise((resolve) => this.#lookUp(target, resolve, options));
  }

  #lookUp(target: NodeId, done: (result: LookupResult) => void, choice: LookupChoice = {}): void {
    this.#maintenance.lookedUp(target);
    const lookup: Lookup = new Lookup({
      ...choice,
      target,
      clock: this.#options.clock,
      self: this.nodeId,
      book: this.#book,
      seeds: this.table.closest(target, 2 * CLOSEST),
      skip: (contact) => (this.#silentUntil.get(contact.name) ?? 0) > this.#options.clock.now(),
      ask: (contact, answered) => this.#findNode(contact, target, answered, 2),
      done: (result) => {
        this.#lookups.delete(lookup);
        done(result);
      },
    });
    this.#lookups.add(lookup);
    lookup.start();
  }

  #findNode(to: KnownContact, target: NodeId, done: (reply?: DhtReply) => void, attempts?: number): void {
    this.#reachability.sending(to);
    const body = { token: undefined, target, padding: new Uint8Array(0) };
    const rttMs = this.table.get(to.name)?.rttMs;
    this.#rpc.request(to, { kind: 'findNode', body }, done, { attempts, rttMs });
  }

  #ping(to: KnownContact, done: (alive: boolean) => void = () => {}): void {
    this.#reachability.sending(to);
    const body = { token: undefined, padding: new Uint8Array(0) };
    const rttMs = this.table.get(to.name)?.rttMs;
    this.#rpc.request(to, { kind: 'ping', body }, (reply) => done(reply !== undefined), { rttMs });
  }

  #heard(contact: KnownContact, reply: DhtReply, rttMs: number | undefined): void {
    if (!this.#running) return;
    if ('observed' in reply.body) this.#vote(contact, reply.body.observed);
    this.#silentUntil.delete(contact.name);
    const before = this.table.size;
    this.#admit(contact, rttMs ?? 500);
    if (before > 0 || this.table.size === 0) return;
    this.#bootstrapRound = 0;
    this.#maintenance.fill(() => this.#registrar.renewAll());
    this.#registrar.renewAll();
    this.#changed.emit();
  }

  #admit(contact: KnownContact, rttMs: number): void {
    const now = this.#options.clock.now();
    const admission = this.table.heard(contact, now, rttMs);
    if (admission.admitted) {
      if (!admission.isNew) return;
      this.#registrar.onNewNode(contact);
      this.#newNode.emit(contact);
      return;
    }
    const { oldest } = admission;
    if (oldest === undefined || now - oldest.checkedAt < STALE_MS) return;
    oldest.checkedAt = now;
    this.#ping(oldest.contact, (alive) => {
      if (alive || !this.#running) return;
      this.table.remove(oldest.contact.name);
      this.#admit(contact, rttMs);
    });
  }

  #silent(contact: KnownContact): void {
    const now = this.#options.clock.now();
    this.#silentUntil.set(contact.name, now + SILENT_MS);
    if (this.table.get(contact.name) !== undefined) this.#maintenance.silent(contact.name);
    const removed = this.table.failed(contact.name, now);
    if (!this.#running || !removed || this.table.size > 0) return;
    this.#changed.emit();
    this.#joinNetwork();
  }

  #answer(request: IncomingRequest): void {
    const { body, from } = request;
    this.#consider(from, body.kind);
    switch (body.kind) {
      case 'ping':
        return request.reply({ kind: 'pong', body: { token: undefined, observed: from.endpoint } });
      case 'findNode':
        return request.reply({ kind: 'nodes', body: this.#nodes(request, body.body.target) });
      case 'register':
        return request.reply({
          kind: 'registered',
          body: { token: undefined, accepted: this.#take(request, body.body) },
        });
      case 'route':
        return this.#router.onRoute(request, body.body);
      case 'answer':
        return this.#router.onAnswer(request, body.body);
      case 'askKnock':
        return this.#reachability.onAskKnock(request);
      case 'relayKnock':
        return this.#reachability.onRelayKnock(request, body.body);
      case 'knock':
        return this.#reachability.onKnock(request);
      default:
        return this.#serveRelay?.({ ...request, body });
    }
  }

  #nodes(request: IncomingRequest, target: NodeId): Extract<DhtReply, { kind: 'nodes' }>['body'] {
    let room = request.budget - DHT_OVERHEAD_BYTES - NODES_FIXED_BYTES;
    const contacts: Uint8Array[] = [];
    for (const contact of this.table.closest(target, CONTACTS_PER_REPLY + 1)) {
      if (this.table.get(contact.name)!.failures > 0) continue;
      room -= contact.packed.length;
      if (room < 0 || contacts.length === CONTACTS_PER_REPLY) break;
      if (contact.name !== request.from.name) contacts.push(contact.packed);
    }
    return { token: undefined, observed: request.from.endpoint, contacts };
  }

  #take(request: IncomingRequest, body: BodyOf<'register'>): number {
    const { drops } = this.#options.transport;
    const { from } = request;
    // Only an unproven address is told no. Whether there was a place stays untold: a stranger who fills a position
    // could else find out that somebody is registered there.
    if (!request.proven) return 0;
    if (!this.#registerRate.take(from.name)) drops.add('register-rate-limited');
    else if (!verify(body.claimKey, body.signature, REGISTER_PURPOSE, from.key)) drops.add('register-bad-signature');
    else this.#admitLeaf(positionOfClaim(body.claimKey), from, Math.min(body.lifetimeS, REGISTRATION_LIFETIME_S));
    return 1;
  }

  #admitLeaf(position: NodeId, leaf: KnownContact, lifetimeS: number): void {
    if (lifetimeS === 0) this.#leaves.unregister(position, leaf);
    else if (this.#leaves.register(position, leaf, lifetimeS * 1_000)) this.#newLeaf.emit({ position, contact: leaf });
    else this.#options.transport.drops.add('register-full');
  }

  /** A node that asks us something may enter the table, but only after it answered us. */
  #consider(from: KnownContact, kind: string): void {
    if (kind === 'knock' || !this.table.hasRoom(from) || this.#candidates.has(from.name)) return;
    if (this.#candidates.size >= CANDIDATE_PINGS) return;
    this.#candidates.add(from.name);
    this.#ping(from, () => this.#candidates.delete(from.name));
  }

  #addBootstrap(key: NodeKey, endpoint: Endpoint): KnownContact {
    const contact = this.#book.of(key, endpoint);
    if (!this.#bootstrap.has(contact.name)) this.#bootstrap.set(contact.name, { contact, state: 'untried' });
    return contact;
  }

  #joinNetwork(): void {
    this.#bootstrapTimer?.cancel();
    if (!this.#running || this.connected) return;
    for (const { contact } of this.#bootstrap.values()) this.#askBootstrap(contact);
    const pause = BOOTSTRAP_PAUSES_MS[Math.min(this.#bootstrapRound++, BOOTSTRAP_PAUSES_MS.length - 1)]!;
    this.#bootstrapTimer = this.#options.clock.after(pause, () => this.#joinNetwork());
  }

  #askBootstrap(contact: KnownContact): void {
    const entry = this.#bootstrap.get(contact.name);
    if (entry !== undefined && entry.state !== 'answered') entry.state = 'trying';
    this.#findNode(contact, this.nodeId, (reply) => {
      if (entry !== undefined) entry.state = reply === undefined ? 'silent' : 'answered';
      if (this.#running) this.#changed.emit();
    });
  }

  /** A reply told us where it saw us. */
  #vote(voter: KnownContact, endpoint: Endpoint): void {
    if (!this.#observed.vote(voter, endpoint)) return;
    this.#reachability.addressChanged();
    this.#changed.emit();
  }
}

/** `until`: ends early with that node in the result; `hurry`: does not wait for late nodes. */
export type LookupChoice = Pick<LookupOptions, 'until' | 'hurry'>;

export type BootstrapState = 'untried' | 'trying' | 'answered' | 'silent';

/** Transaction, kind, token with its presence byte, observed IPv6 endpoint, count. */
const NODES_FIXED_BYTES = 4 + 1 + 9 + 19 + 1;
