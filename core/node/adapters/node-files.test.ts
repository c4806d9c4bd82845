import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiskFullError } from '../../ports/files.ts';
import { NodeFiles, type OpenFile } from './node-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-files-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const bytes = (...values: number[]) => Uint8Array.from(values);

/** A disk that fails with `code` when data is written. */
function failingOpen(code: string): OpenFile {
  return async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    handle.writeFile = () => Promise.reject(Object.assign(new Error(code), { code }));
    return handle;
  };
}

test('what was written is read back, and replaced whole by the next write', async () => {
  const files = new NodeFiles(folder);
  await files.write('key.bin', bytes(1, 2, 3));
  await files.write('key.bin', bytes(9));
  expect(await files.read('key.bin')).toEqual(bytes(9));
});

test('a file that is not there reads as undefined and can be removed', async () => {
  const files = new NodeFiles(folder);
  expect(await files.read('none')).toBeUndefined();
  await files.remove('none');
  await files.write('some', bytes(1));
  await files.remove('some');
  expect(await files.read('some')).toBeUndefined();
});

test.skipIf(process.platform === 'win32')('what is no file of ours is refused at once, and not read', async () => {
  const files = new NodeFiles(folder);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  symlinkSync('/dev/zero', join(folder, 'zeros'));
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'huge'), '');
  truncateSync(join(folder, 'huge'), 2 ** 31);
  const codes = { pipe: 'EINVAL', zeros: 'EINVAL', folder: 'EISDIR', huge: 'EFBIG' };
  for (const [name, code] of Object.entries(codes)) await expect(files.read(name)).rejects.toMatchObject({ code });
});

test('a folder in the folder is made', async () => {
  const files = new NodeFiles(folder);
  for (const value of [7, 8]) await files.write('a/b.json', bytes(value));
  expect(await files.read('a/b.json')).toEqual(bytes(8));
});

test('a folder that was removed is not made again for a file', async () => {
  const files = new NodeFiles(join(folder, 'gone'));
  for (const path of ['network.json', 'a/b.json'])
    await expect(files.write(path, bytes(1))).rejects.toThrow(/cannot be written \(ENOENT\)/);
  expect(readdirSync(folder)).toEqual([]);
});

test.skipIf(process.platform === 'win32')('only the owner may read it', async () => {
  await new NodeFiles(folder).write('new/key', bytes(1));
  expect(statSync(join(folder, 'new', 'key')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
});

test('writers at the same time leave one whole file and nothing else', async () => {
  const files = new NodeFiles(folder);
  const contents = Array.from({ length: 20 }, (_, value) => new Uint8Array(10_000).fill(value));
  await Promise.all(contents.map((content) => files.write('shared', content)));
  const kept = (await files.read('shared')) ?? bytes();
  expect(kept.length).toBe(10_000);
  expect(new Set(kept).size).toBe(1);
  expect(readdirSync(folder)).toEqual(['shared']);
});

test('what a kill in the middle of a write left is removed, and nothing else', async () => {
  const files = new NodeFiles(folder);
  await files.tidy();
  await files.write('profile.key', bytes(1));
  writeFileSync(join(folder, 'profile.key.7-1.tmp'), 'a secret');
  symlinkSync(join(folder, 'profile.key'), join(folder, 'profile.key.7-2.tmp'));
  writeFileSync(join(folder, 'network.json.7-9.tmp'), '');
  writeFileSync(join(folder, 'mine.7-1.tmp'), '');
  await files.tidy();
  expect(readdirSync(folder).sort()).toEqual(['mine.7-1.tmp', 'profile.key', 'profile.key.7-2.tmp']);
  expect(await files.read('profile.key')).toEqual(bytes(1));
  await new NodeFiles(join(folder, 'not there')).tidy();
});

describe.skipIf(process.platform === 'win32')('what a key file held before', () => {
  /** What is left at the disk of the file that is called `path` now, after the next write. */
  async function afterReplacing(path: string): Promise<Uint8Array> {
    const files = new NodeFiles(folder);
    await files.write(path, bytes(1, 2, 3));
    const old = await open(join(folder, path), 'r');
    try {
      await files.write(path, bytes(4));
      expect(await files.read(path)).toEqual(bytes(4));
      return new Uint8Array(await old.readFile());
    } finally {
      await old.close();
    }
  }

  test('is overwritten', async () => {
    expect(await afterReplacing('profile.key')).toEqual(bytes(0, 0, 0));
    expect(readdirSync(folder)).toEqual(['profile.key']);
  });

  test('stays where it is no secret', async () => {
    expect(await afterReplacing('network.json')).toEqual(bytes(1, 2, 3));
  });

  test("stays where somebody's copy is the same file", async () => {
    const files = new NodeFiles(folder);
    await files.write('profile.key', bytes(1, 2, 3));
    linkSync(join(folder, 'profile.key'), join(folder, 'copy'));
    await files.write('profile.key', bytes(4));
    expect(await files.read('copy')).toEqual(bytes(1, 2, 3));
  });

  test('stays where the file of that name was only a link to it', async () => {
    const files = new NodeFiles(folder);
    await files.write('mine', bytes(1, 2, 3));
    symlinkSync(join(folder, 'mine'), join(folder, 'profile.key'));
    await files.write('profile.key', bytes(4));
    expect(await files.read('profile.key')).toEqual(bytes(4));
    expect(await files.read('mine')).toEqual(bytes(1, 2, 3));
  });
});

describe('a disk that fails', () => {
  test.each(['ENOSPC', 'EDQUOT'])('full (%s): the old file stays and no rest is left', async (code) => {
    await new NodeFiles(folder).write('key', bytes(1));
    const full = new NodeFiles(folder, failingOpen(code));
    await expect(full.write('key', bytes(2))).rejects.toBeInstanceOf(DiskFullError);
    expect(await full.read('key')).toEqual(bytes(1));
    expect(readdirSync(folder)).toEqual(['key']);
  });

  test('otherwise: its own error comes through', async () => {
    const broken = new NodeFiles(folder, failingOpen('EIO'));
    await expect(broken.write('key', bytes(2))).rejects.toMatchObject({ code: 'EIO' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder in the place of a file is an error, not an absence', async () => {
    const files = new NodeFiles(folder);
    await files.write('a/b', bytes(1));
    await expect(files.read('a')).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('paths', () => {
  test.each(['', '.', '..', '../x', 'a/../b', '/etc/passwd', 'a//b', 'a/', '.hidden', 'a\\b', 'C:x', 'a\0b', 'ä'])(
    'outside the rules are refused: %j',
    async (path) => {
      const files = new NodeFiles(folder);
      await expect(files.read(path)).rejects.toBeInstanceOf(RangeError);
      await expect(files.write(path, bytes(1))).rejects.toBeInstanceOf(RangeError);
      await expect(files.remove(path)).rejects.toBeInstanceOf(RangeError);
    },
  );

  test.skipIf(process.platform === 'win32')('a link in the place of the file is replaced, not followed', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'parley-outside-'));
    const target = join(outside, 'target');
    writeFileSync(target, 'mine');
    symlinkSync(target, join(folder, 'key'));
    await new NodeFiles(folder).write('key', bytes(1));
    expect(statSync(target).size).toBe(4);
    expect(statSync(join(folder, 'key')).size).toBe(1);
    rmSync(outside, { recursive: true });
  });
});
