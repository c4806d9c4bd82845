import { startInWindow } from '../../scripts/lib/start-in-window.mjs';
import { WatchedWindow } from '../app-window.ts';
import type { BenchContext } from '../context.ts';
import { within } from '../measure.ts';

const SHOWN_LIMIT_MS = 30_000;
const WORD = 'data:text/html,<p>word</p>';

/**
 * From the start of the host to a chat list, and to a chat that shows its messages after a click, as `npm start` starts
 * both (`startInWindow`). `window open`: the window is there and shows an empty page; `browser starts too`: it is opened.
 */
export async function measurePage(context: BenchContext, args: readonly string[]): Promise<void> {
  const runs = context.quick ? 3 : 15;
  const open = openWindow('about:blank');
  try {
    // The first one is not counted: the browser has just started, and does so for a while.
    await measureOnce({ context, args, mode: undefined, openPage: () => open });
    for (let run = 0; run < runs; run++) {
      await open.navigate('about:blank');
      await measureOnce({ context, args, mode: 'window open', openPage: () => open });
    }
  } finally {
    await open.close();
  }
  for (let run = 0; run < runs; run++) {
    let opened: WatchedWindow | undefined;
    const openPage = (ui: string) => {
      opened = openWindow(ui);
      return opened;
    };
    const measured = measureOnce({ context, args, mode: 'browser starts too', openPage });
    await measured.finally(() => opened?.close());
    context.results.put('browser_alone_ms', '', await emptyPage());
  }
}

/** Milliseconds from the start of the browser until its window shows a page with one word. */
async function emptyPage(): Promise<number> {
  const startedAt = performance.now();
  const window = openWindow(WORD);
  try {
    await within(SHOWN_LIMIT_MS, 'the word', window.shows('p'));
    return performance.now() - startedAt;
  } finally {
    await window.close();
  }
}

function openWindow(url: string): WatchedWindow {
  const window = WatchedWindow.open(url);
  if (window === undefined) throw new Error('there is no Chromium');
  return window;
}

interface PageRun {
  readonly context: BenchContext;
  readonly args: readonly string[];
  /** Undefined: not counted. */
  readonly mode: string | undefined;
  /** A window that shows the page, or is to be sent to it. */
  readonly openPage: (ui: string) => WatchedWindow;
}

async function measureOnce({ context, args, mode, openPage }: PageRun): Promise<void> {
  const startedAt = performance.now();
  const put = (name: string): void => {
    if (mode !== undefined) context.results.put(name, mode, performance.now() - startedAt);
  };
  let shown: Promise<void> | undefined;
  const open = (ui: string): undefined => {
    const window = openPage(ui);
    shown = see(window, mode === 'browser starts too' ? undefined : ui, put);
    // Told below, when the node has told its own.
    shown.catch(() => undefined);
  };
  const { node } = await startInWindow(args, open);
  try {
    await within(SHOWN_LIMIT_MS, 'the chat list', shown!);
  } finally {
    await node.stop();
  }
}

async function see(window: WatchedWindow, ui: string | undefined, put: (name: string) => void): Promise<void> {
  if (ui !== undefined) await window.navigate(ui);
  await window.shows('[data-testid="friend"]');
  put('chat_list_shown_ms');
  await window.press('[data-testid="friend"]');
  await window.shows('[data-testid="message"]');
  put('chat_opened_ms');
}
