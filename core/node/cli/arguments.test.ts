import { describe, expect, test } from 'vitest';
import { HELP, parseArguments } from './arguments.ts';
import { EXIT } from './exit-codes.ts';

const KEY = 'ab'.repeat(32);
const parse = (...argv: string[]) => parseArguments(argv, {});

test('without options everything has its default', () => {
  expect(parse()).toEqual({
    data: undefined,
    udp: 0,
    http: 0,
    host: undefined,
    bootstrap: [],
    lan: true,
    leaf: false,
    ephemeralProfile: undefined,
    passphraseFile: undefined,
    rekeyAfterMs: undefined,
    json: false,
    help: false,
    version: false,
    log: 'warn',
  });
});

test('every option is understood, in both spellings', () => {
  const argv = `--data d --udp=4000 --http 5000 --leaf --host 127.0.0.1 --bootstrap 127.0.0.1:1/${KEY} --no-lan
    --bootstrap=[::1]:2/${KEY} --ephemeral-profile Alice --passphrase-file p --epoch 5 --json --log debug`;
  expect(parse(...argv.split(/\s+/))).toEqual({
    data: 'd',
    udp: 4000,
    http: 5000,
    host: '127.0.0.1',
    bootstrap: [`127.0.0.1:1/${KEY}`, `[::1]:2/${KEY}`],
    lan: false,
    leaf: true,
    ephemeralProfile: 'Alice',
    passphraseFile: 'p',
    rekeyAfterMs: 5000,
    json: true,
    help: false,
    version: false,
    log: 'debug',
  });
});

test('the environment can turn the local network off', () => {
  expect(parseArguments([], { PARLEY_LAN: 'off' }).lan).toBe(false);
  expect(parseArguments([], { PARLEY_LAN: 'on' }).lan).toBe(true);
});

describe('refused with one line', () => {
  test.each([
    [['--nothing'], /--nothing/],
    [['loose'], /loose/],
    [['--data', ''], /--data needs a value/],
    [['--data'], /--data needs a value/],
    [['--udp', '--json'], /--udp needs a value/],
    [['--data', 'a', '--data', 'b'], /--data was given twice/],
    [['--json=yes'], /--json/],
    [['--udp', '65536'], /--udp takes a whole number from 0 to 65535/],
    [['--udp', '-1'], /--udp/],
    [['--http', '1e3'], /--http/],
    [['--http', ' 80'], /--http/],
    [['--epoch', '0'], /--epoch takes a whole number from 1 to 180/],
    [['--epoch', '181'], /--epoch/],
    [['--log', 'loud'], /--log takes one of debug/],
    [['--host', 'localhost'], /--host takes an IP address/],
    [['--host', '127.0.0.1:80'], /--host takes an IP address/],
    [['--bootstrap', 'host:1'], /--bootstrap: The public key is missing/],
    [['--bootstrap', `host:0/${KEY}`], /--bootstrap: The port/],
  ] as const)('%j', (argv, message) => {
    expect(() => parse(...argv)).toThrowError(
      expect.objectContaining({
        name: 'StartError',
        exitCode: EXIT.badOption,
        message: expect.stringMatching(message),
      }),
    );
    expect(() => parse(...argv)).toThrowError(/^[^\n]*$/);
  });
});

test('the help names every option', () => {
  for (const option of [
    'data',
    'udp',
    'http',
    'host',
    'bootstrap',
    'no-lan',
    'leaf',
    'ephemeral-profile',
    'passphrase-file',
  ]) {
    expect(HELP).toContain(`--${option}`);
  }
  for (const line of HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
});
