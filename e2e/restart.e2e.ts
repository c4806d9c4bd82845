import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MessageView } from '../core/api/views.ts';
import { MainWindow } from './screens/main-window.ts';
import { failedStart } from './support/failed-start.ts';
import { fillChat } from './support/fill-chat.ts';
import { asPerson, befriend, online, type Person, people } from './support/people.ts';
import { newScene, type Scene } from './support/scene.ts';
import { see } from './support/see.ts';
import { Traffic } from './support/traffic.ts';
import { until } from './support/until.ts';

/** As in `core/store/open-database.ts`. */
const PAGE_BYTES = 2_048;

/** Starts the person's node anew on its old folder. */
async function again(scene: Scene, person: Person, bootstrap: Person): Promise<Person> {
  const { name } = person.node;
  return asPerson(await scene.node({ name, bootstrap: [bootstrap.node.ready.bootstrap] }));
}

async function listed(person: Person, other: Person): Promise<MessageView[]> {
  return person.node.client.call('messages.list', { friend: other.key, limit: 500 });
}

describe('messages to somebody who is away', () => {
  test('wait as sending, survive a killed node, and go out by themselves, in order and once', async () => {
    const scene = newScene();
    const { ada, ben, bootstrap } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    await ben.node.stop();
    const { page } = await scene.page({ name: 'ada', url: ada.node.ready.ui });
    const chat = await new MainWindow(page).openChat('ben');
    await see(chat.presence).toContainText('Last seen');
    const texts = ['While you were away', 'I wrote three', 'of these'];
    for (const text of texts) await chat.send(text);
    for (const text of texts) await chat.seeState(text, 'sending');
    await ada.node.kill();
    await see(page.locator('.connection-banner')).toContainText('Connection to Parley lost');
    await chat.composer.fill('Nobody takes this');
    await chat.composer.press('Enter');
    await chat.composer.pressSequentially('nor this');

    const adaAgain = await again(scene, ada, bootstrap);
    expect((await listed(adaAgain, ben)).map(({ text, state }) => [text, state])).toEqual(
      texts.map((text) => [text, 'sending']),
    );
    const second = await scene.page({ name: 'ada-again', url: adaAgain.node.ready.ui });
    const chatAgain = await new MainWindow(second.page).openChat('ben');
    for (const text of texts) await chatAgain.seeState(text, 'sending');

    const benAgain = await again(scene, ben, bootstrap);
    for (const text of texts) await chatAgain.seeState(text, 'delivered');
    expect((await listed(benAgain, ada)).map(({ text }) => text)).toEqual(texts);
    await see(chat.composer).toHaveValue('Nobody takes this\nnor this');
    await see(page.locator('.connection-banner')).toContainText('start it again');
  });
});

describe('killed at any moment', () => {
  // Seeds that once failed stay; a new one is one line.
  test.each([1, 28])('nothing shown is lost, doubled, out of order or taken back (seed %i)', async (seed) => {
    const scene = newScene();
    const { ada, ben, bootstrap } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    const traffic = new Traffic({ seed, count: 2_000, sender: ada, receiver: ben });
    traffic.restart = (person) => again(scene, person, bootstrap);
    await traffic.run();
    process.stdout.write(`seed ${seed}: ${traffic.summary()}\n`);
    const { sender, receiver } = traffic;
    const expected = traffic.texts();
    const arrived = await traffic.everyMessage(receiver, sender);
    expect(arrived.map(({ text }) => text)).toEqual(expected);
    const sent = await traffic.everyMessage(sender, receiver);
    expect(sent.map(({ text }) => text)).toEqual(expected);
    expect(sent.filter(({ state }) => state !== 'delivered')).toEqual([]);
    expect(new Set(arrived.map(({ id }) => id)).size).toBe(expected.length);
    expect(traffic.violations).toEqual([]);
  });

  test('and started again within a second, a node is soon online', async () => {
    const scene = newScene();
    const { ada, ben, bootstrap } = await people(scene, 'ada', 'ben');
    await befriend(ada, ben);
    await ben.node.kill();
    const started = performance.now();
    const benAgain = await again(scene, ben, bootstrap);
    await Promise.all([online(benAgain, ada), online(ada, benAgain)]);
    const { id } = await ada.node.client.call('messages.send', { friend: ben.key, text: 'There you are' });
    await until(
      'it is delivered',
      async () => (await listed(ada, ben)).find((m) => m.id === id)?.state === 'delivered',
    );
    const passed = performance.now() - started;
    process.stdout.write(`from the new start to a delivered message: ${Math.round(passed)} ms\n`);
    expect(passed).toBeLessThan(4_000);
  });
});

describe('what cannot work ends with one line and its exit code, or a clear error:', () => {
  test('a UDP or TCP port in use', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada' });
    const { port } = await node.client.call('network.status');
    const udp = await failedStart(['--data', join(scene.folder, 'other'), '--udp', String(port)]);
    expect(udp).toEqual({ code: 3, stdout: '', stderr: `parley: UDP port ${port} is in use by another program\n` });
    const http = new URL(node.ready.ui).port;
    const tcp = await failedStart(['--data', join(scene.folder, 'other'), '--http', http]);
    expect(tcp).toEqual({ code: 3, stdout: '', stderr: `parley: TCP port ${http} is in use by another program.\n` });
  });

  test('a data folder that another Parley has open', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada' });
    const second = await failedStart(['--data', join(scene.folder, 'ada')]);
    expect(second).toEqual({
      code: 5,
      stdout: '',
      stderr: 'parley: another Parley is running with this data folder\n',
    });
    expect((await node.client.call('network.status')).running).toBe(true);
  });

  test('a passphrase file that does not fit', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada' });
    await node.client.call('profile.create', { passphrase: 'the right one' });
    expect(await node.stop()).toBe(0);
    const file = join(scene.folder, 'passphrase');
    writeFileSync(file, 'a wrong one\n');
    const data = ['--data', join(scene.folder, 'ada'), '--passphrase-file'];
    const wrong = await failedStart([...data, file]);
    expect(wrong).toEqual({
      code: 6,
      stdout: '',
      stderr: 'parley: That is not the passphrase of this profile.\n',
    });
    const missing = await failedStart([...data, `${file}-not`]);
    expect(missing).toMatchObject({ code: 2, stderr: `parley: --passphrase-file: ${file}-not cannot be read\n` });
    writeFileSync(file, 'the right one\r\n');
    const open = await scene.node({ name: 'ada', args: ['--passphrase-file', file] });
    expect(open.ready.publicId).toMatch(/^parley1/);
  });

  test('a database with flipped bytes in its first page', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada', profile: 'Ada' });
    expect(await node.stop()).toBe(0);
    const file = openSync(join(scene.folder, 'ada', 'profile.db'), 'r+');
    writeSync(file, Buffer.from('flipped on the disk'), 0, 19, 64);
    closeSync(file);
    const broken = await failedStart(['--data', join(scene.folder, 'ada')]);
    expect(broken.code).toBe(7);
    expect(broken.stdout).toBe('');
    expect(broken.stderr).toMatch(/^parley: [^\n]*damaged[^\n]*\n$/);
  });

  test('a database with flipped bytes far inside, when they are read', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada', profile: 'Ada' });
    expect(await node.stop()).toBe(0);
    const dataDir = join(scene.folder, 'ada');
    const ben = await fillChat({ dataDir, alias: 'Ben', count: 5_000 });
    const file = join(dataDir, 'profile.db');
    const bytes = readFileSync(file);
    // The middle third, which no start has to read.
    const pages = bytes.length / PAGE_BYTES;
    for (let page = Math.floor(pages / 3); page < (2 * pages) / 3; page++) bytes[page * PAGE_BYTES + 900]! ^= 1;
    writeFileSync(file, bytes);
    const again = await scene.node({ name: 'ada' });
    const reading = again.client.call('messages.list', { friend: ben, before: 2_500 });
    await expect(reading).rejects.toMatchObject({ code: 'database-corrupt' });
    await expect(again.client.call('messages.search', { query: 'line' })).rejects.toMatchObject({
      code: 'database-corrupt',
    });
    // SQLCipher reads nothing more from a database it found forged; the node itself goes on, and says so.
    expect(await again.client.call('network.status')).toMatchObject({ running: true, links: [] });
    await expect(again.client.call('network.bootstrap', { address: '?' })).rejects.toMatchObject({
      code: 'bad-address',
    });
    expect(await again.stop()).toBe(0);
  });

  test('a damaged key file', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada', profile: 'Ada' });
    expect(await node.stop()).toBe(0);
    writeFileSync(join(scene.folder, 'ada', 'profile.key'), 'not a key file');
    const broken = await failedStart(['--data', join(scene.folder, 'ada')]);
    expect(broken).toEqual({
      code: 7,
      stdout: '',
      stderr: 'parley: The key file of the profile is damaged. Restore from the recovery words or a backup.\n',
    });
  });
});
