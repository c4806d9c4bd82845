import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createUdxNetwork } from './adapters/udx-network.ts';
import { createCore } from './create-core.ts';
import { warmUp } from './warm-up.ts';

/** A temporary folder of the test's own: a build beside it warms up too. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-test-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const host = { version: '0', pageFolder: 'renderer', createCore, createNetwork: createUdxNetwork };

test('two people meet and write, and nothing stays behind', async () => {
  let seen = 0;
  const watched: typeof createCore = (...options) => {
    seen = Math.max(seen, readdirSync(folder).length);
    return createCore(...options);
  };
  await warmUp({ ...host, createCore: watched });
  expect(seen).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test('a node that does not start ends it with its reason, and nothing stays behind', async () => {
  const broken = () => Promise.reject(new Error('no network here'));
  await expect(warmUp({ ...host, createCore: broken })).rejects.toThrow('parley:');
  expect(readdirSync(folder)).toEqual([]);
});
