// Rebuilds what is older than its sources. When nothing changed it costs a walk over them and no more.
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './lib/root.mjs';
import { TARGETS } from './lib/targets.mjs';

const DIST = join(ROOT, 'dist');
const LOCK = join(DIST, '.building');
const LOCK_POLL_MS = 50;
/** A build takes about a second; a lock this old was left by a process that was killed. */
const LOCK_STALE_MS = 60_000;

/** Time of the last change below `path`, in ms; 0 when there is nothing. Tests are no sources. */
export function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // The folder's own time tells of files that were removed.
  let time = stat.mtimeMs;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!/\.test\.tsx?$/.test(entry.name)) time = Math.max(time, newest(join(path, entry.name)));
  }
  return time;
}

function stamp(target) {
  return join(DIST, `.built-${target}`);
}

function isStale(target) {
  const built = statSync(stamp(target), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return TARGETS[target].some((source) => newest(join(ROOT, source)) > built);
}

/** Notes that the targets are as new as their sources were at `time`: what changes during a build is newer. */
export function markBuilt(targets, time) {
  for (const target of targets) {
    writeFileSync(stamp(target), '');
    utimesSync(stamp(target), time, time);
  }
}

/** Two nodes started at the same moment must not write the same files. */
async function locked(task) {
  for (;;) {
    try {
      mkdirSync(LOCK);
      break;
    } catch {
      const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - since > LOCK_STALE_MS) rmSync(LOCK, { recursive: true, force: true });
      await sleep(LOCK_POLL_MS);
    }
  }
  try {
    await task();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

/** Resolves when the targets are up to date. Prints one line to standard error when it had to build. */
export async function ensureBuilt(targets) {
  if (!targets.some(isStale)) return;
  mkdirSync(DIST, { recursive: true });
  await locked(async () => {
    const stale = targets.filter(isStale);
    if (stale.length === 0) return;
    process.stderr.write(`building ${stale.join(', ')}\n`);
    const { buildTargets } = await import('./build.mjs');
    const started = new Date();
    await buildTargets(stale);
    markBuilt(stale, started);
  });
}
