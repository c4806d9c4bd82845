import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from './context.ts';
import { canIsolate, runRival } from './rival.ts';

const NODES = '16';

type Mode = 'rec' | '1ms';

/** What its benchmark is asked for; each step is one run of the program. */
function steps(quick: boolean): readonly string[][] {
  if (quick)
    return [
      ['connect', 'rec', NODES, '1'],
      ['link', 'rec', NODES, 'msg:100:1000'],
      ['link', 'rec', NODES, 'voice'],
      ['link', '1ms', NODES, 'voice'],
    ];
  const link = (mode: Mode, ...tests: string[]) => ['link', mode, NODES, ...tests];
  const modes: readonly Mode[] = ['rec', '1ms'];
  return [
    ...modes.map((mode) => ['connect', mode, NODES, '4']),
    ...modes.map((mode) => link(mode, 'idle', 'rtt', 'receipt', 'voice')),
    ...modes.map((mode) => link(mode, 'flood', 'msg:100:1000', 'msg:1372:1000')),
    ...modes.map((mode) => link(mode, 'msg:100:4000')),
    ...modes.map((mode) => link(mode, 'msg:100:0')),
    ...modes.map((mode) => link(mode, 'file')),
    ['nodes', '200', '60', '60'],
    ['nodes', '50', '60', '60'],
  ];
}

/**
 * Builds the benchmark of c-toxcore that lies beside the project and runs it in a network namespace that has loopback
 * only. Does nothing, with a word why, where its library, a compiler or the right to make a namespace is missing: then
 * the table shows recorded figures.
 */
export async function toxcorePart(context: BenchContext): Promise<void> {
  const { say, quick } = context;
  const program = build(context);
  if ('reason' in program) return say(`c-toxcore is not measured: ${program.reason}`);
  for (const args of steps(quick)) {
    await runRival(context, [program.path, ...args]);
    say(`c-toxcore: ${args.join(' ')}`);
  }
}

function build({ root, folder }: BenchContext): { path: string } | { reason: string } {
  const source = join(root, '../shared/peers/toxcore/bench.c');
  if (!existsSync(source)) return { reason: 'its benchmark is not beside the project' };
  const flags = spawnSync('pkg-config', ['--cflags', '--libs', 'toxcore'], { encoding: 'utf8' });
  if (flags.status !== 0) return { reason: 'its library is not installed (libtoxcore-dev)' };
  if (!canIsolate()) return { reason: 'no right to make a network namespace' };
  const path = join(folder.path, 'toxcore-bench');
  const compiled = spawnSync('gcc', ['-O2', '-o', path, source, ...flags.stdout.trim().split(/\s+/)]);
  return compiled.status === 0 ? { path } : { reason: 'its benchmark does not compile' };
}
