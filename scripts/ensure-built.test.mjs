import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import stale from './lib/stale.cjs';

const { newest } = stale;

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-built-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A file or folder whose time of change is `seconds` after 1970. */
function put(path, seconds) {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '');
  utimesSync(file, seconds, seconds);
}

function age(path, seconds) {
  utimesSync(join(folder, path), seconds, seconds);
}

test('the newest file counts, however deep', () => {
  put('a/b/c.ts', 200);
  put('a/d.ts', 100);
  age('a/b', 50);
  age('a', 50);
  age('.', 50);
  expect(newest(folder)).toBe(200_000);
});

test('a test that changed is no reason to build', () => {
  put('a.ts', 100);
  put('a.test.ts', 300);
  put('b.test.tsx', 300);
  age('.', 50);
  expect(newest(folder)).toBe(100_000);
});

test('a file that was removed shows in its folder', () => {
  put('a.ts', 100);
  age('.', 400);
  expect(newest(folder)).toBe(400_000);
});

test('what is not there is as old as can be', () => {
  expect(newest(join(folder, 'none'))).toBe(0);
});
