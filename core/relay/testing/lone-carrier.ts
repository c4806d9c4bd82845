import { DropCounter } from '../../net/transport.ts';
import { silentLogger } from '../../ports/logger.ts';
import type { Random } from '../../ports/random.ts';
import { MemoryCacheDisk } from '../../testing/memory-cache.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { RelayNode } from '../relay.ts';
import { NetworkDouble } from './network-double.ts';

/** A carrier that runs, with an empty disk or one of an earlier run, on a network in the hands of the test. */
export function loneCarrier(random: Random, disk = new MemoryCacheDisk()) {
  const world = new VirtualClock();
  const network = new NetworkDouble(random);
  const parts = { network, random, clock: world.node(0), logger: silentLogger, drops: new DropCounter() };
  const node = new RelayNode({ ...parts, store: disk.open() });
  node.start();
  return { world, network, node, drops: parts.drops };
}
