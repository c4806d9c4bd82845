import type { Locator, Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { fakePageUrl, ring, withFake } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

/** The UI on a fake core. */
async function shown(scene: string, width = 1100): Promise<Page> {
  const { page } = await newScene().page({ name: 'ada', viewport: { width, height: 760 } });
  await page.goto(await fakePageUrl(scene));
  return page;
}

const style = (element: Locator, property: string): Promise<string> =>
  element.evaluate((shown, name) => getComputedStyle(shown).getPropertyValue(name), property);

describe('with text twice as large', () => {
  const largeText = async (scene: string): Promise<Page> => {
    const page = await shown(scene, 480);
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    return page;
  };

  /** Elements whose content is wider than they are. */
  const cut = (elements: Locator): Promise<number> =>
    elements.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length);

  test('every recovery word is whole', async () => {
    const page = await largeText('first-run');
    await page.getByRole('button', { name: 'Create a profile' }).click();
    await page.getByRole('button', { name: 'Create profile' }).click();
    await see(page.locator('.words li')).toHaveCount(24);
    expect(await cut(page.locator('.words li'))).toBe(0);
    expect(await cut(page.locator('.card'))).toBe(0);
  });

  test('nothing stands out of its panel or its line in a window of 320 points', async () => {
    const page = await largeText('busy');
    await resize(page, { width: 320, height: 640 });
    const window = new MainWindow(page);
    const parts = page.locator('.panel, .panel > *:not(.table-scroll), .button, .page-header');
    for (const open of [() => window.openSettings(), () => window.openNetwork()]) {
      await open();
      expect(await cut(parts)).toBe(0);
      await page.keyboard.press('Escape');
    }
    await window.friend('Alan').click();
    await page.getByTestId('composer').fill('');
    // What is too long in it ends in an ellipsis.
    expect(await cut(page.locator('.composer-hint'))).toBe(0);
  });

  test('pictures, signs and badges grow along, and no page is cut off', async () => {
    const page = await largeText('busy');
    const window = new MainWindow(page);
    await see(window.friend('Grace Hopper')).toBeVisible();
    expect(await cut(page.locator('.avatar, .badge'))).toBe(0);
    expect((await page.getByRole('button', { name: 'Settings' }).boundingBox())!.width).toBe(72);
    expect(await cut(page.locator('.sidebar'))).toBe(0);
    const settings = await window.openSettings();
    expect(await cut(settings)).toBe(0);
    expect((await settings.getByRole('switch').first().boundingBox())!.width).toBe(88);
    expect((await settings.getByRole('radio').first().boundingBox())!.width).toBe(36);
    await page.keyboard.press('Escape');
    const network = await window.openNetwork();
    expect(await cut(network)).toBe(0);
    expect(await cut(page.locator('.page-header, .page-header h1'))).toBe(0);
    await resize(page, { width: 1100, height: 760 });
    const { presence } = await window.openChat('Alan');
    await see(presence).toContainText('messages are kept for them');
    expect(await presence.evaluate((line) => line.scrollWidth - line.clientWidth)).toBeLessThan(2);
    const chat = await window.openChat('Grace Hopper');
    await chat.messages.last().locator('.sign-button').click();
    const signs = page.getByRole('dialog', { name: 'Sending' });
    await signs.getByText('What the signs mean').click();
    await see(signs.locator('.sign-legend .delivery')).toHaveCount(6);
    expect(await cut(signs.locator('.sign-legend .delivery'))).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Emoji' }).click();
    await see(page.getByRole('dialog', { name: 'Emoji' })).toBeInViewport({ ratio: 1 });
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+/');
    await see(window.dialog).toBeVisible();
    expect(await cut(window.dialog.locator('dt'))).toBe(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    // Set in the browser: list and chat do not fit side by side where they do with common letters.
    const session = await page.context().newCDPSession(page);
    await resize(page, { width: 800, height: 760 });
    await see(page.locator('.pane')).toHaveCount(1);
    await session.send('Page.setFontSizes', { fontSizes: { standard: 32 } });
    await resize(page, { width: 799, height: 760 });
    await see(page.locator('.pane')).toHaveCount(0);
  });
});

test('all of “Your ID” is seen at once on a screen of 1280 by 800', async () => {
  const page = await shown('busy');
  await resize(page, { width: 1280, height: 800 });
  const dialog = (await new MainWindow(page).openOwnId()).locator('.dialog-body');
  expect(await dialog.evaluate((body) => body.scrollHeight - body.clientHeight)).toBe(0);
});

test('where a friend is, and what becomes of messages to them, stands whole in a window as narrow as a phone', async () => {
  const page = await shown('away', 360);
  const { presence } = await new MainWindow(page).openChat('Anna');
  await see(presence).toHaveText(/Last seen .* messages are kept for them/);
  expect(await presence.evaluate((line) => line.scrollHeight - line.clientHeight)).toBeLessThan(2);
  expect((await page.locator('.chat-header').boundingBox())!.height).toBeLessThan(100);
});

// Counted in letters this is as narrow as 320 points are for those who have set their browser to twice the size.
test('a chat says whose it is where ten letters fill a line', async () => {
  const page = await shown('busy', 160);
  const chat = await new MainWindow(page).openChat('Grace Hopper');
  expect(await chat.heading.evaluate((name) => name.scrollWidth - name.clientWidth)).toBeLessThan(2);
  await see(chat.presence).toBeInViewport({ ratio: 1 });
  await see(chat.root.getByRole('button', { name: 'Chat options' })).toBeInViewport({ ratio: 1 });
});

describe('with names that are long, or written from right to left', () => {
  const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung the Younger';
  const LEFTWARDS = 'نور الهدى';

  /** Alan has a long name. */
  const named = async (width: number): Promise<{ page: Page; window: MainWindow }> => {
    const page = await shown('busy', width);
    await withFake(
      page,
      ({ fake: { core }, argument: alias }) => {
        const { key } = [...core.friends.values()].find((friend) => friend.alias === 'Alan')!;
        core.change(key, { alias, draft: '' });
      },
      LONG,
    );
    const window = new MainWindow(page);
    await see(window.friend(LONG)).toBeVisible();
    return { page, window };
  };

  /** How far its text begins from the left edge of the element. */
  const indent = (element: Locator): Promise<number> =>
    element.evaluate((shown) => {
      const range = document.createRange();
      range.selectNodeContents(shown);
      return range.getBoundingClientRect().left - shown.getBoundingClientRect().left;
    });

  test('the field for a message has one line, and a call says all in a narrow window', async () => {
    const { page, window } = await named(360);
    const { composer } = await window.openChat(LONG);
    expect((await composer.boundingBox())!.height).toBeLessThan(45);
    await ring(page, LONG);
    await see(page.getByTestId('incoming-call')).toBeVisible();
    await page.keyboard.press('Alt+A');
    await ring(page, LEFTWARDS);
    const words = page.getByTestId('incoming-call').getByText('Taking it ends the call with');
    await see(words).toContainText(LONG);
    expect(await words.evaluate((shown) => shown.scrollWidth - shown.clientWidth)).toBeLessThanOrEqual(0);
  });

  test('the field for a message shows where a name begins, in whatever direction it is written', async () => {
    const page = await shown('busy', 360);
    const window = new MainWindow(page);
    const long = `${LEFTWARDS} `.repeat(9).trim();
    await withFake(
      page,
      ({ fake: { core }, argument: { before, alias } }) => {
        const { key } = [...core.friends.values()].find((friend) => friend.alias === before)!;
        core.change(key, { alias });
      },
      { before: LEFTWARDS, alias: long },
    );
    await see(window.friend(long)).toBeVisible();
    const { composer } = await window.openChat(long);
    const field = (await composer.boundingBox())!;
    // The first letters of a name from right to left are its right end, and are in the field.
    const first = await page.locator('.composer-hint bdi').evaluate((name) => {
      const range = document.createRange();
      range.setStart(name.firstChild!, 0);
      range.setEnd(name.firstChild!, 3);
      const { left, right } = range.getBoundingClientRect();
      return { left, right };
    });
    expect(first.left).toBeGreaterThan(field.x);
    expect(first.right).toBeLessThan(field.x + field.width);
    expect(field.height).toBeLessThan(45);
    await see(page.getByText('Message ')).toBeVisible();
    await composer.fill('Hello');
    await see(page.locator('.composer-hint')).toHaveCount(0);
  });

  test('what can be done about a notice stands below its words where these would get too narrow', async () => {
    const { page, window } = await named(360);
    const chat = await window.openChat(LONG);
    await chat.choose('Block');
    const words = page.locator('.toast-text');
    await see(words).toContainText('is blocked.');
    expect((await words.boundingBox())!.width).toBeGreaterThan(250);
    await see(page.getByRole('button', { name: 'Undo' })).toBeInViewport({ ratio: 1 });
  });

  test('a name begins beside its picture, and a sentence goes from left to right', async () => {
    const { page, window } = await named(1100);
    const chat = await window.openChat(LEFTWARDS);
    expect(await indent(chat.heading)).toBeLessThan(2);
    await ring(page, LEFTWARDS);
    expect(await indent(page.getByTestId('incoming-call').locator('.call-name'))).toBeLessThan(2);
    await chat.choose('Block');
    const words = page.locator('.toast-text');
    await see(words).toHaveText(`${LEFTWARDS} is blocked.`);
    expect(await style(words, 'direction')).toBe('ltr');
    const undo = (await page.getByRole('button', { name: 'Undo' }).boundingBox())!;
    expect(undo.x).toBeGreaterThan((await words.boundingBox())!.x);
    expect(undo.y).toBeLessThan((await words.boundingBox())!.y);
  });
});

describe('at four times the size, which leaves 320 by 256 points', () => {
  test('the list, the draft, the button to send and the menu are within reach', async () => {
    const page = await shown('busy', 1100);
    const window = new MainWindow(page);
    const chat = await window.openChat('Grace Hopper');
    await chat.composer.fill('These words fill one line of a wide window, and more of a narrow one.');
    await resize(page, { width: 320, height: 760 });
    await see
      .poll(() => chat.composer.evaluate((area: HTMLElement) => area.scrollHeight - area.offsetHeight))
      .toBeLessThan(1);
    await resize(page, { width: 320, height: 256 });
    await page.keyboard.press('Escape');
    await page.locator('.sidebar').hover();
    await page.mouse.wheel(0, -1_000);
    await see(window.searchBox).toBeInViewport({ ratio: 1 });
    await page.mouse.wheel(0, 150);
    await see(window.friend('Grace Hopper')).toBeInViewport({ ratio: 1 });
    await window.openChat('Grace Hopper');
    await chat.composer.fill('line\n'.repeat(20));
    await see(chat.sendButton).toBeInViewport({ ratio: 1 });
    await chat.root.getByRole('button', { name: 'Chat options' }).click();
    await page.keyboard.press('End');
    await see(page.getByRole('menuitem', { name: 'Remove' })).toBeInViewport({ ratio: 1 });
    await page.keyboard.press('Escape');
    await chat.composer.fill('');
    await chat.root.locator('.call-button').click();
    await see(page.getByRole('button', { name: 'Cancel', exact: true })).toBeInViewport({ ratio: 1 });
    await see.poll(() => chat.root.getByTestId('history').evaluate((list) => list.clientHeight)).toBeGreaterThan(30);
  });
});

describe('with the colours of the system alone', () => {
  const forced = async (): Promise<{ page: Page; window: MainWindow }> => {
    const page = await shown('busy');
    await page.emulateMedia({ forcedColors: 'active' });
    return { page, window: new MainWindow(page) };
  };

  test('a switch that is on looks other than one that is off', async () => {
    const { page, window } = await forced();
    const settings = await window.openSettings();
    const control = settings.getByRole('switch', { name: 'Read receipts' });
    const on = await control.screenshot();
    await control.focus();
    await page.keyboard.press('Space');
    await see(control).not.toBeChecked();
    await control.blur();
    expect(Buffer.compare(on, await control.screenshot())).not.toBe(0);
  });

  test('the open chat, who is online, and what lies above the page can be told', async () => {
    const { page, window } = await forced();
    const chat = await window.openChat('Grace Hopper');
    const edge = (row: Locator) => style(row, 'border-inline-start-width');
    expect(await edge(window.friend('Grace Hopper'))).not.toBe(await edge(window.friend('Alan')));
    const dot = (alias: string) => style(window.friend(alias).locator('.presence'), 'background-color');
    expect(await dot('Grace Hopper')).not.toBe(await dot('نور الهدى'));
    await chat.root.getByRole('button', { name: 'Chat options' }).click();
    expect(await style(page.getByRole('menu'), 'border-top-width')).toBe('1px');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Emoji' }).click();
    expect(await style(page.getByRole('dialog', { name: 'Emoji' }), 'border-top-width')).toBe('1px');
    await page.keyboard.press('Escape');
    const adding = await window.openAddFriend();
    expect(await style(adding.dialog, 'border-top-width')).toBe('1px');
  });
});

test.each(['light', 'dark'] as const)(
  'text and edges are clearer where more contrast is asked for (%s)',
  async (colorScheme) => {
    const page = await shown('busy');
    await page.emulateMedia({ contrast: 'more', colorScheme });
    const window = new MainWindow(page);
    const chat = await window.openChat('Grace Hopper');
    const row = window.friend('Alan');
    expect(await style(row.locator('.row-time'), 'color')).toBe(await style(row.locator('.row-title'), 'color'));
    const bubble = chat.messages.and(page.locator('[data-direction=in]')).last().locator('.bubble');
    expect(await style(bubble, 'border-top-color')).toBe(await style(bubble, 'color'));
    const edge = (alias: string) => style(window.friend(alias), 'border-inline-start-width');
    expect(await edge('Grace Hopper')).not.toBe(await edge('Alan'));
  },
);

test('nothing moves when somebody with a long name begins to type', async () => {
  const page = await shown('busy', 360);
  const window = new MainWindow(page);
  const alias = 'Maximiliane Wolkenstein-Trostburg von und zu Hohenlohe';
  const change = (change: { alias?: string; typing?: boolean }) =>
    withFake(page, ({ fake: { core }, argument }) => void core.change([...core.friends.keys()][0]!, argument), change);
  await change({ alias });
  const chat = await window.openChat(alias);
  const history = chat.root.getByTestId('history');
  const before = await history.boundingBox();
  await change({ typing: true });
  await see(chat.typing).toHaveText(`${alias} is typing…`);
  expect(await history.boundingBox()).toEqual(before);
});

describe('when the window changes its width', () => {
  test('the field for a message is as high as its text', async () => {
    const page = await shown('busy');
    const chat = await new MainWindow(page).openChat('Grace Hopper');
    const height = async () => (await chat.composer.boundingBox())!.height;
    const before = await height();
    await resize(page, { width: 360, height: 760 });
    await see(page.locator('.sidebar')).toHaveCount(0);
    await see.poll(height).toBe(before);
  });

  test.each([
    [400, 1100],
    [1100, 400],
  ])('from %d to %d, what is typed in a dialog stays', async (from, to) => {
    const page = await shown('busy', from);
    const adding = await new MainWindow(page).openAddFriend();
    await adding.id.fill('parley1');
    await resize(page, { width: to, height: 760 });
    await see(page.locator('.pane')).toHaveCount(to === 400 ? 0 : 1);
    await see(adding.id).toHaveValue('parley1');
    await see(adding.id).toBeFocused();
  });
});

test('a press on the scroll bar of a dialog leaves it open, one beside it closes it unless something was typed', async () => {
  const page = await shown('busy');
  await resize(page, { width: 1100, height: 300 });
  const window = new MainWindow(page);
  const { dialog } = await window.openAddFriend();
  const body = dialog.locator('.dialog-body');
  expect(await body.evaluate((one: HTMLElement) => one.offsetWidth - one.clientWidth)).toBeGreaterThan(5);
  const { x, y, width, height } = (await dialog.boundingBox())!;
  const last = dialog.getByRole('button', { name: 'Send request' });
  await see(last).not.toBeInViewport({ ratio: 1 });
  await page.mouse.move(x + width - 5, y + height / 3);
  await page.mouse.down();
  await page.mouse.move(x + width - 5, y + height + 100);
  await page.mouse.up();
  await see(last).toBeInViewport({ ratio: 1 });
  await page.mouse.click(x + width + 20, y + height / 3);
  await see(dialog).toHaveCount(0);
  const adding = await window.openAddFriend();
  await adding.id.fill('parley1');
  await page.mouse.click(x + width + 20, y + height / 3);
  await see(adding.id).toHaveValue('parley1');
  await page.keyboard.press('Escape');
  await see(dialog).toHaveCount(0);
});
