import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../core/testing/eventually.ts';
import { CHANNELS } from './ipc-channels.ts';
import { DoubleEvent } from './testing/electron-double.ts';
import { endShells, link, onPlatform, running } from './testing/running-shell.ts';

afterEach(endShells);

describe('window and tray', () => {
  test('on Windows and macOS closing hides, and the tray shows again', async () => {
    onPlatform('win32');
    const { electron } = await running();
    const [window] = electron.BrowserWindow.all;
    window?.close();
    expect(window).toMatchObject({ visible: false, destroyed: false });
    electron.Tray.all.at(-1)?.emit('click');
    expect(window?.visible).toBe(true);
    window?.close();
    electron.Tray.all.at(-1)?.menu?.items[0]?.click?.();
    expect(window?.visible).toBe(true);
    window?.close();
    electron.app.emit('activate');
    expect(window?.visible).toBe(true);
  });

  test('on macOS the icon in the menu bar is a template, and a click there opens the menu alone', async () => {
    onPlatform('darwin');
    const { electron } = await running();
    const [window] = electron.BrowserWindow.all;
    const tray = electron.Tray.all.at(-1);
    expect(tray?.image.path).toMatch(/trayTemplate\.png$/);
    window?.close();
    tray?.emit('click');
    expect(window?.visible).toBe(false);
    tray?.menu?.items[0]?.click?.();
    expect(window?.visible).toBe(true);
  });

  test('a window that fills the screen leaves it before it is hidden', async () => {
    onPlatform('darwin');
    const { electron } = await running();
    const window = electron.BrowserWindow.all[0]!;
    window.fullScreen = true;
    window.close();
    expect(window).toMatchObject({ visible: true, fullScreen: true });
    await eventually(() => expect(window).toMatchObject({ visible: false, fullScreen: false, destroyed: false }));
  });

  test('a pressed notification of the page brings back the window that is hidden', async () => {
    onPlatform('win32');
    const { electron } = await running();
    const [window] = electron.BrowserWindow.all;
    window?.close();
    expect(await electron.ipcMain.call(CHANNELS.showWindow, [])).toEqual({ ok: true, value: {} });
    expect([window?.visible, window?.focused]).toEqual([true, true]);
  });

  test('Windows knows the program by the name of its package', async () => {
    onPlatform('win32');
    const { electron } = await running();
    expect(readFileSync('electron-builder.yml', 'utf8')).toContain(`appId: ${electron.app.userModelId}\n`);
  });

  test('unread messages are counted at the tray and by the badge', async () => {
    const { electron } = await running();
    const show = (count: unknown) => electron.ipcMain.call(CHANNELS.showUnread, [count]);
    expect(await show(3)).toEqual({ ok: true, value: {} });
    expect([electron.Tray.all.at(-1)?.tooltip, electron.app.badge]).toEqual(['Parley: 3 unread messages', 3]);
    await show(0);
    expect([electron.Tray.all.at(-1)?.tooltip, electron.app.badge]).toEqual(['Parley', 0]);
  });

  test('the window stands where it stood, unless that screen is gone or the file is broken', async () => {
    const first = await running();
    const bounds = { x: 300, y: 40, width: 900, height: 700 };
    Object.assign(first.electron.BrowserWindow.all[0]!, { bounds, maximized: true });
    first.electron.app.quit();
    await eventually(() => expect(first.electron.app.exitCode).toBe(0));
    const data = join(first.folder, 'data');
    const again = await running({ data });
    const [window] = again.electron.BrowserWindow.all;
    expect(window?.options).toMatchObject(bounds);
    await eventually(() => expect(window?.maximized).toBe(true));
    window!.bounds = { ...bounds, x: 5_000 };
    again.electron.app.quit();
    await eventually(() => expect(again.electron.app.exitCode).toBe(0));
    for (const broken of [undefined, 'no json', '{"bounds":{"x":1},"maximized":true}', 'null']) {
      if (broken !== undefined) writeFileSync(join(data, 'shell', 'window.json'), broken);
      const { electron } = await running({ data });
      expect(electron.BrowserWindow.all[0]?.options).not.toHaveProperty('x');
      electron.app.quit();
      await eventually(() => expect(electron.app.exitCode).toBe(0));
      rmSync(join(data, 'shell', 'window.json'));
    }
  });

  test('a window whose screen went while it was hidden comes back on one that is there', async () => {
    onPlatform('win32');
    const { electron } = await running();
    const window = electron.BrowserWindow.all[0]!;
    window.bounds = { x: 300, y: 40, width: 900, height: 700 };
    window.close();
    electron.app.emit('activate');
    expect(window.bounds.x).toBe(300);
    window.bounds = { ...window.bounds, x: 2_500 };
    window.close();
    electron.app.emit('activate');
    expect(window).toMatchObject({ visible: true, bounds: { x: 510, y: 170 } });
  });

  test('without a tray closing ends the app', async () => {
    const { electron, cores } = await running({
      before: ({ double }) => {
        double.noImages = true;
      },
    });
    onPlatform('win32');
    electron.BrowserWindow.all[0]?.close();
    await eventually(() => expect(electron.app.exitCode).toBe(0));
    expect(cores[0]?.stopped).toBe(true);
  });

  test('a page that crashes is loaded again, but not for ever', async () => {
    const { electron } = await running();
    const [window] = electron.BrowserWindow.all;
    window?.webContents.crash();
    expect(window?.loaded).toHaveLength(2);
    window?.webContents.crash();
    expect(window?.loaded).toHaveLength(2);
    // Whoever asks for the window wants to see something.
    electron.app.emit('second-instance', {}, []);
    expect(window?.loaded).toHaveLength(3);
    electron.app.emit('second-instance', {}, []);
    expect(window?.loaded).toHaveLength(3);
  });

  test('a link that comes while the page is loaded again waits for it', async () => {
    const { electron } = await running();
    await electron.ipcMain.call(CHANNELS.takeDeepLinks, []);
    electron.BrowserWindow.all[0]?.webContents.crash();
    electron.app.emit('second-instance', {}, [link]);
    expect(await electron.ipcMain.call(CHANNELS.takeDeepLinks, [])).toEqual({ ok: true, value: [link] });
  });

  test('the menu can quit, zoom and edit, and never reload', async () => {
    const { electron } = await running();
    const menu = JSON.stringify(electron.Menu.application?.items);
    expect(menu).toContain('"quit"');
    expect(menu).toContain('zoomIn');
    expect(menu).toContain('editMenu');
    expect(menu).not.toMatch(/reload/i);
  });

  test('the menu of macOS quits, closes the window and edits', async () => {
    onPlatform('darwin');
    const { electron } = await running();
    const roles = electron.Menu.application?.items.map(({ role }) => role);
    expect(roles).toEqual(['appMenu', 'fileMenu', 'editMenu', undefined, 'windowMenu']);
  });

  test('the right button edits in a field, copies what is selected, and else shows nothing', async () => {
    const { electron } = await running();
    const press = (pressed: { isEditable: boolean; selectionText: string; canPaste?: boolean }) => {
      const editFlags = { canUndo: false, canRedo: false, canCut: false, canCopy: true, canSelectAll: true };
      electron.Menu.shown.length = 0;
      electron.BrowserWindow.all[0]?.webContents.emit('context-menu', new DoubleEvent(), {
        ...pressed,
        editFlags: { ...editFlags, canPaste: pressed.canPaste ?? false },
      });
      return electron.Menu.shown.flatMap(({ items }) => items);
    };
    const inField = press({ isEditable: true, selectionText: '', canPaste: true });
    expect(inField.map(({ role }) => role)).toEqual(expect.arrayContaining(['cut', 'copy', 'paste', 'selectAll']));
    expect(inField).toContainEqual({ role: 'paste', enabled: true });
    expect(inField).toContainEqual({ role: 'cut', enabled: false });
    expect(press({ isEditable: false, selectionText: 'a word' })).toEqual([{ role: 'copy', enabled: true }]);
    expect(press({ isEditable: false, selectionText: ' ' })).toEqual([]);
  });
});
