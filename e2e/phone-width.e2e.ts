import type { Locator, Page } from 'playwright';
import { expect, test } from 'vitest';
import { FirstRun } from './screens/first-run.ts';
import { MainWindow } from './screens/main-window.ts';
import { fakePageUrl, ring } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

/** The UI on a fake core in a window as wide as a phone; `letters` is the size that is set in the browser, 16 in most. */
async function shown(scene: string, letters: number): Promise<Page> {
  const { page } = await newScene().page({ name: 'ada', viewport: { width: 360, height: 640 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setFontSizes', { fontSizes: { standard: letters } });
  await page.goto(await fakePageUrl(scene));
  return page;
}

const TWICE = 32;

/** How much wider the content of an element is than itself. */
const cut = (element: Locator): Promise<number> => element.evaluate((one) => one.scrollWidth - one.clientWidth);

test('a short notice has its button beside its words', async () => {
  const page = await shown('busy', 16);
  const chat = await new MainWindow(page).openChat('Alan');
  await chat.choose('Block');
  const words = (await page.locator('.toast-text').getByText('Alan is blocked.').boundingBox())!;
  const undo = (await page.getByRole('button', { name: 'Undo' }).boundingBox())!;
  expect(undo.x).toBeGreaterThanOrEqual(words.x + words.width);
  expect(Math.abs(undo.y + undo.height / 2 - words.y - words.height / 2)).toBeLessThan(2);
});

/** The vertical middles of buttons with these names. */
const middles = (root: Page | Locator, names: readonly string[]): Promise<number[]> =>
  Promise.all(
    names.map(async (name) => {
      const { y, height } = (await root.getByRole('button', { name }).boundingBox())!;
      return Math.round(y + height / 2);
    }),
  );

test('of the answers to a request, Accept has a line of its own and the others share one, as wide as it', async () => {
  const page = await shown('busy', 16);
  const window = new MainWindow(page);
  await window.openRequests();
  const [accept, ignore, block] = await middles(window.request, ['Accept', 'Ignore', 'Block']);
  expect(ignore).toBe(block);
  expect(accept).toBeLessThan(ignore!);
  const right = async (name: string) => {
    const { x, width } = (await window.request.getByRole('button', { name }).boundingBox())!;
    return Math.round(x + width);
  };
  expect(await right('Block')).toBe(await right('Accept'));
  await resize(page, { width: 1100, height: 640 });
  expect(new Set(await middles(window.request, ['Accept', 'Ignore', 'Block'])).size).toBe(1);
});

test('what can be done about a message that did not arrive stands on one line', async () => {
  const page = await shown('busy', 16);
  const chat = await new MainWindow(page).openChat('Grace Hopper');
  const [again, away] = await middles(chat.message('This message is expired.'), ['Send again', 'Delete']);
  expect(again).toBe(away);
});

test('with text twice as large, the ways to restore a profile stand in the card', async () => {
  const page = await shown('first-run', TWICE);
  await see(new FirstRun(page).welcome).toBeVisible();
  await page.getByRole('button', { name: 'Restore a profile' }).click();
  await see(page.getByText('Backup file', { exact: true })).toBeVisible();
  expect(await cut(page.locator('.card'))).toBe(0);
});

test('with text twice as large, no word of a card and no key of the list of keys stands out of it', async () => {
  const locked = await shown('locked', TWICE);
  await locked.getByRole('button', { name: 'Forgot the passphrase?' }).click();
  await see(locked.getByRole('heading', { name: 'Forgot the passphrase?' })).toBeVisible();
  expect(await cut(locked.locator('.card'))).toBe(0);
  const page = await shown('busy', TWICE);
  await see(new MainWindow(page).friend('Alan')).toBeVisible();
  await page.keyboard.press('Control+/');
  await see(page.getByRole('dialog')).toBeVisible();
  expect(await cut(page.locator('.dialog-body'))).toBe(0);
});

test('with text twice as large, what stands in an empty chat is scrolled, not written over', async () => {
  const page = await shown('away', TWICE);
  const chat = await new MainWindow(page).openChat('Boris');
  const words = page.locator('.empty-state');
  await words.hover();
  await page.mouse.wheel(0, 2_000);
  const room = async () => (await chat.composer.boundingBox())!.y - (await bottom(words));
  await see.poll(room).toBeGreaterThan(0);
});

test('with text twice as large, a page has its whole name, and of the own one no part of a letter', async () => {
  const page = await shown('busy', TWICE);
  const window = new MainWindow(page);
  const own = page.getByRole('button', { name: /^Ada.*your ID$/ });
  expect((await own.locator('.own-name').boundingBox())!.width).toBeLessThan(2);
  await window.openRequests();
  expect(await cut(page.locator('.page-header h1'))).toBe(0);
});

test('with text twice as large, a second call can be taken or declined', async () => {
  const page = await shown('busy', TWICE);
  const window = new MainWindow(page);
  await see(window.friend('Alan')).toBeVisible();
  await ring(page, 'Alan');
  await page.keyboard.press('Alt+A');
  await see(page.getByRole('button', { name: 'Hang up' })).toBeVisible();
  await ring(page, 'Grace Hopper');
  await see(page.getByRole('button', { name: 'End and accept' })).toBeInViewport({ ratio: 1 });
  await see(page.getByRole('button', { name: 'Decline' })).toBeInViewport({ ratio: 1 });
});

test.each([
  ['four groups to a line', 16, 4],
  ['what fits', TWICE, 3],
])('a key fingerprint has %s', async (_, letters, groups) => {
  const page = await shown('busy', letters);
  const chat = await new MainWindow(page).openChat('Grace Hopper');
  await chat.choose('Details');
  const fingerprint = page.getByTestId('friend-fingerprint');
  expect(await lines(fingerprint)).toBe(Math.ceil(16 / groups));
  await resize(page, { width: 1280, height: 800 });
  await see.poll(() => lines(fingerprint)).toBe(letters === TWICE ? 4 : 2);
});

async function bottom(element: Locator): Promise<number> {
  const { y, height } = (await element.boundingBox())!;
  return y + height;
}

const lines = (text: Locator): Promise<number> =>
  text.evaluate((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
  });
