import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { forbiddenSwitch, hardenContents, hardenSession } from './security.ts';
import { app, BrowserWindow, DoubleEvent, session as sessions } from './testing/electron-double.ts';
import { createWindow } from './window-factory.ts';

const session = sessions.defaultSession;
let microphoneAllowed = false;
let systemGivesMicrophone = async () => true;
hardenSession(session as never, {
  microphoneAllowed: () => microphoneAllowed,
  systemGivesMicrophone: () => systemGivesMicrophone(),
});
hardenContents(app as never);

const OWN = 'app://parley/index.html';

test.each([
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'js-flags',
  'load-extension',
  'disable-web-security',
  'allow-file-access-from-files',
  'host-rules',
  'ignore-certificate-errors',
])('--%s is nothing for a package', (name) => {
  const started = (isPackaged: boolean) => ({
    isPackaged,
    commandLine: { hasSwitch: (asked: string) => asked === name },
  });
  expect(forbiddenSwitch(started(true) as never)).toBe(name);
  expect(forbiddenSwitch(started(false) as never)).toBeUndefined();
});

describe('permissions', () => {
  const request = (permission: string, requestingUrl = OWN, isMainFrame = true, more: object = {}) =>
    session.ask<boolean>('permissionRequest', {}, permission, { requestingUrl, isMainFrame, ...more });
  const check = (permission: string, origin = 'app://parley/', details: object = {}) =>
    (session.kept.get('permissionCheck') as (...args: unknown[]) => boolean)({}, permission, origin, details);

  test.each(['notifications', 'clipboard-sanitized-write'])('%s is for the own page alone', async (permission) => {
    expect(await request(permission)).toBe(true);
    expect(check(permission)).toBe(true);
    expect(await request(permission, 'https://evil.example/')).toBe(false);
    expect(await request(permission, OWN, false)).toBe(false);
    expect(check(permission, 'https://evil.example')).toBe(false);
  });

  test.each([
    'media',
    'speaker-selection',
    'clipboard-read',
    'geolocation',
    'fullscreen',
    'openExternal',
    'hid',
    'usb',
    'serial',
    'midi',
    'display-capture',
    'storage-access',
    'fileSystem',
    'unknown',
    'constructor',
  ])('%s is denied', async (permission) => {
    expect(await request(permission)).toBe(false);
    expect(check(permission)).toBe(false);
  });

  test('the microphone is for the own page alone, and only while its gate is open', async () => {
    const audio = { mediaTypes: ['audio'] };
    expect(await request('media', OWN, true, audio)).toBe(false);
    microphoneAllowed = true;
    onTestFinished(() => {
      microphoneAllowed = false;
    });
    expect(await request('media', OWN, true, audio)).toBe(true);
    expect(check('media', 'app://parley/', { mediaType: 'audio' })).toBe(true);
    expect(await request('speaker-selection')).toBe(true);
    expect(await request('media', 'https://evil.example/', true, audio)).toBe(false);
    expect(await request('media', OWN, false, audio)).toBe(false);
    expect(check('media', 'https://evil.example', { mediaType: 'audio' })).toBe(false);
  });

  test('the microphone is refused where the system refuses it, fails to say, or is answered after the call', async () => {
    onTestFinished(() => {
      microphoneAllowed = false;
      systemGivesMicrophone = async () => true;
    });
    const audio = { mediaTypes: ['audio'] };
    const answers = [
      async () => false,
      () => Promise.reject(new Error('no answer')),
      async () => {
        microphoneAllowed = false;
        return true;
      },
    ];
    for (const answer of answers) {
      microphoneAllowed = true;
      systemGivesMicrophone = answer;
      expect(await request('media', OWN, true, audio)).toBe(false);
    }
  });

  test('the system is asked for nothing but a microphone that the page may have', async () => {
    const asked = vi.fn(async () => true);
    systemGivesMicrophone = asked;
    onTestFinished(() => {
      microphoneAllowed = false;
      systemGivesMicrophone = async () => true;
    });
    await request('media', OWN, true, { mediaTypes: ['audio'] });
    microphoneAllowed = true;
    await request('speaker-selection');
    await request('media', OWN, true, { mediaTypes: ['audio', 'video'] });
    await request('media', 'https://evil.example/', true, { mediaTypes: ['audio'] });
    expect(asked).not.toHaveBeenCalled();
    await request('media', OWN, true, { mediaTypes: ['audio'] });
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('there is never a camera', async () => {
    microphoneAllowed = true;
    onTestFinished(() => {
      microphoneAllowed = false;
    });
    for (const mediaTypes of [['video'], ['audio', 'video'], [], undefined]) {
      expect(await request('media', OWN, true, { mediaTypes })).toBe(false);
    }
    expect(check('media', 'app://parley/', { mediaType: 'video' })).toBe(false);
    expect(check('media', 'app://parley/', { mediaType: 'unknown' })).toBe(false);
  });

  test('devices are neither offered nor paired, screens not captured', async () => {
    expect((session.kept.get('devicePermission') as () => boolean)()).toBe(false);
    expect(await session.ask('displayMedia', {})).toEqual({});
    expect(await session.ask('bluetooth', {})).toEqual({ confirmed: false });
    for (const name of ['select-hid-device', 'select-usb-device', 'select-serial-port']) {
      const event = new DoubleEvent();
      const choose = vi.fn();
      session.emit(name, event, {}, choose);
      expect([event.prevented, choose.mock.calls]).toEqual([true, [[null]]]);
    }
  });
});

describe('the network', () => {
  test.each([
    [OWN, false],
    ['app://parley/app.js', false],
    ['blob:app://parley/0-1', false],
    ['devtools://devtools/bundled/x.html', false],
    ['app://evil/x', true],
    ['https://example.org/', true],
    ['http://127.0.0.1:80/', true],
    ['ws://127.0.0.1/', true],
    ['file:///etc/passwd', true],
    ['data:text/html,x', true],
    ['blob:https://evil.example/1', true],
    ['chrome-extension://x/y', true],
  ])('%s is cancelled: %s', async (url, cancel) => {
    expect(await session.ask('onBeforeRequest', { url })).toEqual({ cancel });
  });

  test('is not asked for dictionaries', () => {
    expect(session.spellChecker).toBe(false);
  });

  test.each([
    ['blob:app://parley/0-1', false],
    ['https://example.org/x.exe', true],
    ['blob:https://evil.example/1', true],
    ['data:text/plain,x', true],
    ['app://parley/app.js', true],
  ])('a download of %s is refused: %s', (url, prevented) => {
    const event = new DoubleEvent();
    session.emit('will-download', event, { getURL: () => url });
    expect(event.prevented).toBe(prevented);
  });
});

describe('every window', () => {
  const window = createWindow({
    preload: '/p/preload.cjs',
    devTools: false,
    icon: '/i.png',
  }) as unknown as BrowserWindow;

  test('is isolated in every way Electron offers', () => {
    expect(window.options.webPreferences).toEqual({
      preload: '/p/preload.cjs',
      devTools: false,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      safeDialogs: true,
    });
  });

  test.each(['will-navigate', 'will-redirect', 'will-frame-navigate', 'will-attach-webview'])('forbids %s', (name) => {
    const event = new DoubleEvent({ url: OWN });
    window.webContents.emit(name, event);
    expect(event.prevented).toBe(true);
  });

  test('opens no other', () => {
    expect(window.webContents.openHandler?.({ url: 'https://example.org' })).toEqual({ action: 'deny' });
  });

  test('tells no local address by WebRTC', () => {
    expect(window.webContents.webRtcPolicy).toBe('disable_non_proxied_udp');
  });

  test('is shown when its page has something to show', () => {
    const fresh = new BrowserWindow({ webPreferences: {}, show: false, icon: '' });
    expect(fresh.visible).toBe(false);
    expect(window.options.show).toBe(false);
    expect(window.visible).toBe(true);
  });
});
