import { afterEach, expect, it } from 'vitest';
import { type NodeId, nodeId, toHex } from '../ids/bytes.ts';
import type { DhtNode } from '../testing/dht-network.ts';
import { DhtWorld } from '../testing/dht-world.ts';
import type { LookupChoice } from './lookups.ts';

let world: DhtWorld;

afterEach(() => world.stop());

const WHOLE: LookupChoice = { hurry: true, paths: 2, again: false };
const QUICK: LookupChoice = { ...WHOLE, again: true };

const lookUp = (node: DhtNode, target: NodeId, choice: LookupChoice) =>
  world.clock.runUntilSettled(node.dht.lookup(target, choice), 10_000);

it('are asked instead of the whole way, and show who came nearer and who is gone', async () => {
  world = new DhtWorld('vicinities');
  await world.grow(120);
  const asked = Array.from({ length: 40 }, (_, i) => ({
    node: world.alive[i]!,
    target: nodeId(world.random.bytes(32)),
  }));
  const requests = { whole: 0, quick: 0 };
  for (const { node, target } of asked) requests.whole += (await lookUp(node, target, WHOLE)).requests;
  const right = { places: 0, of: 0 };
  for (let round = 0; round < 4; round++) {
    // Nobody whose lookups are looked at goes.
    for (let i = 0; i < 6; i++) world.crash(world.alive[40 + world.random.integer(60)]!);
    await world.grow(6, 60_000);
    for (const { node, target } of asked) {
      const found = await lookUp(node, target, QUICK);
      requests.quick += found.requests;
      const truth = world.trulyClosest(target, node).slice(0, 3).map(toHex);
      right.of += truth.length;
      right.places += truth.filter((id, i) => id === (found.closest[i] && toHex(found.closest[i].id))).length;
    }
  }
  expect(right.places / right.of).toBeGreaterThan(0.99);
  expect(requests.quick / 4).toBeLessThan(requests.whole / 3);
});

it('are looked at anew after five quick lookups, and whenever that is wanted', async () => {
  world = new DhtWorld('anew');
  await world.grow(80);
  const [node] = world.alive;
  const target = nodeId(world.random.bytes(32));
  const requests = async (choice: LookupChoice) => (await lookUp(node!, target, choice)).requests;
  expect(await requests(QUICK)).toBeGreaterThan(6);
  for (let i = 0; i < 5; i++) expect(await requests(QUICK)).toBe(3);
  expect(await requests(QUICK)).toBeGreaterThan(6);
  expect(await requests(QUICK)).toBe(3);
  expect(await requests(WHOLE)).toBeGreaterThan(6);
});
