import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type * as ElectronDouble from '../electron/testing/electron-double.ts';
import { MainWindow } from './screens/main-window.ts';
import { attachPage } from './support/electron-window.ts';
import { type Person, people } from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

/**
 * The built desktop shell, whole: its main module, preload and page, with the real core, in a stand-in for Electron
 * whose window is a page in Chromium.
 */
interface DesktopApp {
  readonly electron: typeof ElectronDouble;
  readonly page: Awaited<ReturnType<Scene['page']>>;
  readonly window: MainWindow;
  /** Requests the page made past the shell. */
  readonly outside: readonly string[];
}

async function startApp(scene: Scene, bootstrap: string): Promise<DesktopApp> {
  const electron = (await import('electron')) as unknown as typeof ElectronDouble;
  const page = await scene.page({ name: 'desktop' });
  const { outside } = await attachPage(electron, page.page);
  const { argv } = process;
  const data = `--data=${join(scene.folder, 'desktop')}`;
  process.argv = ['electron', '.', data, '--host=127.0.0.1', '--no-lan', '--ephemeral-profile=Dora'];
  process.argv.push(`--bootstrap=${bootstrap}`);
  // The built module, by a path the compiler does not follow.
  const main = '../dist/electron/main.js';
  await import(main);
  await electron.app.becomeReady();
  process.argv = argv;
  onTestFinished(async () => {
    electron.app.quit();
    await until('the app has ended', () => electron.app.exitCode !== undefined);
  });
  return { electron, page, window: new MainWindow(page.page), outside };
}

async function meet({ page, window }: DesktopApp, ben: Person): Promise<string> {
  await see(page.page.getByText('No friends yet')).toBeVisible();
  const ownId = await window.openOwnId();
  const publicId = (await ownId.getByTestId('own-public-id').textContent()) ?? '';
  await window.closeDialog();
  await ben.node.client.call('friends.add', { publicId, alias: 'dora', greeting: 'It is Ben' });
  return publicId;
}

test('the desktop app chats, keeps to itself, opens links with care, and ends cleanly', async () => {
  const scene = newScene();
  const { ben, bootstrap } = await people(scene, 'ben');
  const app = await startApp(scene, bootstrap.node.ready.bootstrap);
  const { electron, page, window } = app;

  // A request arrives by an event, its answer leaves by a request.
  await meet(app, ben);
  await window.openRequests();
  await see(window.request).toContainText('It is Ben');
  await window.request.getByLabel('Your name for them').fill('ben');
  await window.request.getByRole('button', { name: 'Accept' }).click();
  const chat = await window.openChat('ben');
  await chat.send('Hello from the desktop https://example.org/a');
  await until('Ben has it', async () => {
    const [friend] = await ben.node.client.call('friends.list');
    return friend?.lastMessage?.text.startsWith('Hello from the desktop');
  });

  // A link is shown with its host before it goes to the system's browser.
  await page.page.getByRole('link', { name: 'https://example.org/a' }).click();
  expect(electron.shell.opened).toEqual([]);
  await page.page.getByRole('dialog').getByRole('button', { name: 'Open' }).click();
  await until('the link is open', () => electron.shell.opened.length > 0);
  expect(electron.shell.opened).toEqual(['https://example.org/a']);

  // A parley: link of a second start opens the form with it, and adds nobody by itself.
  electron.app.emit('second-instance', {}, ['electron', '.', `parley:${ben.publicId}`]);
  await see(page.page.getByRole('dialog')).toContainText('Add');
  await window.closeDialog();

  // Nothing was asked for but the app's own files, and nothing was refused or thrown.
  expect(app.outside).toEqual([]);
  expect(page.requests.every((url) => url.startsWith('http://parley.localhost/'))).toBe(true);
  expect(page.problems()).toEqual([]);

  // The policy holds in the page: markup does not run, and no connection can be made.
  const escaped = await page.page.evaluate(async () => {
    let ran = false;
    Object.assign(window, { __ran: () => (ran = true) });
    try {
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="__ran()">');
    } catch {
      // Trusted Types refuse text as markup.
    }
    const fetched = await fetch('https://example.org/').then(
      () => true,
      () => false,
    );
    return { ran, fetched };
  });
  expect(escaped).toEqual({ ran: false, fetched: false });
  expect(app.outside).toEqual([]);

  electron.app.quit();
  await until('the app has ended', () => electron.app.exitCode !== undefined);
  expect(electron.app.exitCode).toBe(0);
  expect(existsSync(join(scene.folder, 'desktop', 'profile.db'))).toBe(true);
});
