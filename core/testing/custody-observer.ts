import { equalBytes, toHex } from '../ids/bytes.ts';
import type { Envelope } from '../relay/envelope.ts';
import type { Carrier, Destination, RelayWorld } from './relay-world.ts';

const LOOK_EVERY_MS = 50;

export interface ObserverOptions {
  /** Copies that the scheme promises from `stored` on. */
  readonly copies: number;
  /** A lost copy is made again within this time. */
  readonly repairMs: number;
}

interface Followed {
  readonly envelope: Envelope;
  readonly sender: Carrier;
  readonly to: Destination;
  readonly expiresAt: number;
  stored: boolean;
  /** Computers whose disks had it at the last look, and those of them that were up. */
  kept: Set<Carrier>;
  live: Set<Carrier>;
  deaths: number[];
  tooFewSince: number | undefined;
}

/**
 * Watches a story for the invariants of custody (docs/architecture.md, "How the network keeps a message") and gathers what
 * breaks them:
 *
 * 1. from *stored* until receipt or expiry, so many live nodes besides the sender's hold it as the scheme promises,
 *    unless two holders died within one repair interval;
 * 2. a holder forgets only on receipt, expiry, or confirmed hand-over;
 * 3. what carriers have names neither the sender nor its words: it is the sealed envelope, byte for byte;
 * 4. duplicates and reordering are harmless: nothing reaches a person twice;
 * 5. a restart loses nothing: a disk has after it what it had before (part of 2: nothing vanishes).
 */
export class CustodyObserver {
  readonly broken: string[] = [];
  /** Networks that are cut cannot repair: invariant 1 is not asked for meanwhile. */
  cut = false;
  readonly #net: RelayWorld;
  readonly #options: ObserverOptions;
  readonly #followed: Followed[] = [];

  constructor(net: RelayWorld, options: ObserverOptions) {
    this.#net = net;
    this.#options = options;
    net.story.clock.every(LOOK_EVERY_MS, () => this.look());
  }

  follow(envelope: Envelope, sender: Carrier, to: Destination, lifeMs: number): void {
    const expiresAt = this.#now + lifeMs;
    const start = { stored: false, kept: new Set<Carrier>(), live: new Set<Carrier>(), deaths: [] };
    this.#followed.push({ envelope, sender, to, expiresAt, ...start, tooFewSince: undefined });
  }

  look(): void {
    for (const followed of this.#followed) this.#lookAt(followed);
    for (const to of new Set(this.#followed.map((followed) => followed.to))) this.#lookForDoubles(to);
  }

  get #now(): number {
    return this.#net.story.clock.now();
  }

  #lookAt(followed: Followed): void {
    const { envelope, sender, to } = followed;
    if (this.#now >= followed.expiresAt) return;
    followed.stored ||= sender.isStored(envelope);
    const kept = new Set(this.#net.carriers.filter((carrier) => carrier.keeps(envelope)));
    const live = new Set([...kept].filter((carrier) => carrier.isUp && carrier !== sender));
    const arrived = to.arrived.some(({ name }) => name === envelope.name);
    for (const carrier of followed.live) if (!carrier.isUp) followed.deaths.push(this.#now);
    if (!arrived) this.#checkForgetting(followed, kept);
    if (!arrived && followed.stored && !this.cut) this.#checkCount(followed, live);
    for (const carrier of kept) if (!followed.kept.has(carrier)) this.#checkContent(followed, carrier);
    followed.kept = kept;
    followed.live = live;
  }

  #checkForgetting({ envelope, kept: before }: Followed, kept: Set<Carrier>): void {
    const needed = Math.min(2, this.#options.copies);
    for (const carrier of before) {
      if (kept.has(carrier) || kept.size >= needed) continue;
      this.#break(2, envelope, `${carrier.computer.host.address} forgot it while ${kept.size} others had it`);
    }
  }

  #checkCount(followed: Followed, live: Set<Carrier>): void {
    const { copies, repairMs } = this.#options;
    if (live.size >= copies) {
      followed.tooFewSince = undefined;
      return;
    }
    followed.tooFewSince ??= this.#now;
    const lasts = this.#now - followed.tooFewSince;
    const [last, before] = followed.deaths.slice(-2).reverse();
    const twoDeaths = last !== undefined && before !== undefined && last - before <= repairMs;
    if (lasts > repairMs && !twoDeaths) this.#break(1, followed.envelope, `${live.size} live copies for ${lasts} ms`);
  }

  #checkContent({ envelope, sender }: Followed, carrier: Carrier): void {
    const bytes = carrier.disk.envelopes.get(envelope.name)?.bytes;
    if (bytes === undefined || !equalBytes(bytes, envelope.bytes)) this.#break(3, envelope, 'a disk has other bytes');
    if (toHex(envelope.bytes).includes(toHex(sender.entry.key))) this.#break(3, envelope, 'it names its sender');
  }

  #lookForDoubles(to: Destination): void {
    const names = to.arrived.map(({ name }) => name);
    if (new Set(names).size < names.length) this.broken.push(`invariant 4: something arrived twice`);
  }

  #break(invariant: number, envelope: Envelope, what: string): void {
    const text = `invariant ${invariant}: ${what} (envelope ${toHex(envelope.id).slice(0, 8)}, ${this.#now} ms)`;
    if (this.broken.length < 10) this.broken.push(text);
  }
}
