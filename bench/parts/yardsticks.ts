import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { commitMs } from '../commits.ts';
import type { BenchContext } from '../context.ts';
import { withProcesses } from '../context.ts';
import { flushTimes } from '../disk.ts';
import { cpuSeconds, median, quantile, randomGapMs, sleep } from '../measure.ts';
import { emptyNpmScript } from '../npm.ts';
import type { PartName } from '../options.ts';
import { openPlain, sealPlain } from '../plain-seal.ts';
import type { RoleProcess } from '../processes.ts';
import { type EchoRole, PACKETS_PER_ACK, plainSocket } from '../roles/echo.ts';
import { BUSY_METRIC, type Moment, YARDSTICK_PEER, YARDSTICKS, type YardstickName } from '../yardsticks.ts';

const ECHO_BYTES = 64;
/** Packets under way without an acknowledgement. */
const OPEN_PACKETS = 512;
/** A lost acknowledgement must not stop the sender. */
const LOST_ACK_MS = 100;
/** Compiled code and full tables: what the first packets lack. */
const WARM_UP_MS = 300;

/** Processes that were told to end are gone after the first, and what others do shows in the second. */
const PAUSE_MS = 200;
const IDLE_MS = 1_000;

type Kind = 'round trips' | 'packets' | 'disk' | 'starts';

/** What tells how fast the work of a part could be on this machine. */
const KINDS: Readonly<Partial<Record<PartName, readonly Kind[]>>> = {
  connect: ['round trips', 'starts'],
  latency: ['round trips', 'disk'],
  throughput: ['packets'],
  link: ['round trips', 'packets'],
  lookup: ['packets'],
  nodes: ['packets'],
  startup: ['starts'],
};

type Put = (name: YardstickName, value: number) => void;

/**
 * Measures the machine with work that needs none of our code, the same as in the programs that measured the machine for
 * which the goals were set (`../shared/peers`, `node-ceiling` and `storage`): only what `parts` want to know.
 */
export async function measureMachine(context: BenchContext, parts: readonly PartName[], moment: Moment): Promise<void> {
  const { results, say } = context;
  const kinds = new Set(parts.flatMap((part) => KINDS[part] ?? []));
  const put: Put = (name, value) =>
    results.add({ peer: YARDSTICK_PEER, metric: YARDSTICKS[name].metric, mode: moment, value });
  if (kinds.size === 0) return;
  if (kinds.has('round trips') || kinds.has('packets')) {
    await withProcesses(async (processes) => {
      const echo = await processes.start<EchoRole>('echo');
      if (kinds.has('round trips')) await measureRoundTrips(context, echo, put);
      if (kinds.has('packets')) await measurePackets(context, echo, put);
    });
  }
  if (kinds.has('disk')) await measureDiskAlone(context, put);
  if (kinds.has('starts')) await measureStarts(context, put);
  results.add({ peer: YARDSTICK_PEER, metric: BUSY_METRIC, mode: moment, value: await busyPercent() });
  say(`the machine without our code, ${moment}`);
}

async function measureRoundTrips({ quick }: BenchContext, echo: RoleProcess<EchoRole>, put: Put): Promise<void> {
  const port = await echo.ask('port');
  const socket = await plainSocket();
  await echo.ask('mode', { echoes: true });
  const times: number[] = [];
  for (let i = 0; i < (quick ? 150 : 300); i++) {
    await sleep(randomGapMs());
    const startedAt = performance.now();
    const back = once(socket, 'message');
    socket.send(sealPlain(Buffer.alloc(ECHO_BYTES)), port, '127.0.0.1');
    openPlain((await back)[0] as Buffer);
    times.push(performance.now() - startedAt);
  }
  socket.close();
  put('round trip p50', quantile(times, 0.5));
  put('round trip p99', quantile(times, 0.99));
}

async function measurePackets({ quick }: BenchContext, echo: RoleProcess<EchoRole>, put: Put): Promise<void> {
  const ms = quick ? 1_000 : 2_500;
  await flood(echo, 100, WARM_UP_MS);
  const short = await flood(echo, 100, ms);
  put('short packets', short.perSecond);
  put('short packet CPU', short.cpuUs);
  const long = await flood(echo, 1_200, ms);
  put('long packets', long.perSecond);
  put('long packet CPU', long.cpuUs);
}

/** Sealed packets as fast as they are acknowledged; counted where they are opened. */
async function flood(echo: RoleProcess<EchoRole>, size: number, ms: number) {
  const port = await echo.ask('port');
  const socket = await plainSocket();
  const plain = Buffer.alloc(size);
  let sent = 0;
  let acknowledged = 0;
  let wake: () => void = () => {};
  socket.on('message', () => {
    acknowledged += PACKETS_PER_ACK;
    wake();
  });
  const before = (await echo.ask('mode', { echoes: false })).cpu + cpuSeconds();
  const startedAt = performance.now();
  while (performance.now() - startedAt < ms) {
    for (; sent - acknowledged < OPEN_PACKETS; sent++) socket.send(sealPlain(plain), port, '127.0.0.1');
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOST_ACK_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const { count, cpu } = await echo.ask('mode', { echoes: false });
  socket.close();
  return { perSecond: count / seconds, cpuUs: ((cpu + cpuSeconds() - before) / count) * 1e6 };
}

async function measureDiskAlone({ folder, quick }: BenchContext, put: Put): Promise<void> {
  put('commit', commitMs(folder.fresh('commits'), quick ? 500 : 1_000));
  const count = quick ? 50 : 100;
  put('flush appending p50', median(await flushTimes({ folder, count, gaps: true, overwrites: false })));
  put('flush overwriting p50', median(await flushTimes({ folder, count, gaps: true, overwrites: true })));
}

async function measureStarts({ folder, quick }: BenchContext, put: Put): Promise<void> {
  const runs = quick ? 5 : 15;
  const npm: number[] = [];
  const node: number[] = [];
  for (let run = 0; run < runs; run++) {
    npm.push(await emptyNpmScript(folder));
    const startedAt = performance.now();
    await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
    node.push(performance.now() - startedAt);
  }
  put('npm', median(npm));
  put('node', median(node));
}

async function busyPercent(): Promise<number> {
  await sleep(PAUSE_MS);
  const before = processorTimes();
  await sleep(IDLE_MS);
  const after = processorTimes();
  const all = after.all - before.all;
  return all === 0 ? 0 : (1 - (after.idle - before.idle) / all) * 100;
}

function processorTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.flatMap((one) => Object.values(one))) };
}
