import type { DhtReply, RelayReply, RelayRequest } from '../codec/dht.ts';
import { CONTACTS_PER_REPLY, DHT_OVERHEAD_BYTES } from '../codec/dht.ts';
import { addressClass } from '../ids/address.ts';
import type { NodeId, NodeKey } from '../ids/bytes.ts';
import type { Transport } from '../net/transport.ts';
import type { Clock } from '../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import { type Endpoint, sameEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { Admissions } from './admissions.ts';
import { ContactBook, type KnownContact, nodeIdOf } from './contact.ts';
import { type BootstrapState, EntryPoints } from './entry-points.ts';
import { KnownLeaves } from './known-leaves.ts';
import { LeafTable } from './leaf-table.ts';
import type { LookupResult } from './lookup.ts';
import { type LookupChoice, Lookups } from './lookups.ts';
import { Maintenance } from './maintenance.ts';
import { neighbourTable } from './neighbour-table.ts';
import { ObservedAddress } from './observed-address.ts';
import { ownAddressAmong, type Reachability, ReachabilityTest } from './reachability.ts';
import { RegisterDesk } from './register-desk.ts';
import { Registrar, ROOTS } from './registrar.ts';
import type { ClosestOptions, RelayIncoming, RelayNetwork } from './relay-network.ts';
import { Reunion } from './reunion.ts';
import { Router } from './router.ts';
import { RoutingTable, type TableEntry } from './routing-table.ts';
import { type Heard, type IncomingRequest, type NodeKeys, Rpc } from './rpc.ts';
import type { Contact, Overlay, PositionClaim, Registration, RoutedMessage, RouteOptions } from './types.ts';

const MAX_ENDPOINTS = 8;
/** Kinds of own addresses that friends are told; without LAN only those at which other nodes saw us. */
const TOLD_TO_FRIENDS: ReadonlySet<string> = new Set(['public', 'private']);
/** Paths of lookups for root nodes, which liars would gladly be: measured in docs/performance.md, "Lookups against liars". */
const DISJOINT_PATHS = 2;
const WHERE_ROOTS_ARE: LookupChoice = { hurry: true, paths: DISJOINT_PATHS };
/** Attempts to ask a node during a lookup: others are asked meanwhile. */
const LOOKUP_ATTEMPTS = 2;
const LEAF_BY_CHOICE =
  'This computer was set to be a leaf: it is reached through other nodes and carries nothing for them.';
const LEAF_UNREACHABLE =
  'Other nodes cannot reach this computer unasked, so it is reached through some of them and carries nothing for others.';
const FULL = 'This computer takes part in routing: it hands on what others look for.';

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
  /** Takes no part in routing, whether it can be reached or not. */
  readonly leaf?: boolean;
  /** May be shared by the nodes of one process, to save memory. */
  readonly book?: ContactBook;
}

/** A Kademlia node: the part of the network that this computer is. */
export class Dht implements Overlay, RelayNetwork {
  readonly nodeId: NodeId;
  readonly table: RoutingTable;
  readonly #options: DhtOptions;
  readonly #book: ContactBook;
  readonly #rpc: Rpc;
  readonly #leaves: LeafTable;
  readonly #registerDesk: RegisterDesk;
  readonly #router: Router;
  readonly #registrar: Registrar;
  readonly #maintenance: Maintenance;
  readonly #reachability: ReachabilityTest;
  readonly #reunion: Reunion;
  readonly #observed = new ObservedAddress();
  readonly #changed = new Emitter<void>();
  readonly #newNode = new Emitter<KnownContact>();
  readonly #newLeaf = new Emitter<{ position: NodeId; contact: KnownContact }>();
  #serveRelay: ((request: RelayIncoming) => void) | undefined;
  readonly #knownLeaves: KnownLeaves;
  readonly #entryPoints: EntryPoints;
  readonly #admissions: Admissions;
  readonly #lookups: Lookups;
  #running = false;
  #wasLeaf = false;

  constructor(options: DhtOptions) {
    const { transport, keys, clock, random } = options;
    this.#options = options;
    this.nodeId = nodeIdOf(keys.publicKey);
    this.#book = options.book ?? new ContactBook();
    this.table = new RoutingTable(this.nodeId);
    this.#leaves = new LeafTable(clock, random, this.nodeId);
    this.#rpc = new Rpc({ transport, keys, clock, random, book: this.#book, leaf: () => this.leaf });
    this.#knownLeaves = new KnownLeaves(clock);
    const common = { rpc: this.#rpc, table: this.table, clock, random, book: this.#book };
    const self = {
      leaf: () => this.leaf,
      joining: () => this.#maintenance.joining,
      running: () => this.#running,
      connected: () => this.connected,
      changed: () => this.#changed.emit(),
      knownLeaves: this.#knownLeaves,
      ping: (contact: KnownContact, done?: (alive: boolean) => void, attempts?: number) =>
        this.#ping(contact, done, attempts),
      findNode: (contact: KnownContact, target: NodeId, done: (reply?: DhtReply) => void) =>
        this.#findNode(contact, target, done, LOOKUP_ATTEMPTS),
    };
    this.#lookups = new Lookups({ ...common, ...self, entryPoints: () => this.#entryPoints.contacts });
    this.#router = new Router({
      ...common,
      ...self,
      leaves: this.#leaves,
      drops: transport.drops,
      arrived: () => this.#lookups.prolongWait(),
    });
    this.#registerDesk = new RegisterDesk({
      ...{ leaves: this.#leaves, clock, random, drops: transport.drops, leaf: self.leaf },
      came: (position, contact) => {
        this.#router.leafCame(position, contact);
        this.#newLeaf.emit({ position, contact });
      },
    });
    this.#admissions = new Admissions({ ...common, ...self, entered: (contact) => this.#entered(contact) });
    this.#reachability = new ReachabilityTest({
      ...common,
      ...self,
      ownAddressSeen: () => ownAddressAmong(this.#observed.endpoints(), transport.localAddresses(), transport.port),
      seenAt: () => this.#observed.endpoints()[0],
      changed: () => this.#reachabilityChanged(),
    });
    this.#registrar = new Registrar({
      ...common,
      nodeKey: keys.publicKey,
      router: this.#router,
      reachable: () => this.#reachability.state.state === 'reachable',
      lookup: (target, again, found, done) =>
        this.#lookUp(target, done, { ...WHERE_ROOTS_ARE, again, first: true, early: { count: ROOTS, found } }),
    });
    this.#maintenance = new Maintenance({ ...common, ...self, lookup: (target, done) => this.#lookUp(target, done) });
    this.#entryPoints = new EntryPoints({
      ...common,
      ...self,
      ask: (contact, done) => this.#findNode(contact, this.nodeId, (reply) => done(reply !== undefined)),
    });
    this.#reunion = new Reunion({
      ...common,
      ...self,
      entryPoints: () => this.#entryPoints.contacts,
      ask: (contact, done) => this.#findNode(contact, this.nodeId, done, 1),
    });
    this.#rpc.onHeard = (contact, heard) => this.#heard(contact, heard);
    this.#rpc.onSending = (contact) => this.#reachability.sent(contact);
    this.#rpc.onSilent = (contact) => this.#silent(contact);
    this.#rpc.onRequest = (request) => this.#answer(request);
    for (const entry of options.bootstrap ?? []) this.#entryPoints.add(entry.key, entry.endpoint);
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

  /** True while this node takes no part in routing: it chose so, or cannot be reached unasked (L:17). */
  get leaf(): boolean {
    return this.#options.leaf === true || this.#reachability.state.state === 'unreachable';
  }

  /** One plain sentence: why this node is a leaf, or why it is not. */
  get leafReason(): string {
    if (this.#options.leaf === true) return LEAF_BY_CHOICE;
    return this.leaf ? LEAF_UNREACHABLE : FULL;
  }

  get leafPositions(): number {
    return this.#leaves.positions;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#maintenance.start();
    this.#reachability.start();
    this.#entryPoints.start();
    this.#reunion.start();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#registrar.stop();
    this.#maintenance.stop();
    this.#reachability.stop();
    this.#entryPoints.stop();
    this.#lookups.stop();
    this.#reunion.stop();
    this.#rpc.stop();
    this.#changed.clear();
  }

  onChanged(listener: () => void): Unsubscribe {
    return this.#changed.on(listener);
  }

  /** Adds an entry point and asks it at once. */
  bootstrap(key: NodeKey, endpoint: Endpoint): void {
    this.#entryPoints.add(key, endpoint);
  }

  /** Somebody says there is a node: asked, and in the table if it answers. Not remembered as an entry point. */
  meet(key: NodeKey, endpoint: Endpoint): void {
    if (this.#running) this.#ping(this.#book.of(key, endpoint));
  }

  /** The node is no entry point any more; it stays in the routing table as long as it answers. */
  forgetBootstrap(key: NodeKey, endpoint: Endpoint): void {
    this.#entryPoints.forget(key, endpoint);
  }

  bootstrapStates(): readonly { readonly contact: Contact; readonly state: BootstrapState }[] {
    return this.#entryPoints.states();
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

  async closest(target: NodeId, options?: ClosestOptions): Promise<readonly KnownContact[]> {
    return (await this.lookup(target, { ...WHERE_ROOTS_ARE, ...options })).closest;
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
    this.#lookups.run(target, done, choice);
  }

  #findNode(to: KnownContact, target: NodeId, done: (reply?: DhtReply) => void, attempts?: number): () => void {
    const body = { token: undefined, target, padding: new Uint8Array(0) };
    const rttMs = this.table.get(to.name)?.rttMs;
    return this.#rpc.request(to, { kind: 'findNode', body }, done, { attempts, rttMs });
  }

  #ping(to: KnownContact, done: (alive: boolean) => void = () => {}, attempts?: number): void {
    const body = { token: undefined, padding: new Uint8Array(0) };
    const rttMs = this.table.get(to.name)?.rttMs;
    this.#rpc.request(to, { kind: 'ping', body }, (reply) => done(reply !== undefined), { rttMs, attempts });
  }

  #heard(contact: KnownContact, { reply, rttMs, leaf }: Heard): void {
    if (!this.#running) return;
    if ('observed' in reply.body) this.#vote(contact, reply.body.observed);
    this.#lookups.heard(contact);
    const before = this.table.size;
    this.#admissions.heard(contact, leaf, rttMs);
    if (before > 0 && this.table.size === 0) this.#lostAll();
    if (before > 0 || this.table.size === 0) return;
    this.#entryPoints.joined();
    this.#lookups.joined(contact);
    // First: lookups for the table wait for those for our positions.
    this.#registrar.renewAll();
    this.#maintenance.fill(() => this.#registrar.renewAll());
    this.#changed.emit();
  }

  #entered(contact: KnownContact): void {
    this.#registrar.onNewNode(contact);
    this.#newNode.emit(contact);
  }

  #silent(contact: KnownContact): void {
    this.#lookups.silent(contact);
    const known = this.table.get(contact.name);
    // At another address, one that it left or that somebody made up, nobody needs to answer.
    if (known === undefined || !sameEndpoint(known.contact.endpoint, contact.endpoint)) return;
    this.#maintenance.silent(contact.name);
    const removed = this.table.failed(contact.name, this.#options.clock.now());
    if (removed) this.#reunion.lost(contact);
    if (this.#running && removed && this.table.size === 0) this.#lostAll();
  }

  #lostAll(): void {
    this.#lookups.lostAll();
    this.#changed.emit();
    this.#entryPoints.join();
  }

  #reachabilityChanged(): void {
    if (this.leaf !== this.#wasLeaf) this.#roleChanged();
    this.#changed.emit();
  }

  /** Everybody in our table is asked soon, so that they hear what we are now. */
  #roleChanged(): void {
    this.#wasLeaf = this.leaf;
    if (this.leaf) this.#leaves.clear();
    this.#maintenance.checkAll();
    this.#registrar.renewAll();
  }

  #answer(request: IncomingRequest): void {
    const { body, from } = request;
    this.#admissions.consider(request);
    switch (body.kind) {
      case 'ping':
        return request.reply({ kind: 'pong', body: { token: undefined, observed: from.endpoint } });
      case 'findNode':
        this.#registrar.asked(from, body.body.target);
        return request.reply({ kind: 'nodes', body: this.#nodes(request, body.body.target) });
      case 'register':
        return request.reply({ kind: 'registered', body: this.#registerDesk.answer(request, body.body) });
      case 'route':
        return this.#router.onRoute(request, body.body);
      case 'answer':
        return this.#router.onAnswer(request, body.body);
      case 'askKnock':
        return this.#reachability.onAskKnock(request, body.body);
      case 'relayKnock':
        return this.#reachability.onRelayKnock(request, body.body);
      case 'knock':
        return this.#reachability.onKnock(request, body.body);
      default:
        return this.#serveRelay?.({ ...request, body });
    }
  }

  /** A leaf names nobody: whoever asks it is told at once that it is one, and goes elsewhere. */
  #nodes(request: IncomingRequest, target: NodeId): Extract<DhtReply, { kind: 'nodes' }>['body'] {
    let room = request.budget - DHT_OVERHEAD_BYTES - NODES_FIXED_BYTES;
    const contacts: Uint8Array[] = [];
    for (const contact of this.leaf ? [] : this.table.closest(target, CONTACTS_PER_REPLY + 1)) {
      if (this.table.get(contact.name)!.failures > 0) continue;
      room -= contact.packed.length;
      if (room < 0 || contacts.length === CONTACTS_PER_REPLY) break;
      if (contact.name !== request.from.name) contacts.push(contact.packed);
    }
    return { token: undefined, observed: request.from.endpoint, contacts };
  }

  /** A reply told us where it saw us. */
  #vote(voter: KnownContact, endpoint: Endpoint): void {
    if (!this.#observed.vote(voter, endpoint)) return;
    this.#reachability.addressChanged();
    this.#changed.emit();
  }
}

/** Transaction, leaf, kind, token with its presence byte, observed IPv6 endpoint, count. */
const NODES_FIXED_BYTES = 4 + 1 + 1 + 9 + 19 + 1;
