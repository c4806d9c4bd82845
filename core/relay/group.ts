import type { KnownContact } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Timer } from '../ports/clock.ts';
import { bringTo } from './bringing.ts';
import type { Kept } from './cache.ts';
import { type Compared, compareWith } from './comparing.ts';
import { jittered, lifeSeconds, type RelayContext } from './context.ts';
import { findHolders, type Holder } from './holders.ts';
import { Partners } from './partners.ts';
import { copyPositions } from './positions.ts';
import { Reserve } from './reserve.ts';
import type { Turns } from './turns.ts';
import type { WatchPort } from './watch.ts';

/** Pauses before trying again to place what could not be placed; the last one repeats. */
const RETRY_MS = [1_000, 3_000, 10_000, 30_000, 120_000];
/** Who is whose root is looked up again after this time, or later where there are many destinations. */
const REFRESH_MS = 60 * 60_000;
const REFRESH_PER_GROUP_MS = 30_000;
/** Whoever named its envelopes to us counts on our copy: for so long we are no surplus, whoever else has one. */
const COUNTED_ON_MS = 75 * 60_000;
/** A holder whom nobody counts on looks whether it is a surplus after so long, once; later whenever it looks for the others. */
const UNASKED_MS = 30_000;
/** And for so long it stays in any case: of two that ask each other, not both may let go. */
const JUST_ASKED_MS = 30_000;
/** Share of the signs of life that are audits. */
const AUDIT_SHARE = 1 / 4;
/** Audits in a row that a partner may fail without lying: it may have been told that the message arrived. */
const FAILED_AUDITS = 2;

/** Called when `holders` nodes keep the envelope, this one counted. */
export type StoredListener = (holders: number, lifeS: number) => void;

export interface GroupHost {
  readonly context: RelayContext;
  readonly watcher: WatchPort;
  /** Upkeep that nobody waits for: a few destinations at a time, however many there are. */
  readonly repairs: Turns;
  readonly refreshes: Turns;
  /** This node keeps what belongs to positions it is close to. */
  readonly mayHold: boolean;
  /** Destinations kept here, for the pace of upkeep. */
  groupCount(): number;
  /** All holders have it and we are none of them: our copy may go, unless it is on its way through here. */
  handedOver(kept: Kept): void;
  /** Nothing is left. */
  empty(group: Group): void;
}

/**
 * What this node keeps for one destination, and its duty to keep it: finds the holders of all
 * copies, gives them what they lack, watches them, and lets go only when others confirmed to have it. Every node that
 * has a copy runs the same, so copies are made again whoever dies (L:28: "so there are always two nodes doing it").
 */
export class Group {
  readonly members = new Map<string, Kept>();
  readonly destination: NodeId;
  readonly copies: number;
  readonly name: string;
  readonly #host: GroupHost;
  /** Where its copies belong. */
  readonly positions: readonly NodeId[];
  /** XOR of the members' IDs. */
  readonly #digest = new Uint8Array(16);
  readonly #waiting = new Map<string, StoredListener[]>();
  readonly #partners: Partners;
  readonly #reserve: Reserve;
  #holders: (Holder | undefined)[] = [];
  /** We stand behind a root that keeps its copy alone (L:27). */
  #backing = false;
  /** Others shall take it over, whatever our place. */
  #leaving = false;
  #stale = true;
  /** It was looked whether others have what is here, and our copy was needed. */
  #isNeeded = false;
  #running = false;
  #again = false;
  #retries = 0;
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #ended = false;

  constructor(host: GroupHost, of: { name: string; destination: NodeId; copies: number }) {
    this.#host = host;
    this.#partners = new Partners(host.context.clock);
    this.#reserve = new Reserve(host.context);
    this.name = of.name;
    this.destination = of.destination;
    this.copies = of.copies;
    this.positions = copyPositions(of.destination, of.copies);
  }

  get digest(): Uint8Array {
    return this.#digest;
  }

  /** Nodes besides this one that keep copies, as far as known. */
  get partners(): KnownContact[] {
    return this.#holders.flatMap((holder) => (holder?.kind === 'other' ? [holder.contact] : []));
  }

  /** The position whose copy is ours. */
  get heldPosition(): NodeId | undefined {
    return this.positions[this.#holders.findIndex((holder) => holder?.kind === 'self')];
  }

  /** One of the positions is ours. */
  get isHolder(): boolean {
    return this.#holders.some((holder) => holder?.kind === 'self');
  }

  /** Others have all that is here; ours stays for a while. */
  get isReserve(): boolean {
    return this.#reserve.isOn;
  }

  /** @param options `quiet`: nothing is done about it yet */
  add(kept: Kept, options: { readonly stored?: StoredListener; readonly quiet?: boolean } = {}): void {
    const { stored } = options;
    if (stored !== undefined && this.#reserve.end()) this.#lookAnew();
    if (stored !== undefined) this.#waiting.set(kept.name, [...(this.#waiting.get(kept.name) ?? []), stored]);
    if (!this.members.has(kept.name)) {
      this.members.set(kept.name, kept);
      this.#isNeeded = false;
      this.#flip(kept);
      if (this.isReserve) this.#host.context.cache.setReserve(kept, true);
    }
    if (options.quiet !== true) this.poke();
  }

  remove(kept: Kept): void {
    if (!this.members.delete(kept.name)) return;
    this.#flip(kept);
    this.#waiting.delete(kept.name);
    this.#partners.forgetMember(kept.name);
    if (this.members.size > 0) return;
    this.end();
    this.#host.empty(this);
  }

  /** Our copy backs up `root`, which keeps its own alone. */
  back(root: KnownContact): void {
    this.#backing = true;
    this.#holders = [{ kind: 'other', contact: root }];
    this.#stale = false;
    for (const name of this.members.keys()) this.#partners.knownAt(root).add(name);
    this.#watchPartners();
  }

  /** This node has it, as it said itself. */
  isKnownAt(contact: KnownContact, envelopeName: string): void {
    this.#partners.knownAt(contact).add(envelopeName);
  }

  /** It may have refused or lost what it was given before. */
  forgetKnown(contact: KnownContact): void {
    this.#partners.forgetKnown(contact);
  }

  /** This node counts on our copy from now on. */
  countedOn(contact: KnownContact): void {
    this.#partners.countsOnUs(contact);
    if (!this.#reserve.end()) return;
    this.#markReserve(false);
    this.refresh(jittered(this.#host.context.random, RETRY_MS[0]!));
  }

  /** Sees that all holders have everything. Runs at once; what comes meanwhile is done in a second round. */
  poke(): void {
    if (this.#ended) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    this.#timer?.cancel();
    this.#dueAt = Number.POSITIVE_INFINITY;
    const round = () => (this.#ended ? Promise.resolve() : this.#ensure());
    const { repairs, refreshes } = this.#host;
    void (this.#waiting.size > 0 ? round() : (this.#stale ? refreshes : repairs).run(round)).finally(() => {
      this.#running = false;
      if (!this.#again) return;
      this.#again = false;
      this.poke();
    });
  }

  /** Who holds what is looked up anew in the next round, which begins in `delayMs` or before. */
  refresh(delayMs: number): void {
    this.#stale = true;
    this.#planIn(delayMs);
  }

  /** What an earlier run left on the disk: who its holders are is looked up in `delayMs`. */
  restored(delayMs: number): void {
    this.#reserve.entitle();
    this.refresh(delayMs);
  }

  /** What was added quietly is let go of if others show that they have it, else kept. */
  verifyIn(delayMs: number): void {
    if (this.isHolder) this.#planIn(delayMs);
    else this.refresh(delayMs);
  }

  /** Hands everything over and lets go when it is confirmed: this node wants to keep less. */
  leave(): void {
    this.#leaving = true;
    this.#backing = false;
    this.refresh(0);
  }

  /** It keeps the same for all we know, or counts on our copy. */
  isPartner(contact: KnownContact): boolean {
    return this.#placeOf(contact) >= 0 || this.#partners.isCountingOnUs(contact);
  }

  /** So somebody says in this node's name. It is asked: a request may be an old one, and to place a copy anew costs much. */
  async saysToHaveNothing(contact: KnownContact): Promise<void> {
    if (!this.isPartner(contact)) return;
    if ((await this.#compare(contact, false))?.comparison === 'none' && !this.#ended) this.lost(contact);
  }

  /** This partner gave no sign of life, or has given up its place. */
  lost(contact: KnownContact): void {
    if (this.#partners.countsNoMore(contact) && this.isHolder)
      this.#planIn(jittered(this.#host.context.random, UNASKED_MS), true);
    const place = this.#placeOf(contact);
    if (place < 0) return;
    this.#dropHolder(place, contact);
    this.poke();
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    for (const contact of this.partners) this.#host.watcher.unwatch(contact, this.name);
  }

  /** Gives a node everything it lacks of this destination, as `bringTo`. */
  bring(contact: KnownContact): Promise<boolean> {
    return bringTo(contact, { context: this.#host.context, partners: this.#partners, from: this });
  }

  keeps(kept: Kept): boolean {
    return !this.#ended && this.members.get(kept.name) === kept;
  }

  async #ensure(): Promise<void> {
    const snapshot = [...this.members.values()];
    await this.#findHolders();
    if (this.#ended) return;
    const partners = this.partners;
    const settled = await Promise.all(partners.map((contact) => this.#settle(contact)));
    if (this.#ended) return;
    const complete = settled.every((ok) => ok) && this.#holders.every((holder) => holder !== undefined);
    for (const [i, contact] of partners.entries()) if (!settled[i]) this.#failedBy(contact);
    const holders = settled.filter((ok) => ok).length + (this.isHolder || this.#backing ? 1 : 0);
    this.#tellStored(snapshot, holders);
    this.#watchPartners();
    if (complete && !this.isHolder && !this.#backing && holders > 0) await this.#letGo(snapshot);
    if (this.#ended) return;
    if (complete) return this.#rest();
    if (this.#reserve.suspend()) this.#markReserve(false);
    this.#planIn(RETRY_MS[Math.min(this.#retries++, RETRY_MS.length - 1)]!);
  }

  /** Gives a partner what it lacks, and has it show once that it keeps it. */
  async #settle(contact: KnownContact): Promise<boolean> {
    if (!this.#partners.isNamed(contact)) this.#partners.forgetKnown(contact);
    if (!(await this.bring(contact))) return false;
    if (!this.#partners.isNamed(contact)) this.#partners.named(contact);
    return this.#partners.hasShown(contact) || this.members.size === 0 || this.#audit(contact);
  }

  async #audit(contact: KnownContact): Promise<boolean> {
    return (await this.#compare(contact, true))?.shown === true;
  }

  /** It refused, was silent, or could not show what it should have. */
  #failedBy(contact: KnownContact): void {
    const isOver = this.#partners.failed(contact) >= FAILED_AUDITS || this.#host.context.distrust.has(contact);
    if (!isOver) return;
    this.#dropHolder(this.#placeOf(contact), contact);
    this.#partners.avoid(contact);
  }

  async #findHolders(): Promise<void> {
    const { network, distrust, silent } = this.#host.context;
    const stale = this.#stale;
    if (!stale && this.#holders.every((holder) => holder !== undefined)) return;
    this.#stale = false;
    const mayYield = this.#waiting.size === 0 && !this.#partners.countedOnWithin(COUNTED_ON_MS);
    this.#isNeeded ||= stale && mayYield;
    const present = this.#holders;
    const found = await findHolders({
      network,
      positions: this.positions,
      all: stale,
      mayHold: this.#host.mayHold && !this.#leaving,
      present,
      mayYield,
      avoid: (contact) => this.#partners.isAvoided(contact) || distrust.has(contact) || silent.has(contact),
      compare: async (contact) => (await this.#compare(contact, true))?.comparison,
    });
    const stay = new Set(found.flatMap((holder) => (holder?.kind === 'other' ? [holder.contact.name] : [])));
    for (const contact of this.partners) {
      if (stay.has(contact.name)) continue;
      this.#host.watcher.unwatch(contact, this.name);
      this.#partners.forget(contact);
    }
    this.#holders = found;
    // The root is ours now: there is nobody to stand behind.
    if (!this.isHolder) return;
    this.#backing = false;
    if (this.#reserve.end()) this.#markReserve(false);
  }

  async #compare(contact: KnownContact, audit: boolean): Promise<Compared | undefined> {
    const { members } = this;
    // What comes while it answers is not in what it calls the same.
    const names = [...members.keys()];
    const compared = await compareWith(this.#host.context, contact, this, audit);
    if (compared?.comparison === 'same') {
      this.#partners.isNotAhead(contact);
      for (const name of names) if (members.has(name)) this.#partners.knownAt(contact).add(name);
    }
    if (compared?.shown === true) this.#partners.shown(contact);
    return compared;
  }

  #watchPartners(): void {
    for (const contact of this.partners) {
      this.#host.watcher.watch(contact, this.name, async () => {
        const audit = !this.#partners.hasShown(contact) || this.#host.context.random.uniform() < AUDIT_SHARE;
        const comparison = (await this.#compare(contact, audit))?.comparison;
        if (comparison === undefined) return 'silent';
        if (comparison === 'none') this.lost(contact);
        else if (comparison === 'different' && this.#partners.mayLack(contact)) {
          this.#partners.forget(contact);
          this.poke();
        }
        return 'alive';
      });
    }
  }

  #placeOf(contact: KnownContact): number {
    return this.#holders.findIndex((holder) => holder?.kind === 'other' && holder.contact.name === contact.name);
  }

  #dropHolder(place: number, contact: KnownContact): void {
    if (place >= 0) this.#holders[place] = undefined;
    this.#partners.forget(contact);
    this.#host.watcher.unwatch(contact, this.name);
  }

  #tellStored(snapshot: readonly Kept[], holders: number): void {
    if (holders === 0) return;
    for (const kept of snapshot) {
      const listeners = this.#waiting.get(kept.name);
      if (listeners === undefined) continue;
      const lifeS = lifeSeconds(this.#host.context.cache.lifeMs(kept));
      if (holders >= this.positions.length) this.#waiting.delete(kept.name);
      for (const listener of listeners) listener(holders, lifeS);
    }
  }

  /** Nobody counts on our copies, and all holders show once more that they have theirs. */
  async #letGo(snapshot: readonly Kept[]): Promise<void> {
    const { random } = this.#host.context;
    const partners = this.partners;
    const isFree = () => !this.#partners.countedOnWithin(JUST_ASKED_MS) && this.#waiting.size === 0;
    if (!isFree()) return this.refresh(jittered(random, 2 * JUST_ASKED_MS));
    // Everything is named to them again: whoever is asked for a copy keeps it for a while, so that not both let go at once.
    for (const contact of partners) this.#partners.forgetKnown(contact);
    const shown = await Promise.all(
      partners.map(async (contact) => (await this.bring(contact)) && this.#audit(contact)),
    );
    if (this.#ended) return;
    const same = partners.length === this.partners.length && this.partners.every((one, i) => one === partners[i]);
    for (const [i, contact] of partners.entries()) if (!shown[i]) this.#failedBy(contact);
    if (!same || !isFree() || !shown.every((ok) => ok)) return this.refresh(jittered(random, RETRY_MS[0]!));
    const lookMs = this.#leaving ? 0 : this.#reserve.begin(this.#host.groupCount());
    if (lookMs > 0) return this.#restInReserve(lookMs);
    const concerned = new Map(partners.map((contact) => [contact.name, contact]));
    for (const contact of this.#partners.countingOnUs) concerned.set(contact.name, contact);
    for (const kept of snapshot) if (this.members.get(kept.name) === kept) this.#host.handedOver(kept);
    // That we have nothing any more: they need not find out, nor stay for our sake.
    if (this.members.size === 0) for (const contact of concerned.values()) void this.#compare(contact, false);
  }

  /** Those who need it find it; nobody is watched for it, but looked at again in `lookMs`. */
  #restInReserve(lookMs: number): void {
    for (const contact of this.partners) this.#host.watcher.unwatch(contact, this.name);
    this.#markReserve(true);
    this.#planIn(lookMs);
  }

  /** Somebody waits to hear who has it, and we have watched nobody for minutes. */
  #lookAnew(): void {
    this.#stale = true;
    this.#markReserve(false);
    for (const contact of this.partners) this.#partners.forget(contact);
  }

  #markReserve(isReserve: boolean): void {
    for (const kept of this.members.values()) this.#host.context.cache.setReserve(kept, isReserve);
  }

  #rest(): void {
    this.#retries = 0;
    const { random } = this.#host.context;
    const refreshMs = Math.max(REFRESH_MS, this.#host.groupCount() * REFRESH_PER_GROUP_MS);
    const unasked = this.isHolder && !this.#isNeeded && !this.#partners.countedOnWithin(COUNTED_ON_MS);
    this.#planIn(jittered(random, unasked ? UNASKED_MS : refreshMs), true);
  }

  /** A round in so long, unless one is due before. `stale`: it looks up the holders anew. */
  #planIn(delayMs: number, stale = false): void {
    const { clock } = this.#host.context;
    const dueAt = clock.now() + delayMs;
    if (this.#ended || this.#dueAt <= dueAt) return;
    this.#dueAt = dueAt;
    this.#timer?.cancel();
    this.#timer = clock.after(delayMs, () => {
      this.#stale ||= stale;
      this.poke();
    });
  }

  #flip(kept: Kept): void {
    for (let i = 0; i < this.#digest.length; i++) this.#digest[i]! ^= kept.id[i]!;
  }
}
