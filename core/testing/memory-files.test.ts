import { expect, it } from 'vitest';
import { DiskFullError } from '../ports/files.ts';
import { MemoryFiles } from './memory-files.ts';

it('keeps copies of what is written', async () => {
  const files = new MemoryFiles();
  const bytes = Uint8Array.of(1, 2);
  await files.write('a/b', bytes);
  bytes[0] = 9;
  const read = await files.read('a/b');
  expect(read).toEqual(Uint8Array.of(1, 2));
  read![0] = 7;
  expect(await files.read('a/b')).toEqual(Uint8Array.of(1, 2));
  await files.remove('a/b');
  await files.remove('a/b');
  expect(await files.read('a/b')).toBeUndefined();
});

it('changes nothing when the disk is full', async () => {
  const files = new MemoryFiles();
  await files.write('a', Uint8Array.of(1));
  files.full = true;
  await expect(files.write('a', Uint8Array.of(2))).rejects.toThrow(DiskFullError);
  expect(await files.read('a')).toEqual(Uint8Array.of(1));
  expect(files.paths()).toEqual(['a']);
});

it.each(['', '/etc', '../a', 'a/../b'])('refuses the path %j', async (path) => {
  await expect(new MemoryFiles().read(path)).rejects.toThrow(RangeError);
});
