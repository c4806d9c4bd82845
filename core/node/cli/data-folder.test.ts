import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultDataFolder, openDataFolder, temporaryDataFolder } from './data-folder.ts';
import { EXIT } from './exit-codes.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-data-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('the default folder follows the custom of', () => {
  test.each([
    ['linux', {}, '/home/a/.local/share/parley'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/parley'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/a/.local/share/parley'],
    ['darwin', {}, '/home/a/Library/Application Support/Parley'],
    ['win32', { APPDATA: '/roaming' }, '/roaming/Parley'],
    ['win32', {}, '/home/a/AppData/Roaming/Parley'],
  ] as const)('%s with %j', (platform, env, expected) => {
    expect(defaultDataFolder(platform, env, '/home/a').replaceAll('\\', '/')).toBe(expected);
  });
});

describe('a data folder', () => {
  test('is made for the owner alone, with the folders above it', async () => {
    const folder = openDataFolder(join(root, 'a', 'b'));
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    folder.release();
  });

  test('that others may read lets them read no file that is made in it', () => {
    chmodSync(root, 0o755);
    process.umask(0);
    const folder = openDataFolder(root);
    writeFileSync(join(root, 'later'), '');
    const modes = readdirSync(root).map((name) => statSync(join(root, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
    folder.release();
  });

  test('can be open once only, and again after it was let go', async () => {
    const first = openDataFolder(root);
    const refused = { exitCode: EXIT.folderLocked, message: 'another Parley is running with this data folder' };
    expect(() => openDataFolder(root)).toThrow(expect.objectContaining(refused));
    first.release();
    first.release();
    openDataFolder(root).release();
  });

  test('is locked for another name of the same folder', async () => {
    const folder = openDataFolder(join(root, 'real'));
    symlinkSync(folder.path, join(root, 'alias'));
    expect(() => openDataFolder(join(root, 'alias'))).toThrow(expect.objectContaining({ exitCode: EXIT.folderLocked }));
    folder.release();
  });

  test('is locked against other processes, and free again when one is killed', async () => {
    const script = `
      const { default: Database } = await import('@signalapp/sqlcipher');
      new Database(${JSON.stringify(join(root, 'lock.db'))}).exec('BEGIN EXCLUSIVE');
      process.stdout.write('locked');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    expect(() => openDataFolder(root)).toThrow(expect.objectContaining({ exitCode: EXIT.folderLocked }));
    const ended = new Promise((resolve) => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await ended;
    openDataFolder(root).release();
  });

  test('that is a file is unusable', async () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => openDataFolder(join(root, 'file'))).toThrow(
      expect.objectContaining({ exitCode: EXIT.folderUnusable }),
    );
    expect(() => openDataFolder(join(root, 'file', 'below'))).toThrow(
      expect.objectContaining({ exitCode: EXIT.folderUnusable }),
    );
  });

  test('with a longer path than SQLite takes is unusable', () => {
    openDataFolder(join(root, 'a'.repeat(200))).release();
    expect(() => openDataFolder(join(root, 'b'.repeat(200), 'c'.repeat(250)))).toThrow(/ENAMETOOLONG/);
  });

  // In a process of its own: an endless loop of the system's calls stops the whole one that makes them.
  test.skipIf(process.platform !== 'linux')('is refused at once where the system makes none', () => {
    const program = bundled(`import { openDataFolder } from './data-folder.ts';
          try { openDataFolder('/proc/parley/data'); } catch (error) { console.log(error.message); }`);
    const child = spawnSync(process.execPath, ['--input-type=module'], { input: program, timeout: 10_000 });
    expect(String(child.stdout)).toBe('the data folder /proc/parley/data cannot be used (ENOENT)\n');
  });

  test('with a directory in the place of the lock is unusable', async () => {
    const folder = openDataFolder(join(root, 'a'));
    folder.release();
    rmSync(join(folder.path, 'lock.db'));
    openDataFolder(join(folder.path, 'lock.db')).release();
    expect(() => openDataFolder(folder.path)).toThrow('the file lock.db in the data folder cannot be opened');
  });

  test.each(['garbage\0'.repeat(99), `SQLite format 3\0${'x'.repeat(5000)}`, 'x'])(
    'opens over a damaged lock file, and is locked then (%#)',
    (content) => {
      writeFileSync(join(root, 'lock.db'), content);
      const folder = openDataFolder(root);
      expect(() => openDataFolder(root)).toThrow(expect.objectContaining({ exitCode: EXIT.folderLocked }));
      folder.release();
      openDataFolder(root).release();
    },
  );

  test.skipIf(process.platform === 'win32')('empties no file that a link in the place of the lock leads to', () => {
    const precious = join(root, 'precious');
    writeFileSync(precious, 'precious');
    const folder = join(root, 'a');
    openDataFolder(folder).release();
    rmSync(join(folder, 'lock.db'));
    symlinkSync(precious, join(folder, 'lock.db'));
    expect(() => openDataFolder(folder)).toThrow('the file lock.db in the data folder cannot be opened');
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });

  // The superuser may write anywhere.
  test.skipIf(process.getuid?.() === 0)('with a lock that may only be read is unusable', async () => {
    openDataFolder(root).release();
    chmodSync(join(root, 'lock.db'), 0o400);
    expect(() => openDataFolder(root)).toThrow('the file lock.db in the data folder cannot be opened (EACCES)');
  });

  test.skipIf(process.getuid?.() === 0)('without the right to write is unusable', async () => {
    chmodSync(root, 0o500);
    expect(() => openDataFolder(root)).toThrow(expect.objectContaining({ exitCode: EXIT.folderUnusable }));
    chmodSync(root, 0o700);
  });
});

describe('a temporary folder', () => {
  beforeEach(() => vi.stubEnv('TMPDIR', root));
  afterEach(() => vi.unstubAllEnvs());

  test('goes with all it holds', async () => {
    const folder = temporaryDataFolder();
    writeFileSync(join(folder.path, 'some'), '1');
    expect(existsSync(folder.path)).toBe(true);
    folder.release();
    folder.release();
    expect(existsSync(folder.path)).toBe(false);
  });

  test.skipIf(process.platform === 'win32')(
    'of a process that was killed goes with the next one, and no other',
    async () => {
      const living = temporaryDataFolder();
      const killed = await killedWithFolder();
      const aboutToBeLocked = mkdtempSync(join(root, 'parley-ephemeral-'));
      writeFileSync(join(aboutToBeLocked, 'lock.db'), '');
      const foreign = join(root, 'somewhere');
      mkdirSync(foreign);
      for (const name of ['lock.db', 'locked-once']) writeFileSync(join(foreign, name), '');
      symlinkSync(foreign, join(root, 'parley-ephemeral-link'));
      expect(existsSync(killed)).toBe(true);
      const next = temporaryDataFolder();
      expect([killed, living.path, aboutToBeLocked, join(foreign, 'lock.db'), next.path].map(existsSync)).toEqual([
        false,
        true,
        true,
        true,
        true,
      ]);
      for (const folder of [living, next]) folder.release();
    },
  );
});

/** @returns the temporary folder of a process that was killed */
async function killedWithFolder(): Promise<string> {
  const program = bundled(`import { temporaryDataFolder } from './data-folder.ts';
        console.log(temporaryDataFolder().path);
        setInterval(() => {}, 1000);`);
  const child = spawn(process.execPath, ['--input-type=module'], { env: { ...process.env, TMPDIR: root } });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const path = new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())));
  child.stdin.end(program);
  const folder = await path;
  child.kill('SIGKILL');
  await ended;
  return folder;
}

/** A program that may import what is beside this file. */
function bundled(contents: string): string {
  const [built] = buildSync({
    stdin: { contents, resolveDir: import.meta.dirname },
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', write: false },
  }).outputFiles;
  return built!.text;
}
