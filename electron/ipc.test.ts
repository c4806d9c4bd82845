import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createDispatcher } from '../core/api/dispatch.ts';
import { ERROR_CODES } from '../core/api/errors.ts';
import { fakeService, METHODS } from '../core/api/testing/fake-service.ts';
import { ManualClock } from '../core/node/testing/manual-clock.ts';
import { bindIpc, sendEvent } from './ipc.ts';
import { CHANNELS } from './ipc-channels.ts';

const frame = { url: 'app://parley/index.html' };
const own = { senderFrame: frame, sender: { mainFrame: frame } };
type Answer = { ok: boolean; value?: unknown; error?: { code: string } };

let handlers: Map<string, (event: unknown, ...args: unknown[]) => Promise<Answer>>;
let clock: ManualClock;
const openExternal = vi.fn(async () => {});
const allowMicrophone = vi.fn();
const showUnread = vi.fn();
const showWindow = vi.fn();
const callNotices = { show: vi.fn(() => true), close: vi.fn() };

function bind(dispatcher = Promise.resolve(createDispatcher(fakeService().handlers))): void {
  handlers = new Map();
  clock = new ManualClock();
  openExternal.mockClear();
  allowMicrophone.mockClear();
  const ipcMain = { handle: (channel: string, handler: never) => void handlers.set(channel, handler) };
  const more = { takeDeepLinks: () => ['parley:x'], allowMicrophone, callNotices, showUnread, showWindow };
  bindIpc({ ipcMain, dispatcher, clock, openExternal, ...more });
}

function call(channel: string, args: unknown[], event: unknown = own): Promise<Answer> {
  const handler = handlers.get(channel);
  if (handler === undefined) throw new Error('no handler');
  return handler(event, ...args);
}

beforeEach(() => bind());

describe('the sender', () => {
  test('that is the page may call', async () => {
    expect(await call(CHANNELS.request, ['profile.get', {}])).toEqual({ ok: true, value: { state: 'missing' } });
  });

  const inner = { url: 'app://parley/index.html' };
  const foreign = { url: 'https://evil.example/' };
  test.each([
    ['a frame inside the page', { senderFrame: inner, sender: { mainFrame: frame } }],
    ['a page of another origin', { senderFrame: foreign, sender: { mainFrame: foreign } }],
    ['a frame that is gone', { senderFrame: null, sender: { mainFrame: frame } }],
    ['a blank page', { senderFrame: { url: '' }, sender: { mainFrame: { url: '' } } }],
  ])('that is %s is refused on every channel', async (_, event) => {
    for (const [channel, args] of [
      [CHANNELS.request, ['profile.get', {}]],
      [CHANNELS.openLink, ['https://example.org']],
      [CHANNELS.takeDeepLinks, []],
      [CHANNELS.allowMicrophone, []],
      [CHANNELS.showCall, [{}]],
      [CHANNELS.closeCall, ['x']],
      [CHANNELS.showUnread, [1]],
      [CHANNELS.showWindow, []],
    ] as const) {
      expect(await call(channel, [...args], event)).toMatchObject({ ok: false, error: { code: 'unauthorised' } });
    }
    expect(openExternal).not.toHaveBeenCalled();
    for (const one of [allowMicrophone, callNotices.show, callNotices.close, showUnread, showWindow])
      expect(one).not.toHaveBeenCalled();
  });
});

describe('requests', () => {
  test('wait for the core', async () => {
    let ready = (_: ReturnType<typeof createDispatcher>) => {};
    bind(new Promise((resolve) => (ready = resolve)));
    const answer = call(CHANNELS.request, ['profile.get', {}]);
    ready(createDispatcher(fakeService().handlers));
    expect(await answer).toMatchObject({ ok: true });
  });

  test('get a code when the core could not start', async () => {
    bind(Promise.reject(new Error('secret')));
    const answer = await call(CHANNELS.request, ['profile.get', {}]);
    expect(answer).toMatchObject({ ok: false, error: { code: 'shutting-down' } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  test('of any shape get a value or a known code, and a clonable one', async () => {
    const method = fc.oneof(fc.constantFrom(...METHODS), fc.anything());
    await fc.assert(
      fc.asyncProperty(method, fc.array(fc.anything(), { maxLength: 3 }), async (name, rest) => {
        const answer = await call(CHANNELS.request, [name, ...rest]);
        structuredClone(answer);
        if (!answer.ok) expect(ERROR_CODES).toContain(answer.error?.code);
      }),
      { numRuns: 300 },
    );
  });
});

describe('links', () => {
  test('are checked again, and written anew', async () => {
    expect(await call(CHANNELS.openLink, ['HTTPS://Example.org'])).toEqual({ ok: true, value: {} });
    expect(openExternal).toHaveBeenCalledWith('https://example.org/');
    expect(await call(CHANNELS.openLink, ['file:///etc/passwd'])).toMatchObject({
      error: { code: 'invalid-argument' },
    });
    expect(await call(CHANNELS.openLink, [])).toMatchObject({ error: { code: 'invalid-argument' } });
    expect(openExternal).toHaveBeenCalledTimes(1);
  });

  test('that the system cannot open are told without its words', async () => {
    openExternal.mockRejectedValueOnce(new Error('Failed to open: 0x483 in C:\\Users\\ada'));
    const answer = await call(CHANNELS.openLink, ['mailto:ada@example.org']);
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'internal', message: expect.stringMatching(/no program/) },
    });
    expect(JSON.stringify(answer)).not.toContain('0x483');
  });

  test('cannot flood the desktop', async () => {
    const open = () => call(CHANNELS.openLink, ['https://example.org']);
    for (let i = 0; i < 3; i++) expect((await open()).ok).toBe(true);
    expect(await open()).toMatchObject({ error: { code: 'too-many-requests' } });
    clock.advance(1000);
    expect((await open()).ok).toBe(true);
  });

  test('that came in are given out', async () => {
    expect(await call(CHANNELS.takeDeepLinks, [])).toEqual({ ok: true, value: ['parley:x'] });
  });
});

test('events go to a window that is there', () => {
  const send = vi.fn();
  const event = { name: 'friends.requested', payload: { key: 'a', request: null }, revision: 1 } as const;
  sendEvent({ isDestroyed: () => false, webContents: { send } }, event);
  sendEvent({ isDestroyed: () => true, webContents: { send } }, event);
  expect(send.mock.calls).toEqual([[CHANNELS.event, event]]);
});
