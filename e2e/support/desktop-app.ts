import { join } from 'node:path';
import type { Page } from 'playwright';
import { onTestFinished } from 'vitest';
import type * as ElectronDouble from '../../electron/testing/electron-double.ts';
import { MainWindow } from '../screens/main-window.ts';
import { type AttachedPage, attachPage } from './electron-window.ts';
import type { Person } from './people.ts';
import type { Scene } from './scene.ts';
import { see } from './see.ts';
import { until } from './until.ts';

/**
 * The built desktop shell, whole: its main module, preload and page, with the real core, in a stand-in for Electron
 * whose window is a page in Chromium.
 */
export interface DesktopApp extends AttachedPage {
  readonly electron: typeof ElectronDouble;
  readonly page: Awaited<ReturnType<Scene['page']>>;
  readonly window: MainWindow;
}

/** Its profile is Dora's. Once a test file: the app is one. `prepare` gets the page before it loads. */
export async function startApp(
  scene: Scene,
  bootstrap: string,
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<DesktopApp> {
  const electron = (await import('electron')) as unknown as typeof ElectronDouble;
  const page = await scene.page({ name: 'desktop' });
  await prepare(page.page);
  const { origin, outside } = await attachPage(electron, page.page);
  const { argv } = process;
  const data = `--data=${join(scene.folder, 'desktop')}`;
  process.argv = ['electron', '.', data, '--host=127.0.0.1', '--no-lan', '--ephemeral-profile=Dora'];
  process.argv.push(`--bootstrap=${bootstrap}`);
  // The built module, by a path the compiler does not follow.
  const main = '../../dist/electron/main.js';
  await import(main);
  await electron.app.becomeReady();
  process.argv = argv;
  onTestFinished(async () => {
    electron.app.quit();
    await until('the app has ended', () => electron.app.exitCode !== undefined);
  });
  return { electron, page, window: new MainWindow(page.page), origin, outside };
}

/** Ben asks Dora, who accepts in her window. @returns her public ID */
export async function meet({ page, window }: DesktopApp, ben: Person): Promise<string> {
  await see(page.page.getByText('No friends yet')).toBeVisible();
  const ownId = await window.openOwnId();
  const publicId = (await ownId.getByTestId('own-public-id').textContent()) ?? '';
  await window.closeDialog();
  await ben.node.client.call('friends.add', { publicId, alias: 'dora', greeting: 'It is Ben' });
  await window.openRequests();
  await see(window.request).toContainText('It is Ben');
  await window.request.getByLabel('Your name for them').fill('ben');
  await window.request.getByRole('button', { name: 'Accept' }).click();
  return publicId;
}
