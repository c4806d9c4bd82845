import type { Results } from './results.ts';

/** The yardsticks are measured before our parts and after them, so that a machine that changes meanwhile shows. */
export const MOMENTS = ['before', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Who "does" what a yardstick measures, in the results. */
export const YARDSTICK_PEER = 'plain node';

/** Share of all processors that programs of others took while we did nothing, in percent. */
export const BUSY_METRIC = 'busy_pct';

export type YardstickName =
  | 'round trip p50'
  | 'round trip p99'
  | 'short packets'
  | 'short packet CPU'
  | 'long packets'
  | 'long packet CPU'
  | 'commit'
  | 'npm'
  | 'node'
  | 'flush appending p50'
  | 'flush overwriting p50';

/** Work without any of our code whose speed tells what the machine can do. */
export interface Yardstick {
  readonly work: string;
  readonly unit: string;
  readonly metric: string;
  readonly better: 'lower' | 'higher';
  /** On the machine for which the goals were set; none where that was not measured: then it only informs. */
  readonly recorded?: number;
}

const lower = { better: 'lower' } as const;
const higher = { better: 'higher' } as const;

export const YARDSTICKS: Readonly<Record<YardstickName, Yardstick>> = {
  'round trip p50': {
    ...{ work: 'sealed UDP packet of 64 B there and back, p50', unit: 'ms', ...lower, recorded: 0.355 },
    metric: 'udp_rtt_ms_p50 (random gaps)',
  },
  'round trip p99': {
    ...{ work: 'the same, p99', unit: 'ms', ...lower, recorded: 0.71, metric: 'udp_rtt_ms_p99 (random gaps)' },
  },
  'short packets': {
    ...{ work: 'sealed UDP packets of 100 B', unit: 'per s', ...higher, recorded: 132_600 },
    metric: 'udp_100B_packets_per_s',
  },
  'short packet CPU': {
    ...{ work: 'CPU for each, both ends', unit: 'us', ...lower, recorded: 13.4 },
    metric: 'udp_100B_cpu_us_each_both_ends',
  },
  'long packets': {
    ...{ work: 'sealed UDP packets of 1,200 B', unit: 'per s', ...higher, recorded: 112_000 },
    metric: 'udp_1200B_packets_per_s',
  },
  'long packet CPU': {
    ...{ work: 'CPU for each, both ends', unit: 'us', ...lower, recorded: 15.9 },
    metric: 'udp_1200B_cpu_us_each_both_ends',
  },
  commit: {
    ...{ work: 'one message a commit, SQLCipher, synchronous FULL', unit: 'ms', ...lower, recorded: 0.407 },
    metric: 'commit_ms',
  },
  'flush appending p50': {
    ...{ work: '8 KiB appended and flushed (fdatasync), random gaps, p50', unit: 'ms', ...lower },
    metric: 'flush_appending_ms_p50',
  },
  'flush overwriting p50': {
    ...{ work: 'the same, overwriting', unit: 'ms', ...lower, metric: 'flush_overwriting_ms_p50' },
  },
  npm: { ...{ work: 'npm with an empty script', unit: 'ms', ...lower, recorded: 193, metric: 'npm_empty_ms' } },
  node: { ...{ work: 'node with an empty script', unit: 'ms', ...lower, metric: 'node_empty_ms' } },
};

/** What a yardstick measured at that moment of this run. */
export function yardstickAt(results: Results, name: YardstickName, moment: Moment): number | undefined {
  return results.value(YARDSTICKS[name].metric, moment, YARDSTICK_PEER);
}

/** Mean of before and after, or the one there is. */
function here(results: Results, name: YardstickName): number | undefined {
  const values = MOMENTS.map((moment) => yardstickAt(results, name, moment)).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * How many times slower than the machine of the goals this one is in this run, by the yardsticks of these names; times
 * of several are added up, as work that does one after the other. Undefined where one was not measured or has no record.
 */
export function slowness(results: Results, names: readonly YardstickName[]): number | undefined {
  let measured = 0;
  let recorded = 0;
  for (const name of names) {
    const { better, recorded: before } = YARDSTICKS[name];
    const now = here(results, name);
    if (now === undefined || before === undefined) return undefined;
    // Of a rate, the time that one takes.
    measured += better === 'lower' ? now : 1 / now;
    recorded += better === 'lower' ? before : 1 / before;
  }
  return recorded === 0 ? undefined : measured / recorded;
}

/** How many times longer the work took after our parts than before; undefined where one of the two is missing. */
export function drift(results: Results, name: YardstickName): number | undefined {
  const [before, after] = MOMENTS.map((moment) => yardstickAt(results, name, moment));
  if (!before || !after) return undefined;
  return YARDSTICKS[name].better === 'lower' ? after / before : before / after;
}
