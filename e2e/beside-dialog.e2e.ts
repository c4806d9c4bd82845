import type { Page } from 'playwright';
import { test } from 'vitest';
import { CallScreen } from './screens/call.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

async function shown(): Promise<{ page: Page; window: MainWindow }> {
  const { page } = await newScene().page({ name: 'ada' });
  await addAxe(page);
  await page.goto(await fakePageUrl('calls'));
  const window = new MainWindow(page);
  await see(window.friend('Anna')).toBeVisible();
  return { page, window };
}

function ring(page: Page): Promise<void> {
  return withFake(page, ({ fake: { core } }) => void core.calls.ring([...core.friends.keys()][0] ?? ''), null);
}

test('what a dialog leads to is told within it, to eyes and to screen readers', async () => {
  const { page, window } = await shown();
  const dialog = await window.openOwnId();
  await dialog.getByRole('button', { name: 'Change invite tag' }).click();
  await see(dialog.getByRole('status').filter({ hasText: 'Your ID has a new invite tag' })).toHaveCount(1);
  await withFake(
    page,
    ({ fake: { transport } }) => {
      const error = { code: 'disk-full', message: 'The disk is full.', details: {} } as const;
      transport.request = async () => ({ ok: false, error });
    },
    null,
  );
  await dialog.getByRole('button', { name: 'Change invite tag' }).click();
  const notice = page.locator('.toast');
  await see(notice).toHaveText('The disk is full.');
  await expectAccessible(page, 'notice in a dialog', ['wide']);
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await see(notice).toHaveCount(0);
  await see(dialog).toBeVisible();
});

test('a notice stays when its dialog is closed', async () => {
  const { page, window } = await shown();
  await window.openSettings();
  await page.getByRole('button', { name: 'Export a backup' }).click();
  await window.dialog.getByLabel('Passphrase of the backup', { exact: true }).fill('p');
  await window.dialog.getByLabel('Repeat passphrase of the backup').fill('p');
  await page.keyboard.press('Enter');
  await see(window.dialog).toHaveCount(0);
  await see(page.getByRole('status', { name: 'Notices' })).toContainText('The backup was saved as');
});

test('a call that comes while a dialog is open can be taken there, by mouse and by keys', async () => {
  const { page, window } = await shown();
  const call = new CallScreen(page);
  const dialog = await window.openOwnId();
  await ring(page);
  await see(dialog.getByRole('status').filter({ hasText: 'Anna is calling you' })).toHaveCount(1);
  await expectAccessible(page, 'call that comes in a dialog', ['wide']);
  await dialog.getByRole('button', { name: 'Decline' }).click();
  await see(call.incoming).toHaveCount(0);
  await ring(page);
  await see(dialog.getByRole('button', { name: 'Accept' })).toBeVisible();
  await page.keyboard.press('Control+,');
  await page.keyboard.press('Alt+A');
  await call.isActive();
  await see(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await see(page.getByTestId('settings')).toHaveCount(0);
  await call.hangUp.click();
  await see(call.root).toHaveCount(0);
});
