import { type BenchContext, NETWORK_NODES, startNetwork, startPair, withProcesses } from '../context.ts';
import { quantile, sleep } from '../measure.ts';

const SETTLE_MS = 1_000;
/** Opus at 32 kbit/s in frames of 20 ms. */
const FRAME_BYTES = 80;

/** One call with sound both ways, from client to client: two whole cores, each a process. */
export async function callPart(context: BenchContext): Promise<void> {
  const { results, quick, say } = context;
  const seconds = quick ? 10 : 60;
  await withProcesses(async (processes) => {
    const { bootstrap } = await startNetwork(processes, NETWORK_NODES);
    const { a, b, keyB } = await startPair(context, processes, bootstrap);
    await sleep(SETTLE_MS);
    await Promise.all([b.ask('takeCall'), a.ask('call', { friend: keyB })]);
    await Promise.all([a, b].map((person) => person.ask('speak', { bytes: FRAME_BYTES, seconds: 2 })));
    await Promise.all([a.ask('takeSound'), b.ask('takeSound')]);
    const before = await a.ask('cpuSeconds');
    const [sent] = await Promise.all([a, b].map((person) => person.ask('speak', { bytes: FRAME_BYTES, seconds })));
    const cpu = (await a.ask('cpuSeconds')) - before;
    await sleep(SETTLE_MS);
    const times = await b.ask('takeSound');
    results.put('call_frames', '', times.length);
    results.put('call_one_way_ms_p50', '', quantile(times, 0.5));
    results.put('call_one_way_ms_p99', '', quantile(times, 0.99));
    results.put('call_loss_pct', '', ((sent! - times.length) / sent!) * 100);
    results.put('call_cpu_pct', '', (cpu / seconds) * 100);
    say('a call');
  });
}
