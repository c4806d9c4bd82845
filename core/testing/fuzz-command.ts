import { fromHex } from '../ids/bytes.ts';
import { type CommandHost, parseFlags } from './command-host.ts';
import { type FuzzReport, fuzzTarget, tryInput } from './fuzz-runner.ts';
import type { FuzzTarget } from './fuzz-target.ts';

const USAGE = `npm run fuzz -- [OPTION]...

  --seconds N     how long, over all targets (10)
  --seed TEXT     repeats a run (default: another one each time)
  --target NAME   this one only; also the beginning of several names
  --input HEX     with --target: this input only, once
  --list          the names of the targets
`;
const EXIT = { ok: 0, found: 1, usage: 2 } as const;

/** Runs the command over these targets. Deterministic but for the time it has. */
export async function fuzz(host: CommandHost, targets: readonly FuzzTarget[]): Promise<void> {
  const flags = parseFlags(host.args, { values: ['seconds', 'seed', 'target', 'input'], flags: ['list'] });
  const chosen = targets.filter(({ name }) => name.startsWith(flags?.get('target') ?? ''));
  const seconds = Number(flags?.get('seconds') ?? 10);
  const input = flags?.has('input') ? fromHex(flags.get('input')!) : undefined;
  const badInput = flags?.has('input') && (input === undefined || exactOne(chosen, flags.get('target')) === undefined);
  if (flags === undefined || chosen.length === 0 || !(seconds > 0) || badInput) {
    host.printError(USAGE);
    return host.endWith(EXIT.usage);
  }
  if (flags.has('list')) return host.print(chosen.map(({ name }) => `${name}\n`).join(''));
  if (input !== undefined) return repeatInput(host, exactOne(chosen, flags.get('target'))!, input);
  await runAll(host, chosen, { seed: flags.get('seed') ?? String(Math.floor(host.now() * 1_000)), seconds });
}

function exactOne(targets: readonly FuzzTarget[], name: string | undefined): FuzzTarget | undefined {
  return targets.find((target) => target.name === name);
}

async function repeatInput(host: CommandHost, target: FuzzTarget, input: Uint8Array): Promise<void> {
  const result = await tryInput(target, input, host.now);
  if ('reason' in result) {
    host.print(`${target.name}: ${result.reason}\n`);
    return host.endWith(EXIT.found);
  }
  host.print(`${target.name}: ${result.accepted ? 'accepted' : 'refused'} in ${result.ms.toFixed(1)} ms\n`);
}

async function runAll(
  host: CommandHost,
  targets: readonly FuzzTarget[],
  { seed, seconds }: { seed: string; seconds: number },
): Promise<void> {
  host.print(`seed ${seed}\n${row(['target', 'executions', 'accepted', 'slowest ms'])}`);
  const endAt = host.now() + seconds * 1_000;
  const reports: FuzzReport[] = [];
  let weightLeft = targets.reduce((sum, target) => sum + weightOf(target), 0);
  for (const target of targets) {
    // What one target leaves of its share goes to those after it.
    const budgetMs = ((endAt - host.now()) * weightOf(target)) / weightLeft;
    weightLeft -= weightOf(target);
    const report = await fuzzTarget(target, { seed, budgetMs, now: host.now });
    reports.push(report);
    host.print(row([report.target, report.executions, report.accepted, report.slowestMs.toFixed(1)]));
  }
  const findings = reports.flatMap(({ finding }) => finding ?? []);
  for (const { target, input, reason } of findings) {
    host.print(`\nFAILED ${target}\n${reason}\n`);
    host.print(`repeat: npm run fuzz -- --target '${target}' --input ${input || "''"}\n`);
  }
  const executions = reports.reduce((sum, report) => sum + report.executions, 0);
  host.print(`\n${executions} executions of ${targets.length} targets, ${findings.length} failed\n`);
  host.endWith(findings.length === 0 ? EXIT.ok : EXIT.found);
}

function weightOf({ weight = 1 }: FuzzTarget): number {
  return weight;
}

function row([name, ...cells]: readonly (string | number)[]): string {
  return `${String(name).padEnd(34)}${cells.map((cell) => String(cell).padStart(12)).join('')}\n`;
}
