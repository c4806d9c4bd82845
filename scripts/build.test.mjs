import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sealBundle } from './build.mjs';

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-seal-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a bundle ends with its digest', () => {
  const file = join(folder, 'parley.js');
  writeFileSync(file, 'x\n');
  sealBundle(file);
  expect(readFileSync(file, 'utf8')).toMatch(/^x\n\/\/[0-9a-f]{64}$/);
});

test('a letter that would be read as another one ends the build', () => {
  const file = join(folder, 'parley.js');
  writeFileSync(file, 'a = /\u201c/;');
  expect(() => sealBundle(file)).toThrow('not ASCII; write it as \\u in the source: a = /\u201c');
});
