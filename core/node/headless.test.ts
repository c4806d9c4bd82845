import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ApiError, type ErrorCode } from '../api/errors.ts';
import { DiskFullError, FileUnusableError } from '../ports/files.ts';
import { AddressUnusableError, type Network, PortInUseError } from '../ports/network.ts';
import { StoreError } from '../store/errors.ts';
import { EXIT } from './cli/exit-codes.ts';
import type { CoreFactory } from './core-factory.ts';
import { type RunningNode, startHeadless } from './headless.ts';
import type { GivenDoor } from './host/given-door.ts';
import { type FakeCore, fakeCoreFactory } from './testing/fake-core.ts';

let folder: string;
const running: RunningNode[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-headless-'));
});

afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
  rmSync(folder, { recursive: true, force: true });
});

const network: Network = { bind: () => Promise.reject(new Error('the fake core binds nothing')) };

async function run(
  argv: readonly string[],
  createCore: CoreFactory = fakeCoreFactory().createCore,
  env = {},
  door?: Promise<GivenDoor>,
) {
  let printed = '';
  let errors = '';
  const node = await startHeadless({
    argv,
    env,
    version: '1.2.3',
    pageFolder: folder,
    createCore,
    createNetwork: () => network,
    door,
    print: (text) => {
      printed += text;
    },
    printError: (text) => {
      errors += text;
    },
  });
  if ('stop' in node) running.push(node);
  const exitCode = 'exitCode' in node ? node.exitCode : undefined;
  return { node: node as RunningNode, exitCode, printed, errors };
}

const data = () => ['--data', join(folder, 'data')];

describe('ready', () => {
  test('is one line of JSON by which a script can connect', async () => {
    const publicId = 'parley1test';
    const { printed } = await run([...data(), '--json'], fakeCoreFactory({}, { publicId }).createCore);
    expect(printed.indexOf('\n')).toBe(printed.length - 1);
    const ready = JSON.parse(printed);
    expect(ready).toEqual({
      ready: true,
      rpc: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/rpc$/),
      token: expect.stringMatching(/^[\w-]{43}$/),
      ui: `${ready.rpc.replace('ws:', 'http:').replace('/rpc', '/')}#token=${ready.token}`,
      publicId,
      nodeId: '0'.repeat(64),
      bootstrap: expect.stringMatching(/^127\.0\.0\.1:4000\/0{64}$/),
    });
    const socket = new WebSocket(ready.rpc, { headers: { authorization: `Bearer ${ready.token}` } });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.terminate();
  });

  test('names no public ID while there is none', async () => {
    expect(JSON.parse((await run([...data(), '--json'])).printed).publicId).toBeNull();
  });

  test('is a few lines for people otherwise', async () => {
    const { printed } = await run(data());
    expect(printed).toMatch(/page +http:\/\/127\.0\.0\.1:\d+\/#token=/);
    expect(printed).toContain('none yet');
  });

  test('each run has a token of its own', async () => {
    const first = JSON.parse((await run(['--data', join(folder, 'a'), '--json'])).printed);
    const second = JSON.parse((await run(['--data', join(folder, 'b'), '--json'])).printed);
    expect(first.token).not.toBe(second.token);
  });
});

describe('the core', () => {
  test('gets what the options say', async () => {
    const { cores, createCore } = fakeCoreFactory();
    const bootstrap = `127.0.0.1:1/${'ab'.repeat(32)}`;
    const options = `--udp 4001 --host 127.0.0.1 --bootstrap ${bootstrap} --no-lan --leaf --epoch 2 --ephemeral-profile Al`;
    await run([...data(), ...options.split(' ')], createCore);
    expect(cores[0]?.options).toMatchObject({
      dataDir: join(folder, 'data'),
      udpPort: 4001,
      host: '127.0.0.1',
      bootstrap: [bootstrap],
      lan: false,
      leaf: true,
      rekeyAfterMs: 2000,
      ephemeralProfile: 'Al',
      network,
    });
  });

  test('gets files of the data folder', async () => {
    const { cores, createCore } = fakeCoreFactory();
    await run(data(), createCore);
    await cores[0]?.options.files.write('probe', Uint8Array.of(1));
    expect(existsSync(join(folder, 'data', 'probe'))).toBe(true);
  });

  test('of a passing profile lives in a folder that is gone at the end', async () => {
    const { cores, createCore } = fakeCoreFactory();
    const { node } = await run(['--ephemeral-profile', 'Al'], createCore);
    const dir = cores[0]?.options.dataDir ?? '';
    expect(existsSync(dir)).toBe(true);
    await node.stop();
    expect(existsSync(dir)).toBe(false);
  });

  test('lives in the default folder when none is named', async () => {
    if (process.platform !== 'linux') return;
    const { cores, createCore } = fakeCoreFactory();
    await run([], createCore, { XDG_DATA_HOME: folder });
    expect(cores[0]?.options.dataDir).toBe(join(folder, 'parley'));
  });
});

describe('a passphrase file', () => {
  const locked = () => ({ state: 'locked', name: '' }) as const;

  test.each(['', '\ufeff'])('unlocks with its first line (after %j)', async (mark) => {
    const unlock = vi.fn(() => ({}));
    writeFileSync(join(folder, 'pass'), `${mark}open sesame\r\nrest\n`);
    const { createCore } = fakeCoreFactory({ 'profile.get': locked, 'profile.unlock': unlock });
    await run([...data(), '--passphrase-file', join(folder, 'pass')], createCore);
    expect(unlock).toHaveBeenCalledWith({ passphrase: 'open sesame' });
  });

  test('that is wrong ends the start, with all taken back', async () => {
    writeFileSync(join(folder, 'pass'), 'nope');
    const wrong = () => Promise.reject(new ApiError('wrong-passphrase', 'The passphrase is wrong.'));
    const { cores, createCore } = fakeCoreFactory({ 'profile.get': locked, 'profile.unlock': wrong });
    const { exitCode, errors } = await run([...data(), '--passphrase-file', join(folder, 'pass')], createCore);
    expect([exitCode, errors]).toEqual([EXIT.wrongPassphrase, 'parley: The passphrase is wrong.\n']);
    expect(cores[0]?.stopped).toBe(true);
    expect((await run(data())).exitCode).toBeUndefined();
  });

  test('that is missing is a bad option', async () => {
    const { exitCode, errors } = await run([...data(), '--passphrase-file', join(folder, 'none')]);
    expect(exitCode).toBe(EXIT.badOption);
    expect(errors).toMatch(/^parley: --passphrase-file: .* cannot be read\n$/);
  });

  test('is not needed for a profile that is open', async () => {
    const unlock = vi.fn(() => ({}));
    writeFileSync(join(folder, 'pass'), 'x');
    const { createCore } = fakeCoreFactory({ 'profile.unlock': unlock });
    await run([...data(), '--passphrase-file', join(folder, 'pass')], createCore);
    expect(unlock).not.toHaveBeenCalled();
  });
});

describe('a damaged profile', () => {
  const damaged = () => ({ state: 'damaged', fault: 'key-file-damaged' }) as const;
  const pass = () => join(folder, 'pass');
  beforeEach(() => writeFileSync(pass(), 'x'));

  test('is for the page where a person looks on, and for the exit code where a script does', async () => {
    const { cores, createCore } = fakeCoreFactory();
    const unwatched = [['--json'], ['--passphrase-file', pass()], ['--ephemeral-profile', 'Al']];
    for (const [index, args] of [[], ...unwatched].entries()) {
      await run(['--data', join(folder, String(index)), ...args], createCore);
    }
    expect(cores.map(({ options }) => options.startDamaged)).toEqual([true, false, false, false]);
  });

  test('is told in one line at the terminal, beside the address of the page', async () => {
    const { printed, errors } = await run(data(), fakeCoreFactory({ 'profile.get': damaged }).createCore);
    expect(printed).toContain('page');
    expect(errors).toMatch(/^parley: The key file of the profile is damaged\. .* The page leads on\.\n$/);
  });

  test('behind a window that waits starts also by a script, and also when unlocking finds the damage', async () => {
    let state: 'locked' | 'damaged' = 'locked';
    const get = () => (state === 'locked' ? ({ state, name: '' } as const) : damaged());
    const unlock = vi.fn(() => {
      state = 'damaged';
      return Promise.reject(new ApiError('database-corrupt', 'Damaged.'));
    });
    const { cores, createCore } = fakeCoreFactory({ 'profile.get': get, 'profile.unlock': unlock });
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const door = Promise.resolve({ listener, token: 'x'.repeat(43) });
    const argv = [...data(), '--json', '--passphrase-file', pass()];
    const { exitCode, printed } = await run(argv, createCore, {}, door);
    expect([exitCode, JSON.parse(printed).ready, cores[0]?.options.startDamaged]).toEqual([undefined, true, true]);
    expect(unlock).toHaveBeenCalledTimes(1);
    state = 'locked';
    expect((await run(['--data', join(folder, 'other'), ...argv.slice(2)], createCore)).exitCode).toBe(7);
  });
});

describe('what keeps it from starting is one line and an exit code', () => {
  const failing =
    (error: unknown): CoreFactory =>
    () =>
      Promise.reject(error);

  test.each<[number, unknown, string]>([
    [EXIT.portInUse, new PortInUseError(4000), 'UDP port 4000 is in use by another program'],
    [EXIT.badOption, new AddressUnusableError('no such address'), 'no such address'],
    [EXIT.portInUse, new ApiError('port-in-use', 'Taken.'), 'Taken.'],
    [EXIT.databaseCorrupt, new ApiError('database-corrupt', 'The database is damaged.'), 'The database is damaged.'],
    [EXIT.folderUnusable, new ApiError('profile-unreadable', 'It cannot be read.'), 'It cannot be read.'],
    [EXIT.diskFull, new DiskFullError(), 'the disk is full'],
    [
      EXIT.folderUnusable,
      new FileUnusableError('node.key', 'read', Object.assign(new Error('secret'), { code: 'EACCES' })),
      'the file node.key in the data folder cannot be read (EACCES)',
    ],
    [EXIT.badOption, new ApiError('bad-address', 'No.'), 'No.'],
    [EXIT.unexpected, new ApiError('internal' as ErrorCode, 'Oh.'), 'Oh.'],
    [EXIT.unexpected, new TypeError('secret'), 'Parley could not start (TypeError)'],
    [EXIT.unexpected, new StoreError('io', 'secret'), 'Parley could not start (StoreError:io)'],
    [EXIT.unexpected, 'secret', 'Parley could not start (string)'],
  ])('%i', async (code, error, line) => {
    const { exitCode, errors, printed } = await run(data(), failing(error));
    expect([exitCode, errors, printed]).toEqual([code, `parley: ${line}\n`, '']);
  });

  test('with --log debug a surprise shows where it happened, never what it said', async () => {
    const { errors } = await run([...data(), '--log', 'debug'], failing(new TypeError('secret')));
    expect(errors).toContain('headless.test.ts');
    expect(errors).not.toContain('secret');
  });

  test('a TCP port in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { createCore, cores } = fakeCoreFactory();
    const { exitCode, errors } = await run([...data(), '--http', String(port)], createCore);
    expect([exitCode, errors]).toEqual([EXIT.portInUse, `parley: TCP port ${port} is in use by another program.\n`]);
    expect(cores).toEqual([]);
    other.close();
  });

  test('a data folder another one has', async () => {
    await run(data());
    const { exitCode, errors } = await run(data());
    expect([exitCode, errors]).toEqual([
      EXIT.folderLocked,
      'parley: another Parley is running with this data folder\n',
    ]);
  });

  test('a bad option', async () => {
    expect(await run(['--bad'])).toMatchObject({ exitCode: EXIT.badOption, printed: '' });
  });
});

test('--help and --version print and end', async () => {
  const { exitCode, printed } = await run(['--help']);
  expect([exitCode, printed.startsWith('Usage: ')]).toEqual([EXIT.ok, true]);
  expect(await run(['--version'])).toMatchObject({ exitCode: EXIT.ok, printed: '1.2.3\n' });
});

describe('stopping', () => {
  test('ends core and page, frees the folder, and can be asked for twice', async () => {
    const { cores, createCore } = fakeCoreFactory();
    const { node, printed } = await run([...data(), '--json'], createCore);
    await Promise.all([node.stop(), node.stop()]);
    expect(cores[0]?.stopped).toBe(true);
    await expect(fetch(JSON.parse(printed).ui)).rejects.toThrow();
    expect((await run(data())).exitCode).toBeUndefined();
  });

  test('goes on when a part fails', async () => {
    const { cores, createCore } = fakeCoreFactory();
    const { node } = await run(data(), async (options) => {
      const core: FakeCore = await createCore(options);
      return Object.assign(core, { stop: () => Promise.reject(new Error('broken')) });
    });
    await node.stop();
    expect(cores).toHaveLength(1);
    expect((await run(data())).exitCode).toBeUndefined();
  });

  test('answers what was under way, however much of it ends at once', async () => {
    let open = (): void => {};
    const gate = new Promise<[]>((resolve) => {
      open = () => resolve([]);
    });
    const { createCore } = fakeCoreFactory({ 'friends.list': () => gate });
    const { node, printed } = await run([...data(), '--json'], createCore);
    const { rpc, token } = JSON.parse(printed);
    const socket = new WebSocket(rpc, { headers: { authorization: `Bearer ${token}` } });
    await new Promise((resolve) => socket.once('open', resolve));
    const answers: unknown[] = [];
    socket.on('message', (text) => answers.push(JSON.parse(String(text)).result));
    for (let id = 1; id <= 200; id++) socket.send(`{"jsonrpc":"2.0","id":${id},"method":"friends.list"}`);
    socket.send('{"jsonrpc":"2.0","id":201,"method":"settings.get"}');
    await new Promise((resolve) => socket.once('message', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const stopping = node.stop();
    open();
    await Promise.all([stopping, closed]);
    expect(answers).toHaveLength(201);
    expect(answers.slice(1).every((answer) => Array.isArray(answer))).toBe(true);
  });

  test('does not wait for ever for a request under way', async () => {
    const { createCore } = fakeCoreFactory({ 'profile.get': () => new Promise(() => {}) });
    const { node, printed } = await run([...data(), '--json'], createCore);
    const { rpc, token } = JSON.parse(printed);
    const socket = new WebSocket(rpc, { headers: { authorization: `Bearer ${token}` } });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{"jsonrpc":"2.0","id":1,"method":"profile.get"}');
    socket.send('{"jsonrpc":"2.0","id":2,"method":"settings.get"}');
    await new Promise((resolve) => socket.once('message', resolve));
    const started = performance.now();
    await node.stop();
    expect(performance.now() - started).toBeLessThan(2_500);
  });
});
