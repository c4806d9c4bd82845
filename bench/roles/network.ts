import { toHex } from '../../core/ids/bytes.ts';
import { formatNodeAddress } from '../../core/ids/node-address.ts';
import { SystemClock } from '../../core/node/adapters/system-clock.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import { createUdxNetwork } from '../../core/node/adapters/udx-network.ts';
import { DhtNetwork } from '../../core/testing/dht-network.ts';
import { cpuSeconds, residentBytes, settledMemory, sharedNow, sleep } from '../measure.ts';

/** Headers of IPv4 and UDP. */
const HEADER_BYTES = 28;
/** Nodes that start in one go, and the pause after them. */
const AT_ONCE = 10;
const PAUSE_MS = 5;
const SETTLE_MS = 2_000;

export interface Usage {
  readonly at: number;
  readonly cpuSeconds: number;
  /** What all nodes received, with the headers of IPv4 and UDP. */
  readonly bytes: number;
  readonly packets: number;
}

/** Many DHT nodes in one process, on loopback. */
export function networkRole() {
  const host = { network: createUdxNetwork(), address: '127.0.0.1' };
  const dht = new DhtNetwork({ clock: new SystemClock(), random: new SystemRandom(), host: () => host });
  return {
    /** Starts the nodes and lets them settle. */
    start: async ({ count, settleMs = SETTLE_MS }: { count: number; settleMs?: number }) => {
      const before = residentBytes();
      for (let i = 0; i < count; i++) {
        await dht.add();
        if (i % AT_ONCE === AT_ONCE - 1) await sleep(PAUSE_MS);
      }
      await sleep(settleMs);
      const { key, endpoint } = dht.nodes[0]!.entry;
      return {
        bootstrap: formatNodeAddress({ key, ...endpoint }),
        nodeIds: dht.nodes.map((node) => toHex(node.dht.nodeId)),
        residentBefore: before,
      };
    },
    residentBytes,
    settledMemory,
    usage: (): Usage => {
      const { packets, bytes } = received(dht);
      return { at: sharedNow(), cpuSeconds: cpuSeconds(), bytes: bytes + HEADER_BYTES * packets, packets };
    },
  };
}

export type NetworkRole = ReturnType<typeof networkRole>;

function received(dht: DhtNetwork): { packets: number; bytes: number } {
  let packets = 0;
  let bytes = 0;
  for (const { transport } of dht.nodes) {
    packets += transport.traffic.packetsIn;
    bytes += transport.traffic.bytesIn;
  }
  return { packets, bytes };
}
