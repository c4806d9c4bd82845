import { nameOf } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import { compareDistance } from '../ids/xor.ts';
import type { DhtNode } from './dht-network.ts';
import { DhtWorld } from './dht-world.ts';

/** Nodes near a position that custody looks at. */
const NEAR = 3;
/** Nodes next to a joining one that ought to learn of it. */
const NEIGHBOURS = 8;
const SETTLE_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
const LOOKUP_LIMIT_MS = 30_000;
const MAX_WAY = 30;

/** How a real network under churn behaves: what `fast-network.ts` takes over. Times in virtual ms, ascending. */
export interface OverlayMeasurement {
  /** Of a lookup as custody does it. */
  readonly lookupMs: readonly number[];
  /** Of the places of the NEAR truly closest nodes, the share that lookups filled rightly. */
  readonly accuracy: number;
  /** Hops of a greedy way to the root, and the share of ways that ended there. */
  readonly hops: readonly number[];
  readonly arrived: number;
  /** Of the first next hops, the share that was dead. */
  readonly deadHops: number;
  /** From the start of a node until it is connected, and until one of the neighbours has it in the table. */
  readonly joinMs: readonly number[];
  readonly knownMs: readonly number[];
  /** Of the neighbours, the share that never learnt of it while both lived. */
  readonly neverKnown: number;
  /** From a crash until a table that held the node has dropped it. */
  readonly droppedMs: readonly number[];
}

export interface OverlayOptions {
  readonly nodes: number;
  readonly seed: string;
  /** Mean of the exponential session times. */
  readonly sessionMs: number;
  readonly durationMs: number;
  readonly loss: number;
}

interface Joiner {
  readonly node: DhtNode;
  readonly at: number;
  readonly neighbours: readonly DhtNode[];
  readonly known: Map<DhtNode, number>;
}

/** Runs a network in which nodes come and crash, at packet level, and watches it. */
export async function measureOverlay(options: OverlayOptions): Promise<OverlayMeasurement> {
  const watch = new OverlayWatch(options);
  await watch.run();
  return watch.result();
}

class OverlayWatch {
  readonly #options: OverlayOptions;
  readonly #world: DhtWorld;
  readonly #lookupMs: number[] = [];
  readonly #hops: number[] = [];
  readonly #joinMs: number[] = [];
  readonly #droppedMs: number[] = [];
  readonly #joiners = new Map<string, Joiner>();
  readonly #remembered = new Set<{ readonly holder: DhtNode; readonly name: string; readonly since: number }>();
  #places = 0;
  #right = 0;
  #ways = 0;
  #arrived = 0;
  #firstHops = 0;
  #deadHops = 0;

  constructor(options: OverlayOptions) {
    this.#options = options;
    this.#world = new DhtWorld(`${options.seed} overlay`, { tracePackets: 0, conditions: { loss: options.loss } });
  }

  async run(): Promise<void> {
    const { nodes, sessionMs, durationMs } = this.#options;
    const { clock, random } = this.#world;
    await this.#world.grow(nodes, SETTLE_MS, Math.ceil(nodes / 50));
    for (const node of this.#world.nodes) this.#listen(node);
    const changesPerLook = (nodes / sessionMs) * LOOK_EVERY_MS;
    const lookups: Promise<void>[] = [];
    const end = clock.now() + durationMs;
    let owed = 0;
    while (clock.now() < end) {
      owed += changesPerLook * -Math.log(1 - random.uniform());
      for (; owed >= 1; owed--) await this.#replaceOne();
      lookups.push(this.#lookUp());
      this.#walk();
      this.#noteDropped();
      await clock.runFor(LOOK_EVERY_MS);
    }
    await clock.runUntilSettled(Promise.all(lookups), LOOKUP_LIMIT_MS, 'the lookups');
  }

  result(): OverlayMeasurement {
    const joiners = [...this.#joiners.values()];
    const known = joiners.flatMap(({ known: times }) => [...times.values()]);
    const wanted = joiners.reduce(
      (sum, { neighbours }) => sum + neighbours.filter((one) => this.#lives(one)).length,
      0,
    );
    const learnt = joiners.reduce(
      (sum, { neighbours, known: times }) =>
        sum + neighbours.filter((one) => this.#lives(one) && times.has(one)).length,
      0,
    );
    return {
      lookupMs: ascending(this.#lookupMs),
      accuracy: this.#right / this.#places,
      hops: ascending(this.#hops),
      arrived: this.#arrived / this.#ways,
      deadHops: this.#deadHops / this.#firstHops,
      joinMs: ascending(this.#joinMs),
      knownMs: ascending(known),
      neverKnown: wanted === 0 ? 0 : 1 - learnt / wanted,
      droppedMs: ascending(this.#droppedMs),
    };
  }

  #lives(node: DhtNode): boolean {
    return this.#world.alive.includes(node);
  }

  #listen(node: DhtNode): void {
    node.dht.onNewNode(({ name }) => {
      const joiner = this.#joiners.get(name);
      if (joiner === undefined || joiner.known.has(node) || !joiner.neighbours.includes(node)) return;
      joiner.known.set(node, this.#world.clock.now() - joiner.at);
    });
  }

  /** One node crashes (never the entry point), and a new one comes up. */
  async #replaceOne(): Promise<void> {
    const { alive, clock, random } = this.#world;
    const doomed = alive[1 + random.integer(alive.length - 1)]!;
    const name = nameOf(doomed.entry.key);
    this.#world.crash(doomed);
    for (const holder of this.#world.alive) {
      if (holder.dht.table.get(name) !== undefined) this.#remembered.add({ holder, name, since: clock.now() });
    }
    const others = this.#world.alive;
    const at = clock.now();
    await this.#world.grow(1, 0);
    const node = this.#world.nodes.at(-1)!;
    const neighbours = nearest(others, node.dht.nodeId, NEIGHBOURS);
    this.#joiners.set(nameOf(node.entry.key), { node, at, neighbours, known: new Map() });
    this.#listen(node);
    const stop = node.dht.onNewNode(() => {
      this.#joinMs.push(clock.now() - at);
      stop();
    });
  }

  async #lookUp(): Promise<void> {
    const { clock } = this.#world;
    const asker = this.#world.anyNode();
    const target = this.#world.anyId();
    const startedAt = clock.now();
    const found = await asker.dht.closest(target);
    if (!this.#lives(asker)) return;
    this.#lookupMs.push(clock.now() - startedAt);
    const truth = nearest(
      this.#world.alive.filter((node) => node !== asker),
      target,
      NEAR,
    );
    const names = new Set(found.slice(0, NEAR).map(({ name }) => name));
    this.#places += truth.length;
    this.#right += truth.filter((node) => names.has(nameOf(node.entry.key))).length;
  }

  /** Follows next hops as an envelope would, in no time. */
  #walk(): void {
    const target = this.#world.anyId();
    const byName = new Map(this.#world.alive.map((node) => [nameOf(node.entry.key), node] as const));
    let at = this.#world.anyNode();
    const [root] = nearest(this.#world.alive, target, 1);
    let hops = 0;
    for (; hops < MAX_WAY; hops++) {
      const next = at.dht.nextHops(target);
      if (next.length === 0) break;
      this.#firstHops++;
      if (!byName.has(next[0]!.name)) this.#deadHops++;
      const living = next.map(({ name }) => byName.get(name)).find((node) => node !== undefined);
      if (living === undefined) break;
      at = living;
    }
    this.#ways++;
    this.#hops.push(hops);
    if (at === root) this.#arrived++;
  }

  #noteDropped(): void {
    for (const entry of this.#remembered) {
      const { holder, name, since } = entry;
      if (!this.#lives(holder)) this.#remembered.delete(entry);
      else if (holder.dht.table.get(name) === undefined) {
        this.#droppedMs.push(this.#world.clock.now() - since);
        this.#remembered.delete(entry);
      }
    }
  }
}

function nearest(nodes: readonly DhtNode[], target: NodeId, count: number): DhtNode[] {
  return [...nodes].sort((a, b) => compareDistance(target, a.dht.nodeId, b.dht.nodeId)).slice(0, count);
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

/** The value that `share` of the ascending values do not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}
