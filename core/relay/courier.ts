import type { Outcome } from '../codec/relay.ts';
import type { KnownContact } from '../dht/contact.ts';
import type { Timer } from '../ports/clock.ts';
import type { RelayContext } from './context.ts';
import { lifeSeconds } from './context.ts';
import type { Envelope } from './envelope.ts';
import { ask, type HandOver } from './exchange.ts';
import { copyPosition } from './positions.ts';

/** Hops an envelope may take; far above the logarithm of any network. */
export const MAX_RELAY_HOPS = 20;
/** An envelope begins with up to so many hops and so much of its life less, so that the first hop does not see that it is. */
const FEWER_HOPS = 8;
const LESS_LIFE = 0.01;
/** Next hops tried before this node counts itself as the root. */
const DETOURS = 4;
/** How long to wait for news from the next hop before asking again; doubles. */
const NEWS_WAIT_MS = 3_000;
/**
 * A hop that has not answered for so long, and longer for what goes in parts, is passed by: the next one is tried beside
 * it. Twice a usual time-out, so that one lost packet does not make a detour.
 */
const HEDGE_MS = 700;
const HEDGE_PER_KIB_MS = 40;
/** Whoever took something and told no more of it is tried last for so long. */
export const UNSETTLED_MS = 10 * 60_000;
/** Times the next hop may say that it still has it before we place it ourselves. */
const PATIENCE = 3;
/** Copies at rest that make ours unnecessary. */
const ENOUGH_HOLDERS = 2;
/** The way back stays known that long after we let go of the envelope. */
const REVERSE_PATH_MS = 60_000;
/** Bytes of envelopes on their way at once; they are held in memory. What is beyond goes to rest at once. */
const TRANSIT_BYTES = 64 * 1024 * 1024;
const WAYS_BACK = 4;

/** An envelope on its way through this node: one for each copy. */
interface Transit {
  readonly envelope: Envelope;
  readonly copy: number;
  readonly hopsLeft: number;
  /** When its life ends, by the monotonic clock. */
  readonly endsAt: number;
  /** Who handed it to us; confirmations go back to them. Empty where it began here. */
  readonly previous: KnownContact[];
  readonly avoid: Set<string>;
  origin: Origin | undefined;
  next: KnownContact | undefined;
  /** It was handed to these, whose answers have not come yet: news may come before, when an answer was lost. */
  readonly trying: Set<string>;
  /** We keep a copy until the next hop has handed it on. */
  inCustody: boolean;
  asked: number;
  timer: Timer | undefined;
  stored: { readonly holders: number; readonly lifeS: number } | undefined;
}

/** Whoever gave an envelope to the network on this node. */
export interface Origin {
  /** This first hop has it. */
  taken(hop: KnownContact): void;
  /** `holders` nodes keep it at rest, for about `lifeS` seconds. */
  stored(holders: number, lifeS: number): void;
  /** Its destination has it already. */
  freed(): void;
  /** No node took it. */
  failed(): void;
}

/** How an envelope is to rest where its way ends. */
export interface Resting {
  readonly lifeMs: number;
  /** It was given to the network here. */
  readonly isOurs: boolean;
  /** Called when enough nodes hold it. */
  readonly stored: (holders: number, lifeS: number) => void;
}

export interface CourierHost {
  /** This node is the root, or the way ends here: keep it at rest. @returns false when it is not kept */
  rest(envelope: Envelope, how: Resting): boolean;
  /** The next hop has it safely: our copy may go unless it rests here. */
  release(envelope: Envelope): void;
  /** The root keeps it alone (custody without intermediaries): stand behind it with our copy. */
  back(envelope: Envelope, root: KnownContact): void;
}

/**
 * Moves envelopes hop by hop, greedily towards the root of their position (L:12, L:26): each hop is strictly closer, so
 * there are no loops; a dead hop is passed by. A copy is let go only when the next hop says that it handed it on, so two
 * copies are in the pipe at any time; confirmations take the way back, so holders never see the sender's address.
 */
export class Courier {
  readonly #context: RelayContext;
  readonly #host: CourierHost;
  readonly #transits = new Map<string, Transit>();
  #bytes = 0;

  constructor(context: RelayContext, host: CourierHost) {
    this.#context = context;
    this.#host = host;
  }

  stop(): void {
    for (const transit of this.#transits.values()) transit.timer?.cancel();
    this.#transits.clear();
  }

  /** True while a copy of it is on its way through here. */
  carries(envelopeName: string, copies: number): boolean {
    for (let copy = 0; copy <= copies; copy++)
      if (this.#transits.get(keyOf(envelopeName, copy))?.inCustody === true) return true;
    return false;
  }

  /** It lies on our disk and shall go on. */
  took(envelope: Envelope, how: HandOver, from: KnownContact): void {
    const known = this.#transits.get(keyOf(envelope.name, how.copy));
    if (known !== undefined) {
      this.#cameAgain(known, from);
      // It was let go of before and is here once more: nothing else would look after this copy.
      if (!known.inCustody) this.#host.release(envelope);
      return;
    }
    const transit = this.#begin(envelope, how, { previous: [from], avoid: new Set([from.name]), inCustody: true });
    if (transit !== undefined) void this.#forward(transit);
  }

  /** Begins here. `avoid`: names of first hops that led nowhere. A running attempt for the same copy is replaced. */
  send(envelope: Envelope, copy: number, options: { lifeMs: number; avoid: Set<string>; origin: Origin }): void {
    const key = keyOf(envelope.name, copy);
    const known = this.#transits.get(key);
    if (known !== undefined && (known.origin === undefined || known.inCustody)) {
      // It came through here from elsewhere: what becomes of it serves as well.
      known.origin = options.origin;
      if (known.stored !== undefined) options.origin.stored(known.stored.holders, known.stored.lifeS);
      return this.#askForMore(known);
    }
    this.#end(key);
    const { lifeMs, avoid, origin } = options;
    const { random } = this.#context;
    const hopsLeft = MAX_RELAY_HOPS - Math.floor(FEWER_HOPS * random.uniform());
    const how = { copy, hopsLeft, lifeS: lifeSeconds(lifeMs * (1 - LESS_LIFE * random.uniform())) };
    const transit = this.#begin(envelope, how, { previous: [], avoid: new Set(avoid), inCustody: false, origin });
    if (transit !== undefined) void this.#forward(transit);
  }

  /** Nothing more is told about it, and its way back is forgotten. */
  drop(envelopeName: string, copies: number): void {
    for (let copy = 0; copy <= copies; copy++) this.#end(keyOf(envelopeName, copy));
  }

  /** Our copy, which was at rest, is gone: of ways that ended here nothing more is told. */
  lost(envelopeName: string, copies: number): void {
    for (let copy = 0; copy <= copies; copy++) {
      const transit = this.#transits.get(keyOf(envelopeName, copy));
      if (transit === undefined || transit.inCustody || transit.origin !== undefined) continue;
      if (transit.next === undefined && transit.stored === undefined) this.#end(keyOf(envelopeName, copy));
    }
  }

  /** News from a next hop. */
  onSettle(
    from: KnownContact,
    news: { envelopeName: string; copy: number; outcome: Outcome; holders: number; lifeS: number },
  ): void {
    const transit = this.#transits.get(keyOf(news.envelopeName, news.copy));
    if (transit !== undefined && transit.next === undefined && transit.trying.has(from.name))
      this.#handedTo(transit, from);
    if (transit === undefined || transit.next?.name !== from.name) return this.#context.drops.add('settle-unasked');
    if (news.outcome === 'stored') this.#stored(transit, news.holders, news.lifeS, from);
    else this.#letGo(transit);
  }

  #begin(
    envelope: Envelope,
    how: HandOver,
    start: Pick<Transit, 'previous' | 'avoid' | 'inCustody'> & { origin?: Origin },
  ): Transit | undefined {
    if (this.#bytes + envelope.bytes.length > TRANSIT_BYTES) {
      this.#context.drops.add('transit-full');
      this.#host.rest(envelope, { lifeMs: how.lifeS * 1_000, isOurs: start.origin !== undefined, stored: () => {} });
      return undefined;
    }
    const transit: Transit = {
      ...{ envelope, copy: how.copy, hopsLeft: Math.min(how.hopsLeft, MAX_RELAY_HOPS), next: undefined, asked: 0 },
      trying: new Set<string>(),
      ...{ timer: undefined, stored: undefined, origin: undefined, ...start },
      endsAt: this.#context.clock.now() + how.lifeS * 1_000,
    };
    this.#transits.set(keyOf(envelope.name, how.copy), transit);
    this.#bytes += envelope.bytes.length;
    return transit;
  }

  #cameAgain(transit: Transit, from: KnownContact): void {
    const isNew = !transit.previous.some((contact) => contact.name === from.name);
    if (isNew && transit.previous.length < WAYS_BACK) transit.previous.push(from);
    if (transit.stored !== undefined) this.#tell(from, transit, 'stored', transit.stored);
    else if (transit.next !== undefined) this.#tell(from, transit, 'forwarded');
    this.#askForMore(transit);
  }

  /** Fewer nodes had it than should, when we last heard: by now it may be more, and somebody wants to know. */
  #askForMore(transit: Transit): void {
    const { envelope, copy, next, stored } = transit;
    if (stored === undefined || stored.holders >= envelope.copies) return;
    if (next === undefined) return this.#rest(transit);
    const lifeS = lifeSeconds(transit.endsAt - this.#context.clock.now());
    void this.#context.transfers.hand(next, envelope, { copy, hopsLeft: Math.max(0, transit.hopsLeft - 1), lifeS });
  }

  /** One next hop after another until one has it on its disk; a silent one is passed by, and may still answer. */
  async #forward(transit: Transit): Promise<void> {
    const hedgeMs = HEDGE_MS + (transit.envelope.bytes.length / 1_024) * HEDGE_PER_KIB_MS;
    const tries: Promise<void>[] = [];
    while (transit.hopsLeft > 0 && tries.length < DETOURS) {
      const hop = this.#nextHop(transit);
      if (hop === undefined) break;
      const attempt = this.#try(transit, hop);
      tries.push(attempt);
      await this.#waitFor(attempt, hedgeMs);
      if (!this.#isOpen(transit)) return;
    }
    await Promise.all(tries);
    if (this.#isOpen(transit)) this.#rest(transit);
  }

  /** The best hop that was not tried yet; those that failed us lately come last. */
  #nextHop({ envelope, copy, avoid }: Transit): KnownContact | undefined {
    const { network, distrust } = this.#context;
    const hops = network.nextHops(copyPosition(envelope.destination, copy)).filter(({ name }) => !avoid.has(name));
    return hops.find((hop) => !distrust.has(hop)) ?? hops[0];
  }

  async #try(transit: Transit, hop: KnownContact): Promise<void> {
    const { envelope, copy, hopsLeft } = transit;
    transit.avoid.add(hop.name);
    transit.trying.add(hop.name);
    const lifeS = lifeSeconds(transit.endsAt - this.#context.clock.now());
    const verdict = await this.#context.transfers.hand(hop, envelope, { copy, hopsLeft: hopsLeft - 1, lifeS });
    if (!this.#isOpen(transit)) return;
    transit.trying.delete(hop.name);
    if (verdict === 'freed') this.#freed(transit);
    else if (verdict === 'kept' || verdict === 'held') this.#handedTo(transit, hop);
  }

  /** No hop has it yet. */
  #isOpen(transit: Transit): boolean {
    return this.#transits.get(keyOf(transit.envelope.name, transit.copy)) === transit && transit.next === undefined;
  }

  /** Until it is over, at most so long. */
  #waitFor(attempt: Promise<void>, mostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#context.clock.after(mostMs, resolve);
      void attempt.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #handedTo(transit: Transit, hop: KnownContact): void {
    transit.next = hop;
    transit.trying.clear();
    transit.origin?.taken(hop);
    this.#context.counters.handedOn++;
    for (const contact of transit.previous) this.#tell(contact, transit, 'forwarded');
    if (transit.inCustody && this.#context.settings.pipeline) this.#wait(transit, NEWS_WAIT_MS);
    else this.#letGo(transit);
  }

  /** The next hop must tell what became of it. */
  #wait(transit: Transit, ms: number): void {
    transit.timer?.cancel();
    transit.timer = this.#context.clock.after(ms, () => void this.#askAgain(transit, ms));
  }

  async #askAgain(transit: Transit, waitedMs: number): Promise<void> {
    const { envelope, copy, next } = transit;
    if (next === undefined || transit.stored !== undefined) return;
    const lifeS = lifeSeconds(transit.endsAt - this.#context.clock.now());
    const how = { copy, hopsLeft: Math.max(0, transit.hopsLeft - 1), lifeS };
    const verdict = await this.#context.transfers.hand(next, envelope, how);
    if (this.#transits.get(keyOf(envelope.name, copy)) !== transit || transit.stored !== undefined) return;
    if (verdict === 'freed') return this.#freed(transit);
    const lives = verdict === 'held' || verdict === 'kept';
    if (lives && ++transit.asked < PATIENCE) return this.#wait(transit, 2 * waitedMs);
    transit.next = undefined;
    this.#context.distrust.add(next, UNSETTLED_MS);
    if (lives) this.#rest(transit);
    else void this.#forward(transit);
  }

  #rest(transit: Transit): void {
    const { envelope, origin } = transit;
    const { network, clock } = this.#context;
    if (origin !== undefined && (network.leaf || !network.connected)) {
      this.#end(keyOf(envelope.name, transit.copy));
      return origin.failed();
    }
    transit.inCustody = false;
    const stored = (holders: number, lifeS: number) => this.#stored(transit, holders, lifeS, undefined);
    const how = { lifeMs: transit.endsAt - clock.now(), isOurs: origin !== undefined, stored };
    if (!this.#host.rest(envelope, how)) this.#end(keyOf(envelope.name, transit.copy));
  }

  #stored(transit: Transit, holders: number, lifeS: number, by: KnownContact | undefined): void {
    const { envelope, origin } = transit;
    let known = holders;
    const custody = transit.inCustody && this.#context.settings.pipeline;
    if (by !== undefined && custody && holders < Math.min(ENOUGH_HOLDERS, envelope.copies)) {
      // News for the sender, but our copy is still one of two: the root says so again when it is not alone any more.
      for (const contact of transit.previous) this.#tell(contact, transit, 'stored', { holders, lifeS });
      origin?.stored(holders, lifeS);
      return;
    }
    if (by !== undefined && transit.inCustody && envelope.copies === 0 && this.#context.settings.pipeline) {
      transit.inCustody = false;
      if (holders === 1) {
        // The root is alone: two copies stay, ours and its own (L:27).
        this.#host.back(envelope, by);
        known = 2;
      } else this.#host.release(envelope);
    } else if (by !== undefined) this.#letGo(transit);
    transit.stored = { holders: known, lifeS };
    for (const contact of transit.previous) this.#tell(contact, transit, 'stored', transit.stored);
    origin?.stored(known, lifeS);
    this.#forgetLater(transit);
  }

  /** Our copy is not needed any more; the way back stays known for a while. */
  #letGo(transit: Transit): void {
    if (transit.inCustody) {
      transit.inCustody = false;
      this.#host.release(transit.envelope);
    }
    this.#forgetLater(transit);
  }

  #forgetLater(transit: Transit): void {
    transit.timer?.cancel();
    const key = keyOf(transit.envelope.name, transit.copy);
    transit.timer = this.#context.clock.after(REVERSE_PATH_MS, () => {
      if (this.#transits.get(key) === transit) this.#end(key);
    });
  }

  #freed(transit: Transit): void {
    transit.origin?.freed();
    transit.inCustody = false;
    this.#host.release(transit.envelope);
    this.#end(keyOf(transit.envelope.name, transit.copy));
  }

  #end(key: string): void {
    const transit = this.#transits.get(key);
    if (transit === undefined) return;
    transit.timer?.cancel();
    this.#transits.delete(key);
    this.#bytes -= transit.envelope.bytes.length;
  }

  #tell(to: KnownContact, transit: Transit, outcome: Outcome, news = { holders: 0, lifeS: 0 }): void {
    const { envelope, copy } = transit;
    const body = { token: undefined, envelopeId: envelope.id, copy, outcome, ...news };
    void ask(this.#context.network, to, { kind: 'settle', body });
  }
}

function keyOf(envelopeName: string, copy: number): string {
  return `${envelopeName}${copy}`;
}
