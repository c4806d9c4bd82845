import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_FLAGS, findChromium } from './chromium.mjs';

/** False on a machine where no window can appear. */
export function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * Opens a page as a window of its own with a browser profile of its own, so that two people on one machine do not
 * meet in it. Returns { child, close }, or undefined when there is no Chromium.
 */
export function openAppWindow(url, { position } = {}) {
  const chromium = findChromium();
  if (chromium === undefined) return undefined;
  const profile = mkdtempSync(join(tmpdir(), 'parley-window-'));
  const place = position === undefined ? [] : [`--window-position=${position}`, '--window-size=960,720'];
  const child = spawn(chromium, [...CHROMIUM_FLAGS, ...place, `--user-data-dir=${profile}`, `--app=${url}`], {
    stdio: 'ignore',
    detached: process.platform !== 'win32',
  });
  child.on('error', () => {});
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { child, close };
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
