import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { ChatScreen } from './screens/chat.ts';
import { FirstRun } from './screens/first-run.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl } from './support/fake-page.ts';
import { befriend, openProfile, people } from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { tabTo } from './support/tab-to.ts';

const PASSPHRASE = 'lantern gravel otter seventeen';

async function axePage(scene: Scene, url: string): Promise<Page> {
  const { page } = await scene.page({ name: 'ada' });
  await addAxe(page);
  await page.goto(url);
  return page;
}

describe('axe finds nothing wrong with', () => {
  test('the first run, unlocking and the empty window', async () => {
    const scene = newScene();
    const { ready } = await scene.node({ name: 'ada' });
    const page = await axePage(scene, ready.ui);
    const start = new FirstRun(page);
    await see(start.welcome).toBeVisible();
    await expectAccessible(page, 'welcome');
    await page.getByRole('button', { name: 'Restore a profile' }).click();
    await expectAccessible(page, 'restore from words');
    await page.getByText('Backup file', { exact: true }).click();
    await expectAccessible(page, 'restore from a backup');
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await page.getByRole('button', { name: 'Create a profile' }).click();
    await page.getByLabel('Passphrase (optional)').fill('weak');
    await page.getByLabel('Repeat passphrase').fill('other');
    await expectAccessible(page, 'create');
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await start.create({ name: 'Ada', passphrase: PASSPHRASE });
    await expectAccessible(page, 'recovery words');
    const positions = await start.toCheck();
    for (const position of positions) await start.word(position).fill('wrong');
    await start.confirm.click();
    await see(page.getByRole('alert').first()).toBeVisible();
    await expectAccessible(page, 'check of the words');
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await start.later();
    await see(page.getByText('No friends yet')).toBeVisible();
    await expectAccessible(page, 'empty window');

    const window = new MainWindow(page);
    const settings = await window.openSettings();
    await settings.getByRole('button', { name: 'Lock now' }).click();
    await page.getByLabel('Passphrase').fill('wrong');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await see(page.getByRole('alert')).toBeVisible();
    await expectAccessible(page, 'unlock');
    await page.goto(new URL(ready.ui).origin);
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await see(page.getByRole('heading', { name: 'Open the whole address' })).toBeVisible();
    await expectAccessible(page, 'page without token');
  });

  test('chats, search and requests', async () => {
    const scene = newScene();
    const { ada, ben, cleo } = await people(scene, 'ada', 'ben', 'cleo');
    await befriend(ada, ben);
    const page = await axePage(scene, ada.node.ready.ui);
    const window = new MainWindow(page);
    await see(window.friend('ben')).toBeVisible();
    await expectAccessible(page, 'list');
    const chat = await window.openChat('ben');
    await expectAccessible(page, 'empty chat');
    await chat.send('Have you seen https://docs.example.org/tides?');
    await chat.seeState('Have you seen https://docs.example.org/tides?', 'delivered');
    await ben.node.client.call('messages.send', { friend: ada.key, text: 'Yes.\nAnd you?' });
    await ben.node.client.call('messages.send', { friend: ada.key, text: '🦦' });
    await see(chat.message('🦦')).toBeVisible();
    await ben.node.client.call('messages.setTyping', { friend: ada.key, typing: true });
    await see(chat.typing).not.toHaveText('');
    await expectAccessible(page, 'chat');
    await chat.composer.fill('x'.repeat(16_385));
    await expectAccessible(page, 'chat with too long a text');
    await chat.composer.fill('');
    await page.getByRole('button', { name: 'Emoji' }).click();
    await expectAccessible(page, 'emoji', ['wide']);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Chat options' }).click();
    await expectAccessible(page, 'chat options', ['wide']);
    await page.keyboard.press('Escape');

    await window.searchBox.fill('seen');
    await see(window.hits).toHaveCount(1);
    await expectAccessible(page, 'search results', ['wide']);
    await window.searchBox.fill('nothing like this');
    await see(page.getByText('Nothing found for “nothing like this”')).toBeVisible();
    await expectAccessible(page, 'nothing found', ['wide']);
    await window.searchBox.fill('');
    await cleo.node.client.call('friends.add', { publicId: ada.publicId, alias: 'ada', greeting: 'May I?' });
    await window.openRequests();
    await see(window.request).toBeVisible();
    await expectAccessible(page, 'requests');
    await window.request.getByRole('button', { name: 'Block' }).click();
    await see(page.locator('.toast')).toBeVisible();
    await expectAccessible(page, 'notice and no requests');
  });

  test('dialogs, network page and settings', async () => {
    const scene = newScene();
    const { ada, ben, cleo } = await people(scene, 'ada', 'ben', 'cleo');
    await befriend(ada, ben);
    await befriend(ada, cleo);
    await ada.node.client.call('friends.block', { friend: cleo.key });
    const page = await axePage(scene, ada.node.ready.ui);
    const window = new MainWindow(page);
    await window.openOwnId();
    await expectAccessible(page, 'own ID');
    await window.closeDialog();
    const adding = await window.openAddFriend();
    await expectAccessible(page, 'add friend');
    const wrong = cleo.publicId[30] === 'q' ? 'p' : 'q';
    await adding.id.fill(`${cleo.publicId.slice(0, 30)}${wrong}${cleo.publicId.slice(31)}`);
    await see(adding.check).toHaveAttribute('data-check', 'bad');
    await expectAccessible(page, 'add friend with a bad ID');
    await window.closeDialog();
    const chat = await window.openChat('ben');
    await chat.choose('Details');
    await expectAccessible(page, 'details of a friend');
    await window.closeDialog();
    await chat.choose('Rename');
    await expectAccessible(page, 'rename');
    await window.closeDialog();
    await chat.send('http://127.0.0.1/plain');
    await chat.texts.last().locator('a').click();
    await expectAccessible(page, 'link dialog');
    await window.closeDialog();

    const network = await window.openNetwork();
    await see(network.getByTestId('neighbours')).toBeVisible();
    await network.getByText('Show as a table').click();
    await network.getByLabel('Add a bootstrap node').fill('somewhere');
    await network.getByRole('button', { name: 'Add node' }).click();
    await expectAccessible(page, 'network');
    const settings = await window.openSettings();
    await see(settings.getByTestId('blocked')).toBeVisible();
    await expectAccessible(page, 'settings');
    for (const name of ['Set a passphrase', 'Show recovery words', 'Export a backup', 'Keyboard shortcuts']) {
      await settings.getByRole('button', { name }).click();
      await see(window.dialog).toBeVisible();
      if (/passphrase|backup/.test(name)) await see(window.dialog.locator('input').first()).toBeFocused();
      await expectAccessible(page, name);
      await window.closeDialog();
    }
    await window.openChat('ben');
    await ada.node.client.call('friends.block', { friend: ben.key });
    await see(chat.root.getByText('You blocked ben.')).toBeVisible();
    await expectAccessible(page, 'chat with somebody blocked');
  });
});

describe('with the keyboard alone', () => {
  test('a person makes a profile, adds a friend and writes', async () => {
    const scene = newScene();
    const { ben, bootstrap } = await people(scene, 'ben');
    const node = await scene.node({ name: 'ada', bootstrap: [bootstrap.node.ready.bootstrap] });
    const { page } = await scene.page({ name: 'ada', url: node.ready.ui });
    const { keyboard } = page;
    await see(page.getByRole('button', { name: 'Create a profile' })).toBeFocused();
    await keyboard.press('Enter');
    await see(page.getByLabel('Your name (optional)')).toBeFocused();
    await keyboard.type('Ada');
    await tabTo(page, page.getByRole('button', { name: 'Create profile' }));
    await keyboard.press('Enter');
    await see(page.getByRole('heading', { name: 'Your 24 recovery words' })).toBeFocused();
    const words = await page.locator('.words .word').allTextContents();
    await tabTo(page, page.getByRole('button', { name: 'I have written them down' }));
    await keyboard.press('Space');
    const labels = await page.locator('form label').allTextContents();
    for (const [index, label] of labels.entries()) {
      if (index > 0) await keyboard.press('Tab');
      await see(page.getByLabel(label, { exact: true })).toBeFocused();
      await keyboard.type(words[Number(label.slice('Word '.length)) - 1]!);
    }
    await keyboard.press('Enter');
    await see(page.getByText('No friends yet')).toBeVisible();
    expect(await openProfile(node)).toMatchObject({ name: 'Ada', wordsConfirmed: true });

    await keyboard.press('Alt+n');
    const window = new MainWindow(page);
    await see(window.dialog.getByLabel('Public ID or link')).toBeFocused();
    await keyboard.insertText(ben.publicId);
    await keyboard.press('Tab');
    await keyboard.type('Ben of the lighthouse');
    await keyboard.press('Tab');
    await keyboard.type('It is Ada');
    await tabTo(page, window.dialog.getByRole('button', { name: 'Send request' }));
    await keyboard.press('Enter');
    const chat = new ChatScreen(page);
    await see(chat.composer).toBeFocused();
    const asked = (await openProfile(node)).key;
    await see.poll(async () => (await ben.node.client.call('friends.requests')).map(({ key }) => key)).toEqual([asked]);
    await ben.node.client.call('friends.accept', { publicId: asked, alias: 'ada' });
    await see(chat.presence).toContainText('Online');
    await keyboard.type('Sent without a mouse');
    await keyboard.press('Enter');
    await chat.seeState('Sent without a mouse', 'delivered');

    await keyboard.press('Escape');
    await see(window.friend('Ben of the lighthouse')).toBeFocused();
    await keyboard.press('Enter');
    await see(chat.composer).toBeFocused();
    await keyboard.press('Control+k');
    await see(window.searchBox).toBeFocused();
    await keyboard.type('mouse');
    await see(window.hits).toHaveCount(1);
    await keyboard.press('ArrowDown');
    await see(window.hits).toBeFocused();
    await keyboard.press('Enter');
    await see(chat.message('Sent without a mouse')).toHaveClass(/highlighted/);
  });
});

test('the history of a chat shows that it has the focus', async () => {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl('busy') });
  const chat = await new MainWindow(page).openChat('Grace Hopper');
  await chat.isPlaced();
  const history = chat.root.getByTestId('history');
  await chat.root.getByRole('button', { name: 'Chat options' }).focus();
  await tabTo(page, history);
  await see(history).toBeFocused();
  const { outlineStyle, outlineWidth } = await history.evaluate((one) => getComputedStyle(one));
  expect(`${outlineStyle} ${outlineWidth}`).toBe('solid 2px');
});
