import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { wordsToSeed } from '../core/crypto/recovery-words.ts';
import { FirstRun } from './screens/first-run.ts';
import { MainWindow } from './screens/main-window.ts';
import {
  asPerson,
  befriend,
  deliver,
  friendOf,
  online,
  openProfile,
  type Person,
  people,
  textsOf,
} from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

const PASSPHRASE = 'lantern gravel otter seventeen';

async function windowOf(scene: Scene, person: Person): Promise<MainWindow> {
  const { page } = await scene.page({ name: person.node.name, url: person.node.ready.ui });
  return new MainWindow(page);
}

describe('a public ID that is no use', () => {
  test('is refused before it is sent, with the mistake named and marked', async () => {
    const scene = newScene();
    const { ada, ben, cleo } = await people(scene, 'ada', 'ben', 'cleo');
    await befriend(ada, ben);
    await cleo.node.client.call('friends.add', { publicId: ada.publicId, alias: 'ada' });
    const window = await windowOf(scene, ada);
    await see(window.requestsRow).toBeVisible();
    const adding = await window.openAddFriend();

    await adding.id.fill(flipped(cleo.publicId, 30));
    await see(adding.check).toHaveAttribute('data-check', 'bad');
    await see(adding.marked).toHaveCount(1);
    await see(adding.marked).toHaveText(flipped(cleo.publicId, 30)[30]!);
    await see(adding.check).toContainText('Wrong at character 31.');
    await see(adding.send).toBeDisabled();

    await adding.id.fill(cleo.publicId.slice(0, -4));
    await see(adding.check).toHaveAttribute('data-check', 'bad');
    await see(adding.marked).toHaveText('…');

    await adding.id.fill('hello there');
    await see(adding.check).toHaveAttribute('data-check', 'bad');
    await see(adding.check).toContainText('parley1');

    await adding.id.fill(ada.publicId);
    await see(adding.check).toHaveText('This is your own ID.');
    await adding.id.fill(ben.publicId);
    await see(adding.check).toHaveText('ben is already in your list.');
    await adding.id.fill(cleo.publicId);
    await see(adding.check).toContainText('They have sent you a request.');
    await see(adding.send).toBeDisabled();
    await window.closeDialog();
  });

  test('is refused by the contract with a stable code', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    const add = (publicId: string) => ada.node.client.call('friends.add', { publicId });
    await expect(add(flipped(ben.publicId, 30))).rejects.toMatchObject({
      code: 'bad-public-id',
      details: { reason: 'checksum', positions: [30] },
    });
    await expect(add('garbage')).rejects.toMatchObject({ code: 'bad-public-id' });
    await expect(add(ada.publicId)).rejects.toMatchObject({ code: 'own-public-id' });
    await add(`parley:${ben.publicId}`);
    await expect(add(ben.publicId)).rejects.toMatchObject({ code: 'already-friend' });
  });
});

describe('a friend request', () => {
  test('by an outdated public ID is sent again by the new one', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    const { publicId } = await ben.node.client.call('profile.newInviteTag');
    await ada.node.client.call('friends.add', { publicId: ben.publicId, alias: 'ben' });
    const window = await windowOf(scene, ada);
    const adding = await window.openAddFriend();
    await adding.id.fill(ben.publicId);
    await see(adding.check).toHaveText('ben is already in your list.');
    await adding.id.fill(publicId);
    await adding.send.click();
    await until('ben is asked', async () => (await ben.node.client.call('friends.requests')).length === 1);
    expect(await friendOf(ada, ben)).toMatchObject({ alias: 'ben', state: 'requested', publicId });
  });

  test('can be ignored, and the asker is not told; undone, it waits again', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    await ben.node.client.call('friends.add', { publicId: ada.publicId, alias: 'ada', greeting: 'Hello' });
    const window = await windowOf(scene, ada);
    await window.openRequests();
    await window.request.getByRole('button', { name: 'Ignore' }).click();
    await see(window.page.getByText('Nobody is waiting for an answer')).toBeVisible();
    expect(await ada.node.client.call('friends.requests')).toEqual([]);
    expect(await friendOf(ben, ada)).toMatchObject({ state: 'requested', presence: 'offline' });
    await window.pressInNotice('The request of ben is ignored.', 'Undo');
    await see(window.request).toContainText('Hello');
  });

  test('can be blocked, shows among the blocked, and can be unblocked', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    await ben.node.client.call('friends.add', { publicId: ada.publicId, alias: 'ada', greeting: 'Hello' });
    const window = await windowOf(scene, ada);
    await window.openRequests();
    const block = window.request.getByRole('button', { name: 'Block' });
    await block.click();
    await see(window.request).toHaveCount(0);
    // Whoever knows blocked people only has no friends.
    await see(window.page.getByText('No friends yet')).toBeVisible();
    // Ben is not asked for it once more.
    await ben.node.stop();
    await window.pressInNotice('ben is blocked.', 'Undo');
    await see(window.request).toContainText('Hello');
    await block.click();
    await see(window.request).toHaveCount(0);
    const settings = await window.openSettings();
    await settings.getByRole('button', { name: 'Unblock ben' }).press('Enter');
    await see(settings.getByText('Nobody is blocked.')).toBeVisible();
    await see(settings.getByRole('heading', { name: 'Blocked people' })).toBeFocused();
  });
});

describe('a friend', () => {
  test('who is blocked cannot write, and can when unblocked in the settings', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    const window = await windowOf(scene, ada);
    const chat = await window.openChat('ben');
    await chat.choose('Block');
    await see(window.friend('ben')).toHaveCount(0);
    await until('ben sees ada gone', async () => (await friendOf(ben, ada)).presence === 'offline');
    const { id } = await ben.node.client.call('messages.send', { friend: ada.key, text: 'Are you there?' });
    const settings = await window.openSettings();
    await see(settings.getByTestId('blocked')).toContainText('ben');
    expect(await textsOf(ada, ben)).toEqual([]);
    // The network may keep it for her; that she does not hear of it is not told.
    expect((await ben.node.client.call('messages.list', { friend: ada.key }))[0]?.state).toMatch(/^(sending|stored)$/);
    await settings.getByRole('button', { name: 'Unblock ben' }).click();
    await see(window.friend('ben')).toBeVisible();
    await Promise.all([online(ada, ben), online(ben, ada)]);
    await until('the message arrives late', async () => (await textsOf(ada, ben)).includes('Are you there?'));
    // The receipt may come a moment later.
    await until('ben hears that it arrived', async () => {
      const [message] = await ben.node.client.call('messages.list', { friend: ada.key });
      return message?.id === id && message.state === 'delivered';
    });
  });

  test('who is removed comes back with the whole chat by undo, or later from the settings', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    await deliver(ben, ada, 'Keep this');
    await deliver(ada, ben, 'I do');
    const window = await windowOf(scene, ada);
    const chat = await window.openChat('ben');
    await see(chat.messages).toHaveCount(2);
    await chat.choose('Remove');
    await see(window.friend('ben')).toHaveCount(0);
    expect(await ada.node.client.call('friends.list')).toEqual([]);
    await window.pressInNotice('ben and the chat were removed.', 'Undo');
    await see(chat.heading).toHaveText('ben');
    await see(chat.message('Keep this')).toBeVisible();
    await see(chat.message('I do')).toBeVisible();
    await see(chat.presence).toContainText('Online');
    await deliver(ben, ada, 'Still here');
    await see(chat.message('Still here')).toBeVisible();
    await chat.choose('Remove');
    await window.page.reload();
    const settings = await window.openSettings();
    await see(settings.getByTestId('removed')).toContainText('ben');
    await settings.getByRole('button', { name: 'Bring ben back' }).click();
    await see(chat.message('Still here')).toBeVisible();
    await window.openSettings();
    await see(settings.getByRole('heading', { name: 'Blocked people' })).toBeVisible();
    await see(settings.getByTestId('removed')).toHaveCount(0);
  });
});

describe('a profile', () => {
  test('with a passphrase opens with it and with nothing else', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada' });
    await node.client.call('profile.create', { name: 'Ada', passphrase: PASSPHRASE });
    const { publicId } = await openProfile(node);
    await node.stop();
    const again = await scene.node({ name: 'ada' });
    expect(again.ready.publicId).toBeNull();
    const { page } = await scene.page({ name: 'ada', url: again.ready.ui });
    await page.getByLabel('Passphrase').fill('not the passphrase');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await see(page.getByRole('alert')).toHaveText('That is not the passphrase of this profile.');
    await expect(again.client.call('friends.list')).rejects.toMatchObject({ code: 'profile-locked' });
    await see(page.getByLabel('Passphrase')).toBeFocused();
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press('Enter');
    await see(page.getByText('No friends yet')).toBeVisible();
    await see(new MainWindow(page).searchBox).toBeFocused();
    expect((await openProfile(again)).publicId).toBe(publicId);

    const settings = await new MainWindow(page).openSettings();
    await settings.getByRole('button', { name: 'Lock now' }).click();
    await see(page.getByRole('button', { name: 'Unlock' })).toBeVisible();
    await expect(again.client.call('friends.list')).rejects.toMatchObject({ code: 'profile-locked' });

    await page.getByLabel('Passphrase').fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await see(new MainWindow(page).searchBox).toBeFocused();
    await page.keyboard.press('Control+/');
    await see(page.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeVisible();
    await page.keyboard.press('Control+l');
    await see(page.getByRole('button', { name: 'Unlock' })).toBeVisible();
    await expect(again.client.call('friends.list')).rejects.toMatchObject({ code: 'profile-locked' });
  });

  test('comes back from its 24 words with the same key; a wrong word is named', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'first' });
    const { words } = await node.client.call('profile.create', { name: 'Ada' });
    const { key } = await openProfile(node);
    await node.stop();
    const other = await scene.node({ name: 'second' });
    const { page } = await scene.page({ name: 'second', url: other.ready.ui });
    const start = new FirstRun(page);
    const wrong = words.with(6, 'lighthousse');
    await start.restoreFromWords({ words: wrong.join('\n '), name: 'Ada' });
    await start.restore.click();
    await see(page.getByRole('alert')).toContainText('Word 7, “lighthousse”, is not a recovery word.');
    const textarea = page.locator('textarea');
    await textarea.fill(noticedSwap(words).join(' '));
    await start.restore.click();
    await see(page.getByRole('alert')).toContainText('two are swapped');
    await textarea.fill(`  ${words.join('  ').toUpperCase()} `);
    await start.restore.click();
    await see(page.getByText('No friends yet')).toBeVisible();
    expect(await openProfile(other)).toMatchObject({ key, name: 'Ada', wordsConfirmed: true });
  });

  test('comes back from an encrypted backup with public ID and friends', async () => {
    const scene = newScene();
    const { ada, ben, bootstrap } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    await deliver(ben, ada, 'Before the backup');
    const window = await windowOf(scene, ada);
    const file = await exportBackup(window.page, join(scene.folder, 'ada.backup'));
    expect(readFileSync(file).includes('Before the backup')).toBe(false);
    await ada.node.stop();

    const fresh = await scene.node({ name: 'ada-again', bootstrap: [bootstrap.node.ready.bootstrap] });
    const { page } = await scene.page({ name: 'ada-again', url: fresh.ready.ui });
    const start = new FirstRun(page);
    await start.restoreFromBackup({ file, passphrase: 'wrong one' });
    await start.restore.click();
    await see(page.getByRole('alert')).toHaveText('That is not the passphrase of this backup.');
    await page.getByLabel('Passphrase of the backup').fill(PASSPHRASE);
    await start.restore.click();
    const restored = new MainWindow(page);
    await see(restored.friend('ben')).toBeVisible();
    const again = await asPerson(fresh);
    expect(again).toMatchObject({ key: ada.key, publicId: ada.publicId });
    await Promise.all([online(again, ben), online(ben, again)]);
    const chat = await restored.openChat('ben');
    await deliver(ben, again, 'After the backup');
    await see(chat.message('After the backup')).toBeVisible();
  });

  test('with a new invite tag gets requests by the new ID only', async () => {
    const scene = newScene();
    const { ada, ben, cleo } = await people(scene, 'ada', 'ben', 'cleo');
    const window = await windowOf(scene, ada);
    const dialog = await window.openOwnId();
    const before = await dialog.getByTestId('invite-tag').textContent();
    await dialog.getByRole('button', { name: 'Change invite tag' }).click();
    await see(dialog.getByTestId('invite-tag')).not.toHaveText(before!);
    const shown = (await dialog.getByTestId('own-public-id').textContent())!;
    expect(shown).not.toBe(ada.publicId);
    expect((await openProfile(ada.node)).publicId).toBe(shown);
    await window.closeDialog();

    await ben.node.client.call('friends.add', { publicId: ada.publicId, alias: 'ada', greeting: 'By the old ID' });
    await cleo.node.client.call('friends.add', { publicId: shown, alias: 'ada', greeting: 'By the new ID' });
    await window.openRequests();
    await see(window.request).toContainText('By the new ID');
    await window.request.getByRole('button', { name: 'Accept' }).click();
    await Promise.all([online(cleo, { ...ada, publicId: shown }), online(ada, cleo)]);
    expect(await ada.node.client.call('friends.requests')).toEqual([]);
    expect(await friendOf(ben, ada)).toMatchObject({ state: 'requested' });
  });
});

/** The text with another letter of the bech32 alphabet at `index`. */
function flipped(text: string, index: number): string {
  const other = text[index] === 'q' ? 'p' : 'q';
  return text.slice(0, index) + other + text.slice(index + 1);
}

async function exportBackup(page: Page, path: string): Promise<string> {
  await new MainWindow(page).openSettings();
  await page.getByRole('button', { name: 'Export a backup' }).click();
  await page.getByLabel('Passphrase of the backup', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Repeat passphrase of the backup').fill(PASSPHRASE);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save backup' }).click();
  await (await downloading).saveAs(path);
  return path;
}

/** Two neighbours swapped: the checksum has 8 bits, so one swap in 256 makes other words that are right as well. */
function noticedSwap(words: readonly string[]): string[] {
  const swaps = words.slice(1).map((word, i) => words.with(i, word).with(i + 1, words[i]!));
  return swaps.find((swapped) => !wordsToSeed(swapped.join(' ')).ok)!;
}
