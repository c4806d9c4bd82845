import type { BodyOf, RelayReply } from '../codec/dht.ts';
import type { Comparison, Verdict } from '../codec/relay.ts';
import { verify } from '../crypto/crypto.ts';
import { type KnownContact, nameOf } from '../dht/contact.ts';
import type { RelayIncoming, RelayNetwork } from '../dht/relay-network.ts';
import { positionOfClaim } from '../dht/types.ts';
import { addressClass, ipGroup } from '../ids/address.ts';
import { equalBytes, type NodeId } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { RelayCacheStore } from '../store/relay-cache.ts';
import { AttendanceAt, COLLECT_LIFETIME_S, COLLECT_PURPOSE } from './attendance.ts';
import { Cache, type Kept } from './cache.ts';
import type { RelayContext } from './context.ts';
import { Courier } from './courier.ts';
import { Custodian } from './custodian.ts';
import { DepositOf } from './deposits.ts';
import type { Envelope } from './envelope.ts';
import { readEnvelope } from './envelope.ts';
import { Assemblies, ask, type HandOver } from './exchange.ts';
import { Policies } from './policies.ts';
import { copyPositions } from './positions.ts';
import { destinationOf, isReceipt, type Receipt } from './receipt.ts';
import { Receipts } from './receipts.ts';
import { DEFAULT_SETTINGS, type RelaySettings } from './settings.ts';
import type { Attendance, AttendOptions, Deposit, DepositOptions, Relay, RelayStats } from './types.ts';
import { Watcher, type WatcherOptions, type WatchPort } from './watch.ts';

/** Envelopes a second from one source, and at once; and signatures that one source makes us check. */
const TAKE_RATE = { perSecond: 100, burst: 2_000, maxSources: 2_048 };
const CHECK_RATE = { perSecond: 50, burst: 500, maxSources: 2_048 };
/** The network page is told of changes at most this often. */
const CHANGE_PAUSE_MS = 1_000;

export interface RelayNodeOptions {
  readonly network: RelayNetwork;
  readonly store: RelayCacheStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly drops: DropCounter;
  readonly settings?: Partial<RelaySettings>;
  /** Experiments with many nodes watch partners in a cheaper way. */
  readonly makeWatcher?: (options: WatcherOptions) => WatchPort;
}

/** A carrier, a sender and a destination of envelopes: what this computer does for messages to people who are away. */
export class RelayNode implements Relay {
  readonly #context: RelayContext;
  readonly #cache: Cache;
  readonly #courier: Courier;
  readonly #custodian: Custodian;
  readonly #watcher: WatchPort;
  readonly #policies: Policies;
  readonly #receipts: Receipts;
  readonly #assemblies: Assemblies;
  readonly #attendances = new Map<string, AttendanceAt>();
  readonly #deposits = new Set<DepositOf>();
  readonly #takeRate: RateLimit;
  readonly #checkRate: RateLimit;
  readonly #changed = new Emitter<void>();
  readonly #unsubscribe: Unsubscribe[] = [];
  #changeTimer: Timer | undefined;
  #running = false;

  constructor(options: RelayNodeOptions) {
    const { clock, store } = options;
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.#cache = new Cache({ store, clock, settings });
    const counters = { taken: 0, handedOn: 0, freed: 0, expired: 0 };
    this.#context = { ...options, settings, cache: this.#cache, counters };
    const { random } = options;
    const { watchMs, watchPerPartnerMs } = settings;
    const silent = (partner: KnownContact) => this.#custodian.onSilent(partner);
    const watcherOptions = { clock, random, watchMs, watchPerPartnerMs, silent };
    this.#watcher = options.makeWatcher?.(watcherOptions) ?? new Watcher(watcherOptions);
    this.#custodian = new Custodian({
      context: this.#context,
      watcher: this.#watcher,
      inTransit: (kept) => this.#courier.carries(kept.name, kept.copies),
      changed: () => this.#announce(),
    });
    this.#courier = new Courier(this.#context, {
      rest: (envelope, lifeMs, stored) => this.#rest(envelope, lifeMs, stored),
      release: (envelope) => this.#release(envelope),
      back: (envelope, root) => this.#withKept(envelope, (kept) => this.#custodian.back(kept, root)),
    });
    this.#policies = new Policies(this.#context);
    this.#receipts = new Receipts(this.#context);
    this.#assemblies = new Assemblies(clock);
    this.#takeRate = new RateLimit({ clock, ...TAKE_RATE });
    this.#checkRate = new RateLimit({ clock, ...CHECK_RATE });
    this.#cache.onDisplaced = (kept) => this.#custodian.drop(kept);
  }

  /** Idempotent. What an earlier run left on the disk is taken up. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { network } = this.#context;
    network.serve((request) => this.#serve(request));
    this.#unsubscribe.push(
      network.onNewNode((contact) => this.#custodian.onNewNode(contact)),
      network.onLeaf(({ position, contact }) => this.#onLeaf(position, contact)),
    );
    this.#custodian.start();
  }

  /** Idempotent. The cache's store belongs to the caller. */
  stop(): void {
    this.#running = false;
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const attendance of [...this.#attendances.values()]) attendance.close();
    for (const deposit of [...this.#deposits]) deposit.close();
    this.#courier.stop();
    this.#custodian.stop();
    this.#watcher.stop();
    this.#changeTimer?.cancel();
    this.#changed.clear();
  }

  copiesFor(destination: NodeId): number {
    const { network, settings } = this.#context;
    if (settings.copies === 0) return 0;
    const isRoot = (position: NodeId) => network.nextHops(position).length === 0;
    return settings.copies + (copyPositions(destination, settings.copies).some(isRoot) ? 1 : 0);
  }

  deposit(envelope: Envelope, options: DepositOptions): Deposit {
    const deposit = new DepositOf(
      {
        context: this.#context,
        courier: this.#courier,
        holds: ({ name }) => this.#cache.get(name) !== undefined,
        closed: (closed) => this.#deposits.delete(closed),
      },
      envelope,
      options,
    );
    this.#deposits.add(deposit);
    return deposit;
  }

  attend(options: AttendOptions): Attendance {
    const name = nameOf(positionOfClaim(options.claim.publicKey));
    this.#attendances.get(name)?.close();
    const attendance = new AttendanceAt(
      {
        context: this.#context,
        freed: (receipt) => this.#free(receipt),
        ended: (ended) => this.#attendances.get(name) === ended && this.#attendances.delete(name),
      },
      options,
    );
    this.#attendances.set(name, attendance);
    for (const group of this.#custodian.groupsFor(attendance.destination))
      for (const kept of group.members.values()) this.#takeHome(kept, attendance);
    return attendance;
  }

  stats(): RelayStats {
    const { envelopes, bytes, destinations, capacity } = this.#cache;
    let waiting = 0;
    for (const attendance of this.#attendances.values()) waiting += attendance.waiting;
    return { carried: { envelopes, bytes, destinations }, capacity, waiting, ...this.#context.counters };
  }

  setCapacity(bytes: number): void {
    for (const kept of this.#cache.setCapacity(bytes)) {
      this.#cache.forget(kept);
      this.#custodian.drop(kept);
    }
    this.#announce();
  }

  onChanged(listener: () => void): Unsubscribe {
    return this.#changed.on(listener);
  }

  #serve(request: RelayIncoming): void {
    const { body, from, proven } = request;
    switch (body.kind) {
      case 'carry':
        if (!proven) return this.#verdict(request, 'unproven');
        return this.#onCarry(request, body.body);
      case 'offer':
        if (!proven) return this.#verdict(request, 'unproven');
        return this.#verdict(request, this.#onOffer(from, body.body));
      case 'part':
        if (!proven) return this.#verdict(request, 'unproven');
        return this.#onPart(request, body.body);
      case 'inventory':
        if (!proven)
          return request.reply({ kind: 'missing', body: { token: undefined, verdict: 'unproven', ids: [] } });
        return request.reply({ kind: 'missing', body: this.#onInventory(from, body.body) });
      case 'collect':
        return request.reply({ kind: 'collecting', body: this.#onCollect(request, body.body) });
      case 'compare':
        return request.reply({ kind: 'compared', body: { token: undefined, comparison: this.#compare(body.body) } });
      case 'settle':
        request.reply({ kind: 'settled', body: { token: undefined } });
        return this.#courier.onSettle(from, { ...body.body, envelopeName: nameOf(body.body.envelopeId) });
      case 'free':
        request.reply({ kind: 'freed', body: { token: undefined } });
        return proven ? this.#onFree(from, body.body) : undefined;
      case 'notify':
        request.reply({ kind: 'notified', body: { token: undefined } });
        return this.#onNotify(body.body);
    }
  }

  #verdict(request: RelayIncoming, verdict: Verdict): void {
    request.reply(verdictReply(request.body.kind, verdict));
  }

  #onCarry(request: RelayIncoming, body: BodyOf<'carry'>): void {
    // The packet's memory is not ours to keep.
    const envelope = readEnvelope(body.envelope.slice());
    if (envelope === undefined) return this.#verdict(request, 'malformed');
    void this.#take(envelope, body, request.from).then((verdict) => this.#verdict(request, verdict));
  }

  #onOffer(from: KnownContact, body: BodyOf<'offer'>): Verdict {
    const name = nameOf(body.envelopeId);
    if (this.#receipts.of(name) !== undefined) {
      this.#showReceipt(name, from);
      return 'freed';
    }
    if (!this.#attendances.has(nameOf(body.destination))) {
      const kept = this.#cache.get(name);
      const envelope = kept && this.#cache.envelope(kept);
      if (envelope !== undefined) {
        this.#carryOn(envelope, body, from);
        return 'held';
      }
      if (this.#cache.capacity === 0 || this.#context.network.leaf) return 'off';
    }
    return this.#assemblies.begin(from, body.envelopeId, body.bytes, body) ? 'wanted' : 'full';
  }

  #onPart(request: RelayIncoming, body: BodyOf<'part'>): void {
    const { from } = request;
    const taken = this.#assemblies.take(from, body.envelopeId, body.index, body.bytes);
    if (typeof taken === 'string') return this.#verdict(request, taken);
    void this.#take(taken.envelope, taken.how, from).then((verdict) => this.#verdict(request, verdict));
  }

  /** Takes an envelope from another node: for ourselves, or to carry it. */
  async #take(envelope: Envelope, how: HandOver, from: KnownContact): Promise<Verdict> {
    const attendance = this.#attendances.get(nameOf(envelope.destination));
    if (attendance !== undefined) {
      attendance.take(envelope, from);
      return 'held';
    }
    if (this.#receipts.of(envelope.name) !== undefined) {
      this.#showReceipt(envelope.name, from);
      return 'freed';
    }
    const known = this.#cache.get(envelope.name);
    const verdict = known === undefined ? this.#keep(envelope, how.lifeS * 1_000, from) : 'held';
    if (verdict !== 'kept' && verdict !== 'held') return verdict;
    if (!(await this.#saved())) {
      // It is not on the disk, whatever the tables in memory say.
      this.#withKept(envelope, (kept) => this.#cache.forget(kept));
      return 'full';
    }
    this.#carryOn(envelope, how, from);
    return verdict;
  }

  #keep(envelope: Envelope, lifeMs: number, from: KnownContact): Verdict {
    const { network, counters } = this.#context;
    const source = sourceOf(from);
    if (this.#cache.capacity === 0 || network.leaf) return 'off';
    if (lifeMs <= 0) return 'malformed';
    if (!this.#takeRate.take(source)) return 'tooFast';
    const standing = this.#policies.standing(envelope);
    if (standing === 'forbidden') return 'forbidden';
    const kept = this.#cache.keep(envelope, { source, stranger: standing === 'stranger', lifeMs });
    if (kept === 'full') return 'full';
    counters.taken++;
    this.#announce();
    return 'kept';
  }

  /** It is on the disk: on to the next hop, or to rest. */
  #carryOn(envelope: Envelope, how: HandOver, from: KnownContact): void {
    if (how.hopsLeft > 0) this.#courier.took(envelope, how, from);
    else this.#withKept(envelope, (kept) => this.#custodian.adopt(kept));
  }

  /** The way of an envelope ends here. */
  #rest(envelope: Envelope, lifeMs: number, stored: (holders: number, lifeS: number) => void): void {
    const attendance = this.#attendances.get(nameOf(envelope.destination));
    if (attendance !== undefined) return attendance.take(envelope, undefined);
    const known = this.#cache.get(envelope.name);
    if (known !== undefined) return this.#custodian.adopt(known, stored);
    // Our own envelope, and we are the root: it rests here like any other.
    const kept = this.#cache.keep(envelope, { source: OWN_SOURCE, stranger: false, lifeMs });
    if (kept === 'full') return;
    this.#announce();
    void this.#saved().then((ok) => {
      if (ok) this.#custodian.adopt(kept, stored);
    });
  }

  #release(envelope: Envelope): void {
    this.#withKept(envelope, (kept) => {
      if (this.#custodian.rests(kept) || this.#courier.carries(kept.name, kept.copies)) return;
      this.#cache.forget(kept);
      this.#announce();
    });
  }

  #onInventory(from: KnownContact, body: BodyOf<'inventory'>): Extract<RelayReply, { kind: 'missing' }>['body'] {
    const attendance = this.#attendances.get(nameOf(body.destination));
    if (attendance !== undefined)
      return { token: undefined, verdict: 'wanted', ids: attendance.wanted(body.ids, from) };
    if (this.#cache.capacity === 0 || this.#context.network.leaf) return { token: undefined, verdict: 'off', ids: [] };
    const known = this.#custodian.group(body.destination, body.copies)?.knownAt(from);
    const wanted: Uint8Array[] = [];
    for (const id of body.ids) {
      const name = nameOf(id);
      if (this.#receipts.of(name) !== undefined) this.#showReceipt(name, from);
      else if (this.#cache.get(name) === undefined) wanted.push(id);
      else known?.add(name);
    }
    return { token: undefined, verdict: wanted.length > 0 ? 'wanted' : 'held', ids: wanted };
  }

  #onCollect(request: RelayIncoming, body: BodyOf<'collect'>): Extract<RelayReply, { kind: 'collecting' }>['body'] {
    const { from } = request;
    const refused = { token: undefined, accepted: 0, waiting: 0 };
    if (!request.proven) return refused;
    if (!this.#checkRate.take(sourceOf(from))) {
      this.#context.drops.add('collect-rate');
      return refused;
    }
    if (!verify(body.claimKey, body.signature, COLLECT_PURPOSE, from.key)) {
      this.#context.drops.add('collect-forged');
      return refused;
    }
    const destination = positionOfClaim(body.claimKey);
    if (body.policy !== undefined) this.#policies.learn(body.policy, destination);
    const lifetimeMs = Math.min(body.lifetimeS, COLLECT_LIFETIME_S) * 1_000;
    // After the reply, so that the collector knows how much to expect.
    void Promise.resolve().then(() => this.#custodian.deliveryTo(destination).collect(from, lifetimeMs));
    return { token: undefined, accepted: 1, waiting: this.#custodian.waitingFor(destination) };
  }

  /** A leaf registered here as the root of its position: what is kept at its own root moves to it (L:22). */
  #onLeaf(position: NodeId, contact: KnownContact): void {
    if (this.#custodian.waitingFor(position) > 0)
      this.#custodian.deliveryTo(position).collect(contact, COLLECT_LIFETIME_S * 1_000);
  }

  #compare({ destination, copies, count, digest }: BodyOf<'compare'>): Comparison {
    const group = this.#custodian.group(destination, copies);
    if (group === undefined || (!group.isHolder && group.members.size === 0)) return 'none';
    return group.members.size === count && equalBytes(group.digest, digest) ? 'same' : 'different';
  }

  #onFree(from: KnownContact, receipt: Receipt): void {
    if (!this.#checkRate.take(sourceOf(from))) return this.#context.drops.add('receipt-rate');
    if (!isReceipt(receipt)) return this.#context.drops.add('receipt-forged');
    this.#free(receipt, from);
  }

  /** Every copy goes; whoever else keeps one is told (L:30). */
  #free(receipt: Receipt, from?: KnownContact): void {
    if (!this.#receipts.add(receipt)) return;
    const destination = destinationOf(receipt);
    const partners = new Map<string, KnownContact>();
    for (const group of this.#custodian.groupsFor(destination))
      for (const contact of group.partners) partners.set(contact.name, contact);
    let freed = 0;
    for (const id of receipt.ids) {
      const kept = this.#cache.get(nameOf(id));
      if (kept === undefined || !equalBytes(kept.destination, destination)) continue;
      this.#cache.forget(kept);
      this.#custodian.drop(kept);
      this.#courier.drop(kept.name, kept.copies);
      freed++;
    }
    this.#context.counters.freed += freed;
    if (freed === 0) return;
    this.#announce();
    for (const contact of partners.values()) if (contact.name !== from?.name) this.#sendReceipt(receipt, contact);
  }

  /** Somebody still has what was freed long ago. */
  #showReceipt(envelopeName: string, to: KnownContact): void {
    const receipt = this.#receipts.of(envelopeName);
    if (receipt !== undefined) this.#sendReceipt(receipt, to);
  }

  #sendReceipt(receipt: Receipt, to: KnownContact): void {
    void ask(this.#context.network, to, { kind: 'free', body: { token: undefined, ...receipt } });
  }

  #onNotify({ destination, hopsLeft }: BodyOf<'notify'>): void {
    this.#attendances.get(nameOf(destination))?.told();
    if (hopsLeft === 0) return;
    const { network } = this.#context;
    for (const leaf of network.leavesAt(destination))
      void ask(network, leaf, { kind: 'notify', body: { token: undefined, destination, hopsLeft: 0 } });
  }

  /** We carried it for ourselves. */
  #takeHome(kept: Kept, attendance: AttendanceAt): void {
    const envelope = this.#cache.envelope(kept);
    if (envelope !== undefined) attendance.take(envelope, undefined);
  }

  #withKept(envelope: Envelope, task: (kept: Kept) => void): void {
    const kept = this.#cache.get(envelope.name);
    if (kept !== undefined) task(kept);
  }

  async #saved(): Promise<boolean> {
    try {
      await this.#context.store.saved();
      return true;
    } catch (error) {
      this.#context.logger.error('relay: the cache could not be written', { error: String(error) });
      return false;
    }
  }

  #announce(): void {
    this.#changeTimer ??= this.#context.clock.after(CHANGE_PAUSE_MS, () => {
      this.#changeTimer = undefined;
      this.#changed.emit();
    });
  }
}

const OWN_SOURCE = 'self';

/** What quotas and rates go by: a public host's address group; the node itself on loopback and private networks. */
function sourceOf(from: KnownContact): string {
  const { host } = from.endpoint;
  return addressClass(host) === 'public' ? ipGroup(host) : from.name;
}

function verdictReply(kind: RelayIncoming['body']['kind'], verdict: Verdict): RelayReply {
  const body = { token: undefined, verdict };
  if (kind === 'offer') return { kind: 'offered', body };
  return kind === 'part' ? { kind: 'parted', body } : { kind: 'carried', body };
}
