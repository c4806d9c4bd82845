import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type AppWindow, openAppWindow } from '../scripts/lib/windows.mjs';

/** Where the ends of the debugging pipe are among a child's streams. */
const TO_BROWSER = 3;
const FROM_BROWSER = 4;

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly targetInfo?: { readonly targetId: string; readonly type: string } };
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/**
 * The window that `npm start` opens, without a screen, and looked at over the debugging pipe. Playwright would evaluate
 * 330 KB of its own in the page first, and listens for whatever a script says: with that V8 reads React's file again for
 * each error that it makes while it is loaded, which no browser does that nobody debugs.
 */
export class WatchedWindow {
  readonly #window: AppWindow;
  readonly #input: Writable;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #page: Promise<string>;
  #lastId = 0;

  private constructor(window: AppWindow) {
    this.#window = window;
    const { stdio } = window.child as ChildProcess;
    this.#input = stdio[TO_BROWSER] as Writable;
    let rest = '';
    let found: (targetId: string) => void = () => undefined;
    const target = new Promise<string>((resolve) => {
      found = resolve;
    });
    (stdio[FROM_BROWSER] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = `${rest}${text}`.split('\0');
      rest = messages.pop()!;
      for (const message of messages) {
        const answer = JSON.parse(message) as Answer;
        const info = answer.params?.targetInfo;
        if (answer.method === 'Target.targetCreated' && info?.type === 'page') found(info.targetId);
        if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
      }
    });
    this.#page = this.#attach(target);
  }

  /** Undefined when there is no Chromium. */
  static open(url: string): WatchedWindow | undefined {
    const window = openAppWindow(url, {
      flags: ['--headless=new', '--remote-debugging-pipe', '--window-size=1100,760'],
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    return window && new WatchedWindow(window);
  }

  /** Resolves when the page has begun to load. */
  async navigate(url: string): Promise<void> {
    await this.#ask('Page.navigate', { url }, await this.#page);
  }

  /**
   * Resolves when an element of the page that is shown then fits the CSS selector, has a size, and the frame with it was
   * drawn.
   */
  async shows(selector: string): Promise<void> {
    const expression = `(${UNTIL_DRAWN})(${JSON.stringify(selector)})`;
    // A page that is left takes the question with it.
    while ((await this.#evaluate(expression)) !== true);
  }

  /** Presses the first element that fits. */
  async press(selector: string): Promise<void> {
    await this.#evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  close(): Promise<void> {
    return this.#window.close();
  }

  async #attach(target: Promise<string>): Promise<string> {
    await this.#ask('Target.setDiscoverTargets', { discover: true });
    const { result } = await this.#ask('Target.attachToTarget', { targetId: await target, flatten: true });
    return result?.sessionId as string;
  }

  async #evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#ask('Runtime.evaluate', { expression, awaitPromise: true }, await this.#page);
    return (result?.result as { value?: unknown } | undefined)?.value;
  }

  #ask(method: string, params: object, sessionId?: string): Promise<Answer> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }
}

/** Runs in the page, and is text here as the benchmarks know nothing of a page's objects. */
const UNTIL_DRAWN = `(selector) => new Promise((resolve) => {
  const look = () => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    if (box === undefined || box.width === 0 || box.height === 0) return false;
    requestAnimationFrame(() => setTimeout(() => resolve(true)));
    return true;
  };
  if (look()) return;
  const observer = new MutationObserver(() => {
    if (look()) observer.disconnect();
  });
  observer.observe(document, { childList: true, subtree: true });
})`;
