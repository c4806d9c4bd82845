import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locked } from './lock.mjs';

let folder;
let lock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
  lock = join(folder, 'lock');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('tasks do not overlap', async () => {
  const seen = [];
  const task = (name) => async () => {
    seen.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(`${name} ends`);
  };
  await Promise.all([locked(lock, task('one')), locked(lock, task('two'))]);
  expect(seen).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  expect(existsSync(lock)).toBe(false);
});

test('is free again after a task that failed', async () => {
  await expect(locked(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

test('of a process that was killed holds nobody up', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(lock, String(dead));
  await locked(lock, async () => {});
  expect(existsSync(lock)).toBe(false);
});

test('that a killed process did not finish to write holds nobody up for ever', async () => {
  writeFileSync(lock, '');
  const longAgo = Date.now() / 1000 - 120;
  utimesSync(lock, longAgo, longAgo);
  await locked(lock, async () => {});
  expect(existsSync(lock)).toBe(false);
});

test('is no reason to wait for ever where it cannot be made', async () => {
  await expect(locked(join(folder, 'none', 'lock'), async () => {})).rejects.toThrow('ENOENT');
});
