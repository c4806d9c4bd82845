import { join } from 'node:path';
import type { Locator } from 'playwright';
import { expect, test } from 'vitest';
import { ChatSearch } from './screens/chat.ts';
import { MainWindow } from './screens/main-window.ts';
import { fillChat } from './support/fill-chat.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

const MESSAGES = 100_000;
const OPEN_LIMIT_MS = 3_000;
const MOST_ELEMENTS = 6_000;
const SCREENS_UP = 60;

test(`a chat with ${MESSAGES} messages opens at once, scrolls, its first message is found, and its hits are walked`, async () => {
  const scene = newScene();
  const node = await scene.node({ name: 'ada', profile: 'Ada' });
  await node.stop();
  await fillChat({ dataDir: join(scene.folder, 'ada'), alias: 'Ben', count: MESSAGES });
  const { ready, client, startMs } = await scene.node({ name: 'ada' });
  const { page } = await scene.page({ name: 'ada', url: ready.ui });
  const window = new MainWindow(page);
  await see(window.friend('Ben')).toBeVisible();
  const pressed = performance.now();
  const chat = await window.openChat('Ben');
  await see(chat.message(`line ${MESSAGES - 1}`)).toBeVisible();
  const opened = performance.now() - pressed;
  expect(opened).toBeLessThan(OPEN_LIMIT_MS);

  await page.evaluate(() => {
    const record: number[] = [];
    Object.assign(window, { longTasks: record });
    new PerformanceObserver((list) => record.push(...list.getEntries().map(({ duration }) => duration))).observe({
      entryTypes: ['longtask'],
    });
  });
  const history = chat.root.getByTestId('history');
  let most = 0;
  let oldest = MESSAGES;
  await chat.isPlaced();
  await history.hover();
  for (let screen = 0; screen < SCREENS_UP; screen++) {
    const before = oldest;
    await page.mouse.wheel(0, -1_200);
    // Each page up must bring messages that are older than any seen before.
    await see.poll(async () => (oldest = Math.min(oldest, await firstLine(history)))).toBeLessThan(before);
    most = Math.max(most, await page.locator('*').count());
  }
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  const mean = tasks.length === 0 ? 0 : tasks.reduce((sum, ms) => sum + ms, 0) / tasks.length;
  process.stdout.write(
    `start ${startMs.toFixed(0)} ms, chat open ${opened.toFixed(0)} ms, ${MESSAGES - oldest} messages up, ` +
      `at most ${most} elements, ${tasks.length} long tasks of ${mean.toFixed(0)} ms on average\n`,
  );
  expect(most).toBeLessThan(MOST_ELEMENTS);
  expect(MESSAGES - oldest).toBeGreaterThan(500);

  await window.searchBox.fill('very first');
  await see(window.hits).toHaveCount(1, { timeout: 30_000 });
  await window.hits.click();
  const first = chat.message('line 0 the very first');
  await see(first).toBeInViewport();
  await see(first).toHaveClass(/highlighted/);
  await chat.root.getByRole('button', { name: /^Jump to newest/ }).click();
  await see(chat.message(`line ${MESSAGES - 1}`)).toBeInViewport();

  // Eleven of them, the last one 90,000 messages above the others.
  const search = new ChatSearch(page);
  await page.keyboard.press('Control+f');
  await page.keyboard.type('line 9999');
  await see(search.found).toContainText('1 of 11');
  await see(chat.message('line 99999')).toHaveClass(/highlighted/);
  for (let i = 0; i < 10; i++) await page.keyboard.press('Enter');
  await see(search.found).toContainText('11 of 11');
  await see(chat.message('line 9999')).toHaveClass(/highlighted/);
  await see(chat.message('line 9999')).toBeInViewport();
  await page.keyboard.press('Control+a');
  const typed = performance.now();
  await page.keyboard.type('line');
  // The message that is shown is a hit still, wherever it stands among all.
  const place = `${(MESSAGES - 9_999).toLocaleString()} of ${MESSAGES.toLocaleString()}`;
  await see(search.found).toContainText(place, { timeout: 30_000 });
  await see(chat.message('line 9999')).toBeInViewport();
  process.stdout.write(`all of them found in ${(performance.now() - typed).toFixed(0)} ms\n`);
  await page.keyboard.press('Escape');
  await see(chat.composer).toBeFocused();
  await expect(client.call('network.status')).resolves.toMatchObject({ running: true });
});

/** Number of the first line that the list has rendered. */
async function firstLine(history: Locator): Promise<number> {
  const text = await history.getByTestId('message-text').first().textContent();
  return Number(/^line (\d+)/.exec(text ?? '')?.[1] ?? Number.POSITIVE_INFINITY);
}
