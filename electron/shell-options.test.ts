import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseShellOptions } from './shell-options.ts';

const ADDRESS = `127.0.0.1:1/${'ab'.repeat(32)}`;
const NOTHING = { data: undefined, host: undefined, bootstrap: [], lan: true, ephemeralProfile: undefined };

test.each([
  ['with =', ['--data=d', '--host=127.0.0.1', `--bootstrap=${ADDRESS}`, '--ephemeral-profile=Al', '--no-lan']],
  ['apart', ['--data', 'd', '--host', '127.0.0.1', '--bootstrap', ADDRESS, '--ephemeral-profile', 'Al', '--no-lan']],
])('known options are read, %s', (_, argv) => {
  expect(parseShellOptions(['.', ...argv], {})).toEqual({
    data: resolve('d'),
    host: '127.0.0.1',
    bootstrap: [ADDRESS],
    lan: false,
    ephemeralProfile: 'Al',
  });
});

test('unknown and malformed ones are ignored', () => {
  const argv = ['--ozone-platform=wayland', '--data', '--host=x', '--bootstrap=x', '--ephemeral-profile='];
  expect(parseShellOptions(argv, {})).toEqual(NOTHING);
});

test('what follows a link is none', () => {
  const argv = ['--no-lan', 'Parley:x', '--data=d', '--host=127.0.0.1', `--bootstrap=${ADDRESS}`];
  expect(parseShellOptions(argv, {})).toEqual({ ...NOTHING, lan: false });
});

test('the environment can turn the local network off', () => {
  expect(parseShellOptions([], { PARLEY_LAN: 'off' }).lan).toBe(false);
});
