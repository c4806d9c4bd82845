import type { Locator, Page } from 'playwright';
import { expect, test } from 'vitest';
import type { FakeConnection } from '../renderer/testing/fake-transport.ts';
import { FirstRun } from './screens/first-run.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { fakePageUrl, holdRequests, ring, withFake } from './support/fake-page.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';

/** Parts of a pixel may be cut off. */
const WHOLE = 0.98;

async function shown(scene: string): Promise<{ page: Page; window: MainWindow }> {
  const { page } = await newScene().page({ name: 'ada', url: await fakePageUrl(scene) });
  return { page, window: new MainWindow(page) };
}

/** Free points between one and what stands below it. */
async function between(upper: Locator, lower: Locator): Promise<number> {
  const [above, below] = [(await upper.boundingBox())!, (await lower.boundingBox())!];
  return below.y - above.y - above.height;
}

/** Whether the core keeps this draft. */
function hasDraft(page: Page, text: string): Promise<boolean> {
  return page.evaluate((draft) => {
    const { core } = (globalThis as unknown as { fake: FakeConnection }).fake;
    return [...core.friends.values()].some((friend) => friend.draft === draft);
  }, text);
}

test('a chat whose history takes long says that it is being opened', async () => {
  const { page, window } = await shown('busy');
  const answer = await holdRequests(page, 'messages.list');
  await window.friend('Alan').click();
  const waits = page.getByTestId('chat').getByRole('status').filter({ hasText: 'Opening the chat…' });
  await see(waits).toBeVisible();
  await answer();
  await see(page.getByTestId('message').last()).toBeVisible();
  await see(waits).toHaveCount(0);
});

test('the last step of the first run shows that it waits, and a name too long to be restored says so', async () => {
  const { page } = await shown('first-run');
  const first = new FirstRun(page);
  await first.restoreFromWords({ words: 'abandon '.repeat(24), name: 'x'.repeat(200) });
  await see(page.getByText('This name is too long.')).toBeVisible();
  await see(first.restore).toBeDisabled();
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  const words = await first.create({ name: 'Ada' });
  for (const position of await first.toCheck()) await first.word(position).fill(words[position - 1]!);
  const answer = await holdRequests(page, 'profile.get');
  await first.confirm.click();
  await see(first.confirm).toHaveAttribute('aria-busy', 'true');
  await answer();
  await see(page.getByRole('heading', { name: 'Parley' })).toBeVisible();
});

test('a late answer leaves the dialog and the page alone that were opened meanwhile', async () => {
  const { page, window } = await shown('busy');
  await window.openChat('Alan');
  const renamed = await holdRequests(page, 'friends.rename');
  await page.getByRole('button', { name: 'Chat options' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByLabel('Your name for them').fill('Alan T.');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await window.openAddFriend();
  const alias = window.dialog.getByLabel('Your name for them');
  await alias.fill('half a name');
  await renamed();
  await see(window.friend('Alan T.')).toBeVisible();
  await see(alias).toHaveValue('half a name');
  await window.closeDialog();
  await window.openRequests();
  const accepted = await holdRequests(page, 'friends.accept');
  await window.request.getByRole('button', { name: 'Accept' }).click();
  await window.openChat('Grace Hopper');
  await accepted();
  await see(window.requestsRow).toHaveCount(0);
  await see(page.getByRole('heading', { name: 'Grace Hopper' })).toBeVisible();
});

test('a message that waits to be sent stands below the newest one', async () => {
  const { page, window } = await shown('long');
  const chat = await window.openChat('Grace Hopper');
  const newest = chat.message('This message is expired.');
  await see(newest).toBeInViewport({ ratio: WHOLE });
  const answer = await holdRequests(page, 'messages.send');
  await chat.composer.fill('a line\n'.repeat(3));
  await chat.composer.press('Enter');
  const waits = chat.root.getByText('Being sent: a line');
  await see(waits).toBeVisible();
  await see.poll(() => between(chat.messages.last(), waits)).toBeGreaterThanOrEqual(0);
  expect(await between(waits, chat.composer)).toBeGreaterThanOrEqual(0);
  await answer();
  await see(waits).toHaveCount(0);
});

test('a message that is refused comes back before what was typed and saved since', async () => {
  const { page, window } = await shown('long');
  const chat = await window.openChat('Grace Hopper');
  const answer = await holdRequests(page, 'messages.send');
  await chat.composer.fill('first');
  await chat.composer.press('Enter');
  await chat.composer.fill('second');
  await see.poll(() => hasDraft(page, 'second')).toBe(true);
  await withFake(
    page,
    ({ fake: { core } }) => {
      core.history.append = () => {
        throw new Error('refused');
      };
      for (const key of core.friends.keys()) core.change(key, { presence: 'offline' });
    },
    null,
  );
  await answer();
  await see(chat.composer).toHaveValue('first\nsecond');
});

test('a command of a menu whose answer takes long says what is being done, and no more when it is done', async () => {
  const { page, window } = await shown('busy');
  await window.openChat('Alan');
  const news = page.getByRole('status', { name: 'Notices' });
  const choose = async (name: string) => {
    await page.getByRole('button', { name: 'Chat options' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  };
  for (const { method, command, told } of [
    { method: 'friends.block', command: 'Block', told: 'Blocking Alan' },
    { method: 'friends.remove', command: 'Remove', told: 'Removing the friend…' },
  ]) {
    const answer = await holdRequests(page, method);
    await choose(command);
    await see(news.getByText(told)).toBeVisible();
    await answer();
    await see(news.getByText(told)).toHaveCount(0);
    await news.getByRole('button', { name: 'Undo' }).last().click();
    await see(window.friend('Alan')).toBeVisible();
    await window.openChat('Alan');
  }
});

test('the recovery words that do not come can be asked for again', async () => {
  const { page, window } = await shown('busy');
  await withFake(
    page,
    ({ fake: { transport } }) => {
      const request = transport.request.bind(transport);
      let failed = false;
      transport.request = async (method, args) => {
        if (method !== 'profile.words' || failed) return request(method, args);
        failed = true;
        return { ok: false, error: { code: 'internal', message: 'Something went wrong.', details: {} } };
      };
    },
    null,
  );
  const settings = await window.openSettings();
  await settings.getByRole('button', { name: /words/ }).click();
  await see(window.dialog.getByRole('alert')).toBeVisible();
  await see(window.dialog.getByRole('button', { name: 'Try again' })).toBeFocused();
  await page.keyboard.press('Enter');
  await see(window.dialog.getByRole('list', { name: 'Recovery words' })).toBeVisible();
});

test('a request that comes while others are read moves none of them', async () => {
  const { page, window } = await shown('busy');
  const ask = (name: string) =>
    withFake(page, ({ fake: { core }, argument }) => void core.request(argument, 'Hello'), name);
  await see(window.requestsRow).toContainText('1');
  await ask('Zoe');
  await window.openRequests();
  const names = window.request.getByRole('heading');
  const whole = window.request.filter({ hasText: 'Zoe' });
  const before = (await whole.boundingBox())!;
  await ask('Yan');
  await see(names).toHaveText(['Zoe', 'Barbara', 'Yan']);
  expect(await whole.boundingBox()).toEqual(before);
  await window.request.filter({ hasText: 'Barbara' }).getByRole('button', { name: 'Ignore' }).click();
  await see(names).toHaveText(['Zoe', 'Yan']);
  await window.pressInNotice('is ignored', 'Undo');
  await see(names).toHaveText(['Zoe', 'Barbara', 'Yan']);
  // Whoever comes back later sees the newest first.
  await page.keyboard.press('Escape');
  await window.openRequests();
  await see(names).toHaveText(['Yan', 'Zoe', 'Barbara']);
});

test('that the connection is lost is told where screen readers listen already', async () => {
  const { page, window } = await shown('busy');
  await see(window.friend('Alan')).toBeVisible();
  await page.evaluate(() => {
    for (const place of document.querySelectorAll('[role=status]')) place.setAttribute('data-before', '');
  });
  await withFake(page, ({ fake }) => fake.setStatus('disconnected'), null);
  await see(page.locator('[data-before]').getByText('Connection to Parley lost. Trying again…')).toBeVisible();
  await withFake(page, ({ fake }) => fake.setStatus('connected'), null);
  await see(page.getByText('Connection to Parley lost')).toHaveCount(0);
});

test('while the connection is lost, nothing says that somebody is online, types, or can be called', async () => {
  const { page, window } = await shown('busy');
  await addAxe(page);
  await page.reload();
  const grace = window.friend('Grace Hopper');
  const chat = await window.openChat('Grace Hopper');
  const types = () =>
    withFake(
      page,
      ({ fake: { core } }) => void core.change([...core.friends.keys()][0]!, { typing: true, presence: 'online' }),
      null,
    );
  await types();
  await see(chat.typing).toContainText('is typing');
  await see(grace).toContainText('typing…');
  await see(grace.locator('.presence-online')).toHaveCount(1);
  await withFake(page, ({ fake }) => fake.setStatus('disconnected'), null);
  await see(chat.presence).toContainText('Not known if online: Parley is not connected');
  await see(chat.typing).toHaveText('');
  await see(grace).toContainText('Not known if online: Parley is not connected');
  await see(grace).not.toContainText('typing…');
  await see(page.locator('.presence')).toHaveCount(0);
  const call = page.getByRole('button', { name: /^Call Grace Hopper/ });
  for (const button of await call.all()) {
    await see(button).toHaveAttribute('aria-disabled', 'true');
    await see(button).toHaveAccessibleName('Call Grace Hopper: Parley is not connected');
  }
  await chat.messages.last().locator('.sign-button').click();
  await see(page.getByTestId('delivery-story')).toContainText('not known while Parley is not connected');
  await page.keyboard.press('Escape');
  await expectAccessible(page, 'without connection');
  await ring(page, 'Alan');
  await see(page.getByTestId('incoming-call')).toContainText('Was calling you. Parley is not connected now.');
  await window.openNetwork();
  await see(page.getByText('This is how it was when the connection to Parley was lost.')).toBeVisible();
  await withFake(page, ({ fake }) => fake.setStatus('connected'), null);
  await see(page.getByText('when the connection to Parley was lost')).toHaveCount(0);
  await see(page.getByTestId('incoming-call')).toContainText('Is calling you');
  await page.keyboard.press('Escape');
  await window.openChat('Grace Hopper');
  await see(chat.presence).toContainText('typing…');
  await see(grace.locator('.presence-online')).toHaveCount(1);
});

test('a passphrase that was wrong is typed anew in its field, and told each time', async () => {
  const { page, window } = await shown('guarded');
  const settings = await window.openSettings();
  await settings.getByRole('button', { name: 'Change passphrase' }).click();
  const field = window.dialog.getByLabel('Current passphrase');
  await field.fill('wrong');
  const remove = window.dialog.getByRole('button', { name: 'Remove passphrase' });
  await remove.focus();
  await page.keyboard.press('Enter');
  await see(field).toBeFocused();
  const alert = window.dialog.getByRole('alert');
  await see(alert).toBeVisible();
  await alert.evaluate((told) => told.setAttribute('data-before', ''));
  await remove.press('Enter');
  await see(window.dialog.locator('[role=alert]:not([data-before])')).toBeVisible();
  await see(field).toBeFocused();
  await page.keyboard.type('secret');
  await remove.press('Enter');
  await see(window.dialog).toHaveCount(0);
});
