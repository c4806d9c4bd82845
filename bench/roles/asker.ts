import { randomBytes } from 'node:crypto';
import { nodeKeyPairFromSeed } from '../../core/crypto/crypto.ts';
import { Dht } from '../../core/dht/dht.ts';
import type { LookupResult } from '../../core/dht/lookup.ts';
import { fromHex, type NodeId, nodeId } from '../../core/ids/bytes.ts';
import { parseNodeAddress } from '../../core/ids/node-address.ts';
import { compareDistance } from '../../core/ids/xor.ts';
import { Transport } from '../../core/net/transport.ts';
import { SystemClock } from '../../core/node/adapters/system-clock.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import { createUdxNetwork } from '../../core/node/adapters/udx-network.ts';
import { silentLogger } from '../../core/ports/logger.ts';
import { quantile, sleep, within } from '../measure.ts';

/** A table that did not grow for so long is full enough. */
const SETTLE_MS = 1_500;
const JOIN_LIMIT_MS = 60_000;

/** A fresh node that joins a network and looks random IDs up. */
export async function askerRole() {
  const clock = new SystemClock();
  const random = new SystemRandom();
  const socket = await createUdxNetwork().bind({ port: 0, host: '127.0.0.1' });
  const transport = new Transport({ socket, logger: silentLogger });
  const keys = nodeKeyPairFromSeed(random.bytes(32));
  const dht = new Dht({ transport, keys, clock, random, logger: silentLogger });
  const anywhere = (): NodeId => nodeId(new Uint8Array(randomBytes(32)));

  /** On a busy machine the first answers take seconds, and an empty table answers any lookup at once. */
  const settled = async () => {
    let size: number;
    do {
      size = dht.table.size;
      await sleep(SETTLE_MS);
    } while (size === 0 || dht.table.size > size);
  };

  return {
    join: async ({ bootstrap }: { bootstrap: string }) => {
      const entry = parseNodeAddress(bootstrap);
      if (!entry.ok) throw new Error(entry.message);
      const { key, host, port } = entry.value;
      dht.bootstrap(key, { host, port });
      dht.start();
      await within(JOIN_LIMIT_MS, 'joining the network', settled());
      return dht.table.size;
    },
    /** One after another; `nodeIds` are all nodes there are, to tell whether the closest were found. */
    oneByOne: async ({ count, nodeIds }: { count: number; nodeIds: readonly string[] }) => {
      const all = nodeIds.map((hex) => nodeId(fromHex(hex)!));
      const times: number[] = [];
      let requests = 0;
      let hops = 0;
      let right = 0;
      let wanted = 0;
      for (let i = 0; i < count; i++) {
        const target = anywhere();
        const startedAt = performance.now();
        const result = await dht.lookup(target);
        times.push(performance.now() - startedAt);
        requests += result.requests;
        hops += result.hops;
        right += rightOnes(target, result, all);
        wanted += result.closest.length;
      }
      const p50 = quantile(times, 0.5);
      return { p50, p99: quantile(times, 0.99), requests: requests / count, hops: hops / count, share: right / wanted };
    },
    /** `atOnce` lookups under way at any time. @returns lookups a second. */
    together: async ({ count, atOnce }: { count: number; atOnce: number }) => {
      const startedAt = performance.now();
      let left = count;
      const worker = async () => {
        while (left-- > 0) await dht.lookup(anywhere());
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      return (count / (performance.now() - startedAt)) * 1_000;
    },
    drops: () => transport.drops.all(),
  };
}

export type AskerRole = Awaited<ReturnType<typeof askerRole>>;

function rightOnes(target: NodeId, { closest }: LookupResult, all: readonly NodeId[]): number {
  const truth = [...all].sort((a, b) => compareDistance(target, a, b));
  return closest.filter(({ id }, i) => compareDistance(target, id, truth[i]!) === 0).length;
}
