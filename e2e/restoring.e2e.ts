import type { Locator, Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { FirstRun } from './screens/first-run.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

const WORDS =
  'anchor bicycle candle dolphin elegant forest garden harbor island jacket kitchen lantern mountain notable orange pepper quality ribbon silver tunnel umbrella velvet window yellow'.split(
    ' ',
  );

interface Restoring {
  readonly page: Page;
  readonly firstRun: FirstRun;
  readonly field: Locator;
  readonly alert: Locator;
}

async function restoring(): Promise<Restoring> {
  const { page } = await newScene().page({ name: 'ada' });
  await addAxe(page);
  await page.goto(await fakePageUrl('first-run'));
  await page.getByRole('button', { name: 'Restore a profile' }).press('Enter');
  const field = page.getByRole('textbox', { name: 'Recovery words' });
  await see(field).toBeFocused();
  return { page, firstRun: new FirstRun(page), field, alert: page.getByRole('alert') };
}

const selected = (field: Locator) =>
  field.evaluate((element: HTMLTextAreaElement) => element.value.slice(element.selectionStart, element.selectionEnd));

describe('whoever restores a profile', () => {
  test('hears of a word that is no recovery word once it is finished, and no more when it is mended', async () => {
    const { page, field, alert } = await restoring();
    const { keyboard } = page;
    await keyboard.type('anchor parley');
    await see(page.getByText('2 of 24 words')).toBeVisible();
    expect(await alert.count()).toBe(0);
    await keyboard.type(' ');
    await see(alert).toHaveText('Word 2, “parley”, is not a recovery word. Check how it is spelt.');
    await expectAccessible(page, 'a word that is no recovery word');
    await keyboard.type('can');
    await see(alert).toHaveText(/^Word 2, /);
    await keyboard.press('Tab');
    await see(alert).toHaveText('These are not recovery words: 2, “parley” and 3, “can”. Check how they are spelt.');
    await field.fill('anchor bicycle candle');
    await see(alert).toHaveCount(0);
  });

  test('goes on at the wrong word, which is selected, in a field that shows all of them', async () => {
    const { page, firstRun, field, alert } = await restoring();
    await resize(page, { width: 360, height: 720 });
    const wrong = WORDS.with(20, 'umbrelly')
      .with(22, 'windo')
      .map((word, at) => `${at + 1}. ${word}`);
    await field.fill(wrong.join('\n'));
    const both = /^These are not recovery words: 21, “umbrelly” and 23, “windo”\. /;
    await see(alert).toHaveText(both);
    expect(await field.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)).toBeLessThanOrEqual(
      1,
    );
    await firstRun.restore.press('Enter');
    await see(field).toBeFocused();
    expect(await selected(field)).toBe('umbrelly');
    await see(field).toBeInViewport({ ratio: 0.99 });
    await see(alert).toHaveText(both);
    await page.keyboard.type('umbrella');
    await see(alert).toHaveText(/^Word 23, “windo”, /);
    await field.fill(WORDS.join(' '));
    await see(alert).toHaveCount(0);
    await firstRun.restore.press('Enter');
    await see(page.getByText('No friends yet')).toBeVisible();
  });

  test('is not told that the passphrase of a backup is wrong while it is typed anew', async () => {
    const { page, firstRun, alert } = await restoring();
    await page.getByText('Backup file', { exact: true }).click();
    const file = { name: 'a.parley', mimeType: 'application/octet-stream', buffer: Buffer.from('a backup') };
    await page.getByLabel('Backup file').and(page.locator('[type=file]')).setInputFiles(file);
    const field = page.getByLabel('Passphrase of the backup');
    await field.fill('wrong');
    await firstRun.restore.press('Enter');
    await see(alert).toBeVisible();
    await see(field).toBeFocused();
    await page.keyboard.type('b');
    await see(alert).toHaveCount(0);
    await page.keyboard.type('ackup');
    await page.keyboard.press('Enter');
    await see(page.getByText('No friends yet')).toBeVisible();
  });
});
