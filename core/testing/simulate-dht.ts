import { equalBytes, toHex } from '../ids/bytes.ts';
import { DhtWorld } from './dht-world.ts';

/** A network grows by about so many steps, each of which starts a share of its nodes at once. */
const GROWTH_STEPS = 50;
const SETTLE_MS = 60_000;
const LOOKUP_LIMIT_MS = 60_000;

export interface DhtMeasurement {
  readonly nodes: number;
  readonly lookups: number;
  /** Of the truly closest nodes, the share that the lookups found. */
  readonly share: number;
  /** Answers in a row that led to the closest node. */
  readonly hops: number;
  readonly requests: number;
  /** Virtual time of a lookup; the paths between nodes take 5 to 60 ms one way. */
  readonly ms: number;
}

export interface RecoveryPoint {
  /** Virtual seconds since the nodes vanished. */
  readonly seconds: number;
  readonly share: number;
  readonly requests: number;
  readonly ms: number;
  /** Of all entries in all routing tables, the share that names vanished nodes. */
  readonly deadShare: number;
}

/** A settled network of `nodes` nodes in virtual time, grown from one. */
export async function growNetwork(nodes: number, seed: string): Promise<DhtWorld> {
  const world = new DhtWorld(`${seed} ${nodes}`, { tracePackets: 0 });
  await world.grow(nodes, SETTLE_MS, Math.max(1, Math.floor(nodes / GROWTH_STEPS)));
  return world;
}

/** Lookups of random IDs by random nodes, all begun at the same time, so that they see one state of the network. */
export async function measureLookups(world: DhtWorld, lookups: number): Promise<DhtMeasurement> {
  const startedAt = world.clock.now();
  const begun = Array.from({ length: lookups }, async () => {
    const asker = world.anyNode();
    const target = world.anyId();
    const truth = world.trulyClosest(target, asker);
    const { closest, hops, requests } = await asker.dht.lookup(target);
    const found = truth.filter((id) => closest.some((contact) => equalBytes(id, contact.id))).length;
    return { found, wanted: truth.length, hops, requests, ms: world.clock.now() - startedAt };
  });
  const done = await world.clock.runUntilSettled(Promise.all(begun), LOOKUP_LIMIT_MS, 'the lookups');
  const sum = (of: (one: (typeof done)[0]) => number) => done.reduce((total, one) => total + of(one), 0);
  return {
    nodes: world.alive.length,
    lookups,
    share: sum(({ found }) => found) / sum(({ wanted }) => wanted),
    hops: sum(({ hops }) => hops) / lookups,
    requests: sum(({ requests }) => requests) / lookups,
    ms: sum(({ ms }) => ms) / lookups,
  };
}

export interface VanishOptions {
  /** Share of the nodes that vanish from one moment to the next. */
  readonly share: number;
  /** Lookups at each point. */
  readonly lookups: number;
  /** Virtual seconds after the loss at which to look. */
  readonly atSeconds: readonly number[];
}

/** Lets nodes vanish and looks how lookups and tables recover. `onPoint` hears of each point when it is known. */
export async function measureRecovery(
  world: DhtWorld,
  { share, lookups, atSeconds }: VanishOptions,
  onPoint: (point: RecoveryPoint) => void,
): Promise<void> {
  const doomed = world.random.shuffle(world.alive).slice(0, Math.round(world.alive.length * share));
  for (const node of doomed) world.crash(node);
  const since = world.clock.now();
  for (const seconds of atSeconds) {
    await world.clock.runUntil(Math.max(world.clock.now(), since + seconds * 1_000));
    const deadShare = deadEntries(world);
    const at = (world.clock.now() - since) / 1_000;
    const { share: found, requests, ms } = await measureLookups(world, lookups);
    onPoint({ seconds: at, share: found, requests, ms, deadShare });
  }
}

function deadEntries(world: DhtWorld): number {
  const alive = new Set(world.alive.map(({ dht }) => toHex(dht.nodeId)));
  let entries = 0;
  let dead = 0;
  for (const { dht } of world.alive) {
    for (const { contact } of dht.table.entries()) {
      entries++;
      if (!alive.has(toHex(contact.id))) dead++;
    }
  }
  return entries === 0 ? 0 : dead / entries;
}
