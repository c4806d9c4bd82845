import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFolder } from './folders.ts';
import { within } from './measure.ts';

const LIMIT_MS = 60_000;

/** What `npm run` costs when the script does nothing, in ms. */
export async function emptyNpmScript(folder: RunFolder): Promise<number> {
  const cwd = join(folder.path, 'empty-script');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, scripts: { node: ':' } }));
  const startedAt = performance.now();
  const child = spawn('npm', ['run', '-s', 'node'], { cwd, stdio: 'ignore' });
  await within(LIMIT_MS, 'the empty script', new Promise((resolve) => child.once('exit', resolve)));
  return performance.now() - startedAt;
}
