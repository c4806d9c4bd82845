import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from './chromium.mjs';

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-path-'));
  vi.stubEnv('PARLEY_CHROMIUM', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function program(name) {
  const file = join(folder, name);
  writeFileSync(file, '');
  chmodSync(file, 0o755);
  return file;
}

test('a browser on the path is found', () => {
  const file = program('chromium-browser');
  vi.stubEnv('PATH', ['', '/nonexistent', folder].join(delimiter));
  expect(findChromium()).toBe(file);
});

test('the one that was named is taken, or none', () => {
  program('chromium');
  vi.stubEnv('PATH', folder);
  const file = program('mine');
  vi.stubEnv('PARLEY_CHROMIUM', file);
  expect(findChromium()).toBe(file);
  vi.stubEnv('PARLEY_CHROMIUM', join(folder, 'none'));
  expect(findChromium()).toBeUndefined();
});

test('a file that cannot be run is none', () => {
  writeFileSync(join(folder, 'chromium'), '');
  chmodSync(join(folder, 'chromium'), 0o644);
  vi.stubEnv('PATH', folder);
  expect(findChromium()).toBeUndefined();
});

test('the browser keeps its sandbox unless it would refuse to start', () => {
  expect(CHROMIUM_FLAGS.includes('--no-sandbox')).toBe(process.getuid?.() === 0);
});
