import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { befriend, deliver, openProfile, type Person, people } from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { tabTo } from './support/tab-to.ts';

const FORGOTTEN = 'lantern gravel otter seventeen';

/** Ada has a friend, a message and a passphrase, and her window is locked. */
async function lockedOut(scene: Scene): Promise<{ ada: Person; words: string[]; page: Page }> {
  const { ada, ben } = await people(scene, 'ada', 'ben');
  await befriend(ada, ben);
  await deliver(ben, ada, 'From the old days');
  const { client } = ada.node;
  const { words } = await client.call('profile.words');
  await client.call('profile.setPassphrase', { next: FORGOTTEN });
  await client.call('profile.lock');
  const { page } = await scene.page({ name: 'ada' });
  await addAxe(page);
  await page.goto(ada.node.ready.ui);
  return { ada, words, page };
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function press(page: Page, name: string): Promise<void> {
  await tabTo(page, button(page, name));
  await page.keyboard.press('Enter');
}

describe('whoever forgot the passphrase', () => {
  test('goes on with the words by the keyboard alone, and goes back when it is remembered', async () => {
    const scene = newScene();
    const { ada, words, page } = await lockedOut(scene);
    const { keyboard } = page;
    await see(page.getByLabel('Passphrase')).toBeFocused();
    await press(page, 'Forgot the passphrase?');
    await see(button(page, 'Use words or a backup file')).toBeFocused();
    await expectAccessible(page, 'forgotten passphrase');
    await keyboard.press('Enter');

    const field = page.getByRole('textbox', { name: 'Recovery words' });
    await see(field).toBeFocused();
    await keyboard.insertText(words.with(6, 'parley').join(' '));
    await press(page, 'Restore');
    await see(page.getByRole('alert')).toContainText('Word 7, “parley”');
    await expectAccessible(page, 'restoring beside a locked profile');
    await field.fill(words.join(' '));
    await press(page, 'Restore');
    const window = new MainWindow(page);
    await see(page.getByText('No friends yet')).toBeVisible();
    await see(page.locator('.toast')).toContainText('The old profile was put aside');
    expect((await openProfile(ada.node)).key).toBe(ada.key);

    const [aside] = await ada.node.client.call('profile.listAside');
    expect(existsSync(join(scene.folder, 'ada', aside!.folder, 'profile.db'))).toBe(true);
    const settings = await window.openSettings();
    await see(settings.getByTestId('aside')).toContainText(aside!.folder);
    await expectAccessible(page, 'settings with an earlier profile');
    await settings.getByRole('button', { name: /^Take back/ }).press('Enter');
    await see(page.getByLabel('Its passphrase')).toBeFocused();
    await keyboard.type('not this one');
    await keyboard.press('Enter');
    await see(page.getByRole('alert')).toHaveText('That is not the passphrase of this profile.');
    await expectAccessible(page, 'taking back');
    await page.getByLabel('Its passphrase').fill(FORGOTTEN);
    await keyboard.press('Enter');
    const chat = await window.openChat('ben');
    await see(chat.message('From the old days')).toBeVisible();
  });

  test('may go back and unlock, or take an earlier profile back from the lock screen', async () => {
    const scene = newScene();
    const { ada, words, page } = await lockedOut(scene);
    await button(page, 'Forgot the passphrase?').click();
    await see(button(page, 'Take back an earlier profile')).toHaveCount(0);
    await button(page, 'Back').click();
    await see(page.getByLabel('Passphrase')).toBeFocused();

    const { client } = ada.node;
    await client.call('profile.restoreWords', { words: words.join(' '), passphrase: 'another', replace: true });
    await client.call('profile.lock');
    await button(page, 'Forgot the passphrase?').click();
    await button(page, 'Take back an earlier profile').click();
    await expectAccessible(page, 'taking back from the lock screen');
    await page.getByLabel('Its passphrase').fill(FORGOTTEN);
    await button(page, 'Take it back').click();
    const chat = await new MainWindow(page).openChat('ben');
    await see(chat.message('From the old days')).toBeVisible();
    expect(await client.call('profile.listAside')).toHaveLength(1);
  });

  test('erases an earlier profile by the keyboard, and may undo that', async () => {
    const scene = newScene();
    const { ada, words, page } = await lockedOut(scene);
    const { client } = ada.node;
    await client.call('profile.restoreWords', { words: words.join(' '), replace: true });
    const [before] = await client.call('profile.listAside');
    const settings = await new MainWindow(page).openSettings();
    const erase = settings.getByRole('button', { name: /^Erase/ });
    await erase.press('Enter');
    await see(erase).toHaveCount(0);
    await see(settings.getByRole('heading', { name: 'Earlier profiles' })).toBeFocused();
    await see(settings).toContainText('None is left.');
    await expectAccessible(page, 'settings with an erased profile');
    expect(await client.call('profile.listAside')).toEqual([]);
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).press('Enter');
    await see(erase).toBeVisible();
    expect(await client.call('profile.listAside')).toEqual([before]);
    await erase.click();
    await see(page.locator('.toast').last()).toContainText('will be erased at');
    // From elsewhere, while the list is open.
    await client.call('profile.undoErase', { folder: before!.folder });
    await see(erase).toBeVisible();
    await client.call('profile.eraseAside', { folder: before!.folder });
    await see(erase).toHaveCount(0);
  });
});
