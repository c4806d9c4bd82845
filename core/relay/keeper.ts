import type { Verdict } from '../codec/relay.ts';
import { type KnownContact, nameOf, sourceOf } from '../dht/contact.ts';
import { equalBytes, type NodeId } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import { errorName } from '../ports/logger.ts';
import type { AttendanceAt } from './attendance.ts';
import type { Kept } from './cache.ts';
import type { RelayContext } from './context.ts';
import { Courier, type Resting } from './courier.ts';
import { Custodian } from './custodian.ts';
import type { Envelope } from './envelope.ts';
import { ask, type HandOver } from './exchange.ts';
import { ROOT_WIDTH } from './holders.ts';
import { Policies } from './policies.ts';
import { destinationOf, type Receipt } from './receipt.ts';
import { Receipts } from './receipts.ts';
import type { WatchPort } from './watch.ts';

/** Envelopes a second from one source, and at once. */
const TAKE_RATE = { perSecond: 100, burst: 2_000, maxSources: 2_048 };
/** Receipts a second that are shown to one source, and at once: each is as long as the question for sixty. */
const SHOW_RATE = { perSecond: 20, burst: 500, maxSources: 2_048 };
/**
 * Among so many nodes closest to a position, this one may come to hold a copy, and what it keeps of its own does not
 * count. One wider than a holder's place, since a node it knows may just have gone.
 */
export const OWN_WIDTH = ROOT_WIDTH + 1;
/** What this node gave to the network itself, in the quotas. */
const OWN_SOURCE = 'self';

export interface KeeperOptions {
  readonly context: RelayContext;
  readonly watcher: WatchPort;
  readonly changed: () => void;
}

/** Takes envelopes, moves them or lets them rest, and lets go of them: what all parts of a carrier do to the cache. */
export class Keeper {
  readonly courier: Courier;
  readonly custodian: Custodian;
  readonly policies: Policies;
  readonly receipts: Receipts;
  readonly watcher: WatchPort;
  /** Destinations that are here, by map key. */
  readonly attendances = new Map<string, AttendanceAt>();
  readonly #context: RelayContext;
  readonly #changed: () => void;
  readonly #takeRate: RateLimit;
  readonly #showRate: RateLimit;
  #stopped = false;

  constructor({ context, watcher, changed }: KeeperOptions) {
    this.#context = context;
    this.#changed = changed;
    this.watcher = watcher;
    this.policies = new Policies(context);
    this.receipts = new Receipts(context);
    this.#takeRate = new RateLimit({ clock: context.clock, ...TAKE_RATE });
    this.#showRate = new RateLimit({ clock: context.clock, ...SHOW_RATE });
    const inTransit = (kept: Kept) => this.courier.carries(kept.name, kept.copies);
    const dropped = (kept: Kept) => this.courier.lost(kept.name, kept.copies);
    this.custodian = new Custodian({ context, watcher, inTransit, dropped, mayHold: () => this.open, changed });
    this.courier = new Courier(context, {
      rest: (envelope, how) => this.#rest(envelope, how),
      release: (envelope) => this.#release(envelope),
      back: (envelope, root) => this.#withKept(envelope, (kept) => this.custodian.back(kept, root)),
    });
    context.cache.onLost = (kept, why) => {
      this.custodian.drop(kept);
      if (why === 'unreadable') context.logger.error('relay-envelope-unreadable');
    };
  }

  /** What others confirm from now on begins nothing any more: the disk under it is about to be closed. */
  stop(): void {
    this.#stopped = true;
    this.courier.stop();
    this.custodian.stop();
    this.#context.cache.close();
  }

  /** True while this node carries for others. */
  get open(): boolean {
    return this.#context.cache.capacity > 0 && !this.#context.network.leaf;
  }

  /** The destination, if it is here and asked this node to bring what is its own. Whoever was not asked is to see no difference. */
  attendanceFor(destination: NodeId, from: KnownContact): AttendanceAt | undefined {
    const attendance = this.attendances.get(nameOf(destination));
    return attendance?.expects(from) ? attendance : undefined;
  }

  /** Takes an envelope from another node: for somebody who is here, or to carry it. */
  async take(envelope: Envelope, how: HandOver, from: KnownContact): Promise<Verdict> {
    if (how.copy > envelope.copies) return 'malformed';
    const attendance = this.attendanceFor(envelope.destination, from);
    if (attendance !== undefined) {
      attendance.take(envelope, from);
      return 'held';
    }
    if (this.showReceipt(envelope.destination, envelope.name, from)) return 'freed';
    const known = this.#context.cache.get(envelope.name);
    const verdict =
      known === undefined ? this.#keep(envelope, how.lifeS * 1_000, from) : this.#held(known, envelope, from);
    if (verdict !== 'kept' && verdict !== 'held') return verdict;
    if (!(await this.#saved())) {
      // What came now is not on the disk, whatever the tables in memory say. What was held before still is.
      if (verdict === 'kept') this.#withKept(envelope, (kept) => this.#notWritten(kept));
      if (this.#context.cache.get(envelope.name) === undefined) return 'full';
    }
    this.carryOn(envelope, how, from);
    return verdict;
  }

  /** It is on the disk: on to the next hop, or to rest. */
  carryOn(envelope: Envelope, how: HandOver, from: KnownContact): void {
    if (this.#stopped) return;
    if (how.hopsLeft > 0) this.courier.took(envelope, how, from);
    else this.#withKept(envelope, (kept) => this.#adopt(envelope, kept, { countedOn: from }));
  }

  /**
   * All holders were asked. Where this node is one, it learns what they were told, and what it keeps for the destination is
   * taken. Not what somebody put elsewhere, to see what becomes of it: that goes to the holders, who bring it.
   */
  collectOwn(attendance: AttendanceAt): void {
    const { cache } = this.#context;
    const { policy, destination } = attendance;
    if (policy !== undefined && this.#isAmong(attendance, ROOT_WIDTH))
      this.policies.learn(policy, destination, OWN_SOURCE);
    if (!this.#isAmong(attendance, OWN_WIDTH)) return;
    for (const group of this.custodian.groupsFor(destination))
      for (const kept of [...group.members.values()]) {
        const envelope = cache.envelope(kept);
        if (envelope !== undefined) attendance.take(envelope, undefined);
      }
  }

  /** This node is among so many closest ones to a position of the destination. */
  #isAmong({ positions }: AttendanceAt, width: number): boolean {
    return positions.some((position) => this.#context.network.nextHops(position).length < width);
  }

  /** The attendance took them. Only of what lies here anything is remembered: a carrier has not heard of the rest. */
  freeOwn(receipt: Receipt): void {
    if (receipt.ids.some((id) => this.#context.cache.get(nameOf(id)) !== undefined)) this.free(receipt);
  }

  /** At rest from now on. A friend's letter to somebody who is here need not go by another holder. */
  #adopt(envelope: Envelope, kept: Kept, options: Parameters<Custodian['adopt']>[1]): void {
    this.custodian.adopt(kept, options);
    const attendance = this.attendances.get(nameOf(envelope.destination));
    if (attendance === undefined || kept.stranger || envelope.permit === undefined) return;
    const isCurrent = envelope.permit.policy.number === attendance.policy?.number;
    if (isCurrent && this.#isAmong(attendance, OWN_WIDTH)) attendance.take(envelope, undefined);
  }

  /** A checked receipt. Every copy goes; whoever else keeps one is told (L:30). */
  free(receipt: Receipt, from?: KnownContact): void {
    if (!this.receipts.add(receipt)) return;
    const { cache, counters } = this.#context;
    const destination = destinationOf(receipt);
    const partners = new Map<string, KnownContact>();
    for (const group of this.custodian.groupsFor(destination))
      for (const contact of group.partners) partners.set(contact.name, contact);
    let freed = 0;
    for (const id of receipt.ids) {
      const kept = cache.get(nameOf(id));
      if (kept === undefined || !equalBytes(kept.destination, destination)) continue;
      cache.forget(kept);
      this.custodian.drop(kept);
      this.courier.drop(kept.name, kept.copies);
      freed++;
    }
    if (freed === 0) return;
    counters.freed += freed;
    this.#changed();
    for (const contact of partners.values()) if (contact.name !== from?.name) this.#sendReceipt(receipt, contact);
  }

  /** Somebody still has what was freed, perhaps long ago. @returns false when it was not, for all we know */
  showReceipt(destination: NodeId, envelopeName: string, to: KnownContact): boolean {
    return this.showReceipts(destination, [envelopeName], to).size > 0;
  }

  /** Each once. @returns names of those that were freed */
  showReceipts(destination: NodeId, envelopeNames: readonly string[], to: KnownContact): Set<string> {
    const freed = new Set<string>();
    const shown = new Set<Receipt>();
    for (const name of envelopeNames) {
      const receipt = this.receipts.of(destination, name);
      if (receipt === undefined) continue;
      freed.add(name);
      if (shown.has(receipt)) continue;
      shown.add(receipt);
      if (this.#showRate.take(sourceOf(to))) this.#sendReceipt(receipt, to);
    }
    return freed;
  }

  #sendReceipt(receipt: Receipt, to: KnownContact): void {
    void ask(this.#context.network, to, { kind: 'free', body: { token: undefined, ...receipt } });
  }

  #keep(envelope: Envelope, lifeMs: number, from: KnownContact): Verdict {
    const { cache, counters } = this.#context;
    const source = sourceOf(from);
    if (!this.open) return 'off';
    if (lifeMs <= 0) return 'malformed';
    if (!this.#takeRate.take(source)) return 'tooFast';
    const standing = this.policies.standing(envelope, source);
    if (standing === 'forbidden') return 'forbidden';
    if (cache.keep(envelope, { source, stranger: standing === 'stranger', lifeMs }) === 'full') return 'full';
    counters.taken++;
    this.#changed();
    return 'kept';
  }

  /** It may have come first under a permit that was too old, or before a policy was known. */
  #held(kept: Kept, envelope: Envelope, from: KnownContact): Verdict {
    const source = sourceOf(from);
    const mayCheck = kept.stranger && envelope.permit?.signer === 'friend' && this.#takeRate.take(source);
    if (mayCheck && this.policies.standing(envelope, source) === 'friend') this.#context.cache.vouch(envelope);
    return 'held';
  }

  /** The way of an envelope ends here. Who calls it ours answers for it: it is kept whatever a policy says. */
  #rest(envelope: Envelope, { lifeMs, isOurs, stored }: Resting): boolean {
    const { cache } = this.#context;
    const known = cache.get(envelope.name);
    if (known !== undefined) {
      this.#adopt(envelope, known, { stored });
      return true;
    }
    // Somebody else's made room for another one meanwhile, or its life is over; ours was freed: its destination has it.
    if (!isOurs || this.receipts.of(envelope.destination, envelope.name) !== undefined) return false;
    // We are the root: it rests here like any other.
    const kept = cache.keep(envelope, { source: OWN_SOURCE, stranger: false, lifeMs });
    if (kept === 'full') return false;
    this.#changed();
    void this.#saved().then((ok) => {
      if (!ok) this.#notWritten(kept);
      else if (!this.#stopped) this.#adopt(envelope, kept, { stored });
    });
    return true;
  }

  #release(envelope: Envelope): void {
    this.#withKept(envelope, (kept) => {
      if (this.custodian.rests(kept) || this.courier.carries(kept.name, kept.copies)) return;
      if (this.#context.settings.pipeline) return this.custodian.verify(kept);
      this.#context.cache.forget(kept);
      this.#changed();
    });
  }

  /** Somebody may have counted on it already. */
  #notWritten(kept: Kept): void {
    this.#context.cache.forget(kept);
    this.custodian.drop(kept);
  }

  #withKept(envelope: Envelope, task: (kept: Kept) => void): void {
    const kept = this.#context.cache.get(envelope.name);
    if (kept !== undefined) task(kept);
  }

  async #saved(): Promise<boolean> {
    try {
      await this.#context.store.saved();
      return true;
    } catch (error) {
      this.#context.logger.error('relay-cache-not-written', { error: errorName(error) });
      return false;
    }
  }
}
