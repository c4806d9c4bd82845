import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/lib/chromium.mjs';
import { writeTestTone } from './test-tone.ts';

/** A page of one person, in a browser context of its own. */
export interface PersonPage {
  readonly name: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console lines and page errors so far. */
  readonly lines: readonly string[];
  /** Every URL the page asked for, by whatever means. */
  readonly requests: readonly string[];
  /** Only console errors, page errors and refusals by the content policy. */
  problems(): readonly string[];
}

/** A microphone and a loudspeaker that are none; whoever asks for the microphone gets it. */
const FAKE_MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium here: npm run e2e installs it');
  const tone = writeTestTone();
  const browser = await chromium.launch({
    executablePath,
    args: [...CHROMIUM_FLAGS, ...FAKE_MICROPHONE, `--use-file-for-fake-audio-capture=${tone.path}`],
    headless: true,
    // People have them.
    ignoreDefaultArgs: ['--hide-scrollbars'],
  });
  browser.once('disconnected', () => tone.remove());
  return browser;
}

export interface OpenOptions {
  readonly name: string;
  /** Left out: a blank page. */
  readonly url?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** Opens a page that shares nothing with the others. */
export async function openPage(browser: Browser, options: OpenOptions): Promise<PersonPage> {
  const { name, url, viewport = { width: 1100, height: 760 }, colorScheme = 'light' } = options;
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const lines: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => lines.push(`pageerror: ${error.message}`));
  page.on('request', (request) => requests.push(request.url()));
  page.on('websocket', (socket) => requests.push(socket.url()));
  if (url !== undefined) await page.goto(url);
  const problems = () => lines.filter((line) => line.startsWith('error:') || line.startsWith('pageerror:'));
  return { name, page, context, lines, requests, problems };
}
