import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { CallScreen } from './screens/call.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
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
  const changed = dialog.locator('.toast').filter({ hasText: 'Your ID has a new invite tag' });
  await see(changed).toBeVisible();
  await see(dialog.getByRole('status').filter({ hasText: 'Your ID has a new invite tag' })).toHaveCount(1);
  await changed.getByRole('button', { name: 'Dismiss' }).click();
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

test('a dialog about a friend who is removed in another window goes, and a narrow window has a way back', async () => {
  const { page, window } = await shown();
  await resize(page, { width: 400, height: 700 });
  await window.openChat('Anna');
  await page.getByRole('button', { name: 'Chat options' }).click();
  await page.getByRole('menuitem', { name: 'Details' }).click();
  await see(window.dialog.getByRole('heading', { name: 'Anna' })).toBeVisible();
  await withFake(
    page,
    ({ fake: { core, transport } }) => {
      const { key } = [...core.friends.values()].find(({ alias }) => alias === 'Anna')!;
      void transport.request('friends.remove', { friend: key });
    },
    null,
  );
  await see(page.getByText('This friend is gone')).toBeVisible();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.keyboard.press('Control+/');
  await see(window.dialog.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeVisible();
});

test('a notice stays when its dialog is closed', async () => {
  const { page, window } = await shown();
  await window.openSettings();
  await page.getByRole('button', { name: 'Export a backup' }).click();
  await window.dialog.getByLabel('Passphrase of the backup', { exact: true }).fill('p');
  await window.dialog.getByLabel('Repeat passphrase of the backup').fill('p');
  await page.keyboard.press('Enter');
  await see(window.dialog).toHaveCount(0);
  await see(page.getByRole('status', { name: 'Notices' })).toContainText('The backup was made');
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
  await see(dialog.getByTestId('call')).toHaveAttribute('data-state', 'active');
  await see(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await see(page.getByTestId('settings')).toHaveCount(0);
  await call.hangUp.click();
  await see(call.root).toHaveCount(0);
});

test.each([
  ['wide', { width: 1100, height: 760 }],
  ['narrow and low', { width: 320, height: 420 }],
])('a call that goes on is led from a dialog, in a %s window', async (_, viewport) => {
  const { page, window } = await shown();
  const call = new CallScreen(page);
  await ring(page);
  await call.accept();
  await call.isActive();
  await withFake(
    page,
    async ({ fake: { core, transport } }) => {
      const outcome = await transport.request('calls.list', {});
      const [active] = outcome.ok ? (outcome.value as { call: string }[]) : [];
      const key = { epoch: 3, epochAgeMs: 95_000, nextEpochInMs: 85_000 };
      const quality = { rttMs: 38, jitterMs: 4, queueingMs: 2, lossIn: 0.004, lossOut: 0, ...key };
      core.calls.change(active?.call ?? '', { quality });
    },
    null,
  );
  await page.keyboard.press('Control+n');
  const dialog = window.dialog;
  const field = dialog.getByLabel('Public ID or link');
  await see(field).toBeFocused();
  await field.fill('half an ID');
  const bar = dialog.getByTestId('call');
  await expectAccessible(page, 'call in a dialog', ['wide']);
  await resize(page, viewport);
  // Neither covers the other.
  const heading = (await dialog.getByRole('heading').first().boundingBox())!;
  const foot = (await bar.boundingBox())!;
  expect(heading.y).toBeGreaterThanOrEqual(foot.y + foot.height);
  expect(foot.y).toBe(0);
  await see(dialog.getByRole('button', { name: 'Close', exact: true })).toBeInViewport({ ratio: 1 });
  await bar.getByRole('button', { name: /^Mute/ }).click();
  await see(bar.getByRole('button', { name: /^Mute/ })).toHaveAttribute('aria-pressed', 'true');
  await bar.getByTestId('call-quality').click();
  await see(call.details).toBeVisible();
  await page.keyboard.press('Escape');
  await see(call.details).toHaveCount(0);
  await see(dialog).toBeVisible();
  // By the keyboard too: back from the field's dialog to what comes last in it.
  await field.focus();
  const hangUp = bar.getByRole('button', { name: 'Hang up' });
  for (let steps = 0; steps < 20 && !(await hangUp.evaluate((it) => it === document.activeElement)); steps++) {
    await page.keyboard.press('Tab');
  }
  await see(hangUp).toBeFocused();
  await page.keyboard.press('Enter');
  await see(bar).toHaveCount(0);
  await see(field).toHaveValue('half an ID');
  await see(field).toBeInViewport();
});
