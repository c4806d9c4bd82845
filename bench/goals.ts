import type { Results } from './results.ts';
import type { YardstickName } from './yardsticks.ts';

/** A figure of c-toxcore: measured in this run where it can be, else as recorded. */
export interface ToxFigure {
  readonly metric: string;
  /** Recorded with c-toxcore 0.2.18 at its own interval, and polled every millisecond. */
  readonly recorded: number;
  readonly recorded1ms?: number;
}

/** One line of the table. */
export interface Goal {
  readonly work: string;
  readonly unit: string;
  readonly metric: string;
  readonly mode: string;
  readonly better: 'lower' | 'higher';
  /** The figure to reach on the machine of the goals; none for lines that only inform. */
  readonly goal?: number;
  /** What the figure goes by on another machine: one yardstick, or several whose times add up. None: by no machine. */
  readonly scale?: readonly YardstickName[];
  readonly tox?: ToxFigure;
  /** As recorded with hyperdht 6.34, in the same unit. */
  readonly hyperdht?: string;
  /** Its metric, where its benchmark can be run beside ours. */
  readonly hyperdhtMetric?: string;
  /** Our metric that tells how many of them were measured, where that decides what the figure is worth. */
  readonly count?: string;
}

const lower = { better: 'lower' } as const;
const higher = { better: 'higher' } as const;
const connect: ToxFigure = { metric: 'friend_connect_ms', recorded: 9_956, recorded1ms: 9_996 };

function messages(size: number, mode: string, tox: Omit<ToxFigure, 'metric'>, more: Partial<Goal> = {}): Goal {
  const label = mode === 'flood' ? 'as fast as accepted' : `at most ${mode.replace('window ', '')} open`;
  const toxMode = mode === 'flood' ? 'queue full' : mode;
  return {
    ...{ work: `${size} B messages with receipts, ${label}`, unit: 'per s', ...higher },
    ...{ metric: `messages_${size}B_delivered_per_s`, mode, scale: ['short packets'] as const },
    tox: { metric: `receipts_${size}B_per_s (${toxMode})`, ...tox },
    ...more,
  };
}

/** What the table shows, with the goals of the project. */
export const GOALS: readonly Goal[] = [
  {
    ...{ work: 'two fresh nodes until both see the friend online', unit: 'ms', goal: 50, ...lower },
    ...{ metric: 'connect_ms', mode: 'running processes', tox: connect, hyperdht: '9.4 to 14.8' },
    scale: ['round trip p50'],
  },
  {
    ...{ work: 'two friends start the program: from the command until both are online', unit: 'ms', ...lower },
    ...{ metric: 'connect_ms', mode: 'from the command' },
  },
  {
    ...{ work: 'friend request to first delivered message', unit: 'ms', goal: 2_000, ...lower },
    ...{ metric: 'request_to_delivered_ms', mode: '' },
  },
  {
    ...{ work: 'lone message until it is shown as delivered, p50', unit: 'ms', goal: 1.5, ...lower },
    ...{ metric: 'receipt_ms_p50', mode: 'random gaps', hyperdht: '0.57 (nothing stored)' },
    scale: ['round trip p50', 'commit'],
    tox: { metric: 'read_receipt_ms_p50', recorded: 126, recorded1ms: 30 },
  },
  {
    ...{ work: 'the same, p99', unit: 'ms', goal: 5, ...lower },
    ...{ metric: 'receipt_ms_p99', mode: 'random gaps', hyperdht: '2.8 (nothing stored)' },
    scale: ['round trip p99', 'commit'],
    tox: { metric: 'read_receipt_ms_p99', recorded: 190, recorded1ms: 934 },
  },
  {
    ...{ work: 'the same back to back, p50', unit: 'ms', ...lower },
    ...{ metric: 'receipt_ms_p50', mode: 'back to back', hyperdht: '0.13 (nothing stored)' },
  },
  {
    ...{ work: 'a lone message after 3,000 others, p50', unit: 'ms', ...lower },
    ...{ metric: 'receipt_ms_p50', mode: 'random gaps, afterwards' },
  },
  {
    ...{ work: 'of a lone message, the disk: 8 KiB flushed beside the event loop, p50', unit: 'ms', ...lower },
    ...{ metric: 'disk_sync_ms_p50', mode: 'random gaps' },
  },
  messages(100, 'window 1000', { recorded: 14_200, recorded1ms: 19_700 }, { goal: 20_000, hyperdht: '166 000' }),
  messages(100, 'window 4000', { recorded: 30_000, recorded1ms: 53_200 }, { goal: 20_000 }),
  messages(100, 'flood', { recorded: 3_220, recorded1ms: 2_680 }, { goal: 20_000 }),
  {
    ...{ work: '100 B flood, until the last one is delivered', unit: 'per s', goal: 20_000, ...higher },
    ...{ metric: 'messages_100B_per_s_until_all_delivered', mode: 'flood' },
    scale: ['short packets'],
  },
  messages(1_372, 'window 1000', { recorded: 14_890, recorded1ms: 19_680 }, { hyperdht: '65 800' }),
  messages(1_372, 'window 4000', { recorded: 1_060, recorded1ms: 53_600 }),
  messages(1_372, 'flood', { recorded: 212, recorded1ms: 25_700 }),
  {
    ...{ work: 'CPU per 100 B message, both ends', unit: 'us', ...lower, hyperdht: '11 (nothing stored)' },
    ...{ metric: 'messages_100B_cpu_us_each_both_ends', mode: 'window 4000' },
    tox: { metric: 'messages_100B_cpu_us_each_both_ends (window 4000)', recorded: 37, recorded1ms: 34 },
  },
  {
    ...{ work: 'lost, doubled or misplaced in the floods', unit: '', goal: 0, ...lower },
    ...{ metric: 'messages_100B_misplaced', mode: 'flood' },
  },
  {
    ...{ work: 'bulk over one link', unit: 'MB/s', goal: 130, ...higher, metric: 'bulk_MBps', mode: '' },
    scale: ['long packets'],
    tox: { metric: 'file_transfer_MBps', recorded: 8.5, recorded1ms: 9.3 },
    ...{ hyperdht: '161', hyperdhtMetric: 'bulk_transfer_MBps' },
  },
  {
    ...{ work: 'CPU per 100 MB, both ends', unit: 's', goal: 1.5, ...lower, metric: 'bulk_cpu_s_per_100MB', mode: '' },
    scale: ['long packet CPU'],
    tox: { metric: 'file_transfer_cpu_s_per_100MB', recorded: 3.1, recorded1ms: 3.2 },
    ...{ hyperdht: '1.17', hyperdhtMetric: 'bulk_transfer_cpu_s_per_100MB' },
  },
  {
    ...{ work: 'datagram of 160 B, 50 a second, one way, p50', unit: 'ms', goal: 0.4, ...lower },
    ...{ metric: 'voice_one_way_ms_p50', mode: '', count: 'voice_packets' },
    scale: ['round trip p50'],
    ...{ hyperdht: '0.28', hyperdhtMetric: 'voice_one_way_ms_p50' },
    tox: { metric: 'voice_one_way_ms_p50', recorded: 25, recorded1ms: 0.71 },
  },
  {
    ...{ work: 'the same, p99', unit: 'ms', goal: 1, ...lower },
    ...{ metric: 'voice_one_way_ms_p99', mode: '', hyperdht: '0.42', hyperdhtMetric: 'voice_one_way_ms_p99' },
    scale: ['round trip p99'],
    tox: { metric: 'voice_one_way_ms_p99', recorded: 50, recorded1ms: 1.29 },
  },
  {
    ...{ work: 'a call with sound both ways, CPU of one core process', unit: '% of a core', goal: 5, ...lower },
    ...{ metric: 'call_cpu_pct', mode: '' },
  },
  {
    ...{ work: 'sound of a call, client to client beside the path, p50', unit: 'ms', goal: 1, ...lower },
    ...{ metric: 'call_one_way_ms_p50', mode: '', count: 'call_frames' },
    tox: { metric: 'voice_one_way_ms_p50', recorded: 25, recorded1ms: 0.71 },
  },
  {
    ...{ work: 'the same, p99', unit: 'ms', ...lower, metric: 'call_one_way_ms_p99', mode: '' },
    tox: { metric: 'voice_one_way_ms_p99', recorded: 50, recorded1ms: 1.29 },
  },
  { ...{ work: 'the same, frames lost', unit: '%', ...lower, metric: 'call_loss_pct', mode: '' } },
  {
    ...{ work: 'datagram flood, received', unit: 'per s', ...higher },
    ...{ metric: 'datagram_flood_received_per_s', mode: '' },
    ...{ hyperdht: '124 700', hyperdhtMetric: 'lossy_flood_received_per_s' },
    tox: { metric: 'lossy_flood_received_per_s', recorded: 43_400, recorded1ms: 46_700 },
  },
  {
    ...{ work: 'frame of 64 B there and back, p50', unit: 'ms', ...lower },
    ...{ metric: 'link_rtt_ms_p50', mode: 'random gaps', count: 'link_rtt_frames' },
    ...{ hyperdht: '0.57', hyperdhtMetric: 'message_rtt_ms_p50 (random gaps)' },
    tox: { metric: 'message_rtt_ms_p50', recorded: 55, recorded1ms: 1.32 },
  },
  {
    ...{ work: 'the same, p99', unit: 'ms', ...lower, metric: 'link_rtt_ms_p99', mode: 'random gaps' },
    ...{ hyperdht: '2.8', hyperdhtMetric: 'message_rtt_ms_p99 (random gaps)' },
    tox: { metric: 'message_rtt_ms_p99', recorded: 97, recorded1ms: 3 },
  },
  {
    ...{ work: 'lookup among 100 nodes, p50', unit: 'ms', goal: 1.5, ...lower },
    ...{ metric: 'lookup_ms_p50', mode: '100 nodes', hyperdht: '2.1' },
    scale: ['short packet CPU'],
  },
  {
    ...{ work: 'lookup among 300 nodes, p50', unit: 'ms', goal: 2.5, ...lower },
    ...{ metric: 'lookup_ms_p50', mode: '300 nodes', hyperdht: '3.5' },
    scale: ['short packet CPU'],
  },
  {
    ...{ work: 'lookups among 100 nodes, 16 at once', unit: 'per s', goal: 600, ...higher },
    ...{ metric: 'lookups_per_s_16_at_once', mode: '100 nodes', hyperdht: '97 (442)' },
    scale: ['short packets'],
  },
  {
    ...{ work: 'lookups among 300 nodes, 16 at once', unit: 'per s', goal: 600, ...higher },
    ...{ metric: 'lookups_per_s_16_at_once', mode: '300 nodes', hyperdht: '107' },
    scale: ['short packets'],
  },
  // hyperdht's by `settledMemory` as well, five runs; its own program reads it right after a collection: 180.
  {
    ...{ work: 'memory of a further node in one process', unit: 'KB', goal: 250, ...lower, hyperdht: '134' },
    ...{ metric: 'memory_KB_per_further_node', mode: '' },
    tox: { metric: 'memory_slope_KB', recorded: 602 },
  },
  {
    ...{ work: 'of that, alive in the heap', unit: 'KB', ...lower, hyperdht: '61' },
    ...{ metric: 'alive_KB_per_further_node', mode: '' },
  },
  {
    ...{ work: 'the same before V8 gives anything back', unit: 'KB', ...lower, hyperdht: '180' },
    ...{ metric: 'memory_KB_per_further_node_at_once', mode: '' },
  },
  {
    ...{ work: 'idle node, traffic', unit: 'B/s', goal: 150, ...lower, hyperdht: '18 to 160' },
    ...{ metric: 'idle_bytes_per_s_per_node', mode: '200 nodes' },
    tox: { metric: 'idle_bytes_per_s_per_node', recorded: 2_360 },
  },
  {
    ...{ work: 'idle node, CPU', unit: 's/min', goal: 0.015, ...lower, hyperdht: '0.007 to 0.015' },
    ...{ metric: 'idle_cpu_s_per_min_per_node', mode: '200 nodes' },
    scale: ['short packet CPU'],
    tox: { metric: 'idle_cpu_s_per_min_per_node', recorded: 0.042 },
  },
  {
    ...{ work: 'idle core with profile and one link, CPU', unit: 's/min', ...lower, hyperdht: '0.13' },
    ...{ metric: 'idle_friend_cpu_s_per_min_per_node', mode: '' },
    tox: { metric: 'idle_friend_cpu_s_per_min_per_node', recorded: 0.1, recorded1ms: 1.5 },
  },
  {
    ...{ work: 'a core with profile, database and one link, resident', unit: 'MB', ...lower },
    ...{ metric: 'resident_MB_of_a_core', mode: '' },
  },
  {
    ...{ work: 'idle core with profile and one link, traffic', unit: 'B/s', ...lower },
    ...{ metric: 'idle_friend_bytes_per_s_per_node', mode: '' },
  },
  ...[1, 100, 1_000].map(
    (count): Goal => ({
      ...{ work: `coming up until ${count} waiting messages are there`, unit: 'ms', ...lower },
      ...{ metric: 'waiting_messages_ms', mode: `${count} waiting` },
    }),
  ),
  {
    ...{ work: 'bytes on the wire for a byte of 100 waiting messages of 100 B', unit: '', ...lower },
    ...{ metric: 'custody_wire_bytes_per_delivered_byte', mode: '100 waiting' },
  },
  {
    ...{ work: 'lost, doubled or misplaced of 100 waiting messages', unit: '', goal: 0, ...lower },
    ...{ metric: 'custody_misplaced', mode: '100 waiting' },
  },
  {
    ...{ work: 'envelopes that one carrier checks and keeps', unit: 'per s', ...higher },
    ...{ metric: 'envelopes_kept_per_s', mode: '' },
  },
  {
    ...{ work: 'CPU of the carrier for each', unit: 'us', ...lower, metric: 'envelope_cpu_us', mode: '' },
  },
  {
    ...{ work: 'idle carrier of 100,000 envelopes, traffic', unit: 'B/s', goal: 1_024, ...lower },
    ...{ metric: 'idle_carrier_bytes_per_s', mode: '100000 envelopes' },
  },
  {
    ...{ work: 'the same, CPU of a core', unit: '%', goal: 1, ...lower },
    ...{ metric: 'idle_carrier_cpu_percent', mode: '100000 envelopes' },
  },
  {
    ...{ work: 'the same, resident', unit: 'MB', ...lower },
    ...{ metric: 'idle_carrier_resident_MB', mode: '100000 envelopes' },
  },
  {
    ...{ work: 'its start until 150 s later, CPU', unit: 's', ...lower },
    ...{ metric: 'carrier_start_cpu_s', mode: '100000 envelopes' },
  },
  {
    ...{ work: 'idle carrier of nothing, traffic', unit: 'B/s', ...lower },
    ...{ metric: 'idle_carrier_bytes_per_s', mode: 'none' },
  },
  {
    ...{ work: 'the same, CPU of a core', unit: '%', ...lower },
    ...{ metric: 'idle_carrier_cpu_percent', mode: 'none' },
  },
  {
    ...{ work: '`npm run -s node` until ready', unit: 'ms', goal: 300, ...lower },
    ...{ metric: 'ready_ms', mode: 'npm run -s node' },
    scale: ['npm'],
  },
  {
    ...{ work: 'of that, npm with an empty script', unit: 'ms', ...lower, metric: 'npm_alone_ms', mode: '' },
  },
  {
    ...{ work: '`node scripts/node.cjs` until ready', unit: 'ms', goal: 300, ...lower },
    ...{ metric: 'ready_ms', mode: 'node scripts/node.cjs' },
    scale: ['npm'],
  },
  {
    ...{ work: 'start to a chat list with 10,000 messages, window open', unit: 'ms', goal: 1_000, ...lower },
    ...{ metric: 'chat_list_shown_ms', mode: 'window open' },
    scale: ['npm'],
  },
  {
    ...{ work: 'the same, browser started too', unit: 'ms', goal: 1_000, ...lower },
    ...{ metric: 'chat_list_shown_ms', mode: 'browser starts too' },
    scale: ['npm'],
  },
  {
    ...{ work: 'of that, the browser with a page of one word', unit: 'ms', ...lower },
    ...{ metric: 'browser_alone_ms', mode: '' },
  },
  {
    ...{ work: 'the same, until a chat shows its messages', unit: 'ms', ...lower },
    ...{ metric: 'chat_opened_ms', mode: 'browser starts too' },
  },
];

/** Memory of a further node of c-toxcore is a slope, too: worked out from its two runs. */
export function addToxMemorySlope(results: Results): void {
  const [small, large] = [50, 200].map((count) => results.value('rss_KB', `${count} nodes`, 'toxcore'));
  if (small === undefined || large === undefined) return;
  results.add({ peer: 'toxcore', metric: 'memory_slope_KB', mode: 'rec', value: (large - small) / 150 });
  for (const metric of ['idle_bytes_per_s_per_node', 'idle_cpu_s_per_min_per_node']) {
    const value = results.value(metric, '200 nodes', 'toxcore');
    if (value !== undefined) results.add({ peer: 'toxcore', metric, mode: 'rec', value });
  }
}
