import { afterEach, describe, expect, it } from 'vitest';
import { nodeKey } from '../ids/bytes.ts';
import { DhtWorld } from '../testing/dht-world.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook, type KnownContact, nameOf, nodeIdOf } from './contact.ts';
import { CLOSEST } from './lookup.ts';
import { FAR_CHECKS_PER_TICK, Maintenance, NEAR_CHECK_MS, REPAIR_TIME_MS, TICK_MS } from './maintenance.ts';
import { RoutingTable, type TableEntry } from './routing-table.ts';

const MINUTE_MS = 60_000;
/** Who is silent when asked is asked again in the next turn, and three attempts each time take some seconds. */
const DROPPED_AFTER_MS = 2 * TICK_MS;

/** Upkeep of a table of `count` nodes, of which those in `dead` give no answer. */
function setUp(count: number) {
  const clock = new VirtualClock();
  const random = new SeededRandom('maintenance');
  const book = new ContactBook();
  const key = () => nodeKey(random.bytes(32));
  const table = new RoutingTable(nodeIdOf(key()));
  const dead = new Set<KnownContact>();
  const asked: { at: number; contact: KnownContact }[] = [];
  const maintenance = new Maintenance({
    ...{ table, clock, random },
    lookup: () => {},
    ping: (contact) => {
      asked.push({ at: clock.now(), contact });
      if (!dead.has(contact)) return void table.heard(contact, clock.now(), 10);
      maintenance.silent(contact.name);
      table.failed(contact.name, clock.now());
    },
  });
  for (let i = 0; i < count; i++) table.heard(book.of(key(), { host: '127.0.0.1', port: 1_000 + i }), 0, 10);
  const entries = [...table.entries()];
  /** From now on it asks us something each second, or somebody replays what it asked once. */
  const asksEachSecond = (entry: TableEntry) =>
    clock.every(1_000, () => {
      entry.askedUsAt = clock.now();
    });
  maintenance.start();
  return { clock, table, entries, dead, asked, maintenance, asksEachSecond };
}

describe('a node that asks us something', () => {
  it('need not be asked itself, at most once between two of its answers', async () => {
    const { clock, entries, asked, asksEachSecond } = setUp(1);
    asksEachSecond(entries[0]!);
    await clock.runFor(2 * NEAR_CHECK_MS);
    expect(asked).toHaveLength(0);
    await clock.runFor(2 * TICK_MS);
    expect(asked).toHaveLength(1);
    await clock.runFor(10 * MINUTE_MS);
    // Each two minutes and up to a turn more.
    expect(asked.length).toBeGreaterThanOrEqual(5);
    expect(asked.length).toBeLessThanOrEqual(6);
  });

  it('is found dead after one period without a sign, as if it had answered', async () => {
    const { clock, table, entries, dead } = setUp(1);
    const [entry] = entries;
    await clock.runFor(NEAR_CHECK_MS - 1_000);
    entry!.askedUsAt = clock.now();
    dead.add(entry!.contact);
    await clock.runFor(NEAR_CHECK_MS + DROPPED_AFTER_MS);
    expect(table.size).toBe(0);
  });

  it('is asked all the same after a question that it did not answer', async () => {
    const { clock, table, entries, dead, asked, asksEachSecond } = setUp(1);
    const [entry] = entries;
    asksEachSecond(entry!);
    await clock.runFor(MINUTE_MS / 2);
    dead.add(entry!.contact);
    table.failed(entry!.contact.name, clock.now());
    await clock.runFor(TICK_MS);
    expect(asked).toHaveLength(1);
    expect(table.size).toBe(0);
  });

  it('is asked all the same when everybody is', async () => {
    const { clock, entries, asked, maintenance, asksEachSecond } = setUp(1);
    asksEachSecond(entries[0]!);
    await clock.runFor(MINUTE_MS / 2);
    maintenance.checkAll();
    await clock.runFor(TICK_MS);
    expect(asked).toHaveLength(1);
  });
});

describe('a young table', () => {
  it('is checked bit by bit, the near ones first', async () => {
    const { clock, table, asked } = setUp(400);
    const near = new Set(table.closest(table.self, CLOSEST));
    await clock.runFor(NEAR_CHECK_MS + TICK_MS);
    expect(asked.slice(0, CLOSEST).every(({ contact }) => near.has(contact))).toBe(true);
    await clock.runFor(10 * MINUTE_MS);
    const turns = new Map<number, number>();
    for (const { at, contact } of asked) if (!near.has(contact)) turns.set(at, (turns.get(at) ?? 0) + 1);
    expect(Math.max(...turns.values())).toBe(FAR_CHECKS_PER_TICK);
    expect(new Set(asked.map(({ contact }) => contact)).size).toBe(table.size);
  });

  it('is checked at once when several fall silent', async () => {
    const { clock, table, entries, dead } = setUp(400);
    for (const [i, { contact }] of entries.entries()) if (i % 2 === 0) dead.add(contact);
    await clock.runFor(REPAIR_TIME_MS);
    expect([...table.entries()].filter(({ contact }) => dead.has(contact))).toEqual([]);
  });
});

describe('in a network', () => {
  let world: DhtWorld;
  afterEach(async () => {
    await world.stop();
  });

  it('one question serves both sides', async () => {
    world = new DhtWorld('one question');
    await world.grow(2);
    const packets = () => world.nodes.reduce((sum, { transport }) => sum + transport.traffic.packetsOut, 0);
    const before = packets();
    await world.clock.runFor(9 * MINUTE_MS);
    // A question and its answer each minute or so, where each side's own questions would be twice as many.
    expect(packets() - before).toBeGreaterThanOrEqual(2 * 7);
    expect(packets() - before).toBeLessThanOrEqual(2 * 9);
  });

  it('what somebody replays does not keep a dead node in the table', async () => {
    world = new DhtWorld('replayed');
    await world.grow(4);
    const [node, victim] = [world.nodes[2]!, world.nodes[3]!];
    const name = nameOf(victim.entry.key);
    const captured: Uint8Array[] = [];
    const end = world.network.onPacket(({ packet, from, to }) => {
      const isTheirs = from.host === victim.entry.endpoint.host && to.host === node.entry.endpoint.host;
      if (isTheirs) captured.push(packet.slice());
      return undefined;
    });
    await world.clock.runFor(4 * MINUTE_MS);
    end();
    world.crash(victim);
    const diedAt = world.clock.now();
    for (let ms = 0; ms < 2 * NEAR_CHECK_MS + DROPPED_AFTER_MS; ms += 5_000) {
      if (ms === 5_000) expect(node.dht.table.get(name)!.askedUsAt).toBeGreaterThanOrEqual(diedAt);
      for (const packet of captured) world.network.inject(victim.entry.endpoint, node.entry.endpoint, packet);
      await world.clock.runFor(5_000);
    }
    expect(node.dht.table.get(name)).toBeUndefined();
    expect(node.dht.table.size).toBe(2);
  });
});
