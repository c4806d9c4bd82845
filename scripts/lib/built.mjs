// What follows a build, by whoever asked for it.
import { spawnSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import stale from './stale.cjs';

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
