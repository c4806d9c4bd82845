import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureBuilt } from './ensure-built.mjs';
import { electronProgram } from './lib/electron-runtime.mjs';
import { ROOT } from './lib/root.mjs';

/** With a display, `npm start` takes Electron, or fetches it with a newer Node. */
const takesElectron = electronProgram() !== undefined || Number.parseInt(process.versions.node, 10) >= 22;
const cannot = takesElectron || process.platform === 'win32';

let folder;
let pidFile;

beforeEach(async () => {
  await ensureBuilt(['node', 'renderer']);
  folder = mkdtempSync(join(tmpdir(), 'parley-start-'));
  pidFile = join(folder, 'window.pid');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** `npm start` on a display, with a shell script in place of the browser; `underNpm`, a shell in place of npm. */
function start(browser, { underNpm = false } = {}) {
  const program = join(folder, 'browser');
  writeFileSync(program, `#!/bin/sh\necho $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}\n${browser}\n`, {
    mode: 0o755,
  });
  const args = ['scripts/start.mjs', '--data', join(folder, 'data'), '--host', '127.0.0.1', '--no-lan'];
  const { npm_lifecycle_event: _ours, ...env } = process.env;
  const [command, ...words] = underNpm
    ? ['sh', '-c', '"$0" "$@" & wait', process.execPath, ...args]
    : [process.execPath, ...args];
  const child = spawn(command, words, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...env,
      ...(underNpm && { npm_lifecycle_event: 'start' }),
      DISPLAY: ':99',
      PARLEY_CHROMIUM: program,
      PARLEY_LAN: 'off',
    },
  });
  return { child, ended: once(child, 'exit') };
}

async function windowPid() {
  while (!existsSync(pidFile)) await sleep(5);
  return Number(readFileSync(pidFile, 'utf8'));
}

function lives(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.skipIf(cannot)('a window that is closed while the node starts ends Parley', async () => {
  const { ended } = start('exit 0');
  expect((await ended)[0]).toBe(0);
});

test.skipIf(cannot)('Parley that is ended while the node starts closes its window', async () => {
  const { child, ended } = start('exec sleep 600');
  const pid = await windowPid();
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  expect(lives(pid)).toBe(false);
});

test.skipIf(cannot)('a window that is closed later ends Parley, and so does the end of the program', async () => {
  for (const end of [(pid) => process.kill(pid), (_pid, child) => child.kill('SIGTERM')]) {
    rmSync(pidFile, { force: true });
    const { child, ended } = start('exec sleep 600');
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    const pid = await windowPid();
    while (!text.includes('Parley is open at')) await sleep(5);
    end(pid, child);
    expect((await ended)[0]).toBe(0);
    expect(lives(pid)).toBe(false);
  }
});

test.skipIf(cannot)('the end of npm ends Parley and its window, though it tells nobody', async () => {
  const { child } = start('exec sleep 600', { underNpm: true });
  const pid = await windowPid();
  child.kill('SIGKILL');
  while (lives(pid)) await sleep(50);
  // What it had is free for the next start.
  const { child: again } = start('exec sleep 600');
  let text = '';
  for await (const piece of again.stdout.setEncoding('utf8')) {
    text += piece;
    if (text.includes('Parley is open at')) break;
  }
  expect(text).toContain('Parley is open at');
  again.kill('SIGTERM');
  await once(again, 'exit');
});
