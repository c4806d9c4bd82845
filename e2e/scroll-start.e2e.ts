import { expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { fakePageUrl } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

const OPENINGS = 4;
const WHEEL_PX = 300;

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
    const chat = await window.openChat('Alan');
    await see(chat.message('This message is expired.')).toBeVisible();
    await page.evaluate(() => {
      const { watched } = globalThis as unknown as { watched: Watched };
      Object.assign(watched, { wheeled: false, away: false });
    });
    await window.friend('Grace Hopper').click();
    await page.mouse.move(700, 400);
    await page.waitForFunction(() => {
      const list = document.querySelector('[data-testid=history]');
      return list !== null && list.scrollHeight > 4 * list.clientHeight;
    });
    for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -WHEEL_PX);
    await page.waitForFunction(() => (globalThis as unknown as { watched: Watched }).watched.away);
    await see(chat.root.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  }
  expect(await page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched.pulls)).toBe(0);
});
