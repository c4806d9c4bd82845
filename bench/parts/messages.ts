import { type BenchContext, NETWORK_NODES, startNetwork, startPair, withProcesses } from '../context.ts';
import { measureDisk } from '../disk.ts';
import { quantile } from '../measure.ts';
import type { Processes } from '../processes.ts';

const SETTLE_MS = 1_000;

/** Lone messages: written to both databases, delivered, and the receipt back. */
export async function latencyPart(context: BenchContext): Promise<void> {
  const { results, quick, say } = context;
  await measureDisk(context);
  await withProcesses(async (processes) => {
    const { bootstrap } = await startNetwork(processes, NETWORK_NODES);
    const { a, keyB } = await startPair(context, processes, bootstrap);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    await a.ask('receipts', { friend: keyB, count: quick ? 50 : 200, gaps: false });
    // The last shows what the first pays for code that V8 has not optimised yet: that takes some thousand messages.
    for (const { mode, gaps, count, few } of [
      { mode: 'random gaps', gaps: true, count: 500, few: 100 },
      { mode: 'back to back', gaps: false, count: 3_000, few: 3_000 },
      { mode: 'random gaps, afterwards', gaps: true, count: 500, few: 100 },
    ]) {
      const times = await a.ask('receipts', { friend: keyB, count: quick ? few : count, gaps });
      results.put('receipt_ms_p50', mode, quantile(times, 0.5));
      results.put('receipt_ms_p99', mode, quantile(times, 0.99));
      say(`lone messages, ${mode}`);
    }
  });
}

/** Messages without a receipt at any time; `flood`: as many as the core accepts. */
const WINDOWS = [
  { mode: 'window 1000', window: 1_000 },
  { mode: 'window 4000', window: 4_000 },
  { mode: 'flood', window: undefined },
] as const;
const MESSAGE_SIZES = [100, 1_372] as const;
const DRAIN_SECONDS = 60;

/** Many messages, each stored by both and acknowledged. Two new people for each test, so that none pays for another. */
export async function throughputPart(context: BenchContext): Promise<void> {
  await withProcesses(async (network) => {
    const { bootstrap } = await startNetwork(network, NETWORK_NODES);
    for (const size of MESSAGE_SIZES) {
      for (const { mode, window } of WINDOWS) {
        await withProcesses((processes) => measureFlow({ context, processes, bootstrap, size, mode, window }));
        context.say(`messages of ${size} B, ${mode}`);
      }
    }
  });
}

interface FlowSetting {
  readonly context: BenchContext;
  readonly processes: Processes;
  readonly bootstrap: string;
  readonly size: number;
  readonly mode: string;
  readonly window: number | undefined;
}

async function measureFlow({ context, processes, bootstrap, size, mode, window }: FlowSetting): Promise<void> {
  const { results } = context;
  const { a, b, keyB } = await startPair(context, processes, bootstrap);
  const cpuBefore = (await a.ask('cpuSeconds')) + (await b.ask('cpuSeconds'));
  const seconds = context.quick ? 2 : 10;
  const flow = await a.ask('flow', { friend: keyB, size, window, seconds, drainSeconds: DRAIN_SECONDS });
  const cpu = (await a.ask('cpuSeconds')) + (await b.ask('cpuSeconds')) - cpuBefore;
  const received = await b.ask('received');
  const name = `messages_${size}B`;
  results.put(`${name}_delivered_per_s`, mode, flow.deliveredInTime / flow.seconds);
  results.put(`${name}_accepted_per_s`, mode, flow.sent / flow.seconds);
  results.put(`${name}_per_s_until_all_delivered`, mode, flow.delivered / flow.totalSeconds);
  results.put(`${name}_cpu_us_each_both_ends`, mode, (cpu / flow.delivered) * 1e6);
  results.put(`${name}_undelivered`, mode, flow.sent - flow.delivered);
  results.put(`${name}_misplaced`, mode, received.misplaced + Math.abs(received.count - flow.sent));
}
