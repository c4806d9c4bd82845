import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHROMIUM_FLAGS, findChromium } from './chromium.mjs';

/**
 * Chromium has a sandbox for its network code on macOS and Windows. On Linux it has none, and a process of its own for
 * that code makes the window later by a sixth (docs/performance.md); the end-to-end tests notice when that changes.
 */
const APP_WINDOW_FLAGS = process.platform === 'linux' ? ['--enable-features=NetworkServiceInProcess2'] : [];

/** What cannot be removed then stays in the system's temporary folder. */
const REMOVE_TRIES = 40;
const REMOVE_PAUSE_MS = 50;

/** False on a machine where no window can appear. */
export function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * Opens a page as a window of its own with a browser profile of its own, so that two people on one machine do not
 * meet in it. Returns { child, closed, close }, or undefined when there is no Chromium; `closed` resolves when the window
 * is gone, whoever closed it. `flags` and `stdio` are for whoever wants to look on.
 */
export function openAppWindow(url, { place, flags = [], stdio = 'ignore' } = {}) {
  const chromium = findChromium();
  if (chromium === undefined) return undefined;
  const profile = mkdtempSync(join(tmpdir(), 'parley-window-'));
  const bounds =
    place === undefined
      ? []
      : [`--window-position=${place.x},${place.y}`, `--window-size=${place.width},${place.height}`];
  const more = [...bounds, ...flags, `--user-data-dir=${profile}`, `--app=${url}`];
  const child = spawn(chromium, [...CHROMIUM_FLAGS, ...APP_WINDOW_FLAGS, ...more], {
    stdio,
    detached: process.platform !== 'win32',
  });
  child.on('error', () => {});
  const closed = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await closed;
    }
    await removeProfile(profile);
  };
  return { child, closed, close };
}

/** The browser's helpers may write for a moment after it has ended, and `rmSync` reads a folder once only. */
async function removeProfile(folder) {
  for (let left = REMOVE_TRIES; left > 0; left--) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch {
      await sleep(REMOVE_PAUSE_MS);
    }
  }
}

const OPENERS = {
  darwin: (url) => ['open', [url]],
  win32: (url) => ['rundll32', ['url.dll,FileProtocolHandler', url]],
  linux: (url) => ['xdg-open', [url]],
};

/** Opens a page in the browser the person uses. Resolves to false when that failed. */
export function openInBrowser(url) {
  const opener = OPENERS[process.platform];
  if (opener === undefined || !hasDisplay()) return Promise.resolve(false);
  const [command, args] = opener(url);
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
