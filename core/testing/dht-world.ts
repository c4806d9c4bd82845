import { CLOSEST } from '../dht/lookup.ts';
import type { Contact } from '../dht/types.ts';
import { type NodeId, nodeId } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import { DhtNetwork, type DhtNode } from './dht-network.ts';
import { SeededRandom } from './seeded-random.ts';
import type { SimHost } from './sim-host.ts';
import type { NatBehaviour, NatKind } from './sim-nat.ts';
import { SimNetwork, type SimNetworkOptions } from './sim-network.ts';
import { VirtualClock } from './virtual-clock.ts';

export const DHT_PORT = 27_018;
/** Between the starts of two nodes. */
const JOIN_EVERY_MS = 20;

/** What kind of node is started: by default one that anybody can reach. */
export interface NodeKind {
  readonly leaf?: boolean;
  /** Each behind a router of its own. */
  readonly behind?: NatKind | NatBehaviour;
}

/** The same in every household. */
const INSIDE_ADDRESS = '192.168.1.2';

/** A whole DHT on the simulated internet, each node on a host in a network (/24) of its own. */
export class DhtWorld {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  readonly hosts: SimHost[] = [];
  readonly #dead = new Set<DhtNode>();
  readonly #dht: DhtNetwork;
  #behind: NatKind | NatBehaviour | undefined;

  constructor(seed: number | string, options: Partial<SimNetworkOptions> = {}) {
    this.random = new SeededRandom(seed);
    this.network = new SimNetwork({ clock: this.clock, random: this.random.fork('network'), ...options });
    this.#dht = new DhtNetwork({
      clock: this.clock,
      random: this.random.fork('nodes'),
      port: DHT_PORT,
      host: (index) => {
        const outside = `${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.1`;
        const address = this.#behind === undefined ? outside : INSIDE_ADDRESS;
        const behind = this.#behind === undefined ? undefined : this.network.nat(outside, this.#behind);
        this.hosts[index] = this.network.host(address, { behind });
        return { network: this.hosts[index], address };
      },
    });
  }

  get nodes(): readonly DhtNode[] {
    return this.#dht.nodes;
  }

  get alive(): DhtNode[] {
    return this.nodes.filter((node) => !this.#dead.has(node));
  }

  /** Starts `count` nodes, `atOnce` of them at a time, and lets the network settle for `settleMs`. */
  async grow(count: number, settleMs = 30_000, atOnce = 1, kind: NodeKind = {}): Promise<void> {
    this.#behind = kind.behind;
    for (let i = 0; i < count; i++) {
      await this.#dht.add(kind);
      if (i % atOnce === atOnce - 1) await this.clock.runFor(JOIN_EVERY_MS);
    }
    await this.clock.runFor(settleMs);
  }

  /** The computer of this node is gone from one moment to the next. */
  crash(node: DhtNode): void {
    this.#dead.add(node);
    this.hosts[this.nodes.indexOf(node)]!.crash();
    node.dht.stop();
  }

  /** The program of this node is killed and started again after `downMs`, by default at the same port. */
  async restart(node: DhtNode, downMs: number, port = DHT_PORT): Promise<DhtNode> {
    const host = this.hosts[this.nodes.indexOf(node)]!;
    host.crash();
    node.dht.stop();
    await this.clock.runFor(downMs);
    host.restart();
    return this.#dht.restart(node, { network: host, address: host.address, port });
  }

  anyNode(): DhtNode {
    const { alive } = this;
    return alive[Math.floor(this.random.uniform() * alive.length)]!;
  }

  anyId(): NodeId {
    return nodeId(this.random.bytes(32));
  }

  /** What a lookup by `asker` ought to find. */
  trulyClosest(target: NodeId, asker: DhtNode): NodeId[] {
    const ids = this.alive.filter((node) => node !== asker && !node.dht.leaf).map((node) => node.dht.nodeId);
    return ids.sort((a, b) => compareDistance(target, a, b)).slice(0, CLOSEST);
  }

  /** Runs lookups for random IDs from random nodes; how many of the closest nodes they found, and at what cost. */
  async judgeLookups(count: number): Promise<{ share: number; hops: number; requests: number; ms: number }> {
    let found = 0;
    let wanted = 0;
    let hops = 0;
    let requests = 0;
    const startedAt = this.clock.now();
    for (let i = 0; i < count; i++) {
      const asker = this.anyNode();
      const target = this.anyId();
      const result = await this.clock.runUntilSettled(asker.dht.lookup(target), 30_000, 'a lookup');
      const truth = this.trulyClosest(target, asker);
      found += countEqual(result.closest, truth);
      wanted += truth.length;
      hops += result.hops;
      requests += result.requests;
    }
    const ms = (this.clock.now() - startedAt) / count;
    return { share: found / wanted, hops: hops / count, requests: requests / count, ms };
  }

  async stop(): Promise<void> {
    await this.#dht.stop();
  }
}

function countEqual(found: readonly Contact[], truth: readonly NodeId[]): number {
  return truth.filter((id, i) => found[i] !== undefined && compareDistance(id, found[i].id, id) === 0).length;
}
