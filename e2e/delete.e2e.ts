import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import type { ChatScreen } from './screens/chat.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { asPerson, befriend, deliver, friendOf, type Person, people, textsOf } from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

async function windowOf(scene: Scene, person: Person): Promise<{ page: Page; window: MainWindow }> {
  const { page } = await scene.page({ name: person.node.name });
  await addAxe(page);
  await page.goto(person.node.ready.ui);
  return { page, window: new MainWindow(page) };
}

/** By the keyboard alone: the menu key, up to the last command. */
async function deleteByKeys(page: Page, chat: ChatScreen, text: string): Promise<void> {
  await chat.message(text).focus();
  await page.keyboard.press('Shift+F10');
  await page.keyboard.press('End');
  await see(page.getByRole('menuitem', { name: 'Delete for me' })).toBeFocused();
  await page.keyboard.press('Enter');
  await see(chat.message(text)).toHaveCount(0);
}

describe('a message deleted for oneself', () => {
  test('is gone from chat, list and search, comes back by undo, and stays gone after a restart', async () => {
    const scene = newScene();
    const { ada, ben, bootstrap } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    for (const text of ['first heron', 'second heron', 'third heron']) await deliver(ben, ada, text);
    const { page, window } = await windowOf(scene, ada);
    const chat = await window.openChat('ben');
    await chat.message('third heron').click({ button: 'right' });
    await see(page.getByRole('menuitem', { name: 'Delete for me' })).toBeVisible();
    await expectAccessible(page, 'menu of a message that came in', ['wide']);
    await page.keyboard.press('Escape');

    await window.searchBox.fill('heron');
    await see(window.hits).toHaveCount(3);
    await deleteByKeys(page, chat, 'third heron');
    await see(chat.message('second heron')).toBeFocused();
    await see(window.hits).toHaveCount(2);
    await expectAccessible(page, 'a message was deleted', ['wide']);
    await window.searchBox.fill('');
    await see(window.friend('ben')).toContainText('second heron');
    await window.pressInNotice('Deleted on this computer.', 'Undo');
    await see(chat.texts).toHaveText(['first heron', 'second heron', 'third heron']);
    await see(window.friend('ben')).toContainText('third heron');

    await deleteByKeys(page, chat, 'first heron');
    await deleteByKeys(page, chat, 'third heron');
    const notices = page.locator('.toast');
    // Each deletion has one, which may come after what it took away.
    for (let left = 2; left > 0; left--) {
      await see(notices).toHaveCount(left);
      await notices.first().getByRole('button', { name: 'Dismiss' }).click();
    }
    await see(notices).toHaveCount(0);
    await chat.choose('Bring back last deleted message');
    await see(chat.texts).toHaveText(['second heron', 'third heron']);
    await chat.choose('Bring back deleted message');
    await see(chat.message('first heron')).toHaveClass(/highlighted/);
    await see(chat.message('first heron')).toBeVisible();
    await see(page.getByTestId('announcer')).toContainText('The message is back.');
    await chat.root.getByRole('button', { name: 'Chat options' }).click();
    await see(page.getByRole('menuitem', { name: 'Search in chat' })).toBeFocused();
    await see(page.getByRole('menuitem', { name: /^Bring back/ })).toHaveCount(0);
    await page.keyboard.press('Escape');

    await deleteByKeys(page, chat, 'first heron');
    const { page: other } = await scene.page({ name: 'ada-2', url: ada.node.ready.ui });
    const chatThere = await new MainWindow(other).openChat('ben');
    await deleteByKeys(page, chat, 'third heron');
    await see(chatThere.texts).toHaveText(['second heron']);
    await chatThere.choose('Bring back last deleted message');
    await see(chat.message('third heron')).toBeVisible();
    await page.reload();
    await window.openChat('ben');
    await chat.choose('Bring back deleted message');
    await see(chat.message('first heron')).toHaveClass(/highlighted/);
    await see(chat.message('first heron')).toBeVisible();
    await see(chat.texts).toHaveText(['first heron', 'second heron', 'third heron']);

    await deleteByKeys(page, chat, 'first heron');
    await deleteByKeys(page, chat, 'third heron');
    await ada.node.kill();
    const again = await asPerson(await scene.node({ name: 'ada', bootstrap: [bootstrap.node.ready.bootstrap] }));
    await deliver(ben, again, 'fourth heron');
    expect(await textsOf(again, ben)).toEqual(['second heron', 'fourth heron']);
    expect(await textsOf(ben, again)).toHaveLength(4);
    const hits = await again.node.client.call('messages.search', { query: 'heron' });
    expect(hits.map(({ message }) => message.text)).toEqual(['fourth heron', 'second heron']);
    expect(await friendOf(again, ben)).toMatchObject({ unread: 1, lastMessage: { text: 'fourth heron' } });
  });

  test('is not sent while nobody has it', async () => {
    const scene = newScene();
    const { ada, ben, bootstrap } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    for (const { node } of [ben, bootstrap, ada]) await node.stop();
    // Alone: what she writes waits on her computer.
    const alone = await asPerson(await scene.node({ name: 'ada' }));
    const { page, window } = await windowOf(scene, alone);
    const chat = await window.openChat('ben');
    await see(chat.presence).toContainText('Last seen');
    for (const text of ['taken back', 'put back', 'left alone']) await chat.send(text);
    await deleteByKeys(page, chat, 'taken back');
    const notices = page.locator('.toast');
    await see(notices).toContainText('It is not sent.');
    // The next one may come after its message has gone, so this one must not be there any more.
    await notices.getByRole('button', { name: 'Dismiss' }).click();
    await see(notices).toHaveCount(0);
    await deleteByKeys(page, chat, 'put back');
    await notices.getByRole('button', { name: 'Undo' }).click();
    await see(chat.texts).toHaveText(['put back', 'left alone']);

    const benAgain = await asPerson(await scene.node({ name: 'ben', bootstrap: [alone.node.ready.bootstrap] }));
    await until('both arrive', async () => (await textsOf(benAgain, alone)).length === 2);
    await chat.seeState('put back', 'delivered');
    expect(new Set(await textsOf(benAgain, alone))).toEqual(new Set(['put back', 'left alone']));
  });
});
