import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AUDIO_PORT } from '../core/api/audio-port.ts';
import { METHODS } from '../core/api/testing/fake-service.ts';
import { eventually } from '../core/testing/eventually.ts';
import { CHANNELS } from './ipc-channels.ts';
import { contextBridge, ipcMain, ipcRenderer } from './testing/electron-double.ts';

interface Bridge {
  readonly shell: string;
  readonly requests: Record<string, (args: unknown) => Promise<unknown>>;
  onEvent(listener: (...args: unknown[]) => void): () => void;
  openLink(url: unknown): Promise<unknown>;
  onDeepLink(listener: (...args: unknown[]) => void): () => void;
  allowMicrophone(): Promise<unknown>;
  showUnread(count: unknown): Promise<unknown>;
  openAudio(): void;
}

let bridge: Bridge;
const asked = vi.fn();

beforeAll(async () => {
  await import('./preload.ts');
  bridge = contextBridge.exposed.parley as Bridge;
  for (const channel of [CHANNELS.request, CHANNELS.openLink]) {
    ipcMain.handle(channel, (_event: never, ...args: never[]) => {
      asked(channel, ...args);
      return { ok: true, value: {} };
    });
  }
  ipcMain.handle(CHANNELS.takeDeepLinks, () => ({ ok: true, value: ['parley:early'] }));
});

beforeEach(() => asked.mockClear());

test('the page gets named functions and nothing of Electron', () => {
  expect(Object.keys(contextBridge.exposed)).toEqual(['parley']);
  expect(Object.keys(bridge).sort()).toEqual([
    ...['allowMicrophone', 'closeCall', 'onCallAction', 'onDeepLink', 'onEvent', 'openAudio', 'openLink', 'requests'],
    ...['shell', 'showCall', 'showUnread', 'showWindow'],
  ]);
  expect(bridge.shell).toBe('electron');
  expect(Object.keys(bridge.requests)).toEqual(METHODS);
  expect(Object.values(bridge)).not.toContain(ipcRenderer);
});

test('a request goes out under its own name, with one argument', async () => {
  const call = bridge.requests['messages.send'] as (...args: unknown[]) => Promise<unknown>;
  await call({ friend: 'a', text: 'b' }, 'more');
  expect(asked.mock.calls).toEqual([[CHANNELS.request, 'messages.send', { friend: 'a', text: 'b' }]]);
});

test('a link goes out for the check in main', async () => {
  await bridge.openLink('https://example.org');
  expect(asked.mock.calls).toEqual([[CHANNELS.openLink, 'https://example.org']]);
});

test('a count of unread messages goes out for the check in main', async () => {
  ipcMain.handle(CHANNELS.showUnread, (_event: never, count: number) => {
    asked(CHANNELS.showUnread, count);
    return { ok: true, value: {} };
  });
  await bridge.showUnread(3);
  expect(asked.mock.calls).toEqual([[CHANNELS.showUnread, 3]]);
});

test('the sound of calls goes over a channel of its own, whose other end only the own window gets', async () => {
  const postMessage = vi.fn();
  vi.stubGlobal('window', { postMessage });
  vi.stubGlobal('location', { origin: 'app://parley' });
  onTestFinished(() => void vi.unstubAllGlobals());
  const seen: unknown[] = [];
  ipcMain.once(CHANNELS.audio, ({ ports: [port] }) => {
    port.on('message', ({ data }: { data: unknown }) => {
      seen.push(data);
      port.postMessage(Uint8Array.of(9));
    });
    port.start();
    onTestFinished(() => port.close());
  });
  bridge.openAudio();
  const [[message, to, [port]]] = postMessage.mock.calls as [[unknown, unknown, [MessagePort]]];
  expect([message, to]).toEqual([AUDIO_PORT, 'app://parley']);
  const heard = new Promise((resolve) => {
    port.onmessage = ({ data }) => resolve(data);
  });
  port.postMessage(Uint8Array.of(1, 2));
  expect(await heard).toEqual(Uint8Array.of(9));
  expect(seen).toEqual([Uint8Array.of(1, 2)]);
});

describe('listening', () => {
  test('brings the value without the sender, until it ends', () => {
    const listener = vi.fn();
    const end = bridge.onEvent(listener);
    ipcRenderer.emit(CHANNELS.event, { sender: ipcRenderer }, { name: 'x' }, 'more');
    end();
    ipcRenderer.emit(CHANNELS.event, { sender: ipcRenderer }, { name: 'y' });
    expect(listener.mock.calls).toEqual([[{ name: 'x' }]]);
  });

  test('for links brings those that came before, and later ones', async () => {
    const listener = vi.fn();
    const end = bridge.onDeepLink(listener);
    await eventually(() => expect(listener).toHaveBeenCalledWith('parley:early'));
    ipcRenderer.emit(CHANNELS.deepLink, {}, 'parley:late');
    end();
    expect(listener.mock.calls).toEqual([['parley:early'], ['parley:late']]);
  });
});
