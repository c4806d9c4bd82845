// Measures Parley on this machine, on loopback only.
//   npm run bench -- [PART...] [--quick] [--json]
import { cpus, totalmem } from 'node:os';
import { cryptoBackendName } from '../core/crypto/crypto.ts';
import type { BenchContext } from './context.ts';
import { RunFolder } from './folders.ts';
import { addToxMemorySlope } from './goals.ts';
import { hyperdhtPart } from './hyperdht.ts';
import { formatMachine } from './machine-table.ts';
import { type PartName, parseOptions, USAGE } from './options.ts';
import { callPart } from './parts/call.ts';
import { connectPart } from './parts/connect.ts';
import { custodyPart } from './parts/custody.ts';
import { linkPart } from './parts/link.ts';
import { lookupPart } from './parts/lookup.ts';
import { latencyPart, throughputPart } from './parts/messages.ts';
import { nodesPart } from './parts/nodes.ts';
import { startupPart } from './parts/startup.ts';
import { measureMachine } from './parts/yardsticks.ts';
import { Results } from './results.ts';
import { playRole } from './roles/roles.ts';
import { formatTable } from './table.ts';
import { toxcorePart } from './toxcore.ts';
import type { Moment } from './yardsticks.ts';

const PART_TASKS: Readonly<Record<PartName, (context: BenchContext) => Promise<void>>> = {
  connect: connectPart,
  latency: latencyPart,
  throughput: throughputPart,
  link: linkPart,
  call: callPart,
  lookup: lookupPart,
  nodes: nodesPart,
  custody: custodyPart,
  startup: startupPart,
  toxcore: toxcorePart,
  hyperdht: hyperdhtPart,
};

/** Programs of others: they are no measure of ours, and run when ours are done. */
const RIVALS: readonly PartName[] = ['toxcore', 'hyperdht'];

function header(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const lines = [
    `${cpus().length} CPUs (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
    `crypto: ${cryptoBackendName}`,
  ];
  if (cryptoBackendName !== 'sodium-native') lines.push('WARNING: the slow fallback is in use, so no figure counts');
  return `${lines.join('\n')}\n`;
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { parts, quick, json } = options;
  const root = process.cwd();
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const context = { root, quick, folder: new RunFolder(root), results: new Results(root, json), say };
  say(header());
  let failures = 0;
  const attempt = async (what: string, task: () => Promise<void>) => {
    try {
      await task();
    } catch (error) {
      failures++;
      say(`${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    }
  };
  const run = async (names: readonly PartName[]) => {
    for (const name of names) await attempt(name, () => PART_TASKS[name](context));
  };
  const own = parts.filter((name) => !RIVALS.includes(name));
  const machine = (moment: Moment) => attempt(`the machine, ${moment}`, () => measureMachine(context, own, moment));
  await machine('before');
  await run(own);
  await machine('after');
  await run(parts.filter((name) => RIVALS.includes(name)));
  addToxMemorySlope(context.results);
  if (!json)
    process.stdout.write(`\n${header()}\n${formatTable(context.results)}\n${formatMachine(context.results)}\n`);
  say(`JSON lines: ${context.results.file}`);
  return failures === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (process.argv[2] === '--role') await playRole(process.argv[3]);
else process.exit(await main(process.argv.slice(2)));
