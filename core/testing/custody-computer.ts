import { DropCounter } from '../net/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import { RelayNode } from '../relay/relay.ts';
import type { RelaySettings } from '../relay/settings.ts';
import type { WatcherOptions } from '../relay/watch.ts';
import type { CopiesUp } from './copies-up.ts';
import type { FastNetwork, FastPlace } from './fast-network.ts';
import type { FastNode } from './fast-node.ts';
import { FastWatch } from './fast-watch.ts';
import { MemoryCacheDisk } from './memory-cache.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { NodeClock } from './virtual-clock.ts';

/** Time a commit of the cache takes. */
const COMMIT_MS = 3;

export interface CustodyWorld {
  readonly network: FastNetwork;
  readonly random: SeededRandom;
  readonly settings: Partial<RelaySettings>;
  readonly copiesUp: CopiesUp;
  /** Partners are watched by real probes, not by the model. */
  readonly realWatching: boolean;
}

/** What runs while a computer is up. */
export interface Session {
  readonly node: FastNode;
  readonly relay: RelayNode;
  readonly clock: NodeClock;
}

/** A computer of a modelled network: its relay cache's disk survives its sessions. */
export class CustodyComputer {
  readonly place: FastPlace;
  readonly disk = new MemoryCacheDisk();
  /** Undefined while it is down. */
  session: Session | undefined;
  /** Probes that watching would have sent, in sessions that are over. */
  sparedProbes = 0;
  readonly #world: CustodyWorld;
  #watch: FastWatch | undefined;

  constructor(world: CustodyWorld) {
    this.#world = world;
    this.place = world.network.place();
  }

  up(atOnce = false): Session {
    const { network, random, settings, copiesUp, realWatching } = this.#world;
    const node = network.join(this.place, { atOnce });
    const clock = network.clock.node();
    const relay = new RelayNode({
      network: node,
      store: this.disk.open({ clock, commitMs: COMMIT_MS }),
      clock,
      random,
      logger: silentLogger,
      drops: new DropCounter(),
      settings,
      ...(realWatching ? {} : { makeWatcher: (options) => this.#modelWatch(node, options) }),
    });
    for (const name of this.disk.envelopes.keys()) copiesUp.came(name);
    this.disk.onChange = (name, isHere) => (isHere ? copiesUp.came(name) : copiesUp.went(name));
    relay.start();
    this.session = { node, relay, clock };
    return this.session;
  }

  /** From one moment to the next, without a word to anybody. */
  crash(): void {
    if (this.session === undefined) return;
    const { node, relay, clock } = this.session;
    this.session = undefined;
    this.disk.onChange = () => {};
    for (const name of this.disk.envelopes.keys()) this.#world.copiesUp.went(name);
    node.crash();
    clock.halt();
    this.disk.crash();
    this.sparedProbes += this.#watch?.spared ?? 0;
    // Nobody hears of this and nothing gets on the disk: it only lets memory go.
    relay.stop();
  }

  #modelWatch(node: FastNode, options: WatcherOptions): FastWatch {
    const { network, random } = this.#world;
    this.#watch = new FastWatch({ world: network, node, ...options, random });
    return this.#watch;
  }

  get probesSpared(): number {
    return this.sparedProbes + (this.session === undefined ? 0 : (this.#watch?.spared ?? 0));
  }
}
