import { type CommandHost, parseFlags } from './command-host.ts';
import { DhtWorld } from './dht-world.ts';

export const IDLE_USAGE = `npm run simulate -- idle [OPTION]...

  --nodes N      size of the network (200)
  --minutes MIN  how long to watch (60)
  --seed TEXT    another run (parley)
`;
const MINUTE_MS = 60_000;
/** Of IPv4 and UDP. */
const HEADER_BYTES = 28;
/** Minutes after the start at which a period ends; later ones end each half hour. */
const ENDS = [1, 2, 3, 4, 6, 10, 15, 20, 30];
const LATER_MINUTES = 30;

export interface IdleOptions {
  readonly nodes: number;
  readonly minutes: number;
  readonly seed: string;
}

/** What nodes say that nobody asks anything, from `from` to `to` minutes after the last of them came. */
export interface IdlePeriod {
  readonly from: number;
  readonly to: number;
  /** Received by a node each second, on average; bytes with the headers of IPv4 and UDP. */
  readonly packets: number;
  readonly bytes: number;
}

/** Undefined when the arguments make no sense. */
export function parseIdleArguments(args: readonly string[]): IdleOptions | undefined {
  const found = parseFlags(args, { values: ['nodes', 'minutes', 'seed'] });
  if (found === undefined) return undefined;
  const nodes = Number(found.get('nodes') ?? 200);
  const minutes = Number(found.get('minutes') ?? 60);
  if (!(Number.isInteger(nodes) && nodes >= 2) || !(Number.isInteger(minutes) && minutes >= 1)) return undefined;
  return { nodes, minutes, seed: found.get('seed') ?? 'parley' };
}

/** Watches a network in which nobody wants anything. `onPeriod` hears of each period when it is over. */
export async function measureIdle(options: IdleOptions, onPeriod: (period: IdlePeriod) => void): Promise<void> {
  const world = new DhtWorld(options.seed, { tracePackets: 0 });
  await world.grow(options.nodes, 0);
  let before = received(world);
  let from = 0;
  while (from < options.minutes) {
    const to = Math.min(ENDS.find((end) => end > from) ?? from + LATER_MINUTES, options.minutes);
    await world.clock.runFor((to - from) * MINUTE_MS);
    const after = received(world);
    const nodeSeconds = (to - from) * 60 * options.nodes;
    const packets = after.packets - before.packets;
    const bytes = after.bytes - before.bytes + HEADER_BYTES * packets;
    onPeriod({ from, to, packets: packets / nodeSeconds, bytes: bytes / nodeSeconds });
    before = after;
    from = to;
  }
  await world.stop();
}

function received({ nodes }: DhtWorld): { packets: number; bytes: number } {
  const sum = (of: (node: (typeof nodes)[0]) => number) => nodes.reduce((total, node) => total + of(node), 0);
  return {
    packets: sum(({ transport }) => transport.traffic.packetsIn),
    bytes: sum(({ transport }) => transport.traffic.bytesIn),
  };
}

/** The command as a whole; what it prints is Markdown. */
export async function simulateIdle(host: CommandHost, options: IdleOptions): Promise<void> {
  host.print(`${options.nodes} nodes, seed ${options.seed}, of whom nobody wants anything\n\n`);
  host.print('| minutes after the start | packets a second | bytes a second |\n| ---: | ---: | ---: |\n');
  await measureIdle(options, ({ from, to, packets, bytes }) => {
    host.print(`| ${from} to ${to} | ${packets.toFixed(2)} | ${bytes.toFixed(0)} |\n`);
  });
}
