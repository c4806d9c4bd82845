import { readFileSync } from 'node:fs';
import type { Page } from 'playwright';
import type * as ElectronDouble from '../../electron/testing/electron-double.ts';

type Double = typeof ElectronDouble;

/** Chromium knows no `app:` scheme; a host below localhost is as trustworthy to it, and is never looked up. */
const STAND_IN = 'http://parley.localhost';
const APP = 'app://parley';

interface Bridge {
  readonly shell: string;
  readonly requests: Readonly<Record<string, (args: unknown) => Promise<unknown>>>;
  onEvent(listener: (value: unknown) => void): () => void;
  openLink(url: unknown): Promise<unknown>;
  onDeepLink(listener: (value: unknown) => void): () => void;
}

/**
 * Gives the stand-in's window a real page: what it loads is fetched through the shell's own protocol handler, and what
 * the built preload exposes is bridged into the page, value by value, as `contextBridge` would.
 */
export async function attachPage(electron: Double, page: Page): Promise<{ readonly outside: readonly string[] }> {
  const outside: string[] = [];
  await page.route('**/*', async (route) => {
    const url = route.request().url();
    if (!url.startsWith(`${STAND_IN}/`)) {
      outside.push(url);
      return route.abort();
    }
    const answer = await electron.protocol.fetch(url.replace(STAND_IN, APP), route.request().method());
    const headers = Object.fromEntries(answer.headers);
    return route.fulfill({ status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) });
  });
  let bridged = false;
  electron.double.onLoad = async (url) => {
    if (!bridged) await bridge(page, runPreload(electron));
    bridged = true;
    await page.goto(url.replace(APP, STAND_IN));
  };
  return { outside };
}

/** Runs the built preload as a sandboxed one runs: one CommonJS file that can require nothing but electron. */
function runPreload(electron: Double): Bridge {
  const preload = String(electron.BrowserWindow.all.at(-1)?.options.webPreferences.preload);
  const require = (name: string): Double => {
    if (name !== 'electron') throw new Error(`a sandboxed preload cannot require ${name}`);
    return electron;
  };
  const module = { exports: {} };
  new Function('require', 'module', 'exports', readFileSync(preload, 'utf8'))(require, module, module.exports);
  return electron.contextBridge.exposed.parley as Bridge;
}

async function bridge(page: Page, api: Bridge): Promise<void> {
  await page.exposeFunction('__request', (method: string, args: unknown) => api.requests[method]?.(args));
  await page.exposeFunction('__openLink', (url: unknown) => api.openLink(url));
  // A page that is gone hears nothing.
  const tell = (kind: string) => (value: unknown) => {
    page.evaluate(`window.__hear(${JSON.stringify(kind)}, ${JSON.stringify(value)})`).catch(() => {});
  };
  await page.exposeFunction('__listenForLinks', () => void api.onDeepLink(tell('link')));
  api.onEvent(tell('event'));
  const script = `(${inPage.toString()})(${JSON.stringify(Object.keys(api.requests))}, ${JSON.stringify(api.shell)})`;
  await page.addInitScript(script);
}

interface PageScope {
  __request(method: string, args: unknown): Promise<unknown>;
  __openLink(url: unknown): Promise<unknown>;
  __listenForLinks(): Promise<void>;
  __hear(kind: string, value: unknown): void;
  parley: Bridge;
}

/** Runs in the page, before its own scripts. */
function inPage(methods: readonly string[], shell: string): void {
  const scope = globalThis as unknown as PageScope;
  const listeners: Record<string, Set<(value: unknown) => void>> = { event: new Set(), link: new Set() };
  const listen = (kind: string, listener: (value: unknown) => void): (() => void) => {
    listeners[kind]?.add(listener);
    return () => void listeners[kind]?.delete(listener);
  };
  scope.__hear = (kind, value) => {
    for (const listener of listeners[kind] ?? []) listener(value);
  };
  scope.parley = {
    shell,
    requests: Object.fromEntries(methods.map((method) => [method, (args: unknown) => scope.__request(method, args)])),
    onEvent: (listener) => listen('event', listener),
    openLink: (url) => scope.__openLink(url),
    onDeepLink: (listener) => {
      const end = listen('link', listener);
      void scope.__listenForLinks();
      return end;
    },
  };
}
