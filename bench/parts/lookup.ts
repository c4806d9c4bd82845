import { type BenchContext, withProcesses } from '../context.ts';
import type { AskerRole } from '../roles/asker.ts';
import type { NetworkRole } from '../roles/network.ts';

const LOOKUP_NETWORKS = [100, 300] as const;
const AT_ONCE = 16;
/** Of the truly closest nodes: a lookup that finds less is fast for nothing. */
const LEAST_FOUND_SHARE = 0.8;

/** Lookups of random IDs by a fresh node in a process of its own. */
export async function lookupPart({ results, quick, say }: BenchContext): Promise<void> {
  for (const count of LOOKUP_NETWORKS) {
    await withProcesses(async (processes) => {
      const mode = `${count} nodes`;
      const network = await processes.start<NetworkRole>('network', { gc: true });
      const { bootstrap, nodeIds } = await network.ask('start', { count, settleMs: quick ? 2_000 : 5_000 });
      const asker = await processes.start<AskerRole>('asker');
      await asker.ask('join', { bootstrap });
      await asker.ask('oneByOne', { count: 50, nodeIds });
      for (let run = 0; run < (quick ? 1 : 3); run++) {
        const serial = await asker.ask('oneByOne', { count: quick ? 100 : 300, nodeIds });
        if (!(serial.share >= LEAST_FOUND_SHARE)) throw new Error(`found ${serial.share} of the closest of ${mode}`);
        results.put('lookup_ms_p50', mode, serial.p50);
        results.put('lookup_ms_p99', mode, serial.p99);
        results.put('lookup_requests', mode, serial.requests);
        results.put('lookup_hops', mode, serial.hops);
        results.put('lookup_closest_found_share', mode, serial.share);
        const rate = await asker.ask('together', { count: quick ? 400 : 3_000, atOnce: AT_ONCE });
        results.put('lookups_per_s_16_at_once', mode, rate);
      }
      say(`lookups among ${count} nodes`);
    });
  }
}
