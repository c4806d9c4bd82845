import type { KnownContact } from '../dht/contact.ts';
import { type Probe, STEADY_MS, type WatchPort, watchPeriodMs } from '../relay/watch.ts';
import type { FastNetwork } from './fast-network.ts';
import type { FastNode } from './fast-node.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Real probes that are made all the same, for what they audit. */
const AUDIT_MS = 10 * 60_000;
/** Between the first attempt of a request to a node that is not in the table and its end (`core/dht/rpc.ts`). */
const GIVE_UP_MS = 2_000;
/** After its start a partner may find that others keep what it has, and let go, without knowing that we count on it. */
const RETURNED_MS = 2 * 60_000;

export interface FastWatchOptions {
  readonly world: FastNetwork;
  readonly node: FastNode;
  readonly random: SeededRandom;
  readonly watchMs: number;
  readonly watchPerPartnerMs: number;
  readonly silent: (partner: KnownContact) => void;
}

interface Watched {
  readonly contact: KnownContact;
  readonly probes: Map<string, Probe>;
  readonly stop: () => void;
  readonly since: number;
  planned: { cancel(): void } | undefined;
  /** When it was back after a crash that nobody noticed. */
  backAt: number;
}

/**
 * Watching partners in a modelled network: instead of a probe every few seconds from everybody to everybody, the
 * network tells when a partner crashes, and the watcher finds it silent after a time drawn as the real one would need.
 * Probes that could find something are made: after a partner came back, and now and then for the audit.
 */
export class FastWatch implements WatchPort {
  readonly #options: FastWatchOptions;
  readonly #watched = new Map<string, Watched>();
  /** Time for which partners were watched, in partner milliseconds that are over, and probes that this saved. */
  #spared = 0;

  constructor(options: FastWatchOptions) {
    this.#options = options;
  }

  /** Probes that real watching would have sent and this one has not, about. */
  get spared(): number {
    let sum = this.#spared;
    for (const watched of this.#watched.values()) sum += this.#probesOf(watched);
    return sum;
  }

  watch(contact: KnownContact, name: string, probe: Probe): void {
    const known = this.#watched.get(contact.name);
    if (known !== undefined) {
      known.probes.set(name, probe);
      return;
    }
    const { world } = this.#options;
    const stop = world.observe(contact.name, {
      gone: () => this.#plan(watched, this.#nextProbeMs(watched), () => this.#findSilent(watched)),
      back: () => {
        watched.backAt = world.clock.now();
        this.#plan(watched, this.#nextProbeMs(watched), () => this.#probe(watched));
      },
    });
    world.watching.add(this.#pair(contact));
    const probes = new Map([[name, probe]]);
    const backAt = Number.NEGATIVE_INFINITY;
    const watched: Watched = { contact, probes, stop, since: world.clock.now(), planned: undefined, backAt };
    this.#watched.set(contact.name, watched);
    if (world.nodeAt(contact.name) === undefined)
      this.#plan(watched, this.#nextProbeMs(watched), () => this.#findSilent(watched));
    else this.#planAudit(watched);
  }

  unwatch(contact: KnownContact, name: string): void {
    const watched = this.#watched.get(contact.name);
    watched?.probes.delete(name);
    if (watched?.probes.size === 0) this.#end(watched);
  }

  /** Who asks whom makes no difference to the model: one question a period for both is counted where they part. */
  heard(): void {}

  stop(): void {
    for (const watched of [...this.#watched.values()]) this.#end(watched);
  }

  #pair(contact: KnownContact): string {
    return `${this.#options.node.place.contact.name}${contact.name}`;
  }

  /** Both watch each other: each asks every other time. */
  #isMutual(contact: KnownContact): boolean {
    const { world, node } = this.#options;
    return world.watching.has(`${contact.name}${node.place.contact.name}`);
  }

  get #baseMs(): number {
    const { watchMs, watchPerPartnerMs } = this.#options;
    return Math.max(watchMs, this.#watched.size * watchPerPartnerMs);
  }

  /** The next real probe may come at any time of the period. */
  #nextProbeMs({ since }: Watched): number {
    const { random, world } = this.#options;
    const periodMs = watchPeriodMs(this.#baseMs, world.clock.now() - since);
    return random.uniform() * periodMs * (0.8 + 0.4 * random.uniform());
  }

  #plan(watched: Watched, delayMs: number, task: () => void): void {
    watched.planned?.cancel();
    watched.planned = this.#options.world.clock.after(delayMs, () => {
      if (this.#options.node.up && this.#watched.get(watched.contact.name) === watched) task();
    });
  }

  #planNext(watched: Watched): void {
    const { clock } = this.#options.world;
    if (clock.now() - watched.backAt > RETURNED_MS) return this.#planAudit(watched);
    this.#plan(watched, watchPeriodMs(this.#baseMs, clock.now() - watched.since), () => this.#probe(watched));
  }

  #planAudit(watched: Watched): void {
    const { random } = this.#options;
    this.#plan(watched, AUDIT_MS * (0.8 + 0.4 * random.uniform()), () => this.#probe(watched));
  }

  /** A probe has gone out to a node that is down: it ends without an answer, unless the node comes back meanwhile. */
  #findSilent(watched: Watched): void {
    this.#plan(watched, GIVE_UP_MS, () => {
      this.#end(watched);
      this.#options.silent(watched.contact);
    });
  }

  async #probe(watched: Watched): Promise<void> {
    const first = watched.probes.entries().next();
    if (first.done === true) return this.#end(watched);
    const [name, probe] = first.value;
    watched.probes.delete(name);
    watched.probes.set(name, probe);
    const { planned } = watched;
    const sign = await probe();
    if (this.#watched.get(watched.contact.name) !== watched) return;
    if (sign === 'alive') {
      // It may have crashed while its answer was on the way, which is to be found out as well.
      if (watched.planned === planned) this.#planNext(watched);
      return;
    }
    this.#end(watched);
    this.#options.silent(watched.contact);
  }

  #probesOf({ contact, since }: Watched): number {
    const forMs = this.#options.world.clock.now() - since;
    const freshMs = Math.min(forMs, STEADY_MS);
    const steadyMs = forMs - freshMs;
    const asked = freshMs / watchPeriodMs(this.#baseMs, 0) + steadyMs / watchPeriodMs(this.#baseMs, STEADY_MS);
    return Math.max(0, asked * (this.#isMutual(contact) ? 0.5 : 1) - forMs / AUDIT_MS);
  }

  #end(watched: Watched): void {
    if (this.#watched.get(watched.contact.name) !== watched) return;
    this.#spared += this.#probesOf(watched);
    watched.planned?.cancel();
    watched.stop();
    this.#options.world.watching.delete(this.#pair(watched.contact));
    this.#watched.delete(watched.contact.name);
  }
}
