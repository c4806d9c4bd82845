import { DOOR_REFRESH_MS } from '../messenger/mail/post.ts';
import type { Transport } from '../net/transport.ts';
import { type CommandHost, parseFlags } from './command-host.ts';
import { DhtWorld } from './dht-world.ts';
import { Destination, RelayWorld } from './relay-world.ts';

export const IDLE_USAGE = `npm run simulate -- idle [OPTION]...

  --nodes N      size of the network (200)
  --minutes MIN  how long to watch (60)
  --people       each is somebody's, who is found at home and at the door
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
  /** Each node carries for others and is a person's, registered and collecting at home and door. */
  readonly people: boolean;
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
  const found = parseFlags(args, { values: ['nodes', 'minutes', 'seed'], flags: ['people'] });
  if (found === undefined) return undefined;
  const nodes = Number(found.get('nodes') ?? 200);
  const minutes = Number(found.get('minutes') ?? 60);
  if (!(Number.isInteger(nodes) && nodes >= 2) || !(Number.isInteger(minutes) && minutes >= 1)) return undefined;
  return { nodes, minutes, seed: found.get('seed') ?? 'parley', people: found.has('people') };
}

/** Watches a network in which nobody wants anything. `onPeriod` hears of each period when it is over. */
export async function measureIdle(options: IdleOptions, onPeriod: (period: IdlePeriod) => void): Promise<void> {
  const world = await (options.people ? peopled(options) : bare(options));
  let before = world.received();
  let from = 0;
  while (from < options.minutes) {
    const to = Math.min(ENDS.find((end) => end > from) ?? from + LATER_MINUTES, options.minutes);
    await world.pass((to - from) * MINUTE_MS);
    const after = world.received();
    const nodeSeconds = (to - from) * 60 * options.nodes;
    const packets = after.packets - before.packets;
    const bytes = after.bytes - before.bytes + HEADER_BYTES * packets;
    onPeriod({ from, to, packets: packets / nodeSeconds, bytes: bytes / nodeSeconds });
    before = after;
    from = to;
  }
  await world.stop();
}

interface IdleWorld {
  pass(ms: number): Promise<void>;
  received(): { packets: number; bytes: number };
  stop(): Promise<void>;
}

async function bare({ nodes, seed }: IdleOptions): Promise<IdleWorld> {
  const world = new DhtWorld(seed, { tracePackets: 0 });
  await world.grow(nodes, 0);
  return {
    pass: (ms) => world.clock.runFor(ms),
    received: () => receivedBy(world.nodes),
    stop: () => world.stop(),
  };
}

async function peopled({ nodes, seed }: IdleOptions): Promise<IdleWorld> {
  const world = new RelayWorld(seed);
  await world.grow(nodes, 0);
  for (const carrier of world.carriers)
    for (const refreshMs of [undefined, DOOR_REFRESH_MS]) new Destination(world).comesUpAt(carrier, { refreshMs });
  return {
    pass: (ms) => world.story.pass(ms),
    received: () => receivedBy(world.carriers),
    stop: async () => {
      for (const carrier of world.carriers) carrier.crash();
    },
  };
}

function receivedBy(nodes: readonly { readonly transport: Transport }[]): { packets: number; bytes: number } {
  const sum = (of: (transport: Transport) => number) => nodes.reduce((total, node) => total + of(node.transport), 0);
  return {
    packets: sum(({ traffic }) => traffic.packetsIn),
    bytes: sum(({ traffic }) => traffic.bytesIn),
  };
}

/** The command as a whole; what it prints is Markdown. */
export async function simulateIdle(host: CommandHost, options: IdleOptions): Promise<void> {
  const whose = options.people ? ', each that of a person' : '';
  host.print(`${options.nodes} nodes${whose}, seed ${options.seed}: nobody wants anything\n\n`);
  host.print('| minutes after the start | packets a second | bytes a second |\n| ---: | ---: | ---: |\n');
  await measureIdle(options, ({ from, to, packets, bytes }) => {
    host.print(`| ${from} to ${to} | ${packets.toFixed(2)} | ${bytes.toFixed(0)} |\n`);
  });
}
