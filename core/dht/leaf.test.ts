import { afterEach, describe, expect, it } from 'vitest';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import type { DhtNode } from '../testing/dht-network.ts';
import { DhtWorld } from '../testing/dht-world.ts';
import { createClaim } from '../testing/positions.ts';
import { NAT_KINDS, type NatBehaviour } from '../testing/sim-nat.ts';
import { LEAF_REMEMBERED_MS } from './known-leaves.ts';
import { NEAR_CHECK_MS } from './maintenance.ts';
import { JUDGED_IN_SMALL_MS } from './reachability.ts';
import { positionOfClaim } from './types.ts';

let world: DhtWorld;
afterEach(async () => {
  await world.stop();
});

const payload = (first: number) => {
  const bytes = new Uint8Array(ROUTED_PAYLOAD_BYTES);
  bytes[0] = first;
  return bytes;
};
const newClaim = () => createClaim(world.random);

/** Registers a claim at a node; gathers what comes and answers with the node's number. */
function listen(node: DhtNode, claim = newClaim()) {
  const received: number[] = [];
  const registration = node.dht.register(claim, (message) => {
    received.push(message.payload[0]!);
    message.answer(payload(world.nodes.indexOf(node)));
  });
  return { claim, position: positionOfClaim(claim.publicKey), received, registration };
}

async function ask(sender: DhtNode, position: ReturnType<typeof positionOfClaim>, what: number): Promise<number[]> {
  const answers: number[] = [];
  void sender.dht.route(position, payload(what), { onAnswer: (bytes) => answers.push(bytes[0]!) });
  await world.clock.runFor(3_000);
  return answers.sort((a, b) => a - b);
}

const leaves = () => world.alive.filter((node) => node.dht.leaf);
const full = () => world.alive.filter((node) => !node.dht.leaf);
/** Leaves that stand in somebody's routing table. */
function leavesInTables(): number {
  const names = new Set(leaves().map((node) => node.dht.nodeId.join()));
  return world.alive.reduce(
    (sum, { dht }) => sum + [...dht.table.entries()].filter(({ contact }) => names.has(contact.id.join())).length,
    0,
  );
}

describe('nodes that chose to be leaves', () => {
  it('are in nobody’s table and in no lookup, and find the true closest full nodes themselves', async () => {
    world = new DhtWorld('chosen leaves');
    await world.grow(60);
    await world.grow(40, 60_000, 1, { leaf: true });
    expect(leaves()).toHaveLength(40);
    expect(leavesInTables()).toBe(0);
    const { share } = await world.judgeLookups(300);
    expect(share).toBeGreaterThan(0.999);
  });

  it('name nobody, take no registration and hand nothing on', async () => {
    world = new DhtWorld('idle leaves');
    await world.grow(20);
    await world.grow(1, 5_000, 1, { leaf: true });
    const leaf = world.nodes.at(-1)!;
    let asked = 0;
    world.network.onPacket(({ to }) => {
      if (to.host === leaf.entry.endpoint.host) asked++;
      return undefined;
    });
    const { dht } = world.nodes[3]!;
    dht.meet(leaf.entry.key, leaf.entry.endpoint);
    await world.clock.runFor(1_000);
    expect(asked).toBe(1);
    expect(leaf.dht.leafPositions).toBe(0);
    // Whoever looks for the leaf's own ID gets the full nodes next to it, and does not ask it again.
    const { closest } = await world.clock.runUntilSettled(dht.lookup(leaf.dht.nodeId), 10_000);
    expect(closest.map(({ id }) => id)).toEqual(world.trulyClosest(leaf.dht.nodeId, world.nodes[3]!));
    expect(asked).toBe(1);
  });

  it('get what is routed to a position, two devices of one person both', async () => {
    world = new DhtWorld('two devices');
    await world.grow(40);
    await world.grow(2, 0, 1, { leaf: true });
    const [first, second] = world.nodes.slice(-2);
    const one = listen(first!);
    const two = listen(second!, one.claim);
    await world.clock.runFor(3_000);
    for (let i = 0; i < 10; i++) {
      const sender = world.nodes[i]!;
      expect(await ask(sender, one.position, i)).toEqual([40, 41]);
    }
    expect(one.received).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(two.received).toEqual(one.received);
    one.registration.close();
    await world.clock.runFor(2_000);
    expect(await ask(world.nodes[3]!, one.position, 10)).toEqual([41]);
  });

  it('reach each other although neither is a hop', async () => {
    world = new DhtWorld('leaf to leaf');
    await world.grow(30);
    await world.grow(10, 5_000, 1, { leaf: true });
    const [sender, ...others] = leaves();
    for (const owner of others) {
      const { position, received } = listen(owner);
      await world.clock.runFor(2_000);
      await ask(sender!, position, 1);
      expect(received).toEqual([1]);
    }
  });
});

describe('nodes behind routers', () => {
  it.each(['cone', 'symmetric'] as const)(
    '(%s) become leaves within five minutes and stay reachable',
    async (behind) => {
      world = new DhtWorld(`routers ${behind}`);
      await world.grow(60);
      await world.grow(30, 0, 1, { behind });
      const owners = world.nodes.slice(60).map((node) => listen(node));
      await world.clock.runFor(JUDGED_IN_SMALL_MS);
      expect(leaves().length).toBe(30);
      await world.clock.runFor(3 * NEAR_CHECK_MS);
      expect(leavesInTables()).toBe(0);
      const { share } = await world.judgeLookups(200);
      expect(share).toBeGreaterThan(0.999);
      for (const [i, { position, received }] of owners.entries()) {
        await ask(world.anyNode(), position, i);
        expect(received).toEqual([i]);
      }
    },
  );

  it('are full nodes again when the router lets others in, and leaves again when it does not', async () => {
    world = new DhtWorld('opened router');
    await world.grow(60);
    const router: { -readonly [Key in keyof NatBehaviour]: NatBehaviour[Key] } = { ...NAT_KINDS.cone };
    await world.grow(1, JUDGED_IN_SMALL_MS, 1, { behind: router });
    const node = world.nodes.at(-1)!;
    expect(node.dht.leaf).toBe(true);
    router.filtering = 'endpoint-independent';
    let changes = 0;
    node.dht.onChanged(() => changes++);
    await world.clock.runFor(15 * 60_000);
    expect(node.dht.reachability.state).toBe('reachable');
    expect({ leaf: node.dht.leaf, changed: changes > 0 }).toEqual({ leaf: false, changed: true });
    await world.clock.runFor(LEAF_REMEMBERED_MS);
    expect(full().includes(node)).toBe(true);
    const { closest } = await world.clock.runUntilSettled(world.nodes[5]!.dht.lookup(node.dht.nodeId), 10_000);
    expect(closest[0]!.id).toEqual(node.dht.nodeId);
    router.filtering = 'address-dependent';
    await world.clock.runFor(30 * 60_000);
    expect(node.dht.leaf).toBe(true);
  });
});

it('a node anybody can reach never takes itself for a leaf, though packets are lost', async () => {
  world = new DhtWorld('lossy reachability', { conditions: { loss: 0.05 } });
  await world.grow(40);
  const turned = new Set<DhtNode>();
  for (const node of world.nodes) node.dht.onChanged(() => node.dht.leaf && turned.add(node));
  await world.clock.runFor(45 * 60_000);
  expect(turned.size).toBe(0);
});
