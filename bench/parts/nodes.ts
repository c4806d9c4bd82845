import { type BenchContext, NETWORK_NODES, startNetwork, startPair, withProcesses } from '../context.ts';
import { sleep } from '../measure.ts';
import type { NetworkRole, Usage } from '../roles/network.ts';

/** Nodes of the smaller and the larger process: memory of a further node is the slope between the two. */
const FULL_SIZES = [50, 200] as const;
const QUICK_SIZES = [20, 60] as const;
const HEADER_BYTES = 28;
/** An idle link speaks every 15 to 17 s, and the database tidies up for some seconds: a shorter look misses the one or sees the other. */
const LEAST_LINK_PAUSE_MS = 35_000;

/** Memory of a further node, and what idle nodes use from one minute after their start to two. */
export async function nodesPart(context: BenchContext): Promise<void> {
  const pauseMs = context.quick ? 5_000 : 60_000;
  await Promise.all([idleNetworks(context, pauseMs), idleFriends(context, Math.max(pauseMs, LEAST_LINK_PAUSE_MS))]);
}

async function idleNetworks({ results, quick, say }: BenchContext, pauseMs: number): Promise<void> {
  const sizes = quick ? QUICK_SIZES : FULL_SIZES;
  await withProcesses(async (processes) => {
    const measured = await Promise.all(
      sizes.map(async (count) => {
        const network = await processes.start<NetworkRole>('network', { gc: true });
        // Not one long command: after the first one a role limits the room for new objects, as a node does once it is up.
        await network.ask('start', { count, settleMs: 0 });
        await sleep(pauseMs);
        const before = await network.ask('usage');
        await sleep(pauseMs);
        const after = await network.ask('usage');
        reportIdle(results, count, before, after);
        const atOnce = await network.ask('residentBytes');
        const memory = await network.ask('settledMemory');
        return { count, atOnce, ...memory };
      }),
    );
    const [small, large] = measured as [(typeof measured)[0], (typeof measured)[0]];
    const slopes = {
      memory_KB_per_further_node: large.residentBytes - small.residentBytes,
      alive_KB_per_further_node: large.aliveBytes - small.aliveBytes,
      // What the rivals' programs read: V8 has not given anything back yet.
      memory_KB_per_further_node_at_once: large.atOnce - small.atOnce,
    };
    for (const [metric, bytes] of Object.entries(slopes)) {
      const value = bytes / (large.count - small.count) / 1_024;
      results.put(metric, `${small.count} to ${large.count} nodes`, value);
      results.put(metric, '', value);
    }
    say('idle nodes');
  });
}

function reportIdle(results: BenchContext['results'], count: number, before: Usage, after: Usage): void {
  const seconds = (after.at - before.at) / 1_000;
  const mode = `${count} nodes`;
  results.put('idle_bytes_per_s_per_node', mode, (after.bytes - before.bytes) / count / seconds);
  results.put('idle_packets_per_s_per_node', mode, (after.packets - before.packets) / count / seconds);
  results.put('idle_cpu_s_per_min_per_node', mode, ((after.cpuSeconds - before.cpuSeconds) / count / seconds) * 60);
}

/** Two whole cores with a profile, a database and one link, which say nothing to each other. */
async function idleFriends(context: BenchContext, pauseMs: number): Promise<void> {
  const { results, say } = context;
  await withProcesses(async (processes) => {
    const { bootstrap } = await startNetwork(processes, NETWORK_NODES);
    const { a, b } = await startPair(context, processes, bootstrap);
    await sleep(pauseMs);
    for (const person of [a, b])
      results.put('resident_MB_of_a_core', '', (await person.ask('residentBytes')) / 2 ** 20);
    const before = await Promise.all([a.ask('usage'), b.ask('usage')]);
    await sleep(pauseMs);
    const after = await Promise.all([a.ask('usage'), b.ask('usage')]);
    after.forEach((end, i) => {
      const start = before[i]!;
      const seconds = (end.at - start.at) / 1_000;
      const packets = end.packetsIn - start.packetsIn + end.packetsOut - start.packetsOut;
      const bytes = end.bytesIn - start.bytesIn + end.bytesOut - start.bytesOut + HEADER_BYTES * packets;
      // Half of both directions: each packet is sent by one node and received by another.
      results.put('idle_friend_bytes_per_s_per_node', '', bytes / 2 / seconds);
      results.put('idle_friend_cpu_s_per_min_per_node', '', ((end.cpuSeconds - start.cpuSeconds) / seconds) * 60);
    });
    say('idle friends');
  });
}
