import { promises, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningCore } from './core-factory.ts';
import { crashCopies } from './testing/crash-copies.ts';
import { RealCores } from './testing/real-core.ts';

const OLD = 'lantern gravel otter';
const NEW = 'seventeen quiet ferries';

let cores: RealCores;
beforeEach(() => {
  cores = new RealCores();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await cores.stopAll();
});

async function codeOf(outcome: unknown): Promise<string> {
  try {
    await outcome;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

/** A locked profile with one friend, and the words its person kept. */
async function lockedProfile() {
  const dataDir = await cores.folder();
  const core = await cores.start({ dataDir });
  const { words } = await core.handlers['profile.create']({ name: 'Ada', passphrase: OLD });
  const other = await cores.start({ ephemeralProfile: 'Bob' });
  await core.handlers['friends.add']({ publicId: other.info().publicId!, alias: 'Bobby' });
  await cores.stop(other);
  const before = await core.handlers['profile.get']({});
  const { backup } = await core.handlers['profile.exportBackup']({ backupPassphrase: 'b' });
  await core.handlers['profile.lock']({});
  if (before.state !== 'open') throw new Error('the profile is not open');
  return { dataDir, core, words: words.join(' '), before, backup };
}

const aliases = async (core: RunningCore) => (await core.handlers['friends.list']({})).map(({ alias }) => alias);
const folders = (dataDir: string) => readdirSync(dataDir).filter((name) => /^(old|new)-profile-/.test(name));

const crashes = (dataDir: string, work: () => unknown) => crashCopies(dataDir, () => cores.folder(), work);

/** Which profile a crash has left: the old one has a passphrase, the new one none. */
async function opens(core: RunningCore): Promise<'old' | 'new'> {
  const { state } = await core.handlers['profile.get']({});
  if (state === 'open') return 'new';
  await core.handlers['profile.unlock']({ passphrase: OLD });
  return 'old';
}

describe('whoever forgot the passphrase and has the words', () => {
  it('gets the identity back, and the old profile is put aside', async () => {
    const { dataDir, core, words, before } = await lockedProfile();
    await core.handlers['profile.restoreWords']({ words, name: 'Ada again', passphrase: NEW, replace: true });
    expect(await core.handlers['profile.get']({})).toMatchObject({
      state: 'open',
      key: before.key,
      name: 'Ada again',
      protection: 'passphrase',
      wordsConfirmed: true,
    });
    expect(await aliases(core)).toEqual([]);
    const [aside] = await core.handlers['profile.listAside']({});
    expect(aside!.folder).toMatch(/^old-profile-\d{4}-\d\d-\d\d-\d{6}$/);
    expect(Math.abs(aside!.setAsideAt - Date.now())).toBeLessThan(60_000);
    expect(readdirSync(join(dataDir, aside!.folder)).sort()).toEqual(
      expect.arrayContaining(['profile.db', 'profile.key']),
    );
    await cores.stop(core);
    const again = await cores.start({ dataDir });
    expect(await codeOf(again.handlers['profile.unlock']({ passphrase: OLD }))).toBe('wrong-passphrase');
    await again.handlers['profile.unlock']({ passphrase: NEW });
  });

  it('gets friends and public ID back with a backup file', async () => {
    const { core, before, backup } = await lockedProfile();
    const wrong = { backup, backupPassphrase: 'x', replace: true };
    expect(await codeOf(core.handlers['profile.restoreBackup'](wrong))).toBe('wrong-passphrase');
    expect(await core.handlers['profile.listAside']({})).toEqual([]);
    await core.handlers['profile.restoreBackup']({ ...wrong, backupPassphrase: 'b', passphrase: NEW });
    expect(await core.handlers['profile.get']({})).toMatchObject({ publicId: before.publicId, name: 'Ada' });
    expect(await aliases(core)).toEqual(['Bobby']);
  });

  it('moves nothing by a wrong word, by a name that is too long, or unasked', async () => {
    const { dataDir, core, words } = await lockedProfile();
    const wrong = words.replace(/^\w+/, 'parley');
    await expect(core.handlers['profile.restoreWords']({ words: wrong, replace: true })).rejects.toMatchObject({
      code: 'wrong-words',
      details: { position: 0 },
    });
    const long = { words, name: 'ä'.repeat(100), replace: true };
    expect(await codeOf(core.handlers['profile.restoreWords'](long))).toBe('invalid-argument');
    expect(await codeOf(core.handlers['profile.restoreWords']({ words }))).toBe('profile-exists');
    expect(folders(dataDir)).toEqual([]);
    await core.handlers['profile.unlock']({ passphrase: OLD });
    expect(await codeOf(core.handlers['profile.restoreWords']({ words, replace: true }))).toBe('profile-exists');
    expect(await aliases(core)).toEqual(['Bobby']);
  });

  it('leaves the old profile or the new one, whole, by a crash at any step', { timeout: 120_000 }, async () => {
    const { dataDir, core, words } = await lockedProfile();
    const left = await crashes(dataDir, () => core.handlers['profile.restoreWords']({ words, replace: true }));
    await cores.stop(core);
    const seen: string[] = [];
    for (const folder of left) {
      const found = await cores.start({ dataDir: folder });
      const which = await opens(found);
      seen.push(which);
      if (which === 'new') {
        const [aside] = await found.handlers['profile.listAside']({});
        await found.handlers['profile.takeBack']({ folder: aside!.folder, passphrase: OLD });
      }
      expect(await aliases(found)).toEqual(['Bobby']);
      expect(folders(folder)).toHaveLength(which === 'old' ? 0 : 1);
      await cores.stop(found);
    }
    expect(left.length).toBeGreaterThan(10);
    expect(new Set(seen)).toEqual(new Set(['old', 'new']));
    // Never back again.
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it('finds the old one at the next unlocking where the profiles could not change places', async () => {
    const { core, words } = await lockedProfile();
    const rename = promises.rename;
    vi.spyOn(promises, 'rename').mockImplementation(async (from, to) => {
      if (String(to).includes('old-profile-')) throw Object.assign(new Error('held by a scanner'), { code: 'EPERM' });
      return rename(from, to);
    });
    await expect(core.handlers['profile.restoreWords']({ words, passphrase: NEW, replace: true })).rejects.toThrow(
      'held by a scanner',
    );
    vi.restoreAllMocks();
    expect(await codeOf(core.handlers['profile.unlock']({ passphrase: OLD }))).toBe('wrong-passphrase');
    await core.handlers['profile.unlock']({ passphrase: NEW });
    expect(await core.handlers['profile.listAside']({})).toHaveLength(1);
  });
});

describe('whoever remembers the passphrase after all', () => {
  async function replaced() {
    const { core, words, ...rest } = await lockedProfile();
    await core.handlers['profile.restoreWords']({ words, replace: true });
    const [aside] = await core.handlers['profile.listAside']({});
    return { core, words, ...rest, folder: aside!.folder };
  }

  it('takes the old profile back from the lock screen or out of the open one, which is put aside', async () => {
    const { core, dataDir, folder } = await replaced();
    await core.handlers['profile.takeBack']({ folder, passphrase: OLD });
    expect(await aliases(core)).toEqual(['Bobby']);
    await core.handlers['profile.lock']({});
    const [second] = await core.handlers['profile.listAside']({});
    await core.handlers['profile.takeBack']({ folder: second!.folder });
    expect(await aliases(core)).toEqual([]);
    expect(folders(dataDir)).toHaveLength(1);
  });

  it('keeps the old profile that was taken back while the new one was found to be damaged', async () => {
    const { core, dataDir, folder } = await replaced();
    const back = core.handlers['profile.takeBack']({ folder, passphrase: OLD });
    truncateSync(join(dataDir, 'profile.db'), 2_048);
    expect(await codeOf(core.handlers['messages.search']({ query: 'one' }))).toBe('database-corrupt');
    await back;
    expect(await aliases(core)).toEqual(['Bobby']);
    // In turn with whatever was found.
    await core.handlers['profile.retry']({});
    expect(await core.handlers['profile.get']({})).toMatchObject({ state: 'open' });
  });

  it('is told of a wrong passphrase, an unknown folder and a damaged database, and nothing moves', async () => {
    const { core, dataDir, folder } = await replaced();
    const takeBack = (args: { folder: string; passphrase?: string }) => codeOf(core.handlers['profile.takeBack'](args));
    expect(await takeBack({ folder, passphrase: NEW })).toBe('wrong-passphrase');
    expect(await takeBack({ folder })).toBe('wrong-passphrase');
    expect(await takeBack({ folder: '..', passphrase: OLD })).toBe('no-profile');
    writeFileSync(join(dataDir, folder, 'profile.db'), Buffer.alloc(8_192, 0xff));
    expect(await takeBack({ folder, passphrase: OLD })).toBe('database-corrupt');
    expect(await core.handlers['profile.get']({})).toMatchObject({ state: 'open' });
    expect(folders(dataDir)).toEqual([folder]);
  });

  it('has one of the two in use and the other put aside by a crash at any step', { timeout: 120_000 }, async () => {
    const { core, dataDir, folder } = await replaced();
    const left = await crashes(dataDir, () => core.handlers['profile.takeBack']({ folder, passphrase: OLD }));
    await cores.stop(core);
    for (const copy of left) {
      const found = await cores.start({ dataDir: copy });
      const which = await opens(found);
      const asides = await found.handlers['profile.listAside']({});
      expect(asides).toHaveLength(1);
      const passphrase = which === 'new' ? { passphrase: OLD } : {};
      await found.handlers['profile.takeBack']({ folder: asides[0]!.folder, ...passphrase });
      expect(await aliases(found)).toEqual(which === 'old' ? [] : ['Bobby']);
      await cores.stop(found);
    }
    expect(left.length).toBeGreaterThan(10);
  });
});
