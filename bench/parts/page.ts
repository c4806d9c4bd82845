import type { Browser, Page } from 'playwright';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/lib/chromium.mjs';
import type { BenchContext } from '../context.ts';
import type { StartedNode } from './startup.ts';

const SHOWN_LIMIT_MS = 30_000;

interface PageRun {
  readonly mode: string;
  readonly startHost: () => Promise<StartedNode>;
  /** Called when the host is ready. */
  readonly openPage: () => Promise<Page>;
}

/**
 * From the start of the host to a chat list, and to a chat that shows its messages after a click. `window open`: an
 * empty window is there before the host is started; `browser starts too`: the browser is started when the host is ready,
 * as `npm start` does it.
 */
export async function measurePage(context: BenchContext, startHost: () => Promise<StartedNode>): Promise<void> {
  const runs = context.quick ? 2 : 7;
  const browser = await launch();
  try {
    for (let run = 0; run < runs; run++) {
      const page = await newPage(browser);
      await measureOnce(context, { mode: 'window open', startHost, openPage: async () => page });
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
  for (let run = 0; run < runs; run++) {
    let own: Browser | undefined;
    const openPage = async () => {
      own = await launch();
      return newPage(own);
    };
    await measureOnce(context, { mode: 'browser starts too', startHost, openPage }).finally(() => own?.close());
    context.results.put('browser_alone_ms', '', await emptyPage());
  }
}

/** Milliseconds from the start of the browser until it shows a page with one word. */
async function emptyPage(): Promise<number> {
  const startedAt = performance.now();
  const browser = await launch();
  try {
    const page = await newPage(browser);
    await page.goto('data:text/html,<p>word</p>', { waitUntil: 'commit' });
    await page.getByText('word').waitFor();
    return performance.now() - startedAt;
  } finally {
    await browser.close();
  }
}

async function launch(): Promise<Browser> {
  // Imported here only: processes of other parts would carry its 20 MB of code through every garbage collection.
  const { chromium } = await import('playwright');
  return chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS], headless: true });
}

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 760 } });
  return context.newPage();
}

async function measureOnce({ results }: BenchContext, { mode, startHost, openPage }: PageRun): Promise<void> {
  const host = await startHost();
  try {
    const page = await openPage();
    page.setDefaultTimeout(SHOWN_LIMIT_MS);
    await page.goto(host.ui, { waitUntil: 'commit' });
    const first = page.getByTestId('friend').first();
    await first.waitFor();
    results.put('chat_list_shown_ms', mode, performance.now() - host.startedAt);
    await first.click();
    const message = page.getByText(/^message \d+ of the chat/).first();
    await message.waitFor();
    results.put('chat_opened_ms', mode, performance.now() - host.startedAt);
  } finally {
    await host.stop();
  }
}
