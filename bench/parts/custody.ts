import { type BenchContext, startPair, withProcesses } from '../context.ts';
import { sharedNow, sleep, within } from '../measure.ts';
import type { Processes } from '../processes.ts';
import type { Results } from '../results.ts';
import { type CarriersRole, destinationsHeldBy } from '../roles/carriers.ts';
import type { Usage } from '../roles/network.ts';

/** Carriers besides the two people; the lone carrier of the idle test has as many around it. */
const CARRIERS = 50;
const SETTLE_MS = 3_000;
const HEARD_AGAIN_MS = 70_000;
const TEXT_BYTES = 100;
const ARRIVE_LIMIT_MS = 120_000;
/** After so long all that the start brought with it is over, V8 giving back what it took included. */
const TAKEN_UP_MS = 150_000;
const IDLE_MS = 120_000;

/** Messages to somebody who is away: how soon they are there when that person comes up, and what it costs. */
export async function custodyPart(context: BenchContext): Promise<void> {
  await throughput(context);
  await idle(context);
  for (const count of context.quick ? [1, 100] : [1, 100, 1_000]) await comeUp(context, count);
}

async function startCarriers(context: BenchContext, processes: Processes, count: number, bootstrap?: string) {
  const carriers = await processes.start<CarriersRole>('carriers', { gc: true });
  const folders = Array.from({ length: count }, () => context.folder.fresh('carrier'));
  const started = await carriers.ask('start', { folders, bootstrap: bootstrap === undefined ? [] : [bootstrap] });
  return { carriers, ...started };
}

/** B goes, A writes and waits until all is stored, B starts again. */
async function comeUp(context: BenchContext, count: number): Promise<void> {
  const { results, say } = context;
  await withProcesses(async (processes) => {
    const { carriers, bootstrap } = await startCarriers(context, processes, CARRIERS);
    await carriers.ask('carry');
    await sleep(SETTLE_MS);
    const { a, b, keyB, folders } = await startPair(context, processes, bootstrap);
    await sleep(SETTLE_MS);
    await b.ask('close');
    const before = (await carriers.ask('usage')).bytes;
    await within(ARRIVE_LIMIT_MS, 'stored', a.ask('writeUntilStored', { friend: keyB, count, bytes: TEXT_BYTES }));
    await a.ask('close');
    const stored = await carriers.ask('usage');
    const startedAt = sharedNow();
    await b.ask('open', { dataDir: folders[1], bootstrap: [bootstrap] });
    const at = await within(ARRIVE_LIMIT_MS, 'arrived', b.ask('untilReceived', { count }));
    const mode = `${count} waiting`;
    results.put('waiting_messages_ms', mode, at - startedAt);
    await sleep(SETTLE_MS);
    const after = await carriers.ask('usage');
    const delivered = count * TEXT_BYTES;
    results.put('custody_bytes_stored_per_byte', mode, (stored.bytes - before) / delivered);
    results.put('custody_wire_bytes_per_delivered_byte', mode, (after.bytes - before) / delivered);
    const { misplaced } = await b.ask('received');
    results.put('custody_misplaced', mode, misplaced);
    say(`${count} messages for somebody who was away`);
  });
}

/** What one carrier takes and keeps, and what it costs. */
async function throughput(context: BenchContext): Promise<void> {
  const { results, say } = context;
  const count = context.quick ? 500 : 2_000;
  await withProcesses(async (processes) => {
    const { carriers: carrier, bootstrap } = await startCarriers(context, processes, 1);
    const { carriers: hop } = await startCarriers(context, processes, 1, bootstrap);
    await carrier.ask('carry');
    await hop.ask('carry');
    await sleep(SETTLE_MS);
    const before = await carrier.ask('usage');
    const { kept, seconds } = await hop.ask('handTo', { to: bootstrap, count });
    const after = await carrier.ask('usage');
    results.put('envelopes_kept_per_s', '', kept / seconds);
    results.put('envelope_cpu_us', '', ((after.cpuSeconds - before.cpuSeconds) / kept) * 1e6);
    results.put('envelopes_refused', '', count - kept);
    say('a carrier taking envelopes');
  });
}

/** A carrier with many envelopes on its disk, among others, when nothing happens; beside it one that carries nothing. */
async function idle(context: BenchContext): Promise<void> {
  const { results, say, quick } = context;
  const [count, perDestination] = quick ? [100, 100] : [1_000, 100];
  await withProcesses(async (processes) => {
    const { carriers: others, bootstrap, nodeIds } = await startCarriers(context, processes, CARRIERS);
    const { carriers: one, nodeIds: oneId } = await startCarriers(context, processes, 1, bootstrap);
    const { carriers: empty, nodeIds: emptyId } = await startCarriers(context, processes, 1, bootstrap);
    await sleep(SETTLE_MS);
    const holders = [oneId[0]!, nodeIds[0]!];
    const destinations = destinationsHeldBy(holders, [...nodeIds, ...oneId, ...emptyId], count);
    await Promise.all([
      one.ask('fill', { destinations, perDestination }),
      others.ask('fill', { destinations, perDestination }),
    ]);
    // While it filled its disk a process answered nobody, and silent nodes are left out for a minute.
    await sleep(HEARD_AGAIN_MS);
    await Promise.all([one, others, empty].map((carriers) => carriers.ask('carry')));
    // Every destination is taken up in turn: who its holders are is asked once.
    const started = await one.ask('usage');
    await sleep(quick ? 40_000 : TAKEN_UP_MS);
    const before = { one: await one.ask('usage'), empty: await empty.ask('usage') };
    await sleep(quick ? 20_000 : IDLE_MS);
    const mode = `${count * perDestination} envelopes`;
    results.put('carrier_start_cpu_s', mode, before.one.cpuSeconds - started.cpuSeconds);
    putIdle(results, mode, before.one, await one.ask('usage'));
    putIdle(results, 'none', before.empty, await empty.ask('usage'));
    results.put('idle_carrier_resident_MB', mode, (await one.ask('residentBytes')) / 2 ** 20);
    results.put('idle_carrier_resident_MB', 'none', (await empty.ask('residentBytes')) / 2 ** 20);
    results.put('idle_carrier_envelopes', mode, (await one.ask('stats'))?.carried.envelopes ?? 0);
    say('idle carrier');
  });
}

function putIdle(results: Results, mode: string, before: Usage, after: Usage): void {
  const seconds = (after.at - before.at) / 1_000;
  results.put('idle_carrier_bytes_per_s', mode, (after.bytes - before.bytes) / seconds);
  results.put('idle_carrier_cpu_percent', mode, ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100);
}
