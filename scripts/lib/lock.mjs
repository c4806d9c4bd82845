// One process at a time, by a file that names the process which has it.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/** Longer than any task: what names a living process by then names another one, or was never written to its end. */
const STALE_MS = 60_000;

/** Runs `task` when no other living process has the lock `file`; its folder must exist. */
export async function locked(file, task) {
  while (!take(file)) {
    if (isLeft(file)) rmSync(file, { recursive: true, force: true });
    else await sleep(POLL_MS);
  }
  try {
    await task();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** True when whoever took it was killed. */
function isLeft(file) {
  const { mtimeMs = Date.now() } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return Date.now() - mtimeMs > STALE_MS || !mayLive(file);
}

function mayLive(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return !(pid > 0) || process.kill(pid, 0);
  } catch (error) {
    // The process of another user lives as well; a file that is gone, or a folder, says nothing.
    return error.code !== 'ESRCH';
  }
}
