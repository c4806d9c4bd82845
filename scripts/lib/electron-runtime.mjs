import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

const PACKAGE = join(ROOT, 'node_modules/electron');
const DOWNLOAD_LIMIT_MS = 180_000;
/** Electron's downloader needs it. */
const LEAST_NODE_MAJOR = 22;

/** The path of Electron's program, or undefined while its runtime is not here. */
export function electronProgram() {
  const pathFile = join(PACKAGE, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(PACKAGE, 'dist');
  const program = join(folder, readFileSync(pathFile, 'utf8').trim());
  return existsSync(program) ? program : undefined;
}

/**
 * The program, after running Electron's own installer if need be: { program } or { reason }, a clause that says why
 * there is none. `say` gets one line before a download begins.
 */
export function getElectron(say) {
  const present = electronProgram();
  if (present !== undefined) return { program: present };
  if (!existsSync(join(PACKAGE, 'install.js'))) return { reason: 'the electron package is not installed' };
  if (Number.parseInt(process.versions.node, 10) < LEAST_NODE_MAJOR) {
    return { reason: `its runtime is not here, and fetching it needs Node ${LEAST_NODE_MAJOR} or later` };
  }
  say('Fetching the Electron runtime (about 110 MB, once, at most three minutes).');
  const fetched = spawnSync(process.execPath, ['install.js'], {
    cwd: PACKAGE,
    stdio: 'ignore',
    timeout: DOWNLOAD_LIMIT_MS,
  });
  const program = fetched.status === 0 ? electronProgram() : undefined;
  if (program !== undefined) return { program };
  return { reason: fetched.error?.code === 'ETIMEDOUT' ? 'its download took too long' : 'its download failed' };
}
