import { afterEach, expect, it } from 'vitest';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import type { NodeId } from '../ids/bytes.ts';
import { isCloser } from '../ids/xor.ts';
import type { DhtNode } from '../testing/dht-network.ts';
import { DhtWorld } from '../testing/dht-world.ts';
import { createClaim } from '../testing/positions.ts';
import { ROOTS } from './registrar.ts';
import { positionOfClaim } from './types.ts';

let world: DhtWorld;
afterEach(() => world.stop());

function hostOf({ entry }: DhtNode): string {
  return entry.endpoint.host;
}

/** The node to which this one hands what is routed to the position. */
function nextHopOf(node: DhtNode, position: NodeId): DhtNode | undefined {
  const host = node.dht.nextHops(position)[0]?.endpoint.host;
  return world.nodes.find((other) => hostOf(other) === host);
}

function isRoot(node: DhtNode, position: NodeId): boolean {
  const closer = world.nodes.filter(({ dht }) => isCloser(position, dht.nodeId, node.dht.nodeId));
  return closer.length < ROOTS;
}

it('where a person is, what others route to them goes on as at any node: the next hop may be a stranger’s', async () => {
  world = new DhtWorld('own node');
  await world.grow(60);
  const claim = createClaim(world.random);
  const position = positionOfClaim(claim.publicKey);
  const sender = world.nodes.find((node) => {
    const first = nextHopOf(node, position);
    return first !== undefined && !isRoot(first, position);
  })!;
  const own = nextHopOf(sender, position)!;
  let arrived = 0;
  const registration = own.dht.register(claim, () => arrived++);
  await world.clock.runUntilSettled(registration.ready, 10_000);
  await world.clock.runFor(2_000);

  const hops: string[] = [];
  world.network.onPacket(({ packet, from, to }) => {
    if (from.host === hostOf(own) && packet.length > ROUTED_PAYLOAD_BYTES) hops.push(to.host);
    return undefined;
  });
  const next = nextHopOf(own, position)!;
  await world.clock.runUntilSettled(sender.dht.route(position, world.random.bytes(ROUTED_PAYLOAD_BYTES)), 5_000);
  await world.clock.runFor(2_000);
  expect(hops).toEqual([hostOf(next)]);
  expect(arrived).toBe(1);
});
