import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findChromium } from '../../scripts/lib/chromium.mjs';
import type { BenchContext } from '../context.ts';
import { fillDatabase } from '../fill-database.ts';
import { within } from '../measure.ts';
import { emptyNpmScript } from '../npm.ts';
import { measurePage } from './page.ts';

const READY_LIMIT_MS = 60_000;

/** From the command to the `ready` line, and to a chat list a person can use. */
export async function startupPart(context: BenchContext): Promise<void> {
  const { quick, results, say } = context;
  const dataDir = context.folder.fresh('startup');
  const runs = quick ? 3 : 15;
  // The first start makes the profile and may build: it is not counted.
  await (await startNode(context, ['scripts/node.cjs', ...nodeArgs(dataDir)])).stop();
  for (let run = 0; run < runs; run++) {
    const node = await startNode(context, ['scripts/node.cjs', ...nodeArgs(dataDir)]);
    results.put('ready_ms', 'node scripts/node.cjs', node.readyMs);
    await node.stop();
  }
  for (let run = 0; run < runs; run++) {
    const node = await startNode(context, ['run', '-s', 'node', '--', ...nodeArgs(dataDir)], 'npm');
    results.put('ready_ms', 'npm run -s node', node.readyMs);
    await node.stop();
    results.put('npm_alone_ms', '', await emptyNpmScript(context.folder));
  }
  say('start of the headless node');
  if (findChromium() === undefined) return say('no Chromium here: the page is not measured');
  const full = context.folder.fresh('full');
  await fillDatabase(full);
  await measurePage(context, nodeArgs(full));
  say('start of the page');
}

function nodeArgs(dataDir: string): string[] {
  return ['--data', dataDir, '--host', '127.0.0.1', '--no-lan', '--ephemeral-profile', 'Bench', '--json'];
}

interface StartedNode {
  /** From `spawn` to the line. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

async function startNode({ root }: BenchContext, args: string[], program = process.execPath): Promise<StartedNode> {
  const startedAt = performance.now();
  const env = { ...process.env, PARLEY_LAN: 'off' };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // npm starts a shell that starts node: the whole group is to be told.
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // It is gone already.
    }
  };
  const killAtExit = () => signal('SIGKILL');
  process.once('exit', killAtExit);
  const line = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)));
  });
  const stop = async () => {
    signal('SIGTERM');
    await within(READY_LIMIT_MS, 'end of the node', ended).catch(killAtExit);
    process.off('exit', killAtExit);
  };
  try {
    await within(READY_LIMIT_MS, 'the ready line', line);
    return { readyMs: performance.now() - startedAt, stop };
  } catch (error) {
    killAtExit();
    throw error;
  }
}
