import { type BenchContext, NETWORK_NODES, startNetwork, withProcesses } from '../context.ts';
import { quantile, sharedNow, sleep } from '../measure.ts';
import type { Processes, RoleProcess } from '../processes.ts';
import type { LinkRole } from '../roles/link-person.ts';

const SETTLE_MS = 1_000;
/** Packets of a voice call: Opus at about 64 kbit/s in frames of 20 ms. Of a few seconds one pause decides the p99. */
const VOICE_BYTES = 160;
const VOICE_PER_SECOND = 50;
/**
 * As much as the other peers' programs send. In short runs too: of the first 50 MB of a link half the time goes into
 * code that is not compiled yet and memory that was never touched.
 */
const BULK_BYTES = 200e6;

interface LinkEnds {
  readonly a: RoleProcess<LinkRole>;
  readonly b: RoleProcess<LinkRole>;
}

/**
 * What one link carries, without a messenger on it. In the order of hyperdht's program: what comes later finds code that
 * V8 has optimised, on either side.
 */
export async function linkPart(context: BenchContext): Promise<void> {
  const { say } = context;
  await withProcesses(async (processes) => {
    const ends = await connectEnds(processes);
    await sleep(SETTLE_MS);
    await measureRoundTrips(context, ends);
    say('round trips over the link');
    for (let run = 0; run < (context.quick ? 1 : 3); run++) await measureBulk(context, ends);
    say('bulk');
    await measureVoice(context, ends);
    say('voice datagrams');
    await measureFlood(context, ends);
    if (!(await ends.a.ask('isUp')) || !(await ends.b.ask('isUp'))) throw new Error('the link broke');
  });
}

async function connectEnds(processes: Processes): Promise<LinkEnds> {
  const { bootstrap } = await startNetwork(processes, NETWORK_NODES);
  const start = () => processes.start<LinkRole>('link');
  const [a, b] = await Promise.all([start(), start()]);
  const [selfA, selfB] = await Promise.all([a.ask('self'), b.ask('self')]);
  await Promise.all([
    a.ask('connect', { bootstrap, friend: selfB, echoes: false }),
    b.ask('connect', { bootstrap, friend: selfA, echoes: true }),
  ]);
  return { a, b };
}

async function cpuOf({ a, b }: LinkEnds): Promise<number> {
  const [one, other] = await Promise.all([a.ask('cpuSeconds'), b.ask('cpuSeconds')]);
  return one + other;
}

async function measureRoundTrips({ results, quick }: BenchContext, { a }: LinkEnds): Promise<void> {
  for (const [mode, gaps, count] of [
    ['random gaps', true, 1_000],
    ['back to back', false, 5_000],
  ] as const) {
    const times = await a.ask('roundTrips', { count: quick ? 300 : count, gaps });
    results.put('link_rtt_frames', mode, times.length);
    results.put('link_rtt_ms_p50', mode, quantile(times, 0.5));
    results.put('link_rtt_ms_p99', mode, quantile(times, 0.99));
  }
}

async function measureVoice({ results, quick }: BenchContext, ends: LinkEnds): Promise<void> {
  const seconds = quick ? 10 : 30;
  const cpuBefore = await cpuOf(ends);
  const sent = await ends.a.ask('sendVoice', { size: VOICE_BYTES, perSecond: VOICE_PER_SECOND, seconds });
  await sleep(200);
  const cpu = (await cpuOf(ends)) - cpuBefore;
  const times = await ends.b.ask('takeLatencies');
  results.put('voice_packets', '', times.length);
  results.put('voice_one_way_ms_p50', '', quantile(times, 0.5));
  results.put('voice_one_way_ms_p99', '', quantile(times, 0.99));
  results.put('voice_loss_pct', '', ((sent - times.length) / sent) * 100);
  results.put('voice_cpu_s_per_min_both', '', (cpu / seconds) * 60);
}

async function measureBulk({ results }: BenchContext, ends: LinkEnds): Promise<void> {
  const cpuBefore = await cpuOf(ends);
  const startedAt = sharedNow();
  const received = ends.b.ask('untilBulk', { total: BULK_BYTES });
  await ends.a.ask('sendBulk', { total: BULK_BYTES });
  const seconds = ((await received) - startedAt) / 1_000;
  const cpu = (await cpuOf(ends)) - cpuBefore;
  results.put('bulk_MBps', '', BULK_BYTES / seconds / 1e6);
  results.put('bulk_cpu_s_per_100MB', '', cpu / (BULK_BYTES / 1e8));
}

async function measureFlood({ results, quick }: BenchContext, { a, b }: LinkEnds): Promise<void> {
  await b.ask('countDatagrams');
  const { sent, seconds } = await a.ask('floodDatagrams', { size: VOICE_BYTES, seconds: quick ? 1 : 5 });
  await sleep(500);
  const received = await b.ask('countDatagrams');
  results.put('datagram_flood_sent_per_s', '', sent / seconds);
  results.put('datagram_flood_received_per_s', '', received / seconds);
}
