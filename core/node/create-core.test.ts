import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDispatcher } from '../api/dispatch.ts';
import { DEFAULT_SETTINGS } from '../api/views.ts';
import { DEFAULT_SETTINGS as MESSENGER_DEFAULTS } from '../messenger/settings.ts';
import { StoreError } from '../store/errors.ts';
import { SearchIndex } from '../store/search-index.ts';
import { KeyValueTable } from '../store/small-tables.ts';
import type { KeyStore, RunningCore } from './core-factory.ts';
import { nextEvent, RealCores } from './testing/real-core.ts';

const cores = new RealCores();
afterEach(() => cores.stopAll());

const openProfile = async (core: RunningCore) => {
  const profile = await core.handlers['profile.get']({});
  if (profile.state !== 'open') throw new Error(`the profile is ${profile.state}`);
  return profile;
};
const codeOf = (promise: unknown) =>
  Promise.resolve(promise).then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );

describe('the profile', () => {
  it('is missing at first, made with 24 words, and there again after a restart', async () => {
    const dataDir = await cores.folder();
    const first = await cores.start({ dataDir });
    expect(await first.handlers['profile.get']({})).toEqual({ state: 'missing' });
    expect(await codeOf(first.handlers['friends.list']({}))).toBe('no-profile');
    const { words } = await first.handlers['profile.create']({ name: 'Ada' });
    expect(words).toHaveLength(24);
    const made = await openProfile(first);
    expect(made).toMatchObject({ name: 'Ada', protection: 'none', wordsConfirmed: false });
    await cores.stop(first);
    expect(await openProfile(await cores.start({ dataDir }))).toEqual(made);
  });

  it('counts the words as kept only when the right ones are named', async () => {
    const core = await cores.start();
    const { words } = await core.handlers['profile.create']({});
    const name = (change: string) => [3, 9, 20].map((position) => ({ position, word: words[position] + change }));
    expect(await core.handlers['profile.confirmWords']({ words: name('x') })).toEqual({ correct: false });
    expect((await openProfile(core)).wordsConfirmed).toBe(false);
    expect(await core.handlers['profile.confirmWords']({ words: name('') })).toEqual({ correct: true });
    expect((await openProfile(core)).wordsConfirmed).toBe(true);
  });

  it('comes back from its words with the same key, and names a wrong word', async () => {
    const first = await cores.start();
    const { words } = await first.handlers['profile.create']({});
    const second = await cores.start();
    const wrong = [...words.slice(0, 5), 'parley', ...words.slice(6)].join(' ');
    await expect(second.handlers['profile.restoreWords']({ words: wrong })).rejects.toMatchObject({
      code: 'wrong-words',
      details: { position: 5 },
    });
    const typed = `1. ${words[0]}\n2. parley ${words[2]} wor`;
    expect(await second.handlers['profile.checkWords']({ words: typed })).toEqual({ unknown: [1, 3] });
    expect(await second.handlers['profile.checkWords']({ words: '' })).toEqual({ unknown: [] });
    await second.handlers['profile.restoreWords']({ words: words.join('  ').toUpperCase() });
    expect((await openProfile(second)).key).toBe((await openProfile(first)).key);
  });

  it('comes back from a backup with name, invite tag and friends', async () => {
    const first = await cores.start({ ephemeralProfile: 'Ada' });
    const friend = await cores.start({ ephemeralProfile: 'Bob' });
    await first.handlers['friends.add']({ publicId: friend.info().publicId!, alias: 'Bobby' });
    const { backup } = await first.handlers['profile.exportBackup']({ backupPassphrase: 'b' });
    const second = await cores.start();
    const restore = (backupPassphrase: string, bytes = backup) =>
      second.handlers['profile.restoreBackup']({ backup: bytes, backupPassphrase });
    expect(await codeOf(restore('wrong'))).toBe('wrong-passphrase');
    expect(await codeOf(restore('b', 'AAAA'))).toBe('wrong-backup');
    expect(await codeOf(restore('b', 'not base64'))).toBe('wrong-backup');
    await restore('b');
    expect(second.info().publicId).toBe(first.info().publicId);
    expect((await openProfile(second)).name).toBe('Ada');
    expect((await second.handlers['friends.list']({})).map((one) => one.alias)).toEqual(['Bobby']);
  });

  it('with a passphrase is locked after a restart and opens with the right one only', async () => {
    const dataDir = await cores.folder();
    const first = await cores.start({ dataDir });
    await first.handlers['profile.create']({ passphrase: 'correct horse' });
    const { publicId } = first.info();
    await cores.stop(first);
    const second = await cores.start({ dataDir });
    expect(await second.handlers['profile.get']({})).toEqual({ state: 'locked', name: '' });
    expect(second.info().publicId).toBeNull();
    expect(await codeOf(second.handlers['friends.list']({}))).toBe('profile-locked');
    expect(await codeOf(second.handlers['profile.unlock']({ passphrase: 'wrong' }))).toBe('wrong-passphrase');
    await second.handlers['profile.unlock']({ passphrase: 'correct horse' });
    expect(second.info().publicId).toBe(publicId);
    await second.handlers['profile.lock']({});
    expect(await second.handlers['profile.get']({})).toMatchObject({ state: 'locked' });
  });

  it('changes and drops its passphrase only for who knows it', async () => {
    const core = await cores.start();
    await core.handlers['profile.create']({ passphrase: 'one' });
    expect(await codeOf(core.handlers['profile.setPassphrase']({ next: 'two' }))).toBe('wrong-passphrase');
    expect(await codeOf(core.handlers['profile.words']({ passphrase: 'two' }))).toBe('wrong-passphrase');
    await core.handlers['profile.setPassphrase']({ current: 'one' });
    expect((await openProfile(core)).protection).toBe('none');
    expect((await core.handlers['profile.words']({})).words).toHaveLength(24);
    expect(await codeOf(core.handlers['profile.lock']({}))).toBe('invalid-argument');
  });

  it('uses the key store of the operating system where there is one, and says so when it refuses', async () => {
    const mask = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x5a);
    const keyStore: KeyStore = { available: true, kind: 'test', encrypt: mask, decrypt: mask };
    const dataDir = await cores.folder();
    const first = await cores.start({ dataDir, keyStore });
    await first.handlers['profile.create']({});
    expect((await openProfile(first)).protection).toBe('os-key-store');
    await cores.stop(first);
    const second = await cores.start({ dataDir, keyStore });
    expect((await openProfile(second)).protection).toBe('os-key-store');
    await cores.stop(second);
    expect(await codeOf(cores.start({ dataDir }))).toBe('key-store-unavailable');
  });

  it('never leaves a secret or a text readable on the disk under a passphrase', async () => {
    const dataDir = await cores.folder();
    const core = await cores.start({ dataDir });
    const { words } = await core.handlers['profile.create']({ passphrase: 'p', name: 'Ada Lovelace' });
    const other = await cores.start({ ephemeralProfile: 'Bob' });
    const friend = await core.handlers['friends.add']({ publicId: other.info().publicId!, alias: 'Bobby Tables' });
    await core.handlers['messages.send']({ friend: friend.key, text: 'the treasure lies under the oak' });
    await cores.stop(core);
    for (const name of await readdir(dataDir)) {
      const content = (await readFile(join(dataDir, name))).toString('latin1');
      for (const secret of ['Ada Lovelace', 'Bobby Tables', 'treasure', words[0]!, friend.key]) {
        expect(content.includes(secret), `${secret} in ${name}`).toBe(false);
      }
    }
  });
});

describe('failures at the start', () => {
  it('of the key file and the database have a code, and nothing is overwritten', async () => {
    const dataDir = await cores.folder();
    await cores.stop(await cores.start({ dataDir, ephemeralProfile: 'Ada' }));
    const keyFile = join(dataDir, 'profile.key');
    const database = join(dataDir, 'profile.db');
    const [key, content] = [await readFile(keyFile), await readFile(database)];
    await writeFile(keyFile, 'garbage');
    expect(await codeOf(cores.start({ dataDir }))).toBe('database-corrupt');
    await writeFile(keyFile, key);
    const damaged = Buffer.from(content);
    damaged.fill(0xff, 100, 4_000);
    await writeFile(database, damaged);
    expect(await codeOf(cores.start({ dataDir }))).toBe('database-corrupt');
    expect(await readFile(database)).toEqual(damaged);
    await writeFile(database, content);
    expect((await openProfile(await cores.start({ dataDir }))).name).toBe('Ada');
  });

  it('of the database later keep nobody from seeing their profile', async () => {
    const core = await cores.start({ ephemeralProfile: 'Ada' });
    const before = await openProfile(core);
    const get = vi.spyOn(KeyValueTable.prototype, 'get').mockImplementation(() => {
      throw new StoreError('database-corrupt', 'a damaged page');
    });
    try {
      expect(await openProfile(core)).toEqual(before);
    } finally {
      get.mockRestore();
    }
  });

  it('name a port in use and a bad bootstrap address', async () => {
    const first = await cores.start();
    await expect(cores.start({ udpPort: first.info().udpPort })).rejects.toMatchObject({ name: 'PortInUseError' });
    expect(await codeOf(cores.start({ bootstrap: ['example.org'] }))).toBe('bad-address');
  });
});

async function threeNodes() {
  const third = await cores.start();
  const bootstrap = [third.info().bootstrapAddress];
  const folders = [await cores.folder(), await cores.folder()] as const;
  const ada = await cores.start({ dataDir: folders[0], ephemeralProfile: 'Ada', bootstrap });
  const bob = await cores.start({ dataDir: folders[1], ephemeralProfile: 'Bob', bootstrap });
  return { bootstrap, folders, ada, bob };
}

async function befriend(ada: RunningCore, bob: RunningCore): Promise<{ bobKey: string; adaKey: string }> {
  const asked = nextEvent(bob, 'friends.requested', ({ request }) => request !== null);
  const online = nextEvent(ada, 'friends.changed', ({ friend }) => friend?.presence === 'online');
  const { key: bobKey } = await ada.handlers['friends.add']({
    publicId: bob.info().publicId!,
    alias: 'Bobby',
    greeting: 'It is me.',
  });
  const { key: adaKey, request } = await asked;
  expect(request).toMatchObject({ greeting: 'It is me.', name: 'Ada' });
  await bob.handlers['friends.accept']({ publicId: adaKey, alias: 'Lady A' });
  await online;
  return { bobKey, adaKey };
}

describe('two people who know only a third node', () => {
  it('become friends and chat both ways, with receipts', async () => {
    const { ada, bob } = await threeNodes();
    const { bobKey, adaKey } = await befriend(ada, bob);
    const heard = nextEvent(bob, 'messages.received');
    const delivered = nextEvent(ada, 'messages.changed', ({ messages }) =>
      messages.some((one) => one.state === 'delivered'),
    );
    const { id } = await ada.handlers['messages.send']({ friend: bobKey, text: 'Hello, Bob.' });
    const [message] = (await heard).messages;
    expect(message).toMatchObject({ id, friend: adaKey, text: 'Hello, Bob.', direction: 'in', state: 'received' });
    await delivered;
    const read = nextEvent(ada, 'messages.changed', ({ messages }) => messages.some((one) => one.state === 'read'));
    await bob.handlers['messages.markRead']({ friend: adaKey, upTo: id });
    await read;
    // Messages go into the index in small steps, also when a search waits for them.
    const advance = vi.spyOn(SearchIndex.prototype, 'advance');
    expect(await bob.handlers['messages.search']({ query: 'hel' })).toHaveLength(1);
    const steps = advance.mock.calls.filter((_, i) => advance.mock.results[i]!.value === true);
    for (const [limit] of steps) expect(limit).toBeLessThanOrEqual(250);
    advance.mockRestore();
  });

  it('keep what was written while the other was away over a restart, and deliver it by themselves', async () => {
    const { ada, bob, folders, bootstrap } = await threeNodes();
    const { bobKey, adaKey } = await befriend(ada, bob);
    await cores.stop(bob);
    for (const text of ['one', 'two', 'three']) await ada.handlers['messages.send']({ friend: bobKey, text });
    await cores.stop(ada);
    const adaAgain = await cores.start({ dataDir: folders[0], bootstrap });
    const waiting = await adaAgain.handlers['messages.list']({ friend: bobKey });
    expect(waiting.map((one) => [one.text, one.state])).toEqual([
      ['one', 'sending'],
      ['two', 'sending'],
      ['three', 'sending'],
    ]);
    const last = nextEvent(adaAgain, 'messages.changed', ({ messages }) =>
      messages.some((one) => one.text === 'three' && one.state === 'delivered'),
    );
    const bobAgain = await cores.start({ dataDir: folders[1], bootstrap });
    await last;
    const texts = (await bobAgain.handlers['messages.list']({ friend: adaKey })).map((one) => one.text);
    expect(texts).toEqual(['one', 'two', 'three']);
  });

  it('hear nothing of each other after a block', async () => {
    const { ada, bob } = await threeNodes();
    const { bobKey, adaKey } = await befriend(ada, bob);
    const offline = nextEvent(ada, 'friends.changed', ({ friend }) => friend?.presence === 'offline');
    await bob.handlers['friends.block']({ friend: adaKey });
    await offline;
    await ada.handlers['messages.send']({ friend: bobKey, text: 'Are you there?' });
    expect(await bob.handlers['messages.list']({ friend: adaKey })).toEqual([]);
  });
});

describe('the contract', () => {
  it('is kept by every view of a real core', async () => {
    const { ada, bob } = await threeNodes();
    const { bobKey } = await befriend(ada, bob);
    await ada.handlers['messages.send']({ friend: bobKey, text: 'Hello, Bob.' });
    const dispatcher = createDispatcher(ada.handlers);
    const asked: [string, object][] = [
      ['profile.get', {}],
      ['friends.list', {}],
      ['friends.requests', {}],
      ['messages.list', { friend: bobKey }],
      ['messages.search', { query: 'hello' }],
      ['network.status', {}],
      ['settings.get', {}],
      ['settings.set', { theme: 'dark' }],
      ['profile.newInviteTag', {}],
    ];
    for (const [method, args] of asked) expect(await dispatcher.call(method, args)).toMatchObject({ ok: true });
    expect(await dispatcher.call('network.bootstrap', { address: 'nonsense' })).toMatchObject({
      error: { code: 'bad-address' },
    });
  });

  it('shows before a profile is open what the messenger takes for not set', () => {
    expect(DEFAULT_SETTINGS).toEqual(MESSENGER_DEFAULTS);
  });
});
