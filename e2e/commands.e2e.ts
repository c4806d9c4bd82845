import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, holdRequests, withFake } from './support/fake-page.ts';
import { resize } from './support/resize.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

interface Shown {
  readonly page: Page;
  readonly window: MainWindow;
}

/** The UI on a fake core with several chats. */
async function busy(): Promise<Shown> {
  const { page, context } = await newScene().page({ name: 'ada' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await addAxe(page);
  await page.goto(await fakePageUrl('busy'));
  const window = new MainWindow(page);
  await see(window.friend('Grace Hopper')).toBeVisible();
  return { page, window };
}

const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
const command = (page: Page, name: string): Locator => page.getByRole('menuitem', { name, exact: true });

/** A file comes from the desktop and is let go here. */
async function dropFile(page: Page, place: { x: number; y: number }): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [fileURLToPath(import.meta.url)], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...place, data });
}

/** The friend with this place in the fake core's list writes. */
function receive(page: Page, friend: number, text: string): Promise<void> {
  return withFake(
    page,
    ({ fake: { core }, argument }) => void core.receive([...core.friends.keys()][argument.friend] ?? '', argument.text),
    { friend, text },
  );
}

describe('the menu of a message', () => {
  test('copies its text and its link, shows its delivery, and deletes it', async () => {
    const { page, window } = await busy();
    const chat = await window.openChat('Grace Hopper');
    await receive(page, 0, 'See https://example.org/map for the way');
    const message = chat.messages.filter({ hasText: 'for the way' });
    await message.getByText('for the way').click({ button: 'right' });
    await see(command(page, 'Copy text')).toBeFocused();
    await expectAccessible(page, 'menu of a message', ['wide']);
    await see(command(page, 'Copy link')).toHaveCount(0);
    await command(page, 'Copy text').click();
    await see.poll(() => clipboard(page)).toBe('See https://example.org/map for the way');
    await message.locator('a').click({ button: 'right' });
    await command(page, 'Copy link').click();
    await see.poll(() => clipboard(page)).toBe('https://example.org/map');

    const stored = chat.message('This message is stored.');
    await stored.focus();
    await page.keyboard.press('Shift+F10');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await see(page.getByTestId('delivery-story')).toContainText('Kept by 2 computers');
    await page.keyboard.press('Escape');
    await chat.message('This message is failed.').click({ button: 'right' });
    await command(page, 'Delete for me').click();
    await see(chat.message('This message is failed.')).toHaveCount(0);
    await window.pressInNotice('Deleted on this computer.', 'Undo');
    await see(chat.message('This message is failed.')).toBeVisible();
  });

  test('leaves what is selected to the menu of the system', async () => {
    const { page, window } = await busy();
    const chat = await window.openChat('Grace Hopper');
    const text = chat.message('This message is stored.').getByTestId('message-text');
    await text.dblclick();
    await text.click({ button: 'right' });
    await see(page.getByRole('menu')).toHaveCount(0);
  });

  test('is not needed to copy several messages with who wrote them', async () => {
    const { page, window } = await busy();
    const chat = await window.openChat('Grace Hopper');
    await see(chat.message('This message is delivered.')).toBeVisible();
    await chat.root.evaluate((root) => {
      const texts = [...root.querySelectorAll('[data-testid=message-text]')];
      const [from, to] = ['is read.', 'is stored.'].map((end) => texts.find((one) => one.textContent?.endsWith(end)));
      getSelection()?.setBaseAndExtent(from!, 0, to!, 1);
    });
    await page.keyboard.press('ControlOrMeta+c');
    expect((await clipboard(page)).split(/\n+/u)).toEqual([
      'This message is read.',
      'You: This message is delivered.',
      'You: This message is stored.',
    ]);
  });
});

describe('a key that is held', () => {
  /** Down once, and once more as it is held. */
  const hold = async (page: Page, key: string): Promise<void> => {
    await page.keyboard.down(key);
    await page.keyboard.down(key);
    await page.keyboard.up(key);
  };

  test('opens a chat and does not send its draft', async () => {
    const { page, window } = await busy();
    await window.friend('Alan').focus();
    await hold(page, 'Enter');
    const composer = page.getByTestId('composer');
    await see(composer).toBeFocused();
    await see(composer).toHaveValue('I meant to say that');
  });

  test('opens a menu and does not choose from it', async () => {
    const { page, window } = await busy();
    await window.openChat('Alan');
    await page.getByRole('button', { name: 'Chat options' }).focus();
    await hold(page, 'Enter');
    await see(command(page, 'Search in chat')).toBeFocused();
  });

  test('declines one call, not the next one too', async () => {
    const { page } = await busy();
    await withFake(
      page,
      ({ fake: { core } }) => {
        for (const { key, alias } of core.friends.values()) if (/^(?:Alan|Grace)/u.test(alias)) core.calls.ring(key);
      },
      null,
    );
    const ringing = page.getByTestId('incoming-call');
    await see(ringing).toHaveCount(2);
    await page.keyboard.down('Alt');
    await hold(page, 'h');
    await page.keyboard.up('Alt');
    await see(ringing).toHaveCount(1);
    await page.keyboard.press('Alt+A');
    await see(page.getByTestId('call')).toBeVisible();
  });
});

describe('the menu of a friend in the list', () => {
  test('marks the chat as read, and gives the focus back', async () => {
    const { page, window } = await busy();
    await receive(page, 1, 'Are you there?');
    await see(window.badge('Alan')).toContainText('1 unread message');
    await window.friend('Alan').focus();
    await page.keyboard.press('Shift+F10');
    await see(page.getByRole('menu', { name: 'Alan' })).toBeVisible();
    await expectAccessible(page, 'menu of a friend', ['wide']);
    await page.keyboard.press('Escape');
    await see(page.getByRole('menu')).toHaveCount(0);
    await see(window.friend('Alan')).toBeFocused();
    await window.friend('Alan').click({ button: 'right' });
    await command(page, 'Mark as read').click();
    await see(window.badge('Alan')).toHaveCount(0);
    await window.friend('Alan').click({ button: 'right' });
    await see(command(page, 'Mark as read')).toHaveCount(0);
    await command(page, 'Rename').click();
    await see(window.dialog.getByLabel('Your name for them')).toBeFocused();
  });
});

test('a file is neither opened nor silently lost when it is dropped or pasted', async () => {
  const { page, window } = await busy();
  const chat = await window.openChat('Alan');
  const { x, y, height } = (await chat.composer.boundingBox())!;
  for (const top of [y + height / 2, y - 100]) await dropFile(page, { x: x + 20, y: top });
  await chat.composer.evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(['x'], 'picture.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  await see(page.getByText('Only text can be sent, no pictures or files.')).toBeVisible();
  await see(chat.composer).toHaveValue('I meant to say that');
  expect(page.context().pages()).toHaveLength(1);
});

test('of a text far too long for a public ID no more is pasted than tells so', async () => {
  const { page, window } = await busy();
  const adding = await window.openAddFriend();
  await page.evaluate(() => navigator.clipboard.writeText('one\ntwo\n'.repeat(1_000)));
  await page.keyboard.press('Control+V');
  await see(adding.check).toHaveText('This text is far too long for a public ID.');
  expect((await adding.id.inputValue()).length).toBeLessThan(5_000);
});

test('a backup file can be dropped on its field, and is not opened when it is dropped beside', async () => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('first-run') });
  await page.getByRole('button', { name: 'Restore a profile' }).click();
  await page.getByText('Backup file', { exact: true }).click();
  const field = page.locator('input[type=file]');
  const { x, y, height } = (await field.boundingBox())!;
  await dropFile(page, { x: x + 20, y: y + height + 20 });
  expect(page.context().pages()).toHaveLength(1);
  await dropFile(page, { x: x + 20, y: y + height / 2 });
  await see(field).toHaveValue(/commands\.e2e\.ts$/);
  expect(page.context().pages()).toHaveLength(1);
});

test('a chat opens where it was left, and at what is unread when there is something', async () => {
  const { page, window } = await busy();
  const chat = await window.openChat('Grace Hopper');
  await chat.isPlaced();
  await chat.history.hover();
  await page.mouse.wheel(0, -1_000);
  await see(chat.root.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  const left = await chat.atRest();
  await window.openChat('Alan');
  await window.openChat('Grace Hopper');
  await chat.standsAt(left);
  await window.openChat('Alan');
  await receive(page, 0, 'Something new');
  // Before that it comes into a chat that is open already.
  await see(window.badge('Grace Hopper')).toContainText('1 unread');
  await window.openChat('Grace Hopper');
  await see(chat.message('Something new')).toBeInViewport();
  await see(chat.root.getByText('New messages')).toBeInViewport();
});

describe('keys', () => {
  test('go from chat to chat, show their list, and what is typed goes into the composer', async () => {
    const { page, window } = await busy();
    const { keyboard } = page;
    const chat = await window.openChat('Grace Hopper');
    await keyboard.press('Escape');
    await see(window.friend('Grace Hopper')).toBeFocused();
    await keyboard.press('Alt+ArrowDown');
    await see(chat.heading).toHaveText('Grace Hopper');
    await chat.messages.last().focus();
    await keyboard.press('Alt+ArrowDown');
    await see(chat.heading).toHaveText('Alan');
    await receive(page, 2, 'مرحبا');
    await see(window.badge('نور الهدى')).toContainText('1 unread message');
    await keyboard.press('Alt+Shift+ArrowUp');
    await see(chat.heading).toHaveText('نور الهدى');
    await keyboard.press('Alt+ArrowUp');
    await see(chat.heading).toHaveText('نور الهدى');
    await keyboard.press('Control+/');
    await see(window.dialog.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeVisible();
    await expectAccessible(page, 'shortcuts');
    const { x, y } = (await window.dialog.boundingBox())!;
    await page.mouse.click(x - 5, y);
    await see(window.dialog).toHaveCount(0);
    await chat.messages.last().click();
    await see(chat.composer).not.toBeFocused();
    await keyboard.type('Good evening');
    await see(chat.composer).toHaveValue('Good evening');
    const answer = await holdRequests(page, 'messages.send');
    await keyboard.press('Enter');
    await see(chat.composer).toHaveValue('');
    await see(chat.root.getByText('Being sent: Good evening')).toBeVisible();
    await answer();
    await see(chat.message('Good evening')).toBeVisible();
    await see(chat.root.getByText('Being sent')).toHaveCount(0);
  });

  test('come back to where one was in the list, also in a narrow window and after a friend was removed', async () => {
    const { page, window } = await busy();
    await resize(page, { width: 400, height: 300 });
    await window.openChat('Rosalind Franklin');
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await see(window.friend('Rosalind Franklin')).toBeFocused();
    await see(window.friend('Rosalind Franklin')).toBeInViewport({ ratio: 1 });
    await window.openSettings();
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await see(page.getByRole('button', { name: 'Settings' })).toBeFocused();
    const chat = await window.openChat('Rosalind Franklin');
    await chat.choose('Remove');
    await see(window.searchBox).toBeFocused();
    await page.keyboard.press('Tab');
    await window.pressInNotice(/were removed/, 'Undo');
    await see(chat.composer).toBeFocused();
  });

  test('keep the open chat in view in a long list, and others who write move nothing that is looked at', async () => {
    const { page, window } = await busy();
    await withFake(
      page,
      ({ fake: { core } }) => {
        for (let i = 0; i < 20; i++) core.change(core.put(`Friend ${i}`, { addedAt: 1_000_000 - i }).key, {});
      },
      null,
    );
    await see(window.friend('Friend 19')).toHaveCount(1);
    for (let i = 0; i < 15; i++) await page.keyboard.press('Alt+ArrowDown');
    const open = page.locator('[data-testid=friend][aria-current]');
    await see(open).toContainText('Friend 9');
    await see(open).toBeInViewport({ ratio: 1 });
    const looked = window.friend('Friend 7');
    const { y } = (await looked.boundingBox())!;
    // The last row, then the one at the upper edge of what is seen, which the browser would follow to the top.
    for (const [friend, text] of [
      [25, 'from below'],
      [7, 'from the edge'],
    ] as const) {
      await receive(page, friend, text);
      await see(window.friends.first()).toContainText(text);
      expect((await looked.boundingBox())!.y).toBeCloseTo(y, 0);
    }
  });

  test('search for what is typed in the list, and open what is found first', async () => {
    const { page, window } = await busy();
    await window.friend('Grace Hopper').focus();
    await page.keyboard.type('alann');
    await see(window.searchBox).toHaveValue('alann');
    await page.keyboard.press('Backspace');
    await see(window.foundPeople).toHaveText(/Alan/);
    await page.keyboard.press('Enter');
    const composer = page.getByTestId('composer');
    await see(composer).toHaveAccessibleName('Message to Alan');
    await see(composer).toBeFocused();
    await window.searchBox.press('ArrowDown');
    await page.keyboard.type('a');
    await see(window.searchBox).toHaveValue('alana');
    await page.keyboard.press('Escape');
    // Opened once more, the chat takes what is typed.
    await window.friend('Alan').click();
    await page.keyboard.type('!');
    await see(composer).toHaveValue('I meant to say that!');
  });

  test('open by Enter what the letters of now find, not what is still shown of before', async () => {
    const { page, window } = await busy();
    await receive(page, 0, 'a kazoo');
    await receive(page, 1, 'a kazimir');
    await window.searchBox.fill('kaz');
    await see(window.hits).toHaveCount(2);
    await see(window.hits.first()).toContainText('kazimir');
    // Both in one task of the page: no hits can come between them.
    await window.searchBox.evaluate((field: HTMLInputElement) => {
      field.focus();
      document.execCommand('insertText', false, 'o');
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    });
    const found = page.locator('.message.highlighted');
    await see(found).toContainText('a kazoo');
    await see(page.getByTestId('composer')).toHaveAccessibleName('Message to Grace Hopper');
  });

  test('go on beside what was taken away', async () => {
    const { page, window } = await busy();
    const { keyboard } = page;
    await window.friend('Alan').focus();
    await keyboard.press('Shift+F10');
    await keyboard.press('End');
    await keyboard.press('Enter');
    await see(window.friend('Alan')).toHaveCount(0);
    await see(window.friend('نور الهدى')).toBeFocused();
    await page.locator('.toast').getByRole('button', { name: 'Dismiss' }).press('Enter');
    await see(window.friend('نور الهدى')).toBeFocused();
    await window.requestsRow.press('Enter');
    await window.request.first().getByRole('button', { name: 'Ignore' }).press('Enter');
    await see(page.locator('main :focus')).toHaveCount(1);
    const undo = page.locator('.toast').getByRole('button', { name: 'Undo' });
    await see(undo).toBeVisible();
    await undo.press('Enter');
    await see(window.request.first().getByRole('heading')).toBeFocused();
    await window.request.first().getByRole('button', { name: 'Ignore' }).press('Enter');
    await see(undo).toBeVisible();
    await window.home();
    await window.searchBox.focus();
    await resize(page, { width: 360, height: 720 });
    await see(page.locator('main').getByRole('textbox')).toBeFocused();
  });

  test('pass the list by in two steps, however long it is', async () => {
    const { page, window } = await busy();
    await window.friend('Grace Hopper').focus();
    await page.keyboard.press('ArrowDown');
    await see(window.friend('Alan')).toBeFocused();
    await page.keyboard.press('Tab');
    await see(page.getByRole('main').getByRole('button', { name: 'Add a friend' })).toBeFocused();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await see(window.friend('Grace Hopper')).toBeFocused();
  });

  test('pass the buttons of all messages by, but not those of the message that has the focus', async () => {
    const { page, window } = await busy();
    const { keyboard } = page;
    const chat = await window.openChat('Grace Hopper');
    await chat.message('This message is failed.').getByRole('button', { name: 'Delete' }).click();
    await chat.message('This message is expired.').getByRole('button', { name: 'Delete' }).click();
    await see(chat.message('This message is expired.')).toHaveCount(0);
    await see(chat.messages.last()).toBeInViewport({ ratio: 0.9 });
    await chat.composer.focus();
    await keyboard.press('Shift+Tab');
    await keyboard.press('Shift+Tab');
    await see(chat.root.getByTestId('history')).toBeFocused();
    await keyboard.press('ArrowUp');
    await see(chat.messages.last()).toBeFocused();
    await keyboard.press('Tab');
    await see(chat.messages.last().getByRole('button', { name: 'Sending' })).toBeFocused();
    await keyboard.press('Tab');
    await see(chat.messages.last().getByRole('button', { name: 'Copy message' })).toBeFocused();
  });
});
