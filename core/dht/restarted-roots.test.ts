import { afterEach, expect, it } from 'vitest';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import type { DhtNode } from '../testing/dht-network.ts';
import { DHT_PORT, DhtWorld } from '../testing/dht-world.ts';
import { createClaim } from '../testing/positions.ts';
import { ROOTS } from './registrar.ts';
import { type PositionClaim, positionOfClaim } from './types.ts';

let world: DhtWorld;
afterEach(async () => {
  await world.stop();
});

const DOWN_MS = 2_000;

/** Registers the claim at the node; counts what comes. */
async function listen(owner: DhtNode, claim: PositionClaim) {
  const received = { count: 0 };
  const registration = owner.dht.register(claim, () => void received.count++);
  await world.clock.runUntilSettled(registration.ready, 10_000);
  await world.clock.runFor(3_000);
  return received;
}

function rootsOf({ publicKey }: PositionClaim, owner: DhtNode): DhtNode[] {
  const ids = world.trulyClosest(positionOfClaim(publicKey), owner).slice(0, ROOTS);
  return ids.map((id) => world.nodes.find(({ dht }) => dht.nodeId.join() === id.join())!);
}

/** Somebody else than these sends a payload to the position. */
async function routeTo({ publicKey }: PositionClaim, ...others: readonly DhtNode[]): Promise<void> {
  const sender = world.nodes.find((node) => !others.includes(node))!;
  void sender.dht.route(positionOfClaim(publicKey), new Uint8Array(ROUTED_PAYLOAD_BYTES));
  await world.clock.runFor(3_000);
}

it('what a root cannot hand over, since it slept while somebody moved, goes to the others', async () => {
  world = new DhtWorld('slept root');
  await world.grow(60, 120_000);
  const claim = createClaim(world.random);
  const owner = world.anyNode();
  await listen(owner, claim);
  const [root] = rootsOf(claim, owner);
  const host = world.hosts[world.nodes.indexOf(root!)]!;
  host.up = false;
  const again = await world.restart(owner, DOWN_MS, DHT_PORT + 1);
  const received = await listen(again, claim);
  host.up = true;
  await routeTo(claim, again, root!);
  expect(received.count).toBe(1);
});

it.each([
  ['another port', 'moved roots', DHT_PORT + 1],
  ['the same port', 'restarted roots', DHT_PORT],
])('roots that start anew at %s, all of them, are told again', async (_, seed, port) => {
  world = new DhtWorld(seed);
  await world.grow(12, 120_000);
  const claim = createClaim(world.random);
  const owner = world.anyNode();
  const received = await listen(owner, claim);
  for (const root of rootsOf(claim, owner)) {
    await world.restart(root, DOWN_MS, port);
    await world.clock.runFor(3_000);
  }
  await routeTo(claim, owner);
  expect(received.count).toBe(1);
});
