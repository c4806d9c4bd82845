// Rebuilds what is older than its sources. When nothing changed it costs a walk over them and no more.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locked } from './lib/lock.mjs';
import { ROOT } from './lib/root.mjs';
import stale from './lib/stale.cjs';

const DIST = join(ROOT, 'dist');
/** Two nodes started at the same moment must not write the same files. */
const LOCK = join(DIST, '.building');

/** Notes that the targets are as new as their sources were at `time`: what changes during a build is newer. */
export function markBuilt(targets, time) {
  for (const target of targets) {
    writeFileSync(stale.stamp(target), '');
    utimesSync(stale.stamp(target), time, time);
  }
}

/**
 * Runs the bundle once, so that starts find it compiled. Where nothing can be kept they are slower, no more.
 * @returns whether the bundle ran: whoever builds must know, whoever starts goes on.
 */
export function keepCode(flags = []) {
  const made = spawnSync(process.execPath, [...flags, join(ROOT, 'scripts/lib/make-code.cjs')], { stdio: 'inherit' });
  return made.status === 0;
}

function canWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Resolves when the targets are up to date, and the node is compiled for a Node with these flags. Prints one line to
 * standard error when it had to build.
 */
export async function ensureBuilt(targets, flags = []) {
  if (!stale.needsBuild(targets, flags)) return;
  mkdirSync(DIST, { recursive: true });
  // Another Node than the one that built: only the compiled code is to be made, if it can be.
  if (stale.staleTargets(targets).length === 0 && !canWrite(DIST)) return;
  await locked(LOCK, async () => {
    const old = stale.staleTargets(targets);
    if (old.length > 0) {
      process.stderr.write(`building ${old.join(', ')}\n`);
      const { buildTargets } = await import('./build.mjs');
      const started = new Date();
      await buildTargets(old);
      markBuilt(old, started);
    }
    if (targets.includes('node') && stale.lacksCode(flags)) keepCode(flags);
  });
}
