import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

/** Another computer runs the profile too, or does so no more. */
const setElsewhere = (page: Page, elsewhere: boolean): Promise<void> =>
  withFake(page, ({ fake: { core }, argument }) => core.profile.setElsewhere(argument), elsewhere);

/** The page hears of both at once. */
const change = (page: Page, to: { name: string; elsewhere: boolean }): Promise<void> =>
  withFake(
    page,
    ({ fake: { core }, argument: { name, elsewhere } }) => {
      core.profile.name = name;
      core.profile.setElsewhere(elsewhere);
    },
    to,
  );

test('a profile that is open on another computer too is told of, until it is dismissed or over', async () => {
  const { page } = await newScene().page({ name: 'ada' });
  await addAxe(page);
  await page.goto(await fakePageUrl('busy'));
  const window = new MainWindow(page);
  const chat = await window.openChat('Grace Hopper');
  const notice = page.getByRole('status').filter({ hasText: 'on another computer' });
  await see(notice).toHaveCount(0);

  await setElsewhere(page, true);
  await see(notice).toContainText('close Parley on one of them');
  await expectAccessible(page, 'open elsewhere');
  await resize(page, { width: 1100, height: 760 });
  await setElsewhere(page, false);
  await see(notice).toHaveCount(0);

  await setElsewhere(page, true);
  await chat.composer.focus();
  const dismiss = notice.getByRole('button', { name: 'Dismiss' });
  await dismiss.focus();
  await page.keyboard.press('Enter');
  await see(notice).toHaveCount(0);
  await see(chat.composer).toBeFocused();

  // More of the same is no news; another time is. The name tells when the page has it.
  await change(page, { name: 'Ada the second', elsewhere: true });
  await see(page.getByText('Ada the second')).toBeVisible();
  expect(await notice.count()).toBe(0);
  await change(page, { name: 'Ada the third', elsewhere: false });
  await see(page.getByText('Ada the third')).toBeVisible();
  await setElsewhere(page, true);
  await see(notice).toBeVisible();
});
