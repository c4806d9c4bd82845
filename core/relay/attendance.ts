import { IDS_PER_RECEIPT } from '../codec/relay.ts';
import { type KnownContact, nameOf } from '../dht/contact.ts';
import { Passes } from '../dht/passes.ts';
import { positionOfClaim } from '../dht/types.ts';
import type { NodeId, Signature } from '../ids/bytes.ts';
import { isCloser } from '../ids/xor.ts';
import type { Timer } from '../ports/clock.ts';
import type { Unsubscribe } from '../ports/events.ts';
import { errorName } from '../ports/logger.ts';
import { Bringers } from './bringers.ts';
import { jittered, type RelayContext } from './context.ts';
import type { Envelope } from './envelope.ts';
import { ask } from './exchange.ts';
import { ROOT_WIDTH } from './holders.ts';
import { Notices } from './notices.ts';
import type { Policy } from './policy.ts';
import { copyPositions } from './positions.ts';
import { makeReceipt, type Receipt } from './receipt.ts';
import type { Attendance, AttendOptions } from './types.ts';

/** Purpose of the signature over the collecting node's key. */
export const COLLECT_PURPOSE = 'collect envelopes';
/** How long a holder goes on bringing what comes, in seconds. One that does not know us tells us by the roots. */
export const COLLECT_LIFETIME_S = 1_500;
/** Copies a sender may ask for beyond the usual number, when its own node would hold one. */
const SPARE_COPIES = 1;
export const REFRESH_MS = 600_000;
/** While nobody can reach us unasked, the way through a NAT is kept open. */
const KEEP_OPEN_MS = 25_000;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 15_000, 60_000];
/** Changes of the network are gathered for so long before a node that collects already does so again. */
const SETTLE_MS = 2_000;
/** Receipts wait this long for others to share a signature. */
const RECEIPT_PAUSE_MS = 50;
/** Nothing more came for this long after all holders were asked: we have caught up. */
const QUIET_MS = 300;
/** Such pauses in a row after which we do not wait for what a holder said to have: it may have been freed meanwhile. */
const QUIET_ROUNDS = 10;
/** IDs remembered of envelopes that came since start. */
const REMEMBERED = 65_536;
const TRY_AGAIN_MS = 30_000;

/** A holder that was asked, what it said to hold, and the policy it knows. */
interface HolderNote {
  readonly contact: KnownContact;
  readonly waiting: number;
  readonly told: Policy | undefined;
}

export interface AttendanceHost {
  readonly context: RelayContext;
  /** Frees the copies that this node keeps itself. */
  freed(receipt: Receipt): void;
  /** All holders were asked: what this node keeps itself may be taken now. */
  askedAll(attendance: AttendanceAt): void;
  ended(attendance: AttendanceAt): void;
  /** Whether somebody is attended at this position now. */
  isHere(destination: NodeId): boolean;
}

/** Our presence as a destination: asks the roots of our copy positions for what is ours, and frees the copies. */
export class AttendanceAt implements Attendance {
  readonly destination: NodeId;
  readonly #host: AttendanceHost;
  readonly #options: AttendOptions;
  /** Whose closest nodes are asked. */
  readonly positions: readonly NodeId[];
  readonly #signature: Signature;
  readonly #seen = new Map<string, 'pending' | 'done'>();
  /** Holders that were asked, with what they said to hold. */
  readonly #holders = new Map<string, HolderNote>();
  /** Until when those whom we asked bring what comes, by name. */
  readonly #asked = new Map<string, number>();
  readonly #bringers: Bringers;
  readonly #passes = new Passes();
  readonly #notices: Notices;
  readonly #unsubscribe: Unsubscribe;
  #policy: Policy | undefined;
  #receipts = new Map<string, Uint8Array>();
  #givers = new Map<string, KnownContact>();
  #receiptTimer: Timer | undefined;
  #timer: Timer | undefined;
  /** For what we could not take when it came: neither later ones nor the next round of upkeep put it off. */
  #againTimer: Timer | undefined;
  #quietTimer: Timer | undefined;
  #settleTimer: Timer | undefined;
  #connected = false;
  #collecting = false;
  #again = false;
  #failures = 0;
  #caughtUp = false;
  #quietRounds = 0;
  #closed = false;

  constructor(host: AttendanceHost, options: AttendOptions) {
    const { network, settings } = host.context;
    this.#host = host;
    this.#options = options;
    this.#policy = options.policy;
    this.destination = positionOfClaim(options.claim.publicKey);
    const copies = Math.max(1, settings.copies) + SPARE_COPIES;
    this.positions = [...copyPositions(this.destination, copies), this.destination];
    this.#signature = options.claim.sign(COLLECT_PURPOSE, network.nodeKey);
    const askAgain = (holder: KnownContact) => void this.#ask(holder, COLLECT_LIFETIME_S);
    this.#bringers = new Bringers({ clock: host.context.clock, askAgain });
    this.#notices = new Notices({ clock: host.context.clock, collect: () => this.collect() });
    this.#unsubscribe = network.onChanged(() => this.#networkChanged());
    this.#networkChanged();
  }

  get waiting(): number {
    let most = 0;
    for (const { waiting } of this.#holders.values()) most = Math.max(most, waiting);
    return most;
  }

  /**
   * True for nodes we asked to bring what is ours: they know that we are here. To anybody else this node must seem one that
   * carries for us as for everybody, or whoever knows our public ID could ask every node and find ours.
   */
  expects(from: KnownContact): boolean {
    return (this.#asked.get(from.name) ?? 0) > this.#host.context.clock.now();
  }

  get policy(): Policy | undefined {
    return this.#policy;
  }

  setPolicy(policy: Policy): void {
    this.#policy = policy;
    this.collect();
  }

  collect(): void {
    this.#collect(false);
  }

  /** @param again nothing happened, it is time: those who held our positions are mostly the ones to ask */
  #collect(again: boolean): void {
    if (this.#closed || !this.#host.context.network.connected) return;
    if (this.#collecting) {
      this.#again = true;
      return;
    }
    this.#collecting = true;
    this.#againTimer?.cancel();
    this.#againTimer = undefined;
    void this.#collectRound(again);
  }

  /** At once when the network comes up. */
  #networkChanged(): void {
    const { connected } = this.#host.context.network;
    const cameUp = connected && !this.#connected;
    this.#connected = connected;
    if (cameUp) return this.collect();
    this.#settleTimer ??= this.#host.context.clock.after(SETTLE_MS, () => {
      this.#settleTimer = undefined;
      this.collect();
    });
  }

  /** A root of our position says that something waits somewhere. */
  told(): void {
    this.#notices.told();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    this.#bringers.stop();
    this.#notices.stop();
    const timers = [this.#timer, this.#againTimer, this.#settleTimer, this.#quietTimer, this.#receiptTimer];
    for (const timer of timers) timer?.cancel();
    for (const { contact } of this.#holders.values()) void this.#ask(contact, 0);
    this.#sendReceipts();
    this.#host.ended(this);
  }

  /**
   * IDs of a holder's list that it shall bring: another one may be bringing some already. Those we have get their receipt
   * again: the holder cannot know it.
   */
  wanted(ids: readonly Uint8Array[], from: KnownContact): Uint8Array[] {
    const missing = ids.filter((id) => {
      const state = this.#seen.get(nameOf(id));
      if (state === 'done') this.#receipt(id, from);
      return state === undefined;
    });
    return this.#bringers.shares(missing, from);
  }

  /** A part of an envelope came from this node. */
  heard(from: KnownContact): void {
    this.#bringers.heard(from);
  }

  /** An envelope came. It counts as arrived only by our receipt, so nothing is lost by taking it in memory first. */
  take(envelope: Envelope, from: KnownContact | undefined): void {
    const { name, id } = envelope;
    const state = this.#seen.get(name);
    this.#bringers.came(name, from);
    if (state === 'done') this.#receipt(id, from);
    if (state !== undefined) return;
    this.#remember(name, 'pending');
    this.#quietRounds = 0;
    this.#notices.came();
    this.#stirQuiet();
    this.#options.onEnvelope(envelope).then(
      (reception) => {
        if (reception === 'later') return this.#tryAgain(name);
        this.#remember(name, 'done');
        this.#receipt(id, from);
      },
      (error: unknown) => {
        this.#host.context.logger.error('relay-envelope-not-received', { error: errorName(error) });
        this.#tryAgain(name);
      },
    );
  }

  async #collectRound(again: boolean): Promise<void> {
    const { network, clock, random } = this.#host.context;
    const contacts = new Map<string, KnownContact>();
    let asking = false;
    const found = (contact: KnownContact) => {
      if (contacts.has(contact.name)) return;
      contacts.set(contact.name, contact);
      if (asking && !this.#closed) void this.#ask(contact, COLLECT_LIFETIME_S);
    };
    await Promise.all(this.positions.map((position) => this.#findRoots(position, again, found)));
    for (const name of this.#holders.keys()) if (!contacts.has(name)) this.#holders.delete(name);
    asking = true;
    const answers = await Promise.all([...contacts.values()].map((contact) => this.#ask(contact, COLLECT_LIFETIME_S)));
    this.#collecting = false;
    if (this.#closed) return;
    if (this.#again) {
      this.#again = false;
      return this.collect();
    }
    const answered = answers.some((ok) => ok);
    this.#failures = answered ? 0 : this.#failures + 1;
    const pause = answered
      ? network.leaf
        ? KEEP_OPEN_MS
        : (this.#options.refreshMs ?? REFRESH_MS)
      : RETRY_MS[Math.min(this.#failures - 1, RETRY_MS.length - 1)]!;
    this.#timer?.cancel();
    this.#timer = clock.after(jittered(random, pause, 0.1), () => this.#collect(answered));
    this.#host.askedAll(this);
    this.#stirQuiet();
  }

  /** Also those that answer late, whenever that is: one may have the only copy. */
  async #findRoots(position: NodeId, again: boolean, found: (root: KnownContact) => void): Promise<void> {
    let closest: readonly KnownContact[] = [];
    const late = (contact: KnownContact) => {
      const last = closest[ROOT_WIDTH - 1];
      if (last === undefined || isCloser(position, contact.id, last.id)) found(contact);
    };
    closest = await this.#host.context.network.closest(position, { late, again });
    for (const contact of closest.slice(0, ROOT_WIDTH)) found(contact);
  }

  async #ask(contact: KnownContact, lifetimeS: number): Promise<boolean> {
    const { claim } = this.#options;
    this.#expect(contact, lifetimeS * 1_000);
    const told = this.#policy;
    // Who was told it keeps it on the disk.
    const policy = this.#holders.get(contact.name)?.told === told ? undefined : told;
    const wish = { claimKey: claim.publicKey, signature: this.#signature, lifetimeS, policy };
    const { network } = this.#host.context;
    const answer = await this.#passes.ask(contact, async (pass) => {
      // Ended since the last answer: the wish is over.
      if (this.#closed && lifetimeS > 0) return undefined;
      const reply = await network.request(contact, { kind: 'collect', body: { token: undefined, pass, ...wish } });
      return reply?.kind === 'collecting' ? reply.body : undefined;
    });
    if (answer?.accepted !== 1) return false;
    if (lifetimeS === 0) return true;
    if (!this.#closed) this.#holders.set(contact.name, { contact, waiting: answer.waiting, told });
    // It had not said yes when the others were told of the end. Not where we are here again meanwhile.
    else if (!this.#host.isHere(this.destination)) void this.#ask(contact, 0);
    return true;
  }

  /** Before the answer: what a holder brings may overtake that. */
  #expect(contact: KnownContact, lifetimeMs: number): void {
    const now = this.#host.context.clock.now();
    for (const [name, until] of this.#asked) if (until <= now) this.#asked.delete(name);
    if (lifetimeMs > 0) this.#asked.set(contact.name, now + lifetimeMs);
  }

  #remember(name: string, state: 'pending' | 'done'): void {
    this.#seen.set(name, state);
    if (this.#seen.size <= REMEMBERED) return;
    for (const [oldest, known] of this.#seen) {
      if (known === 'pending') continue;
      this.#seen.delete(oldest);
      return;
    }
  }

  #tryAgain(name: string): void {
    this.#seen.delete(name);
    if (this.#closed) return;
    this.#againTimer ??= this.#host.context.clock.after(TRY_AGAIN_MS, () => {
      this.#againTimer = undefined;
      this.collect();
    });
  }

  #receipt(id: Uint8Array, from: KnownContact | undefined): void {
    this.#receipts.set(nameOf(id), id.slice());
    if (from !== undefined) this.#givers.set(from.name, from);
    if (this.#receipts.size >= IDS_PER_RECEIPT) return this.#sendReceipts();
    this.#receiptTimer ??= this.#host.context.clock.after(RECEIPT_PAUSE_MS, () => this.#sendReceipts());
  }

  /** To whoever gave us these envelopes and to all holders: each passes it on to its partners. */
  #sendReceipts(): void {
    this.#receiptTimer?.cancel();
    this.#receiptTimer = undefined;
    const ids = [...this.#receipts.values()];
    const givers = [...this.#givers.values(), ...[...this.#holders.values()].map(({ contact }) => contact)];
    this.#receipts = new Map();
    this.#givers = new Map();
    if (ids.length === 0) return;
    const receipt = makeReceipt(this.#options.claim, ids);
    const told = new Set<string>();
    for (const contact of givers) {
      if (told.has(contact.name)) continue;
      told.add(contact.name);
      void ask(this.#host.context.network, contact, { kind: 'free', body: { token: undefined, ...receipt } });
    }
    this.#host.freed(receipt);
  }

  /** Once after coming up: everybody was asked and nothing has come for a while. */
  #stirQuiet(): void {
    if (this.#caughtUp || this.#collecting || this.#closed) return;
    this.#quietTimer?.cancel();
    this.#quietTimer = this.#host.context.clock.after(QUIET_MS, () => {
      // A lost packet is sent again after half a second or more: what a holder spoke of is waited for, not for ever.
      const incomplete = this.waiting > this.#seen.size || [...this.#seen.values()].includes('pending');
      if (incomplete && this.#quietRounds++ < QUIET_ROUNDS) return this.#stirQuiet();
      this.#caughtUp = true;
      this.#options.onCaughtUp?.();
    });
  }
}
