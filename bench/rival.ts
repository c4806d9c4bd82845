import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { BenchContext } from './context.ts';
import type { Sample } from './results.ts';

const STEP_LIMIT_MS = 400_000;

/** Whether programs can be run where loopback is the only network. */
export function canIsolate(): boolean {
  return spawnSync('unshare', ['-n', 'true']).status === 0;
}

/**
 * Runs another peer's benchmark in a network namespace that has loopback only, and takes the samples it prints as JSON
 * lines. Resolves when it has ended, however it did; it is stopped after some minutes.
 */
export function runRival({ results, say }: BenchContext, command: readonly string[]): Promise<void> {
  const script = 'ip link set lo up; exec "$@"';
  const child = spawn('unshare', ['-n', 'sh', '-c', script, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const kill = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  };
  process.once('exit', kill);
  const limit = setTimeout(() => {
    say(`${command.join(' ')} took too long`);
    kill();
  }, STEP_LIMIT_MS);
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) results.add(JSON.parse(line) as Sample);
  });
  return new Promise((resolve) => {
    child.once('close', () => {
      clearTimeout(limit);
      process.off('exit', kill);
      resolve();
    });
    child.once('error', () => resolve());
  });
}
