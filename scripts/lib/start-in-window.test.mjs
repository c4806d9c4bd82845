import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureBuilt } from '../ensure-built.mjs';
import { startInWindow } from './start-in-window.mjs';

let folder;
let closed;
let node;

beforeEach(async () => {
  await ensureBuilt(['node', 'renderer']);
  folder = mkdtempSync(join(tmpdir(), 'parley-window-test-'));
  closed = 0;
});

afterEach(async () => {
  await node?.stop();
  node = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** In place of a browser: asks for the page the moment it gets its address. */
function opener() {
  const asked = [];
  const open = (ui) => {
    const answer = fetch(ui).then(
      async (response) => [response.status, await response.text()],
      () => ['nobody answered'],
    );
    asked.push({ ui, answer });
    return { close: async () => closed++ };
  };
  return { asked, open };
}

const options = (...more) => ['--data', join(folder, 'data'), '--host', '127.0.0.1', '--no-lan', '--json', ...more];

test('the window asks before the node is up, and gets its page', { timeout: 120_000 }, async () => {
  const { asked, open } = opener();
  const started = await startInWindow(options(), open);
  node = started.node;
  expect(asked.map(({ ui }) => ui)).toEqual([node.ready.ui]);
  const [status, text] = await asked[0].answer;
  expect(status).toBe(200);
  expect(text).toContain('<div id="root">');
});

test('a port that was asked for is the node\u2019s to take', { timeout: 120_000 }, async () => {
  const { asked, open } = opener();
  const started = await startInWindow(options('--http', '0'), open);
  node = started.node;
  expect(asked.map(({ ui }) => ui)).toEqual([node.ready.ui]);
  expect((await asked[0].answer)[0]).toBe(200);
});

test('the window of a node that does not start is closed', { timeout: 120_000 }, async () => {
  const { asked, open } = opener();
  await expect(startInWindow(options('--log', 'nonsense'), open)).rejects.toThrow('--log takes one of');
  expect(closed).toBe(1);
  expect(await asked[0].answer).toEqual(['nobody answered']);
});
