import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { type ChatScreen, ChatSearch } from './screens/chat.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, holdRequests, withFake } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

interface Shown {
  readonly page: Page;
  readonly window: MainWindow;
  readonly chat: ChatScreen;
  readonly search: ChatSearch;
}

/** The chat with Grace Hopper on a fake core, with `horns` messages "horn 1" and so on, each with `between` others after it. */
async function shown({ horns = 0, between = 0, scene = 'busy' } = {}): Promise<Shown> {
  const { page } = await newScene().page({ name: 'ada' });
  await addAxe(page);
  await page.goto(await fakePageUrl(scene));
  const window = new MainWindow(page);
  await see(window.friend('Grace Hopper')).toBeVisible();
  await withFake(
    page,
    ({ fake: { core }, argument }) => {
      const friend = [...core.friends.keys()][0]!;
      let at = Date.now() - 30_000;
      const say = (direction: 'in' | 'out', text: string) =>
        void core.history.append({ friend, direction, text, state: 'read', at: at++ });
      for (let i = 1; i <= argument.horns; i++) {
        say(i % 2 === 0 ? 'in' : 'out', `horn ${i}`);
        for (let j = 1; j <= argument.between; j++) say('in', `filler ${i} ${j}`);
      }
    },
    { horns, between },
  );
  const chat = await window.openChat('Grace Hopper');
  return { page, window, chat, search: new ChatSearch(page) };
}

/** This message alone is marked, and in view. */
async function seeShown(chat: ChatScreen, text: string): Promise<void> {
  const found = chat.root.locator('.highlighted');
  await see(found).toHaveCount(1);
  await see(found.getByTestId('message-text')).toHaveText(text);
  // While the list looks for its place, it hides itself.
  await see(found).toBeVisible();
  await see(found).toBeInViewport({ ratio: 0.9 });
}

describe('the search in a chat', () => {
  test('walks through the hits by keys and by buttons, far and near', async () => {
    // Of 300 others between two of them none is loaded with them; of three all are.
    for (const between of [300, 3]) {
      const { page, chat, search } = await shown({ horns: 5, between });
      await page.keyboard.press('Control+f');
      await see(search.field).toBeFocused();
      await page.keyboard.type('horn');
      await see(search.found).toContainText('1 of 5');
      await seeShown(chat, 'horn 5');
      await see(search.newer).toBeDisabled();
      await page.keyboard.press('Enter');
      await see(search.found).toContainText('2 of 5');
      await see(search.found).toContainText('Grace Hopper, ');
      await see(search.found).toContainText('horn 4');
      await seeShown(chat, 'horn 4');
      await page.keyboard.press('ArrowUp');
      await seeShown(chat, 'horn 3');
      await page.keyboard.press('Shift+Enter');
      await seeShown(chat, 'horn 4');
      await page.keyboard.press('ArrowDown');
      await seeShown(chat, 'horn 5');
      await page.keyboard.press('ArrowDown');
      await see(page.getByTestId('announcer')).toContainText('No newer match.');
      await see(search.field).toBeFocused();
      for (const text of ['horn 4', 'horn 3', 'horn 2', 'horn 1']) {
        await search.older.click();
        await seeShown(chat, text);
      }
      await see(search.found).toContainText('5 of 5');
      // At the end the button is off, and the keyboard stays where it was.
      await see(search.older).toHaveAttribute('aria-disabled', 'true');
      await see(search.older).toBeFocused();
      await search.newer.click();
      await seeShown(chat, 'horn 2');
      await chat.root.getByTestId('history').focus();
      await page.keyboard.press('ArrowUp');
      await see(chat.message('horn 2')).toBeFocused();
    }
  });

  test('ends by Escape, and the draft goes on', async () => {
    const { page, window, chat, search } = await shown({ horns: 3, between: 60 });
    await page.keyboard.type('half a thought');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Control+f');
    await page.keyboard.type('horn');
    await seeShown(chat, 'horn 3');
    await page.keyboard.press('Enter');
    await seeShown(chat, 'horn 2');
    await page.keyboard.press('Escape');
    await see(search.root).toHaveCount(0);
    await see(chat.composer).toBeFocused();
    await see(chat.root.locator('.highlighted')).toHaveCount(0);
    await see(chat.message('horn 2')).toBeInViewport();
    await page.keyboard.type('h');
    await see(chat.composer).toHaveValue('half a thoughht');
    // Wherever the focus is, the search goes before the chat does.
    await page.keyboard.press('Control+f');
    await page.keyboard.type('horn');
    await see(window.hits).toHaveCount(3);
    await chat.composer.click();
    await page.keyboard.press('Escape');
    await see(search.root).toHaveCount(0);
    await see(window.friends).not.toHaveCount(0);
    await see(chat.heading).toHaveText('Grace Hopper');
    await page.keyboard.press('Control+f');
    await see(search.field).toHaveValue('');
    await search.close.click();
    await see(chat.composer).toBeFocused();
  });

  test('says how many there are, or none', async () => {
    const { page, chat, search } = await shown({ horns: 1_204 });
    await chat.choose('Search in chat');
    await see(search.field).toBeFocused();
    await page.keyboard.type('horn');
    await see(search.found).toContainText('1 of 1,204');
    await expectAccessible(page, 'search in a chat');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('no such word');
    await see(search.found).toHaveText('Nothing found');
    const nothing = page.getByText(/^Nothing found for /);
    await see(nothing).toHaveText('Nothing found for “no such word”');
    await search.field.fill('x'.repeat(512));
    await see(nothing).toContainText('xxx');
    expect((await nothing.boundingBox())!.height).toBeLessThan(120);
    await see(chat.root.locator('.highlighted')).toHaveCount(0);
    await see(search.older).toBeDisabled();
    await see(search.newer).toBeDisabled();
    await expectAccessible(page, 'nothing found in a chat');
  });

  test('walks to what is far older, from whatever was opened, and the list beside it goes on both ways', async () => {
    const { page, window, chat, search } = await shown({ horns: 450 });
    // Found everywhere, far down in a list that grows as it is scrolled.
    await window.searchBox.fill('horn');
    await see(window.hits.nth(99)).toBeAttached();
    const hit = window.hits.filter({ hasText: /horn 140$/u });
    await see
      .poll(async () => {
        await window.hits.last().scrollIntoViewIfNeeded();
        return hit.count();
      })
      .toBe(1);
    await see(page.getByRole('listitem').filter({ has: hit })).toHaveAttribute('aria-posinset', '311');
    await see(page.getByRole('listitem').filter({ has: hit })).toHaveAttribute('aria-setsize', '450');
    await expectAccessible(page, 'a long list of hits');
    await hit.click();
    await seeShown(chat, 'horn 140');
    await page.keyboard.press('Control+f');
    await see(search.found).toContainText('311 of 450');
    const current = page.locator('[data-testid=hit][aria-current]');
    await see(current).toContainText('horn 140');
    await see(current).toBeInViewport({ ratio: 0.9 });
    await see(window.hits.first()).toContainText('horn 240');
    const newer = page.getByRole('button', { name: 'Show newer ones' });
    await newer.focus();
    await page.keyboard.press('Enter');
    // The keyboard goes on beside what was there.
    await see(window.hits.filter({ hasText: /horn 241$/u })).toBeFocused();
    await search.field.focus();
    for (let i = 0; i < 139; i++) await page.keyboard.press('Enter');
    await see(search.found).toContainText('450 of 450');
    await seeShown(chat, 'horn 1');
    await page.keyboard.press('Enter');
    await see(page.getByTestId('announcer')).toContainText('No older match.');
  });

  test('has a bounded number of rows for very many hits, and those in view stay where they are', async () => {
    const { page, window } = await shown({ horns: 1_250 });
    await window.searchBox.fill('horn');
    await see(window.hits.nth(99)).toBeAttached();
    const last = page.locator('.hit-list > li').last();
    let found = 100;
    while (found < 1_250) {
      const row = window.hits.filter({ hasText: new RegExp(`horn ${1_251 - found}$`, 'u') });
      const answer = await holdRequests(page, 'messages.search');
      await row.scrollIntoViewIfNeeded();
      const { y } = (await row.boundingBox())!;
      await answer();
      found = Math.min(1_250, found + 100);
      await see(last).toHaveAttribute('aria-posinset', String(found));
      // Rows that come into view take their true height, some points other than the one that was supposed.
      expect(Math.abs((await row.boundingBox())!.y - y)).toBeLessThan(20);
      expect(await window.hits.count()).toBeLessThanOrEqual(1_000);
    }
    // What was dropped is brought again.
    const first = Number((await window.hits.first().textContent())?.match(/horn (\d+)$/u)?.[1]);
    await page.getByRole('button', { name: 'Show newer ones' }).click();
    await see(window.hits.filter({ hasText: new RegExp(`horn ${first + 1}$`, 'u') })).toBeFocused();
  });

  test('lists the hits beside it, and goes on everywhere', async () => {
    const { page, window, chat, search } = await shown({ horns: 30, between: 9 });
    await page.keyboard.press('Control+f');
    await page.keyboard.type('horn');
    await see(window.hits).toHaveCount(30);
    await window.hits.nth(7).click();
    await see(search.found).toContainText('8 of 30');
    await seeShown(chat, 'horn 23');
    await search.field.focus();
    for (let i = 0; i < 15; i++) await page.keyboard.press('Enter');
    await seeShown(chat, 'horn 8');
    const current = page.locator('[data-testid=hit][aria-current]');
    await see(current).toContainText('horn 8');
    await see(current).toBeInViewport({ ratio: 0.9 });
    await withFake(
      page,
      ({ fake: { core } }) => {
        const alan = [...core.friends.values()].find(({ alias }) => alias === 'Alan')!;
        core.receive(alan.key, 'horn of another');
      },
      null,
    );
    await page.getByRole('button', { name: 'Search everywhere' }).click();
    await see(search.root).toHaveCount(0);
    await see(window.searchBox).toBeFocused();
    await see(window.searchBox).toHaveValue('horn');
    await see(window.hits.first()).toContainText('horn of another');
    // And back: what is looked at is where the walk goes on.
    await window.hits.nth(5).click();
    await seeShown(chat, 'horn 26');
    await page.keyboard.press('Control+f');
    await see(search.found).toContainText('5 of 30');
    await window.searchBox.fill('of another');
    await see(window.hits).toHaveCount(1);
    await see(search.root).toHaveCount(0);
  });

  test('marks all there is of it in a long message, and shows what the list shows', async () => {
    const { page, window, chat, search } = await shown();
    await withFake(
      page,
      ({ fake: { core } }) => {
        const friend = [...core.friends.keys()][0]!;
        const text = `A horn first. ${'And so on. '.repeat(700)}A horn last.`;
        core.history.append({ friend, direction: 'in', text, state: 'read', at: Date.now() });
      },
      null,
    );
    const marks = chat.root.locator('.highlighted mark');
    await page.keyboard.press('Control+f');
    await page.keyboard.type('horn');
    await see(search.found).toContainText('1 of 1');
    await see(marks).toHaveCount(2);
    await see(marks.first()).toBeInViewport();
    await page.keyboard.press('Escape');
    await see(marks).toHaveCount(0);
    await window.searchBox.fill('horn');
    await window.hits.first().click();
    await see(marks).toHaveCount(2);
    await see(marks.first()).toBeInViewport();
  });

  test('of all chats goes on in its list where a message of it was opened, in a narrow and in a wide window', async () => {
    const { page, window } = await shown({ horns: 300 });
    for (const width of [400, 1100]) {
      await resize(page, { width, height: 740 });
      // In a narrow window the chat takes the place of the list.
      if (width === 400) await page.keyboard.press('Escape');
      await see(window.searchBox).toBeVisible();
      await window.searchBox.fill('horn');
      const hit = window.hits.filter({ hasText: /horn 240$/u });
      await hit.click();
      await see(page.getByTestId('chat').locator('.highlighted')).toContainText('horn 240');
      await page.keyboard.press('Escape');
      await see(hit).toBeFocused();
      await see(hit).toBeInViewport({ ratio: 0.9 });
      await see(window.hits.filter({ hasText: /horn 241$/u })).toBeInViewport({ ratio: 0.9 });
    }
  });

  test('waits for what is being searched or shown, and shows the last of many steps', async () => {
    const { page, chat, search } = await shown({ horns: 12, between: 300 });
    await page.keyboard.press('Control+f');
    const answerSearch = await holdRequests(page, 'messages.search');
    await page.keyboard.type('horn');
    await page.keyboard.press('Enter');
    await see(search.found).toHaveText('Searching…');
    await answerSearch();
    await see(search.found).toContainText('1 of 12');
    await seeShown(chat, 'horn 12');
    const answerList = await holdRequests(page, 'messages.list');
    for (let i = 0; i < 8; i++) await page.keyboard.press('Enter');
    await see(search.found).toContainText('9 of 12');
    await answerList();
    await seeShown(chat, 'horn 4');
  });

  test('goes on at the next hit when the one that is shown is deleted', async () => {
    const { page, chat, search } = await shown({ horns: 4, between: 2 });
    await page.keyboard.press('Control+f');
    await page.keyboard.type('horn');
    await see(search.found).toContainText('1 of 4');
    await page.keyboard.press('Enter');
    await seeShown(chat, 'horn 3');
    await chat.message('horn 3').getByText('horn 3').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await see(search.found).toContainText('2 of 3');
    await seeShown(chat, 'horn 2');
  });

  test('ends when the chat is left, and begins in the chat of a row', async () => {
    const { page, window, search } = await shown({ horns: 2 });
    await page.keyboard.press('Control+f');
    await page.keyboard.type('horn');
    await see(window.hits).toHaveCount(2);
    await page.keyboard.press('Alt+ArrowDown');
    await see(page.getByTestId('chat').getByRole('heading', { level: 1 })).toHaveText('Alan');
    await see(search.root).toHaveCount(0);
    await see(window.hits).toHaveCount(0);
    await window.friend('Grace Hopper').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Search in chat' }).click();
    await see(search.field).toBeFocused();
    await see(search.field).toHaveAccessibleName('Search in the chat with Grace Hopper');
    await page.keyboard.type('horn');
    await see(search.found).toContainText('1 of 2');
  });

  test('is in the chat also where the window has one column, or little room', async () => {
    const { page, chat, search } = await shown({ horns: 9, between: 300 });
    await resize(page, { width: 400, height: 760 });
    await page.keyboard.press('Control+f');
    await page.keyboard.type('horn');
    await see(search.found).toContainText('1 of 9');
    await page.keyboard.press('Enter');
    await seeShown(chat, 'horn 8');
    await resize(page, { width: 320, height: 256 });
    await page.keyboard.press('Enter');
    await seeShown(chat, 'horn 7');
    for (const part of [search.field, search.older, search.newer, search.close, chat.sendButton])
      await see(part).toBeInViewport({ ratio: 1 });
    await page.keyboard.press('Escape');
    await see(chat.composer).toBeFocused();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });
});
