import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { createUdxNetwork } from './adapters/udx-network.ts';
import { createCore } from './create-core.ts';
import { warmUp } from './warm-up.ts';

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('parley-warm-up-'));

const host = { version: '0', pageFolder: 'renderer', createCore, createNetwork: createUdxNetwork };

test('two people meet and write, and nothing stays behind', async () => {
  const before = leftovers();
  await warmUp(host);
  expect(leftovers()).toEqual(before);
});

test('a node that does not start ends it with its reason, and nothing stays behind', async () => {
  const before = leftovers();
  const broken = () => Promise.reject(new Error('no network here'));
  await expect(warmUp({ ...host, createCore: broken })).rejects.toThrow('parley:');
  expect(leftovers()).toEqual(before);
});
