import type { KnownContact } from '../dht/contact.ts';
import type { Timer } from '../ports/clock.ts';
import type { Unsubscribe } from '../ports/events.ts';
import { jittered, type RelayContext } from './context.ts';
import { type Courier, UNSETTLED_MS } from './courier.ts';
import type { Envelope } from './envelope.ts';
import type { Placements, Turn } from './placements.ts';
import { type Deposit, type DepositOptions, type DepositState, MAX_LIFE_MS } from './types.ts';

/** While it is not stored: pauses before the copies that are doubtful are sent again by another first hop. */
const RETRY_MS = [3_000, 6_000, 15_000, 60_000, 300_000, 1_800_000];
/** And so much longer for each KiB, which needs longer itself. */
const RETRY_PER_KIB_MS = 100;
/** While no node takes it at all. */
const FAILED_MS = [500, 1_000, 2_000, 5_000, 15_000, 60_000];
/**
 * Once it is stored: it is sent again after these times by first hops that had not had it, in case those before were liars
 * or all holders died. Soon at first: both ways can lead to liars, and what costs a few packets then is one more way each.
 */
const RENEW_MS = [20_000, 10 * 60_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000];
/** Where these begin for what an earlier run knew to be stored. */
const RESTORED_RENEWALS = 2;
/** Whoever took a copy tells within this time what became of it. */
const SETTLE_LIMIT_MS = 5_000;
/** One way that says "stored" is believed alone after this long: perhaps both ways lead through one node. */
const PATIENCE_MS = 15_000;

export interface DepositsHost {
  readonly context: RelayContext;
  readonly courier: Courier;
  readonly placements: Placements;
  /** This node is itself one of the holders. */
  holds(envelope: Envelope): boolean;
  closed(deposit: DepositOf): void;
}

/**
 * An envelope of our own. Each copy goes to its intermediary by its own way: the lecture lets
 * intermediary 1 make copy 2 (L:28), but then one liar on the one way could swallow both.
 */
export class DepositOf implements Deposit {
  readonly envelope: Envelope;
  readonly #host: DepositsHost;
  readonly #options: DepositOptions;
  readonly #confirmed = new Map<number, { readonly holders: number; readonly lifeS: number }>();
  readonly #avoid = new Map<number, Set<string>>();
  /** First hops that have a copy, and since when. */
  readonly #taken = new Map<number, { readonly hop: KnownContact; readonly at: number }>();
  readonly #unsubscribe: Unsubscribe;
  #state: DepositState = { state: 'placing', holders: 0 };
  #turn: Turn | undefined;
  /** When it went out first: before that it waited for its turn, not for news. */
  #placedAt: number | undefined;
  #timer: Timer | undefined;
  #expiry: Timer | undefined;
  #patience: Timer | undefined;
  #retries = 0;
  #failures = 0;
  #renewals = 0;
  #closed = false;

  constructor(host: DepositsHost, envelope: Envelope, options: DepositOptions) {
    const { network, clock } = host.context;
    this.#host = host;
    this.envelope = envelope;
    this.#options = options;
    this.#unsubscribe = network.onChanged(() => {
      if (this.#state.state === 'placing' && this.#confirmed.size === 0 && network.connected) this.#placeInTurn();
    });
    this.#planExpiry();
    if (options.alreadyStored === true) {
      this.#renewals = RESTORED_RENEWALS;
      this.#renewLater();
    } else this.#timer = clock.after(0, () => this.#placeInTurn());
  }

  get state(): DepositState {
    return this.#state;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    this.#turn?.end();
    for (const timer of [this.#timer, this.#expiry, this.#patience]) timer?.cancel();
    this.#host.courier.drop(this.envelope.name, this.envelope.copies);
    this.#host.closed(this);
  }

  get #copies(): number[] {
    const { copies } = this.envelope;
    return copies === 0 ? [0] : Array.from({ length: copies }, (_, i) => i + 1);
  }

  /** Nodes besides this one that must keep it. */
  get #needed(): number {
    const { copies, settings } = { copies: this.envelope.copies, settings: this.#host.context.settings };
    return copies === 0 ? 1 : Math.min(copies, Math.max(1, settings.copies));
  }

  get #lifeMs(): number {
    return Math.min(MAX_LIFE_MS, this.#options.expiresAt - this.#host.context.clock.wall());
  }

  /** Once: it may be in the line, or under way, already. */
  #placeInTurn(): void {
    if (this.#closed || (this.#turn !== undefined && this.#turn.state !== 'over')) return;
    this.#timer?.cancel();
    const isLater = this.#options.nobodyWaits === true || this.#state.state === 'stored' || this.#renewals > 0;
    this.#turn = this.#host.placements.take(isLater ? 'later' : 'now', () => this.#place());
  }

  /** Sends every copy that is not confirmed, by a first hop that was not tried yet where there is one. */
  #place(): void {
    if (this.#closed) return;
    // The computer slept through the rest of its life, while the timer of that stood still.
    if (this.#lifeMs <= 0) return this.#expire();
    this.#timer?.cancel();
    const { courier, context } = this.#host;
    this.#placedAt ??= context.clock.now();
    // All ways have told, and still too few keep it: by now it may be more.
    if (this.#confirmed.size === this.#copies.length) this.#confirmed.clear();
    for (const copy of this.#copies) {
      if (this.#confirmed.has(copy)) continue;
      this.#blameFirstHop(copy);
      const avoid = this.#avoid.get(copy) ?? new Set();
      this.#avoid.set(copy, avoid);
      courier.send(this.envelope, copy, {
        lifeMs: this.#lifeMs,
        avoid,
        origin: {
          taken: (hop) => {
            avoid.add(hop.name);
            this.#taken.set(copy, { hop, at: context.clock.now() });
          },
          stored: (holders, lifeS) => this.#stored(copy, holders, lifeS),
          freed: () => {},
          failed: () => this.#failed(copy),
        },
      });
    }
    const moreMs = (this.envelope.bytes.length / 1_024) * RETRY_PER_KIB_MS;
    this.#plan(RETRY_MS[Math.min(this.#retries++, RETRY_MS.length - 1)]! + moreMs);
  }

  /** It took this copy and has told nothing since: others go first for a while. */
  #blameFirstHop(copy: number): void {
    const { clock, distrust } = this.#host.context;
    const taken = this.#taken.get(copy);
    this.#taken.delete(copy);
    if (taken !== undefined && clock.now() - taken.at > SETTLE_LIMIT_MS) distrust.add(taken.hop, UNSETTLED_MS);
  }

  #plan(ms: number): void {
    const { clock, random } = this.#host.context;
    this.#timer?.cancel();
    this.#timer = clock.after(jittered(random, ms), () => this.#placeInTurn());
  }

  /** No first hop took it: all were tried, or the network is away. */
  #failed(copy: number): void {
    this.#avoid.delete(copy);
    // The next attempt may be in the line already, and nothing else would lead to it.
    if (this.#turn?.state === 'running') this.#turn.end();
    if (this.#closed || this.#state.state === 'stored') return;
    this.#plan(FAILED_MS[Math.min(this.#failures++, FAILED_MS.length - 1)]!);
  }

  #stored(copy: number, holders: number, lifeS: number): void {
    if (this.#closed) return;
    this.#taken.delete(copy);
    this.#confirmed.set(copy, { holders, lifeS });
    this.#judge();
  }

  #judge(): void {
    const { context } = this.#host;
    const known = [...this.#confirmed.values()];
    // What was said before it was sent once more is no longer counted on.
    if (known.length === 0) return;
    const own = this.#host.holds(this.envelope) ? 1 : 0;
    const holders = Math.max(own, ...known.map((confirmation) => confirmation.holders)) - own;
    const lifeS = Math.min(...known.map((confirmation) => confirmation.lifeS));
    const enough = holders >= this.#needed;
    const now = context.clock.now();
    const waitedMs = now - (this.#placedAt ?? now);
    const sure = this.#confirmed.size >= Math.min(2, this.#copies.length) || waitedMs >= PATIENCE_MS;
    if (!enough || !sure) {
      if (this.#state.state === 'placing' && this.#state.holders !== holders) this.#tell({ state: 'placing', holders });
      if (enough) this.#patience ??= context.clock.after(PATIENCE_MS - waitedMs, () => this.#judge());
      return;
    }
    this.#turn?.end();
    const until = Math.floor(context.clock.wall() + lifeS * 1_000);
    const isNews = this.#state.state !== 'stored' || this.#state.holders !== holders;
    if (isNews) this.#tell({ state: 'stored', holders, until });
    this.#renewLater();
  }

  #tell(state: DepositState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #renewLater(): void {
    const { clock, random } = this.#host.context;
    const pause = RENEW_MS[Math.min(this.#renewals, RENEW_MS.length - 1)]!;
    this.#timer?.cancel();
    this.#timer = clock.after(jittered(random, pause), () => {
      this.#renewals++;
      this.#retries = 0;
      this.#confirmed.clear();
      this.#placeInTurn();
    });
  }

  #planExpiry(): void {
    this.#expiry = this.#host.context.clock.after(Math.max(0, this.#lifeMs), () => this.#expire());
  }

  #expire(): void {
    if (this.#closed) return;
    this.#tell({ state: 'expired' });
    this.close();
  }
}
