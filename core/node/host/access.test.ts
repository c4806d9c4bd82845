import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { isOwnHost, isOwnOrigin, sameToken, targetOf, tokenOf } from './access.ts';

function request(headers: Record<string, string>, url = '/'): IncomingMessage {
  return { headers, url } as unknown as IncomingMessage;
}

describe('the Host header', () => {
  test.each(['127.0.0.1:80', 'localhost:4000', '127.0.0.1:4000', '[::1]:4000', 'LOCALHOST:4000'])('%s', (host) => {
    expect(isOwnHost(request({ host }), 4000)).toBe(host !== '127.0.0.1:80');
  });

  test.each(['evil.example:4000', '127.0.0.1', 'localhost.evil.example:4000', '127.0.0.1:4000.evil', '0.0.0.0:4000'])(
    'is foreign: %s',
    (host) => {
      expect(isOwnHost(request({ host }), 4000)).toBe(false);
    },
  );

  test('must be there, and goes without a port at port 80', () => {
    expect(isOwnHost(request({}), 4000)).toBe(false);
    expect(isOwnHost(request({ host: '127.0.0.1' }), 80)).toBe(true);
  });
});

describe('the Origin header', () => {
  const host = '127.0.0.1:4000';
  test('may be missing or the very address asked', () => {
    expect(isOwnOrigin(request({ host }))).toBe(true);
    expect(isOwnOrigin(request({ host, origin: 'http://127.0.0.1:4000' }))).toBe(true);
  });

  test.each([
    'null',
    '',
    'https://127.0.0.1:4000',
    'http://127.0.0.1:4001',
    'http://localhost:4000',
    'http://evil.example',
  ])('is foreign: %j', (origin) => {
    expect(isOwnOrigin(request({ host, origin }))).toBe(false);
  });
});

describe('the token', () => {
  test('comes by subprotocol, by header or by query', () => {
    expect(tokenOf(request({ 'sec-websocket-protocol': 'parley, token.abc-_1' }))).toBe('abc-_1');
    expect(tokenOf(request({ authorization: 'Bearer abc' }))).toBe('abc');
    expect(tokenOf(request({}, '/rpc?token=abc'))).toBe('abc');
  });

  test('is undefined when there is none', () => {
    expect(
      tokenOf(request({ 'sec-websocket-protocol': 'parley', authorization: 'Basic abc' }, '/rpc')),
    ).toBeUndefined();
  });

  test('compares equal to itself only', () => {
    expect(sameToken('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abcd', 'ABC', 'abć']) expect(sameToken(other, 'abc')).toBe(false);
  });
});

test.each(['', '*', 'http://evil.example/rpc', '//evil.example/rpc', 'rpc'])('%j is no path of ours', (url) => {
  expect(targetOf(request({}, url))).toBeUndefined();
});
