import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright';
import { onTestFinished } from 'vitest';
import { AUDIO_PORT } from '../../core/api/audio-port.ts';
import type * as ElectronDouble from '../../electron/testing/electron-double.ts';

type Double = typeof ElectronDouble;

/** Chromium knows no `app:` scheme; a host below localhost is as trustworthy to it, and is never looked up. */
const STAND_IN_HOST = 'parley.localhost';
const APP = 'app://parley';

export interface AttachedPage {
  /** Where the page is in Chromium. */
  readonly origin: string;
  /** Requests it made past the shell. */
  readonly outside: readonly string[];
}

interface Bridge {
  readonly shell: string;
  readonly requests: Readonly<Record<string, (args: unknown) => Promise<unknown>>>;
  onEvent(listener: (value: unknown) => void): () => void;
  openLink(url: unknown): Promise<unknown>;
  onDeepLink(listener: (value: unknown) => void): () => void;
  allowMicrophone(): Promise<unknown>;
  openAudio(): void;
  showCall(notice: unknown): Promise<unknown>;
  showUnread(count: unknown): Promise<unknown>;
  showWindow(): Promise<unknown>;
  closeCall(call: unknown): Promise<unknown>;
  onCallAction(listener: (value: unknown) => void): () => void;
}

/** Functions of the bridge that ask for something and need nothing else. */
const ASKS = ['openLink', 'allowMicrophone', 'showCall', 'closeCall', 'showUnread', 'showWindow'] as const;

/**
 * Gives the stand-in's window a real page: what it loads is fetched through the shell's own protocol handler, and what
 * the built preload exposes is bridged into the page, value by value, as `contextBridge` would.
 */
export async function attachPage(electron: Double, page: Page): Promise<AttachedPage> {
  const outside: string[] = [];
  const origin = await serveApp(electron);
  await page.route('**/*', async (route) => {
    const url = route.request().url();
    if (url.startsWith(`${origin}/`)) return route.continue();
    outside.push(url);
    return route.abort();
  });
  let bridged = false;
  electron.double.onLoad = async (url) => {
    if (!bridged) await bridge(page, (onPort) => runPreload(electron, onPort));
    bridged = true;
    await page.goto(url.replace(APP, origin));
  };
  return { origin, outside };
}

/** A server rather than intercepted requests: what a worklet loads cannot be intercepted. @returns its origin */
async function serveApp(electron: Double): Promise<string> {
  const server = createServer((request, response) => {
    electron.protocol.fetch(`${APP}${request.url}`, request.method).then(
      async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(Buffer.from(await answer.arrayBuffer()));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${STAND_IN_HOST}:${(server.address() as AddressInfo).port}`;
}

/** What the preload posts to its own window: ends of channels. */
type OnPort = (port: MessagePort) => void;

/** Runs the built preload as a sandboxed one runs: one CommonJS file that can require nothing but electron. */
function runPreload(electron: Double, onPort: OnPort): Bridge {
  const preload = String(electron.BrowserWindow.all.at(-1)?.options.webPreferences.preload);
  const require = (name: string): Double => {
    if (name !== 'electron') throw new Error(`a sandboxed preload cannot require ${name}`);
    return electron;
  };
  const module = { exports: {} };
  const location = { origin: APP };
  const window = {
    postMessage: (message: unknown, to: string, [port]: readonly MessagePort[]): void => {
      if (message === AUDIO_PORT && to === location.origin && port !== undefined) onPort(port);
    },
  };
  const scope = { require, module, exports: module.exports, window, location };
  new Function(...Object.keys(scope), readFileSync(preload, 'utf8'))(...Object.values(scope));
  return electron.contextBridge.exposed.parley as Bridge;
}

async function bridge(page: Page, run: (onPort: OnPort) => Bridge): Promise<void> {
  const sound = new SoundBridge(page);
  const api = run((port) => sound.take(port));
  await page.exposeFunction('__request', (method: string, args: unknown) => api.requests[method]?.(args));
  await page.exposeFunction('__ask', (name: (typeof ASKS)[number], value: unknown) => api[name](value));
  // A page that is gone hears nothing.
  const tell = (kind: string) => (value: unknown) => {
    page.evaluate(`window.__hear(${JSON.stringify(kind)}, ${JSON.stringify(value)})`).catch(() => {});
  };
  await page.exposeFunction('__listenForLinks', () => void api.onDeepLink(tell('link')));
  await page.exposeFunction('__openSound', () => api.openAudio());
  await page.exposeFunction('__sendSound', (texts: readonly string[]) => sound.send(texts));
  api.onEvent(tell('event'));
  api.onCallAction(tell('call'));
  const given = [Object.keys(api.requests), ASKS, api.shell, AUDIO_PORT].map((value) => JSON.stringify(value));
  const script = `(${inPage.toString()})(${given.join(', ')})`;
  await page.addInitScript(script);
}

/** Bytes cross as text, as many messages at once as wait; both channels' ends are real ones, in preload and page. */
class SoundBridge {
  readonly #page: Page;
  #port: MessagePort | undefined;
  #waiting: string[] = [];
  #telling = false;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The preload's newest channel. */
  take(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    port.onmessage = ({ data }: { data: unknown }) => {
      this.#waiting.push(Buffer.from(data as Uint8Array).toString('latin1'));
      // A page that is gone hears nothing.
      if (!this.#telling) this.#tell().catch(() => {});
    };
  }

  send(texts: readonly string[]): void {
    for (const text of texts) this.#port?.postMessage(new Uint8Array(Buffer.from(text, 'latin1')));
  }

  async #tell(): Promise<void> {
    this.#telling = true;
    while (this.#waiting.length > 0) {
      const messages = this.#waiting;
      this.#waiting = [];
      await this.#page.evaluate(`for (const one of ${JSON.stringify(messages)}) window.__hear('sound', one)`);
    }
    this.#telling = false;
  }
}

interface PageScope {
  __request(method: string, args: unknown): Promise<unknown>;
  __ask(name: string, value: unknown): Promise<unknown>;
  __openSound(): Promise<void>;
  __sendSound(texts: readonly string[]): Promise<void>;
  __listenForLinks(): Promise<void>;
  __hear(kind: string, value: unknown): void;
  parley: Bridge;
}

/** Runs in the page, before its own scripts. */
function inPage(methods: readonly string[], asks: readonly string[], shell: string, audioPort: string): void {
  const scope = globalThis as unknown as PageScope;
  const listeners: Record<string, Set<(value: unknown) => void>> = {};
  for (const kind of ['event', 'link', 'sound', 'call']) listeners[kind] = new Set();
  const listen = (kind: string, listener: (value: unknown) => void): (() => void) => {
    listeners[kind]?.add(listener);
    return () => void listeners[kind]?.delete(listener);
  };
  let endSound = (): void => {};
  scope.__hear = (kind, value) => {
    for (const listener of listeners[kind] ?? []) listener(value);
  };
  const asking = asks.map((name) => [name, (value: unknown) => scope.__ask(name, value)]);
  scope.parley = {
    ...Object.fromEntries(asking),
    shell,
    requests: Object.fromEntries(methods.map((method) => [method, (args: unknown) => scope.__request(method, args)])),
    onEvent: (listener) => listen('event', listener),
    openAudio: () => {
      const { port1, port2 } = new MessageChannel();
      endSound();
      endSound = listen('sound', (text) =>
        port1.postMessage(Uint8Array.from(String(text), (character) => character.charCodeAt(0))),
      );
      const waiting: string[] = [];
      let sending = false;
      const send = async (): Promise<void> => {
        sending = true;
        while (waiting.length > 0) await scope.__sendSound(waiting.splice(0));
        sending = false;
      };
      port1.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
        waiting.push(String.fromCharCode(...data));
        if (!sending) void send();
      };
      void scope.__openSound();
      window.postMessage(audioPort, location.origin, [port2]);
    },
    onCallAction: (listener) => listen('call', listener),
    onDeepLink: (listener) => {
      const end = listen('link', listener);
      void scope.__listenForLinks();
      return end;
    },
  };
}
