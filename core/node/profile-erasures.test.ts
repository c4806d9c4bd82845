import { existsSync, promises, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UNDO_MS } from '../messenger/removals.ts';
import { type LogFields, silentLogger } from '../ports/logger.ts';
import { eventually } from '../testing/eventually.ts';
import type { CoreOptions, RunningCore } from './core-factory.ts';
import { crashCopies } from './testing/crash-copies.ts';
import { PassingClock } from './testing/passing-clock.ts';
import { RealCores } from './testing/real-core.ts';

const OLD = 'lantern gravel otter';

const cores = new RealCores();
afterEach(async () => {
  vi.restoreAllMocks();
  await cores.stopAll();
});

const codeOf = (promise: unknown) =>
  Promise.resolve(promise).then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );
const profileFolders = (dataDir: string) => readdirSync(dataDir).filter((name) => /-profile-/.test(name));
const list = (core: RunningCore) => core.handlers['profile.listAside']({});

/** Somebody with a profile in use and another one put aside, of the passphrase `OLD` and the name Old. */
async function withAside(options: Partial<CoreOptions> = {}) {
  const dataDir = await cores.folder();
  const clock = new PassingClock();
  const core = await cores.start({ dataDir, clock, ...options });
  await core.handlers['profile.create']({ name: 'Old', passphrase: OLD });
  await core.handlers['profile.lock']({});
  await core.handlers['profile.create']({ name: 'New', replace: true });
  const [aside] = await list(core);
  const { folder } = aside!;
  return { dataDir, clock, core, folder, erase: () => core.handlers['profile.eraseAside']({ folder }) };
}

const gone = (dataDir: string) => eventually(() => expect(profileFolders(dataDir)).toEqual([]));

describe('a profile that was put aside', () => {
  it('is erased: out of the list at once, off the disk in ten minutes', async () => {
    const { dataDir, clock, core, folder, erase } = await withAside();
    const { at } = await erase();
    expect(Math.abs(at - clock.wall() - UNDO_MS)).toBeLessThan(5_000);
    expect(await list(core)).toEqual([]);
    expect(await codeOf(core.handlers['profile.takeBack']({ folder, passphrase: OLD }))).toBe('no-profile');
    expect(await codeOf(erase())).toBe('no-profile');
    clock.pass(UNDO_MS - 60_000);
    expect(profileFolders(dataDir)).toHaveLength(1);
    clock.pass(60_000);
    await gone(dataDir);
    expect(await codeOf(core.handlers['profile.undoErase']({ folder }))).toBe('nothing-to-undo');
    expect(await core.handlers['profile.get']({})).toMatchObject({ state: 'open', name: 'New' });
  });

  it('comes back by undo, whole, also after a restart, and then stays', async () => {
    const { dataDir, clock, core, folder, erase } = await withAside();
    const before = await list(core);
    await erase();
    await cores.stop(core);
    const again = await cores.start({ dataDir, clock });
    expect(await list(again)).toEqual([]);
    clock.pass(UNDO_MS - 60_000);
    await again.handlers['profile.undoErase']({ folder });
    expect(await list(again)).toEqual(before);
    expect(await codeOf(again.handlers['profile.undoErase']({ folder }))).toBe('nothing-to-undo');
    clock.pass(2 * UNDO_MS);
    await again.handlers['profile.takeBack']({ folder, passphrase: OLD });
    expect(await again.handlers['profile.get']({})).toMatchObject({ state: 'open', name: 'Old' });
  });

  it('is erased by the next start when the program ended before the time was over', async () => {
    const { dataDir, clock, core, erase } = await withAside();
    await erase();
    await cores.stop(core);
    clock.pass(UNDO_MS);
    expect(profileFolders(dataDir)).toHaveLength(1);
    const again = await cores.start({ dataDir, clock });
    await gone(dataDir);
    expect(await again.handlers['profile.get']({})).toMatchObject({ state: 'open', name: 'New' });
  });

  it('is erased by its own person only: not at a lock screen, and nothing else is by a made-up name', async () => {
    const { dataDir, core, folder, erase } = await withAside();
    for (const other of ['..', '', 'old-profile-2026-01-01-000000', 'profile.key']) {
      expect(await codeOf(core.handlers['profile.eraseAside']({ folder: other }))).toBe('no-profile');
    }
    await core.handlers['profile.setPassphrase']({ next: 'n' });
    await core.handlers['profile.lock']({});
    expect(await codeOf(erase())).toBe('profile-locked');
    expect(await codeOf(core.handlers['profile.undoErase']({ folder }))).toBe('profile-locked');
    expect(profileFolders(dataDir)).toEqual([folder]);
  });

  it('goes without what else a person put into its folder', async () => {
    const { dataDir, clock, folder, erase } = await withAside();
    writeFileSync(join(dataDir, folder, 'notes.txt'), 'mine');
    await erase();
    clock.pass(UNDO_MS);
    const [erased] = profileFolders(dataDir);
    await eventually(() => expect(readdirSync(join(dataDir, erased!))).toEqual(['notes.txt']));
  });

  it('that something holds is erased by the next start, and the log names no folder', async () => {
    const warned: [string, LogFields | undefined][] = [];
    const warn = (event: string, fields?: LogFields) => void warned.push([event, fields]);
    const { dataDir, clock, core, erase } = await withAside({ logger: { ...silentLogger, warn } });
    await erase();
    vi.spyOn(promises, 'rm').mockRejectedValue(Object.assign(new Error(`held ${dataDir}`), { code: 'EPERM' }));
    clock.pass(UNDO_MS);
    await eventually(() => expect(warned).toEqual([[expect.any(String), { error: 'EPERM' }]]));
    vi.restoreAllMocks();
    await cores.stop(core);
    await cores.start({ dataDir, clock });
    await gone(dataDir);
  });
});

describe('a crash before any step', () => {
  const startAgain = async (dataDir: string, clock: PassingClock) => {
    const core = await cores.start({ dataDir, clock });
    expect(await core.handlers['profile.get']({})).toMatchObject({ state: 'open', name: 'New' });
    return core;
  };
  const folder = () => cores.folder();
  /** Starts on each copy, brings back what is to be erased there, and looks. @returns how many each start listed. */
  const broughtBack = async (
    copies: readonly string[],
    { clock, aside }: { clock: PassingClock; aside: string },
    look: (found: RunningCore) => Promise<void>,
  ) => {
    const listed: number[] = [];
    for (const copy of copies) {
      const found = await startAgain(copy, clock);
      listed.push((await list(found)).length);
      if (listed.at(-1) === 0) await found.handlers['profile.undoErase']({ folder: aside });
      await look(found);
      await cores.stop(found);
    }
    return listed;
  };

  it('of asking for it leaves the profile put aside, or to be erased and to be brought back', async () => {
    const { dataDir, clock, core, folder: aside, erase } = await withAside();
    const left = await crashCopies(dataDir, folder, erase);
    await cores.stop(core);
    const listed = await broughtBack(left, { clock, aside }, async (found) => {
      await found.handlers['profile.takeBack']({ folder: aside, passphrase: OLD });
      expect(await found.handlers['profile.get']({})).toMatchObject({ name: 'Old' });
    });
    expect(listed).toEqual([1, 0]);
  });

  it('of undoing it leaves it to be erased, or put aside', async () => {
    const { dataDir, clock, core, folder: aside, erase } = await withAside();
    await erase();
    const left = await crashCopies(dataDir, folder, () => core.handlers['profile.undoErase']({ folder: aside }));
    await cores.stop(core);
    const listed = await broughtBack(left, { clock, aside }, async (found) =>
      expect(await list(found)).toHaveLength(1),
    );
    expect(listed).toEqual([0, 1]);
  });

  it('of erasing leaves nothing that opens once the first is done, and the next start does the rest', async () => {
    const { dataDir, clock, core, folder: aside, erase } = await withAside();
    await erase();
    const [erased] = profileFolders(dataDir);
    const key = readFileSync(join(dataDir, erased!, 'profile.key'));
    const left = await crashCopies(dataDir, folder, async () => {
      clock.pass(UNDO_MS);
      await gone(dataDir);
    });
    await cores.stop(core);
    for (const [index, copy] of left.entries()) {
      const file = join(copy, erased!, 'profile.key');
      if (index > 0 && existsSync(file)) expect(readFileSync(file)).toEqual(Buffer.alloc(key.length));
      const found = await startAgain(copy, clock);
      await gone(copy);
      expect(await codeOf(found.handlers['profile.undoErase']({ folder: aside }))).toBe('nothing-to-undo');
      await cores.stop(found);
    }
    // The key file is overwritten, it goes, the database goes, the folder goes; and the end.
    expect(left.length).toBeGreaterThanOrEqual(5);
  });

  it('cannot be told from a clock that was set back: nothing is brought back that has lost its keys', async () => {
    const { dataDir, clock, core, folder: aside, erase } = await withAside();
    await erase();
    const [erased] = profileFolders(dataDir);
    renameSync(join(dataDir, erased!, 'profile.key'), join(dataDir, 'elsewhere'));
    expect(await codeOf(core.handlers['profile.undoErase']({ folder: aside }))).toBe('nothing-to-undo');
    clock.pass(UNDO_MS);
    await gone(dataDir);
  });
});
