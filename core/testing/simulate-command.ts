import { type CommandHost, parseFlags } from './command-host.ts';
import { CUSTODY_USAGE, parseCustodyArguments, simulateCustody } from './custody-command.ts';
import { HOSTILE_USAGE, parseHostileArguments, simulateHostile } from './hostile-command.ts';
import { IDLE_USAGE, parseIdleArguments, simulateIdle } from './idle-command.ts';
import { OVERLAY_USAGE, parseOverlayArguments, simulateOverlay } from './overlay-command.ts';
import { type DhtMeasurement, growNetwork, measureLookups, measureRecovery } from './simulate-dht.ts';
import { drawHops } from './simulate-figure.ts';
import { simulateVoice, VOICE_USAGE } from './simulate-voice-command.ts';

const FIGURE = 'docs/figures/hops.svg';
const USAGE = `npm run simulate -- dht [OPTION]...

  --nodes N,N,...   sizes of the networks (10,100,300)
  --lookups N       lookups in each (200)
  --vanish SHARE    share of the largest network that vanishes at last (0.3; 0: none)
  --seed TEXT       another run (parley)
  --figure          draws ${FIGURE}
`;
/** When to look at the network after the loss, in seconds. */
const RECOVERY_SECONDS = [0, 15, 30, 60, 90, 120, 180, 240, 300];
const RECOVERY_LOOKUPS = 50;
const MAX_NODES = 20_000;

/** What the command line asks for. */
export interface SimulateArguments {
  readonly nodes: readonly number[];
  readonly lookups: number;
  readonly vanish: number;
  readonly seed: string;
  readonly figure: boolean;
}

/** Undefined when the arguments make no sense. */
export function parseSimulateArguments(args: readonly string[]): SimulateArguments | undefined {
  if (args[0] !== 'dht') return undefined;
  const found = parseFlags(args.slice(1), { values: ['nodes', 'lookups', 'vanish', 'seed'], flags: ['figure'] });
  if (found === undefined) return undefined;
  const nodes = (found.get('nodes') ?? '10,100,300').split(',').map(Number);
  const lookups = Number(found.get('lookups') ?? 200);
  const vanish = Number(found.get('vanish') ?? 0.3);
  const sizesFit = nodes.every((count) => Number.isInteger(count) && count >= 2 && count <= MAX_NODES);
  if (!sizesFit || !(Number.isInteger(lookups) && lookups > 0) || !(vanish >= 0 && vanish < 1)) return undefined;
  return {
    nodes: [...new Set(nodes)].sort((a, b) => a - b),
    lookups,
    vanish,
    seed: found.get('seed') ?? 'parley',
    figure: found.has('figure'),
  };
}

/** The command as a whole; what it prints is Markdown. */
export async function simulate(host: CommandHost): Promise<void> {
  const [subject = '', ...rest] = host.args;
  if (subject === 'voice') return simulateVoice(host, rest);
  const custody = subject === 'custody' ? parseCustodyArguments(rest) : undefined;
  if (custody !== undefined) return simulateCustody(host, custody);
  const overlay = subject === 'overlay' ? parseOverlayArguments(rest) : undefined;
  if (overlay !== undefined) return simulateOverlay(host, overlay);
  const hostile = subject === 'hostile' ? parseHostileArguments(rest) : undefined;
  if (hostile !== undefined) return simulateHostile(host, hostile);
  const idle = subject === 'idle' ? parseIdleArguments(rest) : undefined;
  if (idle !== undefined) return simulateIdle(host, idle);
  const dht = parseSimulateArguments(host.args);
  if (dht !== undefined) return simulateDht(host, dht);
  host.printError([USAGE, VOICE_USAGE, CUSTODY_USAGE, OVERLAY_USAGE, HOSTILE_USAGE, IDLE_USAGE].join('\n'));
  host.endWith(2);
}

async function simulateDht(host: CommandHost, args: SimulateArguments): Promise<void> {
  host.print(`seed ${args.seed}; paths of 5 to 60 ms one way, nothing lost\n\n`);
  host.print(
    '| nodes | closest found | hops | requests | ms of a lookup | real s |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n',
  );
  const measurements: DhtMeasurement[] = [];
  for (const count of args.nodes) {
    const startedAt = host.now();
    const world = await growNetwork(count, args.seed);
    const measured = await measureLookups(world, args.lookups);
    measurements.push(measured);
    host.print(measurementRow(measured, (host.now() - startedAt) / 1_000));
    if (count === args.nodes.at(-1) && args.vanish > 0) await showRecovery(host, world, args.vanish);
    await world.stop();
  }
  if (!args.figure) return;
  host.writeFile(FIGURE, drawHops(measurements));
  host.print(`\ndrew ${FIGURE}\n`);
}

function measurementRow({ nodes, share, hops, requests, ms }: DhtMeasurement, realSeconds: number): string {
  const cells = [nodes, percent(share), hops.toFixed(2), requests.toFixed(1), ms.toFixed(0), realSeconds.toFixed(1)];
  return `| ${cells.join(' | ')} |\n`;
}

async function showRecovery(
  host: CommandHost,
  world: Awaited<ReturnType<typeof growNetwork>>,
  vanish: number,
): Promise<void> {
  host.print(`\n${percent(vanish)} of ${world.alive.length} nodes vanish at once:\n\n`);
  host.print(
    '| s later | closest found | requests | ms of a lookup | dead entries in tables |\n| ---: | ---: | ---: | ---: | ---: |\n',
  );
  const options = { share: vanish, lookups: RECOVERY_LOOKUPS, atSeconds: RECOVERY_SECONDS };
  await measureRecovery(world, options, ({ seconds, share, requests, ms, deadShare }) => {
    const cells = [seconds.toFixed(0), percent(share), requests.toFixed(1), ms.toFixed(0), percent(deadShare)];
    host.print(`| ${cells.join(' | ')} |\n`);
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0.99 && share < 1 ? 2 : 1)} %`;
}
