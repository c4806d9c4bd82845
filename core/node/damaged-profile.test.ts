import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import type { KeyStore, RunningCore } from './core-factory.ts';
import { nextEvent, RealCores } from './testing/real-core.ts';

/** As in `core/store/open-database.ts`. */
const PAGE_BYTES = 2_048;
const PASSPHRASE = 'lantern gravel otter';

const cores = new RealCores();
afterEach(() => cores.stopAll());

const codeOf = (promise: unknown) =>
  Promise.resolve(promise).then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );
const view = (core: RunningCore) => core.handlers['profile.get']({});
const aliases = async (core: RunningCore) => (await core.handlers['friends.list']({})).map(({ alias }) => alias);

/** A data folder with the profile of somebody who has a friend, closed. */
async function closedProfile(passphrase?: string) {
  const dataDir = await cores.folder();
  const core = await cores.start({ dataDir });
  const { words } = await core.handlers['profile.create']({ name: 'Ada', ...(passphrase && { passphrase }) });
  const other = await cores.start({ ephemeralProfile: 'Bob' });
  await core.handlers['friends.add']({ publicId: other.info().publicId!, alias: 'Bobby' });
  const { backup } = await core.handlers['profile.exportBackup']({ backupPassphrase: 'b' });
  const before = await view(core);
  /** Everything is in its log still. */
  const young = readFileSync(join(dataDir, 'profile.db'));
  await Promise.all([cores.stop(core), cores.stop(other)]);
  const path = (name: string) => join(dataDir, name);
  return {
    dataDir,
    words: words.join(' '),
    backup,
    before,
    young,
    keyFile: path('profile.key'),
    database: path('profile.db'),
  };
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 1;
  writeFileSync(file, bytes);
}

/** What the system refuses to read, also to the superuser, who may run the tests. */
function makeUnreadable(file: string): void {
  rmSync(file);
  mkdirSync(file);
}

/** A link that leads to itself. */
function circle(file: string): void {
  rmSync(file);
  symlinkSync(basename(file), file);
}

type Profile = Awaited<ReturnType<typeof closedProfile>>;

const DAMAGES: readonly (readonly [string, string, string, (profile: Profile) => void])[] = [
  ['a key file that was cut', 'key-file-damaged', 'database-corrupt', ({ keyFile }) => truncateSync(keyFile, 50)],
  ['an empty key file', 'key-file-damaged', 'database-corrupt', ({ keyFile }) => truncateSync(keyFile, 0)],
  ['a flipped bit of the key file', 'key-file-damaged', 'database-corrupt', ({ keyFile }) => flip(keyFile, 40)],
  ['an unreadable key file', 'key-file-unreadable', 'profile-unreadable', ({ keyFile }) => makeUnreadable(keyFile)],
  ['a key file behind a circle', 'key-file-unreadable', 'profile-unreadable', ({ keyFile }) => circle(keyFile)],
  ['a database that was cut', 'database-damaged', 'database-corrupt', ({ database }) => truncateSync(database, 100)],
  [
    'half a database',
    'database-damaged',
    'database-corrupt',
    ({ database }) => truncateSync(database, PAGE_BYTES * 20),
  ],
  ['an empty database', 'database-missing', 'database-corrupt', ({ database }) => truncateSync(database, 0)],
  [
    'a database without its log',
    'database-missing',
    'database-corrupt',
    ({ database, young }) => writeFileSync(database, young),
  ],
  ['a database that is gone', 'database-missing', 'database-corrupt', ({ database }) => rmSync(database)],
  ['a flipped bit of the database', 'database-damaged', 'database-corrupt', ({ database }) => flip(database, 700)],
  ['an unreadable database', 'database-unreadable', 'profile-unreadable', ({ database }) => makeUnreadable(database)],
  ['a database behind a circle', 'database-unreadable', 'profile-unreadable', ({ database }) => circle(database)],
];

describe('a profile with', () => {
  it.each(DAMAGES)(
    '%s does not start unwatched; watched it is told, and put aside whole for the words',
    async (...row) => {
      const [, fault, code, damage] = row;
      const profile = await closedProfile();
      damage(profile);
      const { dataDir, words, before } = profile;
      expect(await codeOf(cores.start({ dataDir }))).toBe(code);
      expect(await codeOf(cores.start({ dataDir, ephemeralProfile: 'Another' }))).toBe(code);
      const core = await cores.start({ dataDir, startDamaged: true });
      expect(await view(core)).toEqual({ state: 'damaged', fault });
      expect(core.info().publicId).toBeNull();
      await expect(core.handlers['friends.list']({})).rejects.toMatchObject({ code, details: { fault } });
      expect(await codeOf(core.handlers['profile.restoreWords']({ words }))).toBe('profile-exists');
      expect(await codeOf(core.handlers['profile.create']({}))).toBe('profile-exists');

      await core.handlers['profile.restoreWords']({ words, name: 'Ada again', replace: true });
      if (before.state !== 'open') throw new Error('the profile was not open');
      expect(await view(core)).toMatchObject({ state: 'open', key: before.key, name: 'Ada again' });
      const [aside] = await core.handlers['profile.listAside']({});
      expect(await codeOf(core.handlers['profile.takeBack']({ folder: aside!.folder }))).toBe(code);
      expect(await view(core)).toMatchObject({ state: 'open', name: 'Ada again' });
      await cores.stop(core);
      expect(await view(await cores.start({ dataDir }))).toMatchObject({ name: 'Ada again' });
    },
  );

  it('a damaged file brings friends and name back from a backup', async () => {
    const { dataDir, database, backup } = await closedProfile();
    truncateSync(database, 0);
    const core = await cores.start({ dataDir, startDamaged: true });
    await core.handlers['profile.restoreBackup']({ backup, backupPassphrase: 'b', replace: true });
    expect(await aliases(core)).toEqual(['Bobby']);
  });

  it('a damaged file can make room for somebody new, who is somebody else', async () => {
    const { dataDir, keyFile, before } = await closedProfile();
    truncateSync(keyFile, 0);
    const core = await cores.start({ dataDir, startDamaged: true });
    const { words } = await core.handlers['profile.create']({ name: 'New', replace: true });
    expect(words).toHaveLength(24);
    const now = await view(core);
    expect(now).toMatchObject({ state: 'open', name: 'New' });
    expect(now).not.toMatchObject({ key: (before as { key: string }).key });
    expect(await core.handlers['profile.listAside']({})).toHaveLength(1);
  });

  it('a damaged file opens again when that was mended, without a restart', async () => {
    const { dataDir, keyFile } = await closedProfile();
    const good = readFileSync(keyFile);
    writeFileSync(keyFile, 'garbage');
    const core = await cores.start({ dataDir, startDamaged: true });
    await core.handlers['profile.retry']({});
    expect(await view(core)).toEqual({ state: 'damaged', fault: 'key-file-damaged' });
    writeFileSync(keyFile, good);
    const changed = nextEvent(core, 'profile.changed', ({ state }) => state === 'open');
    await core.handlers['profile.retry']({});
    await changed;
    expect(await aliases(core)).toEqual(['Bobby']);
    await core.handlers['profile.retry']({});
    expect(await aliases(core)).toEqual(['Bobby']);
  });

  it('a passphrase and a damaged database is locked first and tells the damage at unlocking', async () => {
    const { dataDir, database, before } = await closedProfile(PASSPHRASE);
    const good = readFileSync(database);
    flip(database, 700);
    const core = await cores.start({ dataDir });
    expect(await view(core)).toEqual({ state: 'locked', name: '' });
    expect(await codeOf(core.handlers['profile.unlock']({ passphrase: 'no' }))).toBe('wrong-passphrase');
    expect(await view(core)).toEqual({ state: 'locked', name: '' });
    expect(await codeOf(core.handlers['profile.unlock']({ passphrase: PASSPHRASE }))).toBe('database-corrupt');
    expect(await view(core)).toEqual({ state: 'damaged', fault: 'database-damaged' });
    await core.handlers['profile.retry']({});
    expect(await view(core)).toEqual({ state: 'locked', name: '' });
    writeFileSync(database, good);
    await core.handlers['profile.unlock']({ passphrase: PASSPHRASE });
    expect(await view(core)).toEqual(before);
  });

  it('another database than its own says so', async () => {
    const [one, other] = [await closedProfile(), await closedProfile()];
    writeFileSync(one.database, readFileSync(other.database));
    const core = await cores.start({ dataDir: one.dataDir, startDamaged: true });
    expect(await view(core)).toEqual({ state: 'damaged', fault: 'database-foreign' });
  });

  it('a key store that is gone or refuses can be restored or tried again', async () => {
    const mask = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x5a);
    let refuses = false;
    const decrypt = (bytes: Uint8Array) => {
      if (refuses) throw new Error('locked');
      return mask(bytes);
    };
    const keyStore: KeyStore = { available: true, kind: 'test', encrypt: mask, decrypt };
    const dataDir = await cores.folder();
    const first = await cores.start({ dataDir, keyStore });
    await first.handlers['profile.create']({ name: 'Ada' });
    await cores.stop(first);
    const without = await cores.start({ dataDir, startDamaged: true });
    expect(await view(without)).toEqual({ state: 'damaged', fault: 'key-store-missing' });
    await cores.stop(without);
    refuses = true;
    const refused = await cores.start({ dataDir, keyStore, startDamaged: true });
    expect(await view(refused)).toEqual({ state: 'damaged', fault: 'key-store-refused' });
    refuses = false;
    await refused.handlers['profile.retry']({});
    expect(await view(refused)).toMatchObject({ state: 'open', name: 'Ada' });
  });
});

it('a database that is cut while it is open is told when it is found, though nobody asked for anything', async () => {
  const dataDir = await cores.folder();
  const first = await cores.start({ dataDir });
  await first.handlers['profile.create']({ name: 'Ada' });
  await cores.stop(first);
  const ada = await cores.start({ dataDir, startDamaged: true });
  const publicId = ada.info().publicId!;
  truncateSync(join(dataDir, 'profile.db'), PAGE_BYTES);
  const told = nextEvent(ada, 'profile.changed', ({ state }) => state === 'damaged');
  const bob = await cores.start({ ephemeralProfile: 'Bob', bootstrap: [ada.info().bootstrapAddress] });
  await bob.handlers['friends.add']({ publicId, alias: 'Ada' });
  expect(await told).toEqual({ state: 'damaged', fault: 'database-damaged' });
});

/** What stands on a page decides whether the start reads it, or a request, or nobody. */
it('a flipped bit on any page is told, at the start or when it is read', { timeout: 120_000 }, async () => {
  const { dataDir, database, words } = await closedProfile();
  const good = readFileSync(database);
  const pages = good.length / PAGE_BYTES;
  let foundLater: RunningCore | undefined;
  let foundAtStart = 0;
  for (let page = 0; page < pages && foundLater === undefined; page++) {
    writeFileSync(database, good);
    flip(database, page * PAGE_BYTES + 700);
    const core = await cores.start({ dataDir, startDamaged: true });
    if ((await view(core)).state === 'damaged') foundAtStart++;
    else if ((await codeOf(core.handlers['friends.list']({}))) !== 'ok') foundLater = core;
    if (foundLater === undefined) await cores.stop(core);
  }
  expect(foundAtStart).toBeGreaterThan(0);
  const core = foundLater!;
  for (const again of [true, false]) {
    await eventually(async () => expect(await view(core)).toEqual({ state: 'damaged', fault: 'database-damaged' }));
    if (!again) break;
    await core.handlers['profile.retry']({});
    expect(await view(core)).toMatchObject({ state: 'open', name: 'Ada' });
    expect(await codeOf(core.handlers['friends.list']({}))).toBe('database-corrupt');
  }
  await core.handlers['profile.restoreWords']({ words, replace: true });
  expect(await aliases(core)).toEqual([]);
});
