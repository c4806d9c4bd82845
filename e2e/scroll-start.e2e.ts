import { expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

const OPENINGS = 4;
const WHEEL_PX = 300;
/** Heights of rows that are not there yet are estimated; with one height for all it was 1,500. */
const MISSED_PX = 200;
/** Parts of a pixel may be cut off. */
const WHOLE = 0.98;

interface Watched {
  /** Times the list scrolled by itself after the person had scrolled up. */
  pulls: number;
  wheeled: boolean;
  away: boolean;
}

// The first opening is at the end of the chat, the others are where it was left.
test('a scroll right after a chat was opened is not taken back', async () => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('long') });
  const window = new MainWindow(page);
  await see(window.friend('Grace Hopper')).toBeVisible();
  await page.evaluate(() => {
    const watched: Watched = { pulls: 0, wheeled: false, away: false };
    Object.assign(globalThis, { watched });
    const scrollTo = Element.prototype.scrollTo as (...place: unknown[]) => void;
    Element.prototype.scrollTo = function (this: Element, ...place: unknown[]) {
      if (watched.away) watched.pulls++;
      scrollTo.apply(this, place);
    };
    document.addEventListener('wheel', () => (watched.wheeled = true), { capture: true, passive: true });
    document.addEventListener('scroll', ({ target }) => onScroll(target as Element), { capture: true });
    const onScroll = (list: Element): void => {
      if (list.scrollHeight - list.scrollTop - list.clientHeight > 100) watched.away = watched.wheeled;
    };
  });
  for (let opening = 0; opening < OPENINGS; opening++) {
    await page.evaluate(() => {
      const { watched } = globalThis as unknown as { watched: Watched };
      Object.assign(watched, { wheeled: false, away: false });
    });
    const chat = await window.openChat('Alan');
    await see(chat.message('This message is expired.')).toBeVisible();
    await window.friend('Grace Hopper').click();
    await page.mouse.move(700, 400);
    // Before it stands there is nothing to scroll.
    await page.waitForFunction(() => {
      const list = document.querySelector('[data-testid=history]');
      const shown = list?.querySelector('.message-list')?.checkVisibility({ visibilityProperty: true });
      return shown && list !== null && list.scrollTop > 0 && list.scrollHeight > 4 * list.clientHeight;
    });
    for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -WHEEL_PX);
    await page.waitForFunction(() => (globalThis as unknown as { watched: Watched }).watched.away);
    await see(chat.root.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  }
  expect(await page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched.pulls)).toBe(0);
});

test('a wheel that is turned before a chat stands does not take it elsewhere', async () => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('long') });
  const window = new MainWindow(page);
  const chat = await window.openChat('Grace Hopper');
  await chat.isPlaced();
  await chat.history.hover();
  await page.mouse.wheel(0, -WHEEL_PX);
  await see(chat.root.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  const left = await chat.atRest();
  await window.openChat('Alan');
  await page.evaluate(() => {
    const turn = () => {
      const list = document.querySelector('[data-testid=history]');
      const shown = list?.querySelector('.message-list')?.checkVisibility({ visibilityProperty: true });
      if (list && !shown) list.dispatchEvent(new WheelEvent('wheel', { deltaY: -1 }));
      requestAnimationFrame(turn);
    };
    turn();
  });
  await window.openChat('Grace Hopper');
  await chat.isPlaced();
  await chat.standsAt(left);
});

test('a chat that is in view as a whole stays at its end when the window gets lower and messages come', async () => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('away') });
  const window = new MainWindow(page);
  await see(window.friend('Anna')).toBeVisible();
  const receive = (texts: string[]) =>
    withFake(
      page,
      ({ fake: { core }, argument }) => {
        const [anna] = core.friends.keys();
        for (const text of argument) core.receive(anna!, text);
      },
      texts,
    );
  await receive(Array.from({ length: 8 }, (_, i) => `while you were away ${i}`));
  await see(window.badge('Anna')).toContainText('8 unread');
  const chat = await window.openChat('Anna');
  // It begins at the divider, with everything in view.
  await see(chat.root.locator('.unread-divider')).toBeInViewport();
  await see(chat.message('while you were away 7')).toBeInViewport({ ratio: 1 });
  await resize(page, { width: 1100, height: 420 });
  await see(chat.message('while you were away 7')).toBeInViewport({ ratio: 1 });
  await receive(['and now']);
  await see(chat.message('and now')).toBeInViewport({ ratio: 1 });
  await see(chat.root.getByRole('button', { name: /^Jump to newest/ })).toHaveCount(0);
});

// Else it is blank until the list has measured its rows.
test.each([
  [2, 'hidden never'],
  [30, 'hidden at first'],
])('a chat with %i new messages is %s, and begins at the first of them', async (count, hidden) => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('long') });
  const window = new MainWindow(page);
  await see(window.friend('Grace Hopper')).toBeVisible();
  await withFake(
    page,
    ({ fake: { core }, argument }) => {
      const [grace] = core.friends.keys();
      for (let i = 0; i < argument; i++) core.receive(grace!, `new ${i}`);
    },
    count,
  );
  await see(window.badge('Grace Hopper')).toContainText(`${count} unread`);
  await page.evaluate(() => {
    const seen: boolean[] = [];
    Object.assign(globalThis, { seen });
    const look = () => {
      const list = document.querySelector('.message-list');
      if (list !== null) seen.push(list.checkVisibility({ visibilityProperty: true }));
      requestAnimationFrame(look);
    };
    look();
  });
  const chat = await window.openChat('Grace Hopper');
  await see(chat.message('new 0')).toBeInViewport({ ratio: WHOLE });
  await see(chat.root.locator('.unread-divider')).toBeInViewport({ ratio: WHOLE });
  if (count < 5) await see(chat.messages.last()).toBeInViewport({ ratio: WHOLE });
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: boolean[] }).seen);
  expect(seen.includes(false) ? 'hidden at first' : 'hidden never').toBe(hidden);
});

// On a slow computer a list that comes near its place by steps gave up on the way, beyond what nobody had seen.
test('the list of a chat with many new messages comes to the first of them at once', async () => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('long') });
  const window = new MainWindow(page);
  await see(window.friend('Grace Hopper')).toBeVisible();
  await withFake(
    page,
    ({ fake: { core } }) => {
      const [grace] = core.friends.keys();
      for (let i = 0; i < 40; i++) core.receive(grace!, `new ${i} ${'and some words more '.repeat((i * 7) % 30)}`);
    },
    null,
  );
  await see(window.badge('Grace Hopper')).toBeVisible();
  await page.evaluate(() => {
    const places: number[] = [];
    Object.assign(globalThis, { places });
    const scrollTo = Element.prototype.scrollTo as (place: ScrollToOptions) => void;
    Element.prototype.scrollTo = function (this: Element, place?: unknown) {
      places.push((place as ScrollToOptions).top!);
      scrollTo.call(this, place as ScrollToOptions);
    };
  });
  const chat = await window.openChat('Grace Hopper');
  await see(chat.root.locator('.unread-divider')).toBeInViewport({ ratio: WHOLE });
  await chat.isPlaced();
  const places = await page.evaluate(() => (globalThis as unknown as { places: number[] }).places);
  expect(Math.max(...places) - Math.min(...places)).toBeLessThan(MISSED_PX);
});

test('the end of a chat stays in view when its last messages are deleted', async () => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('busy') });
  const chat = await new MainWindow(page).openChat('Grace Hopper');
  await see(chat.messages.last()).toBeInViewport({ ratio: WHOLE });
  for (let deleted = 0; deleted < 6; deleted++) {
    const id = await chat.messages.last().getAttribute('data-message');
    await chat.messages.last().focus();
    await page.keyboard.press('Shift+F10');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await see(page.locator(`[data-message="${id}"]`)).toHaveCount(0);
    await see(chat.messages.last()).toBeInViewport({ ratio: WHOLE });
  }
});
