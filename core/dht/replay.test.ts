import { afterEach, describe, expect, it } from 'vitest';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import type { DhtNode } from '../testing/dht-network.ts';
import { DhtWorld } from '../testing/dht-world.ts';
import { createClaim } from '../testing/positions.ts';
import type { TappedPacket } from '../testing/sim-network.ts';
import { type PositionClaim, positionOfClaim } from './types.ts';

let world: DhtWorld;
afterEach(() => world.stop());

const PAYLOAD = new Uint8Array(ROUTED_PAYLOAD_BYTES);
const AFTER_A_LIFE_MS = 700_000;
/** As in every household. */
const INSIDE = '192.168.1.2';

interface Person {
  readonly node: DhtNode;
  readonly claim: PositionClaim;
  received: number;
}

/** A network of 40 nodes, and one more behind a router, with somebody's claim. */
async function somebody(seed: string): Promise<Person> {
  world = new DhtWorld(seed);
  await world.grow(40);
  await world.grow(1, 5_000, 1, { behind: 'cone' });
  return { node: world.nodes[40]!, claim: createClaim(world.random), received: 0 };
}

async function comeUp(person: Person) {
  const registration = person.node.dht.register(person.claim, () => person.received++);
  await world.clock.runFor(5_000);
  return registration;
}

/** Of ten queries by others, how many reach the person. */
async function reached(person: Person): Promise<number> {
  person.received = 0;
  for (let i = 10; i < 20; i++) {
    void world.nodes[i]!.dht.route(positionOfClaim(person.claim.publicKey), PAYLOAD);
    await world.clock.runFor(300);
  }
  return person.received;
}

/** How many nodes would hand on to the person what comes to the position. */
function registeredAt({ claim }: Person): number {
  const position = positionOfClaim(claim.publicKey);
  return world.nodes.filter(({ dht }) => dht.leavesAt(position).length > 0).length;
}

/** The person's computer is in another network from now on, and nobody is where it was. */
function move({ node }: Person): void {
  const host = world.hosts[world.nodes.indexOf(node)]!;
  const before = host.place.behind!.address;
  host.moveTo(INSIDE, { behind: world.network.nat('90.0.0.1', 'cone') });
  world.network.onPacket(({ to }) => (to.host === before ? 'drop' : undefined));
}

/** Everything the person's node sends while `task` runs, as somebody on the wire sees it. */
async function seenFrom({ node }: Person, task: () => Promise<unknown>): Promise<TappedPacket[]> {
  const seen: TappedPacket[] = [];
  const outside = world.hosts[world.nodes.indexOf(node)]!.place.behind?.address ?? node.entry.endpoint.host;
  const end = world.network.onPacket((tapped) => {
    if (tapped.from.host === outside) seen.push({ ...tapped, packet: tapped.packet.slice() });
    return undefined;
  });
  await task();
  end();
  return seen;
}

async function repeat(packets: readonly TappedPacket[]): Promise<void> {
  for (const { from, to, packet } of packets) world.network.inject(from, to, packet);
  await world.clock.runFor(2_000);
}

describe('what somebody on the wire saw and sends again in the name of a node', () => {
  it.each([
    ['a second', 1_000],
    ['longer than a registration lasts', AFTER_A_LIFE_MS],
  ])('ends no registration made %s after the one it ended', async (_, pauseMs) => {
    const person = await somebody(`goodbye ${pauseMs}`);
    const before = await comeUp(person);
    const goodbyes = await seenFrom(person, async () => before.close());
    expect(goodbyes.length).toBeGreaterThanOrEqual(3);
    await world.clock.runFor(pauseMs);
    expect(await reached(person)).toBe(0);
    await comeUp(person);
    expect(await reached(person)).toBe(10);
    await repeat(goodbyes);
    expect(await reached(person)).toBe(10);
  });

  it('does not take a registration back to where the node was before', async () => {
    const person = await somebody('moved');
    const seen = await seenFrom(person, () => comeUp(person));
    expect(await reached(person)).toBe(10);
    move(person);
    await world.clock.runFor(60_000);
    expect(await reached(person)).toBe(10);
    await repeat(seen);
    expect(await reached(person)).toBe(10);
  });

  it.each([
    ['that was ended', true],
    ['that ran out', false],
  ])('brings no registration back %s', async (_, goodbye) => {
    const person = await somebody(`absent ${goodbye}`);
    const seen = await seenFrom(person, async () => {
      const registration = await comeUp(person);
      if (goodbye) registration.close();
      else person.node.dht.stop();
      await world.clock.runFor(5_000);
    });
    person.node.dht.stop();
    if (!goodbye) await world.clock.runFor(AFTER_A_LIFE_MS);
    expect(registeredAt(person)).toBe(0);
    for (let minute = 0; minute < 20; minute += 4) {
      await repeat(seen);
      expect(registeredAt(person)).toBe(0);
      await world.clock.runFor(4 * 60_000);
    }
  });

  it('brings no registration back whose node goes on and is known at its roots', async () => {
    world = new DhtWorld('locked');
    await world.grow(41);
    const claim = createClaim(world.random);
    const person = { node: world.nodes[40]!, claim, received: 0 };
    const seen = await seenFrom(person, async () => (await comeUp(person)).close());
    for (let minute = 0; minute < 60; minute += 4) {
      await world.clock.runFor(4 * 60_000);
      await repeat(seen);
      expect(registeredAt(person)).toBe(0);
    }
  });
});

it('a node that crashed and is there again at once is not kept from registering by what its roots still know', async () => {
  const person = await somebody('crash');
  await comeUp(person);
  move(person);
  // A second registration of the same claim knows no passes, as that of a new run.
  await comeUp(person);
  expect(await reached(person)).toBeGreaterThanOrEqual(10);
});
