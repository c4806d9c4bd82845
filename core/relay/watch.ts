import type { KnownContact } from '../dht/contact.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** A sign of life is asked for by comparing what both keep of one destination: a ping and an audit in one. */
export type Probe = () => Promise<'alive' | 'silent'>;

/** Somebody who asks a partner regularly whether it lives. */
export interface WatchPort {
  /** `probe` is called now and then until the watch ends. One watch a partner and name; a later one replaces it. */
  watch(partner: KnownContact, name: string, probe: Probe): void;
  unwatch(partner: KnownContact, name: string): void;
  /** This node asked us for the same: a sign of its life. */
  heard(partner: KnownContact): void;
  stop(): void;
}

export interface WatcherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly watchMs: number;
  readonly watchPerPartnerMs: number;
  /** No probe was answered: the partner is gone, for all names it is watched under. */
  readonly silent: (partner: KnownContact) => void;
}

/** A partner that has lived for so long beside us is asked half as often: who stays, stays. */
export const STEADY_MS = 10 * 60_000;
const STEADY_FACTOR = 2;
/** Periods in a row in which a partner's own questions save us ours; then it is asked: only that is an audit. */
const SAVED_PERIODS = 3;

interface Partner {
  readonly contact: KnownContact;
  readonly probes: Map<string, Probe>;
  readonly since: number;
  heardAt: number;
  saved: number;
  timer: Timer;
}

/** How often a partner is asked that was watched for so long. */
export function watchPeriodMs(baseMs: number, watchedForMs: number): number {
  return baseMs * (watchedForMs < STEADY_MS ? 1 : STEADY_FACTOR);
}

/**
 * Watches partners (L:28: the two back each other up). Each partner is asked once a period, about one of the
 * destinations it shares with us in turn; the more partners, the longer the period, so that traffic stays bounded. Two
 * that watch each other need one question a period for both: whoever is asked knows that the other lives.
 */
export class Watcher implements WatchPort {
  readonly #options: WatcherOptions;
  readonly #partners = new Map<string, Partner>();

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  get periodMs(): number {
    const { watchMs, watchPerPartnerMs } = this.#options;
    return Math.max(watchMs, this.#partners.size * watchPerPartnerMs);
  }

  heard(contact: KnownContact): void {
    const partner = this.#partners.get(contact.name);
    if (partner !== undefined) partner.heardAt = this.#options.clock.now();
  }

  watch(contact: KnownContact, name: string, probe: Probe): void {
    const known = this.#partners.get(contact.name);
    if (known !== undefined) {
      known.probes.set(name, probe);
      return;
    }
    const since = this.#options.clock.now();
    const probes = new Map([[name, probe]]);
    const partner: Partner = { contact, probes, since, heardAt: since, saved: SAVED_PERIODS, timer: IDLE };
    this.#partners.set(contact.name, partner);
    this.#plan(partner);
  }

  unwatch(contact: KnownContact, name: string): void {
    const partner = this.#partners.get(contact.name);
    partner?.probes.delete(name);
    if (partner?.probes.size === 0) this.#end(partner);
  }

  stop(): void {
    for (const partner of [...this.#partners.values()]) this.#end(partner);
  }

  #plan(partner: Partner, sinceMs = 0): void {
    const { clock, random } = this.#options;
    const periodMs = watchPeriodMs(this.periodMs, clock.now() - partner.since) * (0.8 + 0.4 * random.uniform());
    partner.timer = clock.after(Math.max(0, periodMs - sinceMs), () => this.#due(partner));
  }

  #due(partner: Partner): void {
    const sinceMs = this.#options.clock.now() - partner.heardAt;
    if (partner.saved < SAVED_PERIODS && sinceMs < this.periodMs / 2) {
      partner.saved++;
      return this.#plan(partner, sinceMs);
    }
    partner.saved = 0;
    void this.#ask(partner);
  }

  async #ask(partner: Partner): Promise<void> {
    const first = partner.probes.entries().next();
    if (first.done === true) return this.#end(partner);
    const [name, probe] = first.value;
    partner.probes.delete(name);
    partner.probes.set(name, probe);
    const sign = await probe();
    if (this.#partners.get(partner.contact.name) !== partner) return;
    if (sign === 'alive') return this.#plan(partner);
    this.#end(partner);
    this.#options.silent(partner.contact);
  }

  #end(partner: Partner): void {
    partner.timer.cancel();
    if (this.#partners.get(partner.contact.name) === partner) this.#partners.delete(partner.contact.name);
  }
}

const IDLE: Timer = { cancel() {} };
