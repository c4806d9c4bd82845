import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeKey } from '../ids/bytes.ts';
import { Transport } from '../net/transport.ts';
import { DhtWorld } from '../testing/dht-world.ts';
import { HostileNode, type Lie } from '../testing/hostile-node.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook, type KnownContact } from './contact.ts';
import { FirstContacts } from './first-contacts.ts';
import { ROOTS } from './registrar.ts';

const HONEST = 80;
const HOSTILE = 20;
const GHOSTS = 2_000;

let world: DhtWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

/** A network of which every fifth node lies. */
async function conspire(lie: Lie, delayMs = 0): Promise<DhtWorld> {
  world = new DhtWorld(`${lie} ${delayMs}`);
  await world.grow(HONEST, 5_000);
  const { random } = world;
  const book = new ContactBook(GHOSTS);
  const ghosts = Array.from({ length: GHOSTS }, (_, i) =>
    book.of(nodeKey(random.bytes(32)), { host: `70.${i >> 8}.${i & 255}.1`, port: 1 }),
  );
  const conspiracy = { lie, members: [], ghosts, delayMs };
  for (let i = 0; i < HOSTILE; i++) (await HostileNode.start(world, conspiracy)).intrude();
  await world.clock.runFor(60_000);
  return world;
}

/** Share of the three closest honest nodes that lookups of honest nodes find. */
async function honestRootsFound(network: DhtWorld, lookups: number): Promise<number> {
  let found = 0;
  for (let i = 0; i < lookups; i++) {
    const asker = network.anyNode();
    const target = network.anyId();
    const closest = await network.clock.runUntilSettled(asker.dht.closest(target), 60_000, 'a lookup');
    const ids = new Set(closest.map(({ id }) => id.join()));
    const truth = network.trulyClosest(target, asker).slice(0, ROOTS);
    found += truth.filter((id) => ids.has(id.join())).length;
  }
  return found / (lookups * ROOTS);
}

describe('with every fifth node hostile, lookups find the honest root nodes', () => {
  it.each([
    ['that name other hostile nodes only', 'liars', 0],
    ['that name made-up nodes closer than all true ones', 'ghosts', 0],
    ['that answer late', 'liars', 2_000],
  ] as const)('among nodes %s', async (_, lie, delayMs) => {
    expect(await honestRootsFound(await conspire(lie, delayMs), 100)).toBeGreaterThan(0.97);
  });
});

it('sends nothing to addresses that no node can have, whoever names them', async () => {
  world = new DhtWorld('nobody');
  await world.grow(20, 5_000);
  const { random } = world;
  const book = new ContactBook();
  const nobody = ['224.0.0.1', '255.255.255.255', '0.0.0.0', 'ff02::1'];
  const ghosts = Array.from({ length: 200 }, (_, i) =>
    book.of(nodeKey(random.bytes(32)), { host: nobody[i % nobody.length]!, port: 9 }),
  );
  const send = vi.spyOn(Transport.prototype, 'send');
  const conspiracy = { lie: 'ghosts' as const, members: [], ghosts, delayMs: 0 };
  for (let i = 0; i < 5; i++) (await HostileNode.start(world, conspiracy)).intrude();
  await world.clock.runFor(60_000);
  for (let i = 0; i < 30; i++) {
    await world.clock.runUntilSettled(world.anyNode().dht.closest(world.anyId()), 60_000, 'a lookup');
  }
  const hosts = new Set(send.mock.calls.map(([, { host }]) => host));
  send.mockRestore();
  expect(nobody.filter((host) => hosts.has(host))).toEqual([]);
});

it('asks each node by one path only, and finds what one path finds', async () => {
  world = new DhtWorld('paths');
  await world.grow(60, 5_000);
  for (let i = 0; i < 30; i++) {
    const asker = world.anyNode();
    const target = world.anyId();
    const asked: string[] = [];
    const end = world.network.onPacket(({ from, to }) => {
      if (from.host === asker.entry.endpoint.host) asked.push(to.host);
      return undefined;
    });
    const { closest, requests } = await world.clock.runUntilSettled(asker.dht.lookup(target, { paths: 2 }), 30_000);
    end();
    expect(closest.map(({ id }) => id)).toEqual(world.trulyClosest(target, asker));
    expect(new Set(asked).size).toBeGreaterThanOrEqual(requests);
  }
});

describe('FirstContacts', () => {
  const book = new ContactBook(10_000);
  let made = 0;
  const contact = (host: string): KnownContact => {
    const key = new Uint8Array(32);
    new DataView(key.buffer).setUint32(0, ++made);
    return book.of(nodeKey(key), { host, port: 4_000 });
  };
  const allowed = (contacts: FirstContacts, hosts: readonly string[], namers: readonly KnownContact[]) =>
    hosts.filter((host, i) => contacts.allows(contact(host), namers[i % namers.length]!)).length;
  const namers = Array.from({ length: 50 }, (_, i) => contact(`60.0.${i}.1`));

  it('lets no number of liars aim more than a trickle of requests at one network', () => {
    const clock = new VirtualClock();
    const victim = Array.from({ length: 500 }, (_, i) => `99.0.0.${i % 250}`);
    expect(allowed(new FirstContacts(clock), victim, namers)).toBeLessThanOrEqual(16);
  });

  it('lets one liar cause a limited number of requests', () => {
    const clock = new VirtualClock();
    const anybody = Array.from({ length: 500 }, (_, i) => `98.${i >> 8}.${i & 255}.1`);
    expect(allowed(new FirstContacts(clock), anybody, namers.slice(0, 1))).toBeLessThanOrEqual(100);
  });

  it('does not count nodes that answered before', () => {
    const contacts = new FirstContacts(new VirtualClock());
    const known = contact('99.0.0.1');
    contacts.heard(known);
    for (let i = 0; i < 1_000; i++) expect(contacts.allows(known, namers[0]!)).toBe(true);
  });
});
