import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchContext } from './context.ts';
import { canIsolate, runRival } from './rival.ts';

/** Names the folder of its program, where that is not beside the project. */
const FOLDER_VARIABLE = 'PARLEY_BENCH_HYPERDHT';

/**
 * Runs what one link carries with the benchmark of hyperdht, where that program and its packages are installed already:
 * nothing is fetched. Otherwise says why not, and the table shows recorded figures.
 */
export async function hyperdhtPart(context: BenchContext): Promise<void> {
  const { say, quick, root } = context;
  const folder = resolve(root, process.env[FOLDER_VARIABLE] ?? '../shared/peers/hyperdht');
  const program = join(folder, 'bench.mjs');
  const missing = [program, join(folder, 'node_modules/hyperdht')].find((path) => !existsSync(path));
  if (missing !== undefined) return say(`hyperdht is not measured: there is no ${missing} (see ${FOLDER_VARIABLE})`);
  if (!canIsolate()) return say('hyperdht is not measured: no right to make a network namespace');
  for (let run = 0; run < (quick ? 1 : 3); run++) {
    await runRival(context, [process.execPath, program, 'link', 'rtt', 'bulk', 'voice', 'flood']);
    say('hyperdht: link');
  }
}
