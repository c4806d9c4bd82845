import type { KnownContact } from '../dht/contact.ts';
import { nameOf } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import { isCloser } from '../ids/xor.ts';
import type { Timer } from '../ports/clock.ts';
import type { Kept } from './cache.ts';
import { jittered, type RelayContext } from './context.ts';
import { Delivery } from './delivery.ts';
import { Group, type GroupHost, type StoredListener } from './group.ts';
import { ROOT_WIDTH } from './holders.ts';
import { AVOID_MS } from './partners.ts';
import { Turns } from './turns.ts';
import type { WatchPort } from './watch.ts';

/** After a node came that may be a better root, this long until the holders are looked up again: it may leave at once. */
const SETTLE_MS = 5_000;
/** After a start the destinations kept here are taken up a while later, when the node has found its place, and its owner's friends. */
const START_AFTER_MS = 1_000;
/** Over this time, or longer where there are many. */
const START_MS = 2_000;
const START_PER_GROUP_MS = 50;
/** What went through here stays for so long before its holders are asked to show it: one question for many envelopes. */
const VERIFY_MS = 10_000;
/** Destinations whose holders are looked after at once: a node that overloads its partners takes them for dead. */
const REPAIRS_AT_ONCE = 16;
/** And of those where nothing is known to be amiss, as after a start. */
const REFRESHES_AT_ONCE = 4;
const EXPIRY_CHECK_MS = 10 * 60_000;
/** Destinations that may collect here while nothing is kept for them; who came longest ago has to ask again. */
export const IDLE_COLLECTORS = 4_096;

export interface CustodianOptions {
  readonly context: RelayContext;
  readonly watcher: WatchPort;
  /** A copy of it is on its way through here and must stay a little longer. */
  readonly inTransit: (kept: Kept) => boolean;
  /** It is at rest here no more. */
  readonly dropped: (kept: Kept) => void;
  readonly mayHold: () => boolean;
  readonly changed: () => void;
}

/** Everything this node keeps at rest, by destination. */
export class Custodian implements GroupHost {
  readonly context: RelayContext;
  readonly watcher: WatchPort;
  readonly repairs = new Turns(REPAIRS_AT_ONCE);
  readonly refreshes = new Turns(REFRESHES_AT_ONCE);
  readonly #options: CustodianOptions;
  readonly #groups = new Map<string, Group>();
  /** Groups of a destination, by its map key: one for each number of copies. */
  readonly #byDestination = new Map<string, Set<Group>>();
  readonly #deliveries = new Map<string, Delivery>();
  #timer: Timer | undefined;

  constructor(options: CustodianOptions) {
    this.#options = options;
    this.context = options.context;
    this.watcher = options.watcher;
  }

  /** Takes up what an earlier run left on the disk. */
  start(): void {
    const { cache, clock, random } = this.context;
    this.#timer = clock.every(EXPIRY_CHECK_MS, () => this.#expire());
    this.#expire();
    const groups = new Set<Group>();
    for (const kept of cache.all()) {
      const group = this.#groupOf(kept);
      group.add(kept, { quiet: true });
      groups.add(group);
    }
    // Not all at once: each asks the network who the holders are.
    const overMs = Math.max(START_MS, groups.size * START_PER_GROUP_MS);
    for (const group of groups) {
      group.restored(START_AFTER_MS + overMs * random.uniform());
      this.deliveryTo(group.destination).restored();
    }
  }

  stop(): void {
    this.#timer?.cancel();
    for (const group of this.#groups.values()) group.end();
    for (const delivery of this.#deliveries.values()) delivery.stop();
    this.#groups.clear();
    this.#byDestination.clear();
    this.#deliveries.clear();
  }

  get mayHold(): boolean {
    return this.#options.mayHold();
  }

  groupCount(): number {
    return this.#groups.size;
  }

  /** Keeps it at rest from now on. */
  adopt(kept: Kept, options: { readonly stored?: StoredListener; readonly countedOn?: KnownContact } = {}): void {
    const group = this.#groupOf(kept);
    if (options.countedOn !== undefined) group.countedOn(options.countedOn);
    group.add(kept, options);
    this.deliveryTo(kept.destination).offer({ toldBefore: options.countedOn !== undefined });
  }

  /**
   * It was on its way through here and is said to rest elsewhere by now. Believed when the holders themselves have shown it:
   * a liar among the hops would need no more than a word to make everybody before it forget.
   */
  verify(kept: Kept): void {
    const group = this.#groupOf(kept);
    group.add(kept, { quiet: true });
    group.verifyIn(jittered(this.context.random, VERIFY_MS));
  }

  back(kept: Kept, root: KnownContact): void {
    const group = this.#groupOf(kept);
    group.add(kept);
    group.back(root);
  }

  rests(kept: Kept): boolean {
    return this.#groups.get(groupName(kept))?.members.has(kept.name) === true;
  }

  /** Freed, expired or displaced: it is nobody's duty any more. */
  drop(kept: Kept): void {
    this.#groups.get(groupName(kept))?.remove(kept);
    this.#options.dropped(kept);
  }

  /** All that is kept with these is handed over to other nodes, and let go when they confirmed. */
  leave(kept: Iterable<Kept>): void {
    const groups = new Set<Group>();
    for (const one of kept) {
      const group = this.#groups.get(groupName(one));
      if (group !== undefined) groups.add(group);
    }
    for (const group of groups) group.leave();
  }

  /** What is kept for this destination. */
  groupsFor(destination: NodeId): Iterable<Group> {
    return this.#byDestination.get(nameOf(destination)) ?? [];
  }

  group(destination: NodeId, copies: number): Group | undefined {
    return this.#groups.get(`${nameOf(destination)}${copies}`);
  }

  waitingFor(destination: NodeId): number {
    let count = 0;
    for (const group of this.groupsFor(destination)) count += group.members.size;
    return count;
  }

  deliveryTo(destination: NodeId): Delivery {
    const name = nameOf(destination);
    const known = this.#deliveries.get(name);
    if (known !== undefined) return known;
    const delivery = new Delivery({
      context: this.context,
      destination,
      groups: () => this.groupsFor(destination),
      destinations: () => this.#byDestination.size,
      idle: () => {
        if (this.#byDestination.has(name)) return;
        delivery.stop();
        this.#deliveries.delete(name);
      },
    });
    this.#deliveries.set(name, delivery);
    this.#forgetIdle(this.#byDestination.size + IDLE_COLLECTORS);
    return delivery;
  }

  /** The pass in force for what this node wishes of a destination, if any. */
  passOf(destination: NodeId, contact: KnownContact): Uint8Array | undefined {
    return this.#deliveries.get(nameOf(destination))?.passOf(contact);
  }

  /** Anybody can make destinations that collect, without end. */
  #forgetIdle(most: number): void {
    if (this.#deliveries.size <= most) return;
    for (const [name, delivery] of this.#deliveries) {
      if (this.#byDestination.has(name)) continue;
      delivery.stop();
      this.#deliveries.delete(name);
      if (this.#deliveries.size <= most) return;
    }
  }

  /** A node entered the routing table: it may be a better root than this one. */
  onNewNode(contact: KnownContact): void {
    const { network, random } = this.context;
    for (const group of this.#groups.values()) {
      const position = group.heldPosition;
      if (position === undefined || !isCloser(position, contact.id, network.nodeId)) continue;
      if (network.nextHops(position).length >= ROOT_WIDTH) group.refresh(jittered(random, SETTLE_MS, 0.8));
    }
  }

  /** A watched node fell silent. */
  onSilent(contact: KnownContact): void {
    this.context.silent.add(contact, AVOID_MS);
    for (const group of [...this.#groups.values()]) group.lost(contact);
  }

  handedOver(kept: Kept): void {
    this.drop(kept);
    if (this.#options.inTransit(kept)) return;
    this.context.cache.forget(kept);
    this.#options.changed();
  }

  empty(group: Group): void {
    this.#groups.delete(group.name);
    const name = nameOf(group.destination);
    const groups = this.#byDestination.get(name);
    groups?.delete(group);
    if (groups?.size === 0) this.#byDestination.delete(name);
    this.#deliveries.get(name)?.rest();
  }

  #groupOf(kept: Kept): Group {
    const name = groupName(kept);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const { destination, copies } = kept;
    const group = new Group(this, { name, destination, copies });
    this.#groups.set(name, group);
    const groups = this.#byDestination.get(kept.destinationName) ?? new Set();
    this.#byDestination.set(kept.destinationName, groups.add(group));
    return group;
  }

  #expire(): void {
    const { cache, counters, store, clock } = this.context;
    const expired = cache.expired();
    for (const kept of expired) {
      cache.forget(kept);
      this.drop(kept);
      counters.expired++;
    }
    for (const [name, delivery] of this.#deliveries)
      if (!this.#byDestination.has(name) && !delivery.isNoted) this.#deliveries.delete(name);
    store.expireNotes(clock.wall());
    if (expired.length > 0) this.#options.changed();
  }
}

function groupName({ destinationName, copies }: Kept): string {
  return `${destinationName}${copies}`;
}
