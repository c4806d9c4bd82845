import { TOKEN_LIFE_MS } from '../dht/address-proof.ts';
import type { KnownContact } from '../dht/contact.ts';
import { newPass } from '../dht/passes.ts';
import { equalBytes, type NodeId } from '../ids/bytes.ts';
import type { Timer } from '../ports/clock.ts';
import { jittered, type RelayContext } from './context.ts';
import { ask } from './exchange.ts';
import type { Group } from './group.ts';
import { ROOT_WIDTH } from './holders.ts';

/** Pauses between attempts to tell an absent destination that something waits; the last one repeats. */
const NOTIFY_MS = [2_000, 10_000, 60_000, 600_000, 3_600_000, 6 * 3_600_000];
/** Where the pauses begin when the destination was told before, or knows by itself: it collected here. */
const TOLD_ATTEMPT = 3;
/**
 * Once they were told, this node tells one destination in so long at most: each costs a lookup, some 6 KB. A destination
 * that is up collects every few minutes unasked.
 */
const NOTIFY_PER_DESTINATION_MS = 30_000;
/** Pauses before bringing again to a collector that did not take everything. */
const BRING_AGAIN_MS = [300, 1_000, 3_000];
/** Nodes of one destination that collect here at once: its devices. */
const COLLECTORS = 8;

export interface DeliveryOptions {
  readonly context: RelayContext;
  readonly destination: NodeId;
  readonly groups: () => Iterable<Group>;
  /** How many there are on this node, for the pace. */
  readonly destinations: () => number;
  /** Nobody collects and nothing is told: it may be forgotten. */
  readonly idle: () => void;
}

/** A node of the destination that collects here. */
interface Collector {
  readonly contact: KnownContact;
  readonly until: number;
  /** The one that it must bring; one admitted by its registration hears of it by asking. */
  readonly pass: Uint8Array;
  busy: boolean;
  again: boolean;
  failures: number;
}

/**
 * Brings what is kept to its destination: at once while it collects here, else by telling it, with growing pauses, through
 * the roots of its position. Only a receipt ends the duty.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #collectors = new Map<string, Collector>();
  /** Passes of those who ended their collection, while a packet of before could be taken for a new wish. */
  readonly #ended = new Map<string, { readonly pass: Uint8Array; readonly until: number }>();
  #timer: Timer | undefined;
  #attempts = 0;
  #toldBefore = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /**
   * The destination, or one of its devices, wants what is here, and what comes within `lifetimeMs`; nothing more when that is
   * 0. Not believed without the pass that the last answer brought, for a while also of a collection that was ended: what was
   * said before would begin it again. @returns the answer
   */
  collect(contact: KnownContact, lifetimeMs: number, pass: Uint8Array): { accepted: 0 | 1; pass: Uint8Array } {
    this.#forgetOld();
    const known = this.passOf(contact);
    if (known !== undefined && !equalBytes(known, pass)) return { accepted: 0, pass: known };
    const next = newPass(this.#options.context.random);
    if (lifetimeMs > 0) this.#admit(contact, lifetimeMs, next);
    else if (known !== undefined) this.#end(contact, next);
    return { accepted: 1, pass: next };
  }

  /** The pass in force for this node, if any. */
  passOf({ name }: KnownContact): Uint8Array | undefined {
    this.#forgetOld();
    return (this.#collectors.get(name) ?? this.#ended.get(name))?.pass;
  }

  #end({ name }: KnownContact, pass: Uint8Array): void {
    this.#collectors.delete(name);
    this.#attempts = Math.max(this.#attempts, TOLD_ATTEMPT);
    this.#ended.delete(name);
    this.#ended.set(name, { pass, until: this.#options.context.clock.now() + TOKEN_LIFE_MS });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > COLLECTORS) this.#ended.delete(oldest!);
    this.#planAnew();
    this.rest();
  }

  /** It registered at this node as its root: that was no old word, and serves as well. */
  registered(contact: KnownContact, lifetimeMs: number): void {
    const pass = this.passOf(contact) ?? newPass(this.#options.context.random);
    this.#admit(contact, lifetimeMs, pass);
  }

  /** There is something new. `toldBefore`: another holder told the destination of it, so once more is enough for now. */
  offer({ toldBefore = false } = {}): void {
    this.#toldBefore = toldBefore && (this.#toldBefore || this.#timer === undefined);
    this.#forgetOld();
    for (const name of this.#collectors.keys()) this.#bringTo(name);
    this.#planNotice();
  }

  /** Taken up after a restart. */
  restored(): void {
    this.#attempts = Math.max(this.#attempts, TOLD_ATTEMPT);
    this.offer();
  }

  /** Something is gone; perhaps all. */
  rest(): void {
    this.#forgetOld();
    if (this.#hasAny) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#attempts = 0;
    if (!this.isNoted) this.#options.idle();
  }

  /** Whether anybody collects here now, or did a moment ago. */
  get isNoted(): boolean {
    this.#forgetOld();
    return this.#collectors.size + this.#ended.size > 0;
  }

  /** Of rounds that are on their way nothing follows. */
  stop(): void {
    this.#timer?.cancel();
    this.#collectors.clear();
    this.#ended.clear();
  }

  get #hasAny(): boolean {
    for (const _ of this.#options.groups()) return true;
    return false;
  }

  /** Of what is in reserve only, the holders tell. */
  get #isDuty(): boolean {
    for (const group of this.#options.groups()) if (!group.isReserve) return true;
    return false;
  }

  #admit(contact: KnownContact, lifetimeMs: number, pass: Uint8Array): void {
    const known = this.#collectors.get(contact.name);
    if (known === undefined && this.#collectors.size >= COLLECTORS) return;
    this.#ended.delete(contact.name);
    const until = this.#options.context.clock.now() + lifetimeMs;
    const busy = known?.busy ?? false;
    this.#collectors.set(contact.name, { contact, until, pass, busy, again: false, failures: 0 });
    // After the answer, so that the collector knows how much to expect.
    void Promise.resolve().then(() => this.#bringAllTo(contact));
  }

  /** It may have refused or lost what it was given before. */
  #bringAllTo(contact: KnownContact): void {
    for (const group of this.#options.groups()) group.forgetKnown(contact);
    this.#bringTo(contact.name);
  }

  /** One round at a time for each collector; what comes meanwhile goes in the next. */
  #bringTo(name: string): void {
    const collector = this.#collectors.get(name);
    if (collector === undefined) return;
    if (collector.busy) {
      collector.again = true;
      return;
    }
    collector.busy = true;
    collector.again = false;
    void this.#bring(collector.contact).then((brought) => {
      const now = this.#collectors.get(name);
      if (now === undefined) return;
      now.busy = false;
      if (!brought) return this.#failed(name, now);
      now.failures = 0;
      if (now.again) this.#bringTo(name);
    });
  }

  /** A moment of too much at once looks like silence; who is gone will collect again when it is back. */
  #failed(name: string, collector: Collector): void {
    const pause = BRING_AGAIN_MS[collector.failures++];
    if (pause !== undefined) {
      this.#options.context.clock.after(pause, () => this.#bringTo(name));
      return;
    }
    this.#collectors.delete(name);
    this.#planAnew();
    // All may be freed by now.
    if (this.#hasAny) this.offer();
    else this.rest();
  }

  async #bring(contact: KnownContact): Promise<boolean> {
    for (const group of this.#options.groups()) if (!(await group.bring(contact))) return false;
    return true;
  }

  /** A collector went before its time. */
  #planAnew(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#hasAny) this.#planNotice();
  }

  /** While somebody collects, it is for the time after that: what was brought need not have been taken. */
  #planNotice(): void {
    if (this.#timer !== undefined) return;
    const { clock, random } = this.#options.context;
    let collectedMs = 0;
    for (const { until } of this.#collectors.values()) collectedMs = Math.max(collectedMs, until - clock.now());
    const attempts = collectedMs > 0 ? Math.max(this.#attempts, TOLD_ATTEMPT) : this.#attempts;
    const paceMs = attempts < TOLD_ATTEMPT ? 0 : this.#options.destinations() * NOTIFY_PER_DESTINATION_MS;
    const pause = Math.max(paceMs, NOTIFY_MS[Math.min(attempts, NOTIFY_MS.length - 1)]!);
    this.#timer = clock.after(collectedMs + jittered(random, pause), () => {
      this.#timer = undefined;
      this.#forgetOld();
      if (this.#collectors.size === 0 && this.#isDuty) {
        this.#attempts = Math.max(this.#attempts + 1, this.#toldBefore ? TOLD_ATTEMPT : 0);
        void this.#notify();
      }
      this.#planNotice();
    });
  }

  /** Asks the roots of the destination to tell it. */
  async #notify(): Promise<void> {
    const { network } = this.#options.context;
    const { destination } = this.#options;
    const roots = await network.closest(destination);
    for (const root of roots.slice(0, ROOT_WIDTH))
      void ask(network, root, { kind: 'notify', body: { token: undefined, destination, hopsLeft: 1 } });
  }

  #forgetOld(): void {
    const now = this.#options.context.clock.now();
    for (const [name, { until }] of this.#collectors) {
      if (until > now) continue;
      this.#collectors.delete(name);
      this.#attempts = Math.max(this.#attempts, TOLD_ATTEMPT);
    }
    for (const [name, { until }] of this.#ended) if (until <= now) this.#ended.delete(name);
  }
}
