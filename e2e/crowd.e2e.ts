import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

const FRIENDS = 1_500;
/** All of them take a third of a second, and as long again to take away. */
const MOST_ROWS = 150;

const mostRows = async (page: Page) => expect(await page.getByTestId('friend').count()).toBeLessThan(MOST_ROWS);

async function shown(viewport = { width: 1100, height: 760 }): Promise<{ page: Page; window: MainWindow }> {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('crowd'), viewport });
  const window = new MainWindow(page);
  await see(window.friend('Friend 0')).toBeVisible();
  return { page, window };
}

test('of many friends only those near the view are made, also for a search', async () => {
  const { page, window } = await shown();
  await mostRows(page);
  await window.searchBox.pressSequentially('friend');
  const found = window.foundPeople;
  await see(found.first()).toBeVisible();
  await see(page.getByText(/^1.500 friends, 0 messages found$/)).toHaveCount(1);
  await mostRows(page);
  // The scroll bar knows of all, and those who are scrolled to are there.
  const results = page.getByRole('navigation', { name: 'Search results' });
  await results.evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await see(found.last()).toBeInViewport();
  await see(found.filter({ hasText: `Friend ${FRIENDS - 5}` })).toBeInViewport();
  await mostRows(page);
  await page.keyboard.press('Escape');
  await see(window.friends.first()).toBeVisible();
  await mostRows(page);
});

test('a list that is scrolled anywhere has its rows there, and only those', async () => {
  const { page, window } = await shown();
  const list = page.getByRole('navigation', { name: 'Chats' });
  for (const at of [0.5, 0.9, 1, 0.3, 0]) {
    await list.evaluate((one, at) => one.scrollTo(0, at * (one.scrollHeight - one.clientHeight)), at);
    // The row in the middle of the view says which one it is.
    const middle = () =>
      list.evaluate((one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        const row = document.elementFromPoint(left + width / 2, top + height / 2)?.closest('li');
        return Number(row?.getAttribute('aria-posinset'));
      });
    await see.poll(middle).toBeGreaterThan(at * FRIENDS - 15);
    await see.poll(middle).toBeLessThan(at * FRIENDS + 15);
    await mostRows(page);
  }
  await see(window.friend('Friend 0')).toBeInViewport();
});

test('the row with the focus stays while the list is scrolled away from it, and the arrows go on there', async () => {
  const { page, window } = await shown();
  const list = page.getByRole('navigation', { name: 'Chats' });
  await window.friend('Friend 3').focus();
  await list.evaluate((one) => one.scrollTo(0, one.scrollHeight));
  await see(window.friend(`Friend ${FRIENDS - 1}`)).toBeInViewport();
  await see(window.friend('Friend 3')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await see(window.friend('Friend 4')).toBeFocused();
  await see(window.friend('Friend 4')).toBeInViewport();
});

test('letters of another size leave the list its room', async () => {
  const { page, window } = await shown();
  const row = window.friend('Friend 0');
  const before = (await row.boundingBox())!.height;
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '32px';
  });
  const after = (await row.boundingBox())!.height;
  expect(after).toBeGreaterThan(1.2 * before);
  const room = () => row.evaluate((one) => one.closest('ul')!.getBoundingClientRect().height);
  await see.poll(room).toBeGreaterThan(0.95 * FRIENDS * after);
  await see.poll(room).toBeLessThan(1.05 * FRIENDS * after);
});

test('every friend of a long list can be reached by the keyboard', async () => {
  const { page, window } = await shown();
  await window.friend('Friend 0').focus();
  for (let row = 0; row < 100; row++) {
    await page.keyboard.press('ArrowDown');
    await see(window.friend(`Friend ${row + 1}`)).toBeFocused();
  }
  await page.keyboard.press('End');
  await see(window.friend(`Friend ${FRIENDS - 1}`)).toBeFocused();
  await see(window.friend(`Friend ${FRIENDS - 1}`)).toBeInViewport();
  await mostRows(page);
  for (let row = FRIENDS - 2; row > FRIENDS - 100; row--) {
    await page.keyboard.press('ArrowUp');
    await see(window.friend(`Friend ${row}`)).toBeFocused();
  }
  await page.keyboard.press('Home');
  await see(window.friend('Friend 0')).toBeFocused();
});

test('in a narrow window the focus is at the row of a chat far down that is left', async () => {
  const { page, window } = await shown({ width: 420, height: 700 });
  await window.searchBox.fill('friend 900');
  await page.keyboard.press('Enter');
  await see(page.getByRole('heading', { name: 'Friend 900' })).toBeVisible();
  await page.getByRole('button', { name: 'Back to the list' }).click();
  await page.getByRole('button', { name: 'Clear search' }).click();
  await see(window.friend('Friend 900')).toHaveCount(1);
  await window.friend('Friend 900').click();
  await page.keyboard.press('Escape');
  await see(window.friend('Friend 900')).toBeFocused();
  await see(window.friend('Friend 900')).toBeInViewport();
});

test('the next chat is brought into view though its row was not made', async () => {
  const { page, window } = await shown();
  await window.friends.nth(20).click();
  for (let chat = 21; chat < 60; chat++) await page.keyboard.press('Alt+ArrowDown');
  await see(page.getByRole('heading', { name: 'Friend 59' })).toBeVisible();
  await see(window.friend('Friend 59')).toBeInViewport({ ratio: 0.98 });
});

test('the list is whole again when it could not be loaded for a while', async () => {
  const { page, window } = await shown();
  const scrollable = () => page.locator('.sidebar-scroll').evaluate((list) => list.scrollHeight);
  const before = await scrollable();
  await withFake(
    page,
    ({ fake: { setStatus, transport } }) => {
      const request = transport.request.bind(transport);
      transport.request = async (method, args) => {
        if (method !== 'friends.list') return request(method, args);
        transport.request = request;
        return { ok: false, error: { code: 'internal', message: 'Something went wrong.', details: {} } };
      };
      setStatus('disconnected');
      setStatus('connected');
    },
    null,
  );
  await page.getByRole('button', { name: 'Try again' }).click();
  await see(window.friend('Friend 0')).toBeVisible();
  expect(await scrollable()).toBe(before);
});

test('the emoji panel shows those in view before it makes the others', async () => {
  const { page, window } = await shown();
  await window.openChat('Friend 0');
  const signs = page.locator('.emoji-grid button');
  const made = await page.getByRole('button', { name: 'Emoji' }).evaluate(async (button: HTMLElement) => {
    button.click();
    await Promise.resolve();
    return document.querySelectorAll('.emoji-grid button').length;
  });
  expect(made).toBeGreaterThan(60);
  expect(made).toBeLessThan(80);
  await see(signs.nth(250)).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await see(signs.first()).toBeFocused();
});
