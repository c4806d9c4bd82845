import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { FirstRun } from '../screens/first-run.ts';
import { MainWindow } from '../screens/main-window.ts';
import { launchChromium } from './browser.ts';
import { type NodeProcess, startNode } from './node-process.ts';
import { openProfile } from './people.ts';
import { startPrivateNetwork } from './private-network.ts';
import { see } from './see.ts';
import { until } from './until.ts';
import { type WrittenChat, writeChats } from './write-chats.ts';

/** Makes the pictures of the README: `npm run screenshots`. Everybody in them is invented. */

const PICTURES = 'assets/screenshots';
const NODES = 20;
const EVENING_HOUR = 18;

const JUNIPER: readonly (readonly ['me' | 'them', number, string])[] = [
  ['them', 1_530, 'Did the seedlings survive the frost?'],
  ['me', 1_522, 'Most of them! I covered the beans in time. The courgettes look offended.'],
  ['them', 1_519, 'Courgettes always do 😄'],
  ['me', 96, 'Are you coming to the garden on Saturday? We could build the cold frame.'],
  ['them', 91, 'Yes! I have the old windows ready.\nAnything else to bring?'],
  ['me', 88, 'Hinges, if you find some. I drew a plan after this one: https://garden.example.org/cold-frame'],
  ['them', 84, 'That looks solid. Hinges: found. Screws: found. Cake: to be baked.'],
  ['me', 83, '😋'],
  ['them', 12, 'One more thing. May my neighbour have your ID? She wants to swap tomato plants.'],
  ['me', 9, 'Of course. Tell her to add me with a greeting, then I know who it is.'],
];

const OTHERS: readonly WrittenChat[] = [
  {
    alias: 'Tamsin (choir)',
    unread: 2,
    lines: [
      { from: 'me', minutesAgo: 400, text: 'See you at eight' },
      { from: 'them', minutesAgo: 34, text: 'Rehearsal moved to the small hall' },
      { from: 'them', minutesAgo: 33, text: 'And bring the second page, please' },
    ],
  },
  {
    alias: 'Uncle Pim',
    draft: 'The boat is dry now, so',
    lines: [{ from: 'them', minutesAgo: 1_700, text: 'When can we go sailing again?' }],
  },
  {
    alias: 'Odo',
    lines: [{ from: 'me', minutesAgo: 4_400, text: 'Thanks, the bicycle runs like new' }],
  },
  {
    alias: 'Marlow & Fenn',
    lines: [{ from: 'them', minutesAgo: 9_000, text: 'We arrived. The cabin has a stove!' }],
  },
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-pictures-'));
  const cleanup: (() => Promise<unknown>)[] = [];
  mkdirSync(PICTURES, { recursive: true });
  try {
    const network = await startPrivateNetwork(NODES);
    cleanup.push(network.stop);
    const browser = await launchChromium();
    cleanup.push(() => browser.close());
    const start = async (name: string, args: readonly string[] = []): Promise<NodeProcess> => {
      const bootstrap = ['--bootstrap', network.bootstrap];
      const node = await startNode(name, ['--data', join(folder, name), '--host', '127.0.0.1', ...bootstrap, ...args]);
      cleanup.push(() => node.stop());
      return node;
    };
    const fresh = await start('fresh');
    const firstRun = await evening(browser, fresh.ready.ui);
    await see(new FirstRun(firstRun).welcome).toBeVisible();
    await picture(firstRun, 'first-run');

    const [wren] = await twoFriends(folder, start);
    const page = await evening(browser, wren.ready.ui);
    await takeChat(page);
    await takeNetwork(page, wren);
  } finally {
    for (const task of cleanup.reverse()) await task();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Start = (name: string, args?: readonly string[]) => Promise<NodeProcess>;

/** Both know each other, and one of them has had a life before. */
async function twoFriends(folder: string, start: Start): Promise<[NodeProcess, NodeProcess]> {
  const names = ['Wren', 'Juniper'] as const;
  const made = await Promise.all(names.map((name) => start(name, ['--ephemeral-profile', name])));
  const [wrenId, juniperId] = await Promise.all(made.map(async (node) => (await openProfile(node)).publicId));
  await Promise.all(made.map((node) => node.stop()));
  const lines = JUNIPER.map(([from, minutesAgo, text]) => ({ from, minutesAgo, text }));
  await writeChats(join(folder, 'Wren'), [...OTHERS, { alias: 'Juniper', publicId: juniperId, lines }]);
  await writeChats(join(folder, 'Juniper'), [{ alias: 'Wren', publicId: wrenId, lines: [] }]);
  return Promise.all([start('Wren'), start('Juniper')]);
}

/** A window of somebody for whom it is evening, whenever the pictures are taken. */
async function evening(browser: Browser, url: string): Promise<Page> {
  const ahead = EVENING_HOUR - new Date().getUTCHours();
  const hours = ahead > 12 ? ahead - 24 : ahead;
  // The signs of these zones are the other way round: Etc/GMT-3 is three hours ahead of UTC.
  const timezoneId = hours > 0 ? `Etc/GMT-${hours}` : `Etc/GMT+${-hours}`;
  const context = await browser.newContext({
    viewport: { width: 1100, height: 760 },
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId,
  });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function takeChat(page: Page): Promise<void> {
  const window = new MainWindow(page);
  const chat = await window.openChat('Juniper');
  await see(chat.presence).toContainText('Online');
  await see(chat.message(JUNIPER.at(-1)![2])).toBeVisible();
  await page.locator('.sidebar-remark').evaluate((remark) => remark.remove());
  await picture(page, 'chat-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'chat-dark');
  await page.emulateMedia({ colorScheme: 'light' });
}

async function takeNetwork(page: Page, node: NodeProcess): Promise<void> {
  await until('most of the network is known', async () => {
    return (await node.client.call('network.status')).nodeCount >= NODES - 2;
  });
  const shown = await new MainWindow(page).openNetwork();
  await see(shown.getByTestId('neighbours')).toBeVisible();
  await shown.getByRole('heading', { name: 'Routing table' }).evaluate((heading) => {
    const panel = heading.closest('section')!;
    panel.style.scrollMarginTop = '16px';
    panel.scrollIntoView();
  });
  await picture(page, 'network');
}

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
}

await main();
