// Rebuilds what is older than its sources. When nothing changed it costs a walk over them and no more.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keepCode, markBuilt } from './lib/built.mjs';
import { locked } from './lib/lock.mjs';
import { ROOT } from './lib/root.mjs';
import stale from './lib/stale.cjs';

const DIST = join(ROOT, 'dist');
/** Two nodes started at the same moment must not write the same files. */
const LOCK = join(DIST, '.building');

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
