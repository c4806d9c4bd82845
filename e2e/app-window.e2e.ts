import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Browser, chromium } from 'playwright';
import { expect, onTestFinished, test } from 'vitest';
import { openAppWindow } from '../scripts/lib/windows.mjs';
import { MainWindow } from './screens/main-window.ts';
import { launchChromium } from './support/browser.ts';
import { fakePageUrl } from './support/fake-page.ts';
import { see } from './support/see.ts';

/** What Chromium says on standard error when it can be looked at. */
const LISTENING = /^DevTools listening on (\S+)$/;

async function debuggingAddress(stderr: Readable): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const address = LISTENING.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the browser ended');
}

/** Command lines of the processes, of one at most, in which the browser runs its network code. */
async function networkProcesses(browser: Browser): Promise<string[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const found = processInfo.filter(({ type }) => type === 'network.mojom.NetworkService');
  return found.map(({ id }) => readFileSync(`/proc/${id}/cmdline`, 'utf8'));
}

test('the window that `npm start` opens shows the page, and nothing else', async () => {
  const appWindow = openAppWindow(await fakePageUrl('busy'), {
    flags: ['--headless=new', '--remote-debugging-port=0'],
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (appWindow === undefined) throw new Error('no Chromium here: npm run e2e installs it');
  onTestFinished(() => appWindow.close());
  const browser = await chromium.connectOverCDP(await debuggingAddress(appWindow.child.stderr as Readable));
  const pages = browser.contexts().flatMap((context) => context.pages());
  expect(pages).toHaveLength(1);
  await see(new MainWindow(pages[0]!).friend('Grace Hopper')).toBeVisible();
  if (process.platform === 'linux') expect(await networkProcesses(browser)).toHaveLength(0);
});

test.runIf(process.platform === 'linux')('the window gives up no sandbox of the network code', async () => {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  await browser.newPage();
  // Once Chromium has one, APP_WINDOW_FLAGS must not keep the window from it.
  expect(await networkProcesses(browser)).toEqual([expect.stringContaining('--service-sandbox-type=none')]);
});
