import { copyFileSync, existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startInWindow } from '../scripts/lib/start-in-window.mjs';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { befriend, type Person, people } from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { tabTo } from './support/tab-to.ts';

interface Left {
  readonly scene: Scene;
  readonly ada: Person;
  readonly words: string[];
  /** A file of her data folder. */
  readonly file: (name: string) => string;
}

/** Ada has a friend, and her Parley has ended. */
async function ended(): Promise<Left> {
  const scene = newScene();
  const { ada, ben } = await people(scene, 'ada', 'ben');
  await befriend(ada, ben);
  const { words } = await ada.node.client.call('profile.words');
  expect(await ada.node.stop()).toBe(0);
  return { scene, ada, words, file: (name) => join(scene.folder, 'ada', name) };
}

/** As `npm start` does it where there is no Electron. */
async function startParley({ scene }: Left): Promise<Page> {
  const args = ['--data', join(scene.folder, 'ada'), '--host', '127.0.0.1', '--no-lan', '--json'];
  const { node } = await startInWindow(args, () => undefined);
  onTestFinished(() => node.stop());
  const { page } = await scene.page({ name: 'ada' });
  await addAxe(page);
  await page.goto(node.ready.ui);
  return page;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

describe('a profile that cannot be opened', () => {
  test('for its key file says so in the window, and the words bring the person back by the keyboard', async () => {
    const left = await ended();
    writeFileSync(left.file('profile.key'), 'not a key file');
    const page = await startParley(left);
    await see(page.getByRole('heading', { name: 'The key file is damaged' })).toBeVisible();
    await see(button(page, 'Use words or a backup file')).toBeFocused();
    await expectAccessible(page, 'damaged key file');
    await page.keyboard.press('Enter');
    await see(page.getByRole('textbox', { name: 'Recovery words' })).toBeFocused();
    await page.keyboard.insertText(left.words.join(' '));
    await tabTo(page, button(page, 'Restore'));
    await page.keyboard.press('Enter');
    await see(page.getByText('No friends yet')).toBeVisible();
    const settings = await new MainWindow(page).openSettings();
    const aside = (await settings.getByTestId('aside').locator('.mono').textContent()) ?? '';
    expect(existsSync(left.file(`${aside}/profile.db`))).toBe(true);
  });

  test('for its database opens without a restart when the file was put back', async () => {
    const left = await ended();
    copyFileSync(left.file('profile.db'), left.file('copy'));
    truncateSync(left.file('profile.db'), 0);
    const page = await startParley(left);
    await see(page.getByRole('heading', { name: 'The database is missing' })).toBeVisible();
    await button(page, 'Try again').click();
    await see(page.locator('.toast')).toContainText('It still cannot be opened.');
    copyFileSync(left.file('copy'), left.file('profile.db'));
    await button(page, 'Try again').click();
    await see(new MainWindow(page).friend('ben')).toBeVisible();
  });

  test('can make room for somebody new, who gets words of their own', async () => {
    const { page } = await newScene().page({ name: 'ada', viewport: { width: 360, height: 700 } });
    await page.goto(await fakePageUrl('damaged'));
    await button(page, 'Begin as somebody new').click();
    await button(page, 'Back').click();
    await button(page, 'Begin as somebody new').click();
    await button(page, 'Create profile').click();
    await see(page.locator('.words li')).toHaveCount(24);
  });

  test('when that is found out while it is open takes the place of the window', async () => {
    const { page } = await newScene().page({ name: 'ada' });
    await page.goto(await fakePageUrl('busy'));
    await see(new MainWindow(page).friend('Grace Hopper')).toBeVisible();
    await withFake(page, ({ fake: { core } }) => core.profile.damage('database-damaged'), null);
    await see(page.getByRole('heading', { name: 'The database is damaged' })).toBeVisible();
    await see(page.getByText('Grace Hopper')).toHaveCount(0);
    await withFake(page, ({ fake: { core } }) => void Object.assign(core.profile, { mended: true }), null);
    await button(page, 'Try again').click();
    await see(new MainWindow(page).friend('Grace Hopper')).toBeVisible();
  });
});
