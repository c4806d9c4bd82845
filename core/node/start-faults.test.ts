import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createUdxNetwork } from './adapters/udx-network.ts';
import { EXIT } from './cli/exit-codes.ts';
import { createCore } from './create-core.ts';
import { startHeadless } from './headless.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-faults-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a node that is expected not to come up. */
async function refused(...argv: string[]) {
  let errors = '';
  const node = await startHeadless({
    argv: ['--no-lan', '--host', '127.0.0.1', '--json', ...argv],
    env: {},
    version: '1.2.3',
    pageFolder: folder,
    createCore,
    createNetwork: createUdxNetwork,
    print: () => undefined,
    printError: (text) => {
      errors += text;
    },
  });
  if ('stop' in node) await node.stop();
  return { exitCode: 'exitCode' in node ? node.exitCode : undefined, errors };
}

describe('a file of the data folder that the system does not let us use ends the start by its name', () => {
  // A folder in its place: what the superuser, who may run the tests, cannot read either.
  test.each([
    ['node.key', 'parley: the file node.key in the data folder cannot be read (EISDIR)\n'],
    ['network.json', 'parley: the file network.json in the data folder cannot be read (EISDIR)\n'],
    ['relay.db', 'parley: the file relay.db in the data folder cannot be opened\n'],
    ['lock.db', 'parley: the file lock.db in the data folder cannot be opened\n'],
  ])('%s', async (name, errors) => {
    mkdirSync(join(folder, name));
    expect(await refused('--data', folder)).toEqual({ exitCode: EXIT.folderUnusable, errors });
  });
});

test('a TCP port that the system does not allow is a bad option', async () => {
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
    process.nextTick(() => this.emit('error', Object.assign(new Error('listen'), { code: 'EACCES' })));
    return this;
  });
  const told = await refused('--data', folder, '--http', '80');
  expect(told).toEqual({ exitCode: EXIT.badOption, errors: 'parley: the system does not allow TCP port 80\n' });
});

test('without a place for temporary folders there is no passing profile', async () => {
  vi.stubEnv('TMPDIR', join(folder, 'none'));
  const told = await refused('--ephemeral-profile', 'Al');
  vi.unstubAllEnvs();
  const errors = `parley: no folder can be made in ${join(folder, 'none')} (ENOENT)\n`;
  expect(told).toEqual({ exitCode: EXIT.folderUnusable, errors });
});
