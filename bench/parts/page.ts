import { type Browser, chromium } from 'playwright';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/lib/chromium.mjs';
import type { BenchContext } from '../context.ts';
import type { StartedNode } from './startup.ts';

const SHOWN_LIMIT_MS = 30_000;

/**
 * From the start of the host to a chat list that answers a click with the chat's messages. `window open`: the browser
 * runs already, as when only the host is started; `browser starts too`: it is started when the host is ready.
 */
export async function measurePage(context: BenchContext, startHost: () => Promise<StartedNode>): Promise<void> {
  const runs = context.quick ? 2 : 7;
  const open = await launch();
  try {
    for (let run = 0; run < runs; run++) await measureOnce(context, 'window open', startHost, async () => open);
  } finally {
    await open.close();
  }
  for (let run = 0; run < runs; run++) {
    const browsers: Browser[] = [];
    const launchOne = async () => {
      browsers.push(await launch());
      return browsers[0]!;
    };
    await measureOnce(context, 'browser starts too', startHost, launchOne).finally(() => browsers[0]?.close());
  }
}

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS], headless: true });
}

async function measureOnce(
  { results }: BenchContext,
  mode: string,
  startHost: () => Promise<StartedNode>,
  browserFor: () => Promise<Browser>,
): Promise<void> {
  const host = await startHost();
  try {
    const browser = await browserFor();
    const context = await browser.newContext({ viewport: { width: 1100, height: 760 } });
    const page = await context.newPage();
    page.setDefaultTimeout(SHOWN_LIMIT_MS);
    await page.goto(host.ui, { waitUntil: 'commit' });
    const first = page.getByTestId('friend').first();
    await first.waitFor();
    results.put('chat_list_shown_ms', mode, performance.now() - host.startedAt);
    await first.click();
    await page
      .getByText(/^message \d+ of the chat/)
      .first()
      .waitFor();
    results.put('chat_opened_ms', mode, performance.now() - host.startedAt);
    await context.close();
  } finally {
    await host.stop();
  }
}
