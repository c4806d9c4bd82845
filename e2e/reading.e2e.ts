import type { Locator, Page } from 'playwright';
import { expect, test } from 'vitest';
import { MARK_READ_PAUSE_MS } from '../renderer/stores/chat.ts';
import { PACE_MS } from '../renderer/stores/pacer.ts';
import { MainWindow } from './screens/main-window.ts';
import { fakePageUrl, withFake } from './support/fake-page.ts';
import { drawn, resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

/** Parts of a pixel may be cut off. */
const WHOLE = 0.98;

async function shown(scene: string): Promise<{ page: Page; window: MainWindow }> {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl(scene) });
  const window = new MainWindow(page);
  await see(window.friends.first()).toBeVisible();
  return { page, window };
}

/** The friend of this alias writes. */
function receive(page: Page, alias: string, ...texts: string[]): Promise<void> {
  return withFake(
    page,
    ({ fake: { core }, argument }) => {
      const { key } = [...core.friends.values()].find((friend) => friend.alias === argument.alias)!;
      for (const text of argument.texts) core.receive(key, text);
    },
    { alias, texts },
  );
}

/** Somebody looks at the window, or nobody does. */
function setWatched(page: Page, watched: boolean): Promise<void> {
  return page.evaluate((watched) => {
    document.hasFocus = () => watched;
    globalThis.dispatchEvent(new Event(watched ? 'focus' : 'blur'));
  }, watched);
}

test('whoever writes a message sees it, also after having scrolled up', async () => {
  const { page, window } = await shown('long');
  const chat = await window.openChat('Grace Hopper');
  await chat.isPlaced();
  await chat.root.getByTestId('history').hover();
  await page.mouse.wheel(0, -1_500);
  await see(chat.root.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  await chat.send('Here I am');
  await see(chat.message('Here I am')).toBeInViewport({ ratio: WHOLE });
  await receive(page, 'Grace Hopper', 'I see you');
  await see(chat.message('I see you')).toBeInViewport({ ratio: WHOLE });
});

test('a message that is read as it comes is nowhere shown as unread', async () => {
  const { page } = await newScene().page({ name: 'ada' });
  await page.clock.install({ time: new Date('2026-03-04T12:00:00') });
  await page.goto(await fakePageUrl('busy'));
  const window = new MainWindow(page);
  const chat = await window.openChat('Alan');
  await see(chat.message('This message is expired.')).toBeInViewport({ ratio: WHOLE });
  await see(chat.composer).toBeFocused();
  // From here on the page has the time it is given, however slow the computer is.
  await page.clock.pauseAt(new Date('2026-03-04T12:10:00'));
  await page.evaluate(() => {
    const signs: string[] = [];
    Object.assign(window, { signs });
    const look = () => {
      for (const sign of document.querySelectorAll('.friend-row .badge')) signs.push(sign.textContent ?? '');
      if (document.title !== 'Parley') signs.push(document.title);
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  });
  const unread = () =>
    page.evaluate(() => {
      const { fake } = window as unknown as { fake: import('../renderer/testing/fake-transport.ts').FakeConnection };
      return [...fake.core.friends.values()].reduce((sum, friend) => sum + friend.unread, 0);
    });
  for (const text of ['one', 'two', 'three']) {
    await receive(page, 'Alan', text);
    expect(await unread()).toBe(1);
    await page.clock.runFor(PACE_MS);
    await see(chat.message(text)).toBeInViewport({ ratio: WHOLE });
    await page.clock.runFor(MARK_READ_PAUSE_MS + PACE_MS);
    expect(await unread()).toBe(0);
    await page.clock.runFor(2_000);
  }
  expect(await page.evaluate(() => (window as unknown as { signs: string[] }).signs)).toEqual([]);
  await receive(page, 'Grace Hopper', 'elsewhere');
  await page.clock.runFor(PACE_MS);
  await see(window.badge('Grace Hopper')).toContainText('1 unread');
  await see(page).toHaveTitle('(1) Parley');
});

test('a message that the keyboard goes to is in view as a whole', async () => {
  const { page, window } = await shown('busy');
  const chat = await window.openChat('Grace Hopper');
  await see(chat.message('This message is expired.')).toBeInViewport();
  await chat.root.getByTestId('history').focus();
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('ArrowUp');
    await see(page.locator('[data-message]:focus')).toBeInViewport({ ratio: WHOLE });
  }
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowDown');
  await see(chat.messages.last()).toBeFocused();
  await receive(page, 'Grace Hopper', 'at the end again');
  await see(chat.message('at the end again')).toBeInViewport({ ratio: WHOLE });
});

test('a notice stands neither on the newest message nor on what is being written', async () => {
  const { page, window } = await shown('long');
  const chat = await window.openChat('Grace Hopper');
  await see(chat.message('This message is expired.')).toBeInViewport({ ratio: WHOLE });
  /** Free points between one and what stands below it. */
  const between = async (upper: Locator, lower: Locator) => {
    const [above, below] = [(await upper.boundingBox())!, (await lower.boundingBox())!];
    return below.y - above.y - above.height;
  };
  for (const [width, draft] of [
    [1100, ''],
    [1100, 'a line\n'.repeat(6)],
    [360, 'a line\n'.repeat(3)],
  ] as const) {
    await resize(page, { width, height: 760 });
    await chat.composer.fill(draft);
    await chat.messages.last().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy text' }).click();
    const notice = page.locator('.toast');
    await see(notice).toBeVisible();
    const newest = chat.messages.last();
    await see.poll(() => between(newest, notice)).toBeGreaterThanOrEqual(0);
    await see(newest).toBeInViewport({ ratio: WHOLE });
    expect(await between(notice, chat.composer)).toBeGreaterThanOrEqual(0);
    await notice.getByRole('button', { name: 'Dismiss' }).click();
    await see(notice).toHaveCount(0);
    await see.poll(() => between(newest, chat.typing)).toBeLessThan(20);
  }
});

test('a long message that was unfolded and folded again leaves the chat at its end', async () => {
  const { page, window } = await shown('long');
  const chat = await window.openChat('Grace Hopper');
  await see(chat.message('This message is expired.')).toBeInViewport();
  await receive(page, 'Grace Hopper', 'a line\n'.repeat(80));
  const message = chat.messages.last();
  await message.getByRole('button', { name: 'Show more' }).click();
  // As the list does, which on a slow computer measures late that the message got lower.
  const corrected = chat.root.getByTestId('history').evaluate(async (scroller) => {
    await new Promise((done) => scroller.addEventListener('click', done, { once: true }));
    await new Promise((done) => setTimeout(done, 200));
    scroller.scrollBy(0, -500);
  });
  await message.getByRole('button', { name: 'Show less' }).click();
  await corrected;
  await receive(page, 'Grace Hopper', 'after it');
  await see(chat.message('after it')).toBeInViewport({ ratio: WHOLE });
});

test('piled signs stay in their message', async () => {
  const { page, window } = await shown('busy');
  const chat = await window.openChat('Alan');
  const other = chat.message('This message is sending.').last().getByTestId('message-text');
  await see(other).toBeInViewport({ ratio: WHOLE });
  const before = await other.screenshot();
  const pile = `Z${'\u0302'.repeat(30)} `.repeat(80);
  await receive(page, 'Alan', `${pile}and an end`);
  await see(chat.messages.last().getByTestId('message-text')).toContainText('and an end');
  expect(before.equals(await other.screenshot())).toBe(true);
});

test('what was searched for is marked and in view, also in a message that is higher than the window', async () => {
  const { page, window } = await shown('long');
  await see(window.friend('Grace Hopper')).toBeVisible();
  const lines = (count: number) => 'one line of many\n'.repeat(count);
  await receive(page, 'Grace Hopper', `${lines(150)}a kazoo, https://example.org/kazoo-shop\n${lines(300)}and a banjo`);
  for (let i = 0; i < 30; i++) await receive(page, 'Grace Hopper', `later ${i}`);
  const chat = await window.openChat('Alan');
  for (const [word, count] of [
    ['kazoo', 2],
    ['banjo', 1],
    ['one line', 450],
  ] as const) {
    await window.searchBox.fill(word);
    await see(window.hits.first().locator('mark')).toHaveText(word);
    await window.hits.first().click();
    const marks = chat.messages.locator('mark');
    await see(marks).toHaveCount(count);
    for (const mark of [marks.first(), marks.last()]) await see(mark).toHaveText(word);
    await see(marks.first()).toBeInViewport({ ratio: 1 });
  }
});

test('a day that begins is Today at once, also on New Year', async () => {
  const { page } = await newScene().page({ name: 'ada' });
  await page.clock.install({ time: new Date('2025-12-31T23:57:40') });
  await page.goto(await fakePageUrl('away'));
  const window = new MainWindow(page);
  await window.friend('Anna').click();
  await receive(page, 'Anna', 'Soon');
  const days = page.locator('.day');
  await see(days.last()).toHaveText('Today');
  await page.clock.pauseAt(new Date('2025-12-31T23:58:20'));
  await page.clock.runFor(101_000);
  await receive(page, 'Anna', 'A happy new year!');
  await page.clock.runFor(1_000);
  await see(days).toHaveText(['Yesterday', 'Today']);
  await see(window.friend('Anna').locator('.row-time')).toHaveText(/^(00:00|12:00.AM)$/);
});

test('while a chat is scrolled, the day of what is at the top stands above it', async () => {
  const { page } = await newScene().page({ name: 'ada' });
  await page.clock.install({ time: new Date('2026-03-04T12:00:00') });
  await page.goto(await fakePageUrl('long'));
  const window = new MainWindow(page);
  const chat = await window.openChat('Grace Hopper');
  await chat.isPlaced();
  const day = chat.root.locator('.scrolled-day');
  await see(day).toHaveCount(0);
  const history = chat.root.getByTestId('history');
  const jump = chat.root.getByRole('button', { name: 'Jump to newest' });
  await history.hover();
  await page.mouse.wheel(0, -1_500);
  await see(jump).toBeVisible();
  // Further not by the wheel, whose last turn may come late; and all in the page, since what is shown does not stay.
  const scrolled = (by: number) =>
    history.evaluate(async (list, by) => {
      list.scrollBy(0, by);
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      const days = [...document.querySelectorAll('.scrolled-day')];
      return days.map((day) => [day.textContent, getComputedStyle(day).opacity]);
    }, by);
  // Some 200 messages a day, which come in as they are scrolled to.
  await see.poll(() => scrolled(-3_000), { intervals: [50] }).toEqual([['Yesterday', '1']]);
  await page.clock.runFor(1_500);
  await see(day).toHaveCSS('opacity', '0');
  // A heading in view says it itself.
  const today = chat.root.locator('.day', { hasText: 'Today' });
  await until('the heading of today is there', async () => {
    await history.evaluate((list) => list.scrollBy(0, 300));
    return today.isVisible();
  });
  await today.evaluate((heading) => heading.scrollIntoView());
  await see(today).toBeInViewport();
  await see(day).toHaveCSS('opacity', '0');
  await see.poll(() => scrolled(120), { intervals: [50] }).toEqual([['Today', '1']]);
  // At the end the newest is read.
  await jump.click();
  await see(chat.message('This message is expired.')).toBeInViewport();
  await see(chat.root.locator('.scrolled-day.shown')).toHaveCount(0);
});

test.each([1, 8, 39])(
  'what comes while nobody looks at the window, %i at once, is found from its beginning',
  async (atOnce) => {
    const { page, window } = await shown('long');
    const chat = await window.openChat('Grace Hopper');
    await see(chat.message('This message is expired.')).toBeInViewport();
    await chat.isPlaced();
    const look = (watched: boolean) => setWatched(page, watched);
    await look(false);
    const divider = chat.root.locator('.unread-divider');
    await receive(page, 'Grace Hopper', 'new 0');
    await see(divider).toBeInViewport();
    await see(chat.message('new 0')).toBeInViewport({ ratio: WHOLE });
    for (let i = 1; i < 40; i += atOnce) {
      const texts = Array.from({ length: Math.min(atOnce, 40 - i) }, (_, n) => `new ${i + n}`);
      await receive(page, 'Grace Hopper', ...texts);
    }
    await see(window.badge('Grace Hopper')).toContainText('40 unread');
    await see(divider).toBeInViewport();
    await see(chat.message('new 0')).toBeInViewport();
    await look(true);
    const jump = chat.root.getByRole('button', { name: /^Jump to newest/ });
    await see(jump).toHaveAccessibleName(/\((1|2|3)\d unread messages\)/);
    await jump.click();
    await see(chat.message('new 39')).toBeInViewport({ ratio: WHOLE });
    await see(window.badge('Grace Hopper')).toHaveCount(0);
    await look(false);
    await receive(page, 'Grace Hopper', 'once more');
    await see(chat.root.locator('.message-item', { has: page.locator('.unread-divider') })).toContainText('once more');
    await see(chat.message('once more')).toBeInViewport({ ratio: WHOLE });
  },
);

test('the list that corrects itself while nobody looks does not leave what is new', async () => {
  const { page, window } = await shown('long');
  const chat = await window.openChat('Grace Hopper');
  await chat.isPlaced();
  await setWatched(page, false);
  const texts = Array.from({ length: 40 }, (_, i) => `new ${i}`);
  await receive(page, 'Grace Hopper', ...texts);
  const divider = chat.root.locator('.unread-divider');
  await see(divider).toBeInViewport();
  await see(chat.message('new 0')).toBeInViewport();
  const first = await chat.atRest();
  // As the list does now and then, which takes rows that came at its end for others above them.
  for (const by of [-500, 300]) {
    await chat.history.evaluate((scroller, by) => scroller.scrollBy(0, by), by);
    await chat.standsAt(first);
  }
  await setWatched(page, true);
  await chat.history.hover();
  await page.mouse.wheel(0, 300);
  await see(divider).not.toBeInViewport();
  await receive(page, 'Grace Hopper', 'one more');
  await see(window.badge('Grace Hopper')).toBeVisible();
  await see(chat.message('one more')).not.toBeInViewport();
});

test('what was new once is no place to go back to while nobody looks', async () => {
  const { page, window } = await shown('long');
  const chat = await window.openChat('Grace Hopper');
  await see(chat.message('This message is expired.')).toBeInViewport();
  await chat.isPlaced();
  await setWatched(page, false);
  await receive(page, 'Grace Hopper', 'new once');
  await see(chat.root.locator('.unread-divider')).toBeInViewport();
  await setWatched(page, true);
  await see(window.badge('Grace Hopper')).toHaveCount(0);
  for (let i = 0; i < 20; i++) await receive(page, 'Grace Hopper', `later ${i}`);
  await see(chat.message('later 19')).toBeInViewport({ ratio: WHOLE });
  await see(window.badge('Grace Hopper')).toHaveCount(0);
  await see(chat.root.locator('.unread-divider')).not.toBeInViewport();
  await setWatched(page, false);
  const { width, height } = page.viewportSize()!;
  const history = chat.root.getByTestId('history');
  const shownHeight = () => history.evaluate((list) => list.clientHeight);
  const before = await shownHeight();
  await resize(page, { width, height: height - 100 });
  await see.poll(shownHeight).toBe(before - 100);
  // What the list does about it is done in the next frame.
  await drawn(page);
  await see(chat.message('later 19')).toBeInViewport({ ratio: WHOLE });
});

test('what is selected over several messages is who wrote and what, without buttons', async () => {
  const { window } = await shown('busy');
  const chat = await window.openChat('Grace Hopper');
  await see(chat.message('This message is expired.')).toBeInViewport();
  const selected = await chat.texts.evaluateAll((texts) => {
    const range = document.createRange();
    const [first, last] = ['failed', 'expired'].map(
      (state) => texts.find((text) => text.textContent?.includes(state))!,
    );
    range.setStart(first!, 0);
    range.setEndAfter(last!.closest('[data-message]')!);
    const selection = getSelection()!;
    selection.removeAllRanges();
    selection.addRange(range);
    return selection.toString();
  });
  expect(selected.split('\n').filter((line) => line.trim() !== '')).toEqual([
    'This message is failed.',
    'You: This message is expired.',
  ]);
});
