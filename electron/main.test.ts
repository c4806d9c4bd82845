import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CallView } from '../core/api/views.ts';
import { eventually } from '../core/testing/eventually.ts';
import { CHANNELS } from './ipc-channels.ts';
import { DoubleEvent } from './testing/electron-double.ts';
import { endShells, link, onPlatform, run, running } from './testing/running-shell.ts';
import type { ShellSetup } from './testing/shell-setup.ts';

const aCall = { friend: 'ef'.repeat(32), direction: 'out', since: 1, startedAt: 1 } as unknown as CallView;
const changed = { nodeCount: 1, reachability: 'unknown', running: true };

afterEach(endShells);

describe('before the app is ready', () => {
  test('it is sandboxed, alone, and has its scheme', async () => {
    const { electron, folder } = await run({ notReady: true });
    expect(electron.app.sandboxed).toBe(true);
    expect(electron.protocol.schemes).toEqual([
      {
        scheme: 'app',
        privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
      },
    ]);
    expect(electron.app.paths.get('userData')).toBe(join(folder, 'data', 'shell'));
    expect(electron.BrowserWindow.all).toEqual([]);
    await electron.app.becomeReady();
  });

  test('a second start hands over to the first and ends', async () => {
    const { electron, cores } = await run({
      before: ({ app }) => {
        app.primary = false;
      },
    });
    expect(electron.app.exitCode).toBe(0);
    expect(electron.BrowserWindow.all).toEqual([]);
    expect(cores).toEqual([]);
  });

  test.each(['remote-debugging-port', 'inspect', 'disable-web-security', 'js-flags'])(
    'a package does not start with --%s',
    async (name) => {
      const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      const { electron } = await run({
        before: ({ app }) => {
          app.isPackaged = true;
          app.switches.add(name);
        },
      });
      expect(electron.app.exitCode).toBe(2);
      expect(electron.BrowserWindow.all).toEqual([]);
      expect(write).toHaveBeenCalledWith(`parley: Parley does not start with --${name}.\n`);
    },
  );

  test('a data folder that cannot be used is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-shell-'));
    writeFileSync(join(folder, 'file'), '');
    const { electron } = await run({ data: join(folder, 'file') });
    expect(electron.dialog.errors).toEqual([expect.stringMatching(/^Parley could not start: the data folder .* used/)]);
    expect(electron.app.exitCode).toBe(4);
    rmSync(folder, { recursive: true });
  });
});

describe('at the start', () => {
  test('one window loads the page while the core comes up', async () => {
    const { electron, cores, folder } = await running();
    const [window] = electron.BrowserWindow.all;
    expect(window?.loaded).toEqual(['app://parley/index.html']);
    expect(window?.visible).toBe(true);
    expect(cores[0]?.options).toMatchObject({ dataDir: join(folder, 'data'), udpPort: 0, lan: false });
    // Where a profile cannot be opened the window says so.
    expect(cores[0]?.options.startDamaged).toBe(true);
    expect(cores[0]?.options.keyStore).toMatchObject({ available: true, kind: 'gnome_libsecret' });
  });

  test('the page is served by the app scheme, with the strict policy', async () => {
    const { electron } = await running();
    const answer = await electron.protocol.fetch('app://parley/index.html');
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'none'");
    expect(await answer.text()).toContain('<div id="root">');
  });

  test('the session and the window are held to the page', async () => {
    const { electron } = await running();
    const { defaultSession } = electron.session;
    expect(await defaultSession.ask('onBeforeRequest', { url: 'https://example.org/' })).toEqual({ cancel: true });
    const page = { requestingUrl: 'app://parley/index.html', isMainFrame: true };
    const grants = (permission: string) =>
      defaultSession.ask<boolean>('permissionRequest', {}, permission, { ...page, mediaTypes: ['audio'] });
    expect([await grants('notifications'), await grants('geolocation'), await grants('media')]).toEqual([
      true,
      false,
      false,
    ]);
    await electron.ipcMain.call(CHANNELS.allowMicrophone, []);
    expect(await grants('media')).toBe(true);
    const leaving = new DoubleEvent({ url: 'https://example.org/' });
    electron.BrowserWindow.all[0]?.webContents.emit('will-navigate', leaving);
    expect(leaving.prevented).toBe(true);
  });

  test('the microphone is denied where macOS denies it', async () => {
    onPlatform('darwin');
    const { electron } = await running({
      before: ({ systemPreferences }) => {
        Object.assign(systemPreferences, { microphone: 'not-determined', answer: false });
      },
    });
    await electron.ipcMain.call(CHANNELS.allowMicrophone, []);
    const { defaultSession } = electron.session;
    const details = { requestingUrl: 'app://parley/index.html', isMainFrame: true, mediaTypes: ['audio'] };
    expect(await defaultSession.ask('permissionRequest', {}, 'media', details)).toBe(false);
    expect(electron.systemPreferences.asked).toBe(1);
  });

  test('a package registers for parley: links and has no DevTools; a checkout does neither', async () => {
    const packaged = await running({
      before: ({ app }) => {
        app.isPackaged = true;
      },
    });
    expect(packaged.electron.app.protocolClient).toBe('parley');
    expect(packaged.electron.BrowserWindow.all[0]?.options.webPreferences.devTools).toBe(false);
    expect(JSON.stringify(packaged.electron.Menu.application)).not.toContain('DevTools');
    const checkout = await running();
    expect(checkout.electron.app.protocolClient).toBeUndefined();
    expect(checkout.electron.BrowserWindow.all[0]?.options.webPreferences.devTools).toBe(true);
    expect(JSON.stringify(checkout.electron.Menu.application)).toContain('DevTools');
  });

  test('a core that cannot start is told in words, and the page gets a code', async () => {
    const createCore = async () => {
      // The class of the module that main sees: each run has fresh modules.
      const { ApiError } = await import('../core/api/errors.ts');
      throw new ApiError('database-corrupt', 'The database is damaged.');
    };
    const { electron } = await run({ createCore });
    const answer = await electron.ipcMain.call(CHANNELS.request, ['profile.get', {}]);
    expect(answer).toMatchObject({ ok: false, error: { code: 'shutting-down' } });
    expect(electron.dialog.errors).toEqual(['Parley could not start: The database is damaged.']);
    expect(electron.app.exitCode).toBe(7);
  });

  test('a data folder another Parley has is told', async () => {
    const first = await running();
    const { electron } = await run({ data: join(first.folder, 'data') });
    await eventually(() => expect(electron.app.exitCode).toBe(5));
    expect(electron.dialog.errors).toEqual([expect.stringContaining('another Parley is running')]);
  });
});

describe('requests and events', () => {
  test('of the page reach the core and come back', async () => {
    const { electron } = await running({ handlers: { 'profile.get': () => ({ state: 'locked', name: 'Al' }) } });
    const answer = await electron.ipcMain.call(CHANNELS.request, ['profile.get', {}]);
    expect(answer).toEqual({ ok: true, value: { state: 'locked', name: 'Al' } });
  });

  test('of the core reach the window, and end with it', async () => {
    const { electron, cores } = await running();
    const heard = vi.fn();
    electron.ipcRenderer.on(CHANNELS.event, heard);
    cores[0]?.emit('network.changed', changed);
    expect(heard.mock.calls[0]?.[1]).toEqual({ name: 'network.changed', payload: changed, revision: 1 });
    onPlatform('linux');
    electron.BrowserWindow.all[0]?.close();
    cores[0]?.emit('network.changed', changed);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

describe('a parley: link', () => {
  const taken = (setup: ShellSetup) => setup.electron.ipcMain.call(CHANNELS.takeDeepLinks, []);

  test('among the arguments waits for the page, once', async () => {
    const setup = await running({ argv: ['--unknown', link] });
    expect(await taken(setup)).toEqual({ ok: true, value: [link] });
    expect(await taken(setup)).toEqual({ ok: true, value: [] });
  });

  test('of a second start reaches the listening page, and its window comes to the front', async () => {
    const setup = await running();
    const heard = vi.fn();
    setup.electron.ipcRenderer.on(CHANNELS.deepLink, heard);
    await taken(setup);
    const [window] = setup.electron.BrowserWindow.all;
    if (window) window.minimized = true;
    setup.electron.app.emit('second-instance', {}, ['electron', '.', link]);
    expect(heard.mock.calls[0]?.[1]).toBe(link);
    expect(window).toMatchObject({ minimized: false, visible: true, focused: true });
  });

  test('handed over by the system before the window is there is kept', async () => {
    const setup = await run({ notReady: true });
    const event = new DoubleEvent();
    setup.electron.app.emit('open-url', event, link);
    expect(event.prevented).toBe(true);
    await setup.electron.app.becomeReady();
    expect(await taken(setup)).toEqual({ ok: true, value: [link] });
  });

  test('that is none is dropped, and only so many are kept', async () => {
    const setup = await running();
    for (const bad of ['parley:no', 'http://evil.example', `${link}x`]) {
      setup.electron.app.emit('open-url', new DoubleEvent(), bad);
    }
    expect(await taken(setup)).toEqual({ ok: true, value: [] });
    const other = await running();
    for (let i = 0; i < 9; i++) other.electron.app.emit('open-url', new DoubleEvent(), link);
    expect(await taken(other)).toEqual({ ok: true, value: Array(4).fill(link) });
  });
});

describe('quitting', () => {
  test('stops the core first and frees the data folder', async () => {
    const { electron, cores, folder } = await running();
    electron.Tray.all.at(-1)?.menu?.items.at(-1)?.click?.();
    expect(electron.app.exitCode).toBeUndefined();
    await eventually(() => expect(electron.app.exitCode).toBe(0));
    expect(cores[0]?.stopped).toBe(true);
    expect(existsSync(join(folder, 'data'))).toBe(true);
  });

  test('does not wait for ever for a core that hangs', async () => {
    const { electron, cores } = await running();
    Object.assign(cores[0] ?? {}, { stop: () => new Promise(() => {}) });
    vi.useFakeTimers();
    electron.app.quit();
    await vi.advanceTimersByTimeAsync(2_800);
    vi.useRealTimers();
    expect(electron.app.exitCode).toBe(0);
  });
});

test('the end of the session on Windows stops the core', async () => {
  onPlatform('win32');
  const { electron, cores } = await running();
  electron.BrowserWindow.all[0]?.emit('session-end');
  await eventually(() => expect(electron.app.exitCode).toBe(0));
  expect(cores[0]?.stopped).toBe(true);
});

test('this computer is kept awake while there is a call', async () => {
  const { electron, cores } = await running();
  const { running: awake } = electron.powerSaveBlocker;
  const call = { ...aCall, call: 'ab'.repeat(16) };
  const other = { ...aCall, call: 'cd'.repeat(16) };
  cores[0]?.emit('calls.changed', { ...call, state: 'ringing' });
  expect(awake.size).toBe(0);
  cores[0]?.emit('calls.changed', { ...call, state: 'active' });
  cores[0]?.emit('calls.changed', { ...other, state: 'active' });
  expect([...awake.values()]).toEqual(['prevent-app-suspension']);
  cores[0]?.emit('calls.changed', { ...call, state: 'ended' });
  expect(awake.size).toBe(1);
  cores[0]?.emit('profile.changed', { state: 'locked', name: 'Al' });
  expect(awake.size).toBe(0);
});

describe('the notice of a call that rings', () => {
  const CALL = 'ab'.repeat(16);
  const show = ({ electron }: ShellSetup) =>
    electron.ipcMain.call(CHANNELS.showCall, [{ call: CALL, title: 'Anna', body: 'Is calling you' }]);
  const heardBy = ({ electron }: ShellSetup) => {
    const heard: unknown[] = [];
    electron.ipcRenderer.on(CHANNELS.callAction, (_event, action) => heard.push(action));
    return heard;
  };

  test('brings back the window that was hidden, and tells the page what was pressed', async () => {
    onPlatform('darwin');
    const setup = await running();
    const [window] = setup.electron.BrowserWindow.all;
    const heard = heardBy(setup);
    window?.close();
    expect(window?.visible).toBe(false);
    await show(setup);
    setup.electron.Notification.all[0]?.press('Accept');
    expect([window?.visible, window?.focused]).toEqual([true, true]);
    expect(heard).toEqual([{ call: CALL, action: 'accept' }]);
  });

  test('is pressed itself where there are no buttons', async () => {
    onPlatform('linux');
    const setup = await running();
    const [window] = setup.electron.BrowserWindow.all;
    const heard = heardBy(setup);
    window!.minimized = true;
    await show(setup);
    setup.electron.Notification.all[0]?.emit('click');
    expect([window?.minimized, window?.focused]).toEqual([false, true]);
    expect(heard).toEqual([{ call: CALL, action: 'open' }]);
  });

  test('declines without showing the window, and is taken back when it rings no more', async () => {
    onPlatform('win32');
    const setup = await running();
    const [window] = setup.electron.BrowserWindow.all;
    const heard = heardBy(setup);
    window?.close();
    await show(setup);
    setup.electron.Notification.all[0]?.press('Decline');
    expect([window?.visible, heard]).toEqual([false, [{ call: CALL, action: 'decline' }]]);
    await show(setup);
    await setup.electron.ipcMain.call(CHANNELS.closeCall, [CALL]);
    expect(setup.electron.Notification.all).toEqual([]);
  });
});
