import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

/** The settings' dialog that this button opens, of a profile whose passphrase is "secret". */
async function dialog(button: string): Promise<{ page: Page; window: MainWindow }> {
  const { page } = await newScene().page({ name: 'ada' });
  await addAxe(page);
  await page.goto(await fakePageUrl('guarded'));
  const window = new MainWindow(page);
  const settings = await window.openSettings();
  await settings.getByRole('button', { name: button }).press('Enter');
  await see(window.dialog).toBeVisible();
  return { page, window };
}

describe('the passphrase of a profile', () => {
  test('is removed by a button of its own, not by Enter after the one in use', async () => {
    const { page, window } = await dialog('Change passphrase');
    await see(window.dialog.getByLabel('Current passphrase')).toBeFocused();
    await page.keyboard.type('secret');
    await page.keyboard.press('Enter');
    await see(window.dialog.getByRole('button', { name: 'Save passphrase' })).toBeDisabled();
    await see(window.dialog).toBeVisible();
    await expectAccessible(page, 'change passphrase');
    await window.dialog.getByRole('button', { name: 'Remove passphrase' }).press('Enter');
    await see(window.dialog).toHaveCount(0);
    await see(page.locator('.toast')).toContainText('The passphrase was removed.');
    await see(page.getByTestId('settings').getByRole('button', { name: 'Set a passphrase' })).toBeFocused();
  });

  test('that was wrong is not called wrong any more while it is typed anew', async () => {
    for (const [button, label, press] of [
      ['Change passphrase', 'Current passphrase', 'Remove passphrase'],
      ['Show recovery words', 'Passphrase', 'Show words'],
    ] as const) {
      const { page, window } = await dialog(button);
      await window.dialog.getByLabel(label).fill('wrong');
      await window.dialog.getByRole('button', { name: press }).press('Enter');
      await see(window.dialog.getByRole('alert')).toBeVisible();
      await page.keyboard.type('s');
      await see(window.dialog.getByRole('alert')).toHaveCount(0);
    }
  });

  test('is repeated without a word until it differs, or is left before its end', async () => {
    const { page, window } = await dialog('Change passphrase');
    const { keyboard } = page;
    const wrong = window.dialog.getByText('The two passphrases are not the same.');
    await window.dialog.getByLabel('New passphrase', { exact: true }).fill('otter gravel');
    await window.dialog.getByLabel('Repeat new passphrase').focus();
    await keyboard.type('otter');
    expect(await wrong.count()).toBe(0);
    await keyboard.press('Enter');
    await see(wrong).toBeVisible();
    await keyboard.type(' ');
    await see(wrong).toHaveCount(0);
    await keyboard.press('Tab');
    await see(wrong).toBeVisible();
    await keyboard.press('Shift+Tab');
    await keyboard.press('End');
    await keyboard.type('x');
    await see(wrong).toBeVisible();
    await keyboard.press('Backspace');
    await keyboard.type('gravel');
    await see(wrong).toHaveCount(0);
  });

  test('says that Caps Lock is on, while it is', async () => {
    const { page } = await newScene().page({ name: 'ada' });
    await addAxe(page);
    await page.goto(await fakePageUrl('locked'));
    const field = page.getByLabel('Passphrase');
    await see(field).toBeFocused();
    const told = page.getByText('Caps Lock is on.');
    // A driven keyboard has no such key.
    const key = (type: 'keydown' | 'keyup', modifierCapsLock: boolean) =>
      field.evaluate(
        (element, [type, modifierCapsLock]) =>
          void element.dispatchEvent(new KeyboardEvent(type, { key: 'A', modifierCapsLock, bubbles: true })),
        [type, modifierCapsLock] as const,
      );
    await key('keydown', true);
    await see(told).toBeVisible();
    await expectAccessible(page, 'unlock with Caps Lock');
    await key('keyup', false);
    await see(told).toHaveCount(0);
    await key('keydown', true);
    await page.keyboard.press('Tab');
    await see(told).toHaveCount(0);
  });
});
