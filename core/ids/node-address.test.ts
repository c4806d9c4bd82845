import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeKey, toHex } from './bytes.ts';
import { formatNodeAddress, parseNodeAddress } from './node-address.ts';

const key = nodeKey(Uint8Array.from({ length: 32 }, (_, index) => index));
const KEY = toHex(key);

describe('parseNodeAddress', () => {
  it.each([
    ['127.0.0.1:4000', '127.0.0.1', 4000],
    ['[::1]:1', '::1', 1],
    ['[2001:db8::2:1]:65535', '2001:db8::2:1', 65_535],
    ['[1:2:3:4:5:6:7:8]:9', '1:2:3:4:5:6:7:8', 9],
    ['[::ffff:10.0.0.1]:9', '::ffff:10.0.0.1', 9],
    ['[::]:9', '::', 9],
    ['Boot.Example.org:80', 'boot.example.org', 80],
    ['localhost:80', 'localhost', 80],
    ['a-b.example.:80', 'a-b.example.', 80],
  ])('reads %s', (place, host, port) => {
    expect(parseNodeAddress(` ${place}/${KEY}\n`)).toEqual({ ok: true, value: { host, port, key } });
    expect(parseNodeAddress(`${place}/${KEY.toUpperCase()}`)).toMatchObject({ ok: true });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['127.0.0.1:4000', 'no-key'],
    ['127.0.0.1:4000/', 'bad-key'],
    [`127.0.0.1:4000/${KEY.slice(2)}`, 'bad-key'],
    [`127.0.0.1:4000/${KEY}00`, 'bad-key'],
    [`127.0.0.1:4000/${KEY.slice(1)}g`, 'bad-key'],
    [`127.0.0.1:4000/${KEY}/`, 'bad-key'],
    [`127.0.0.1/${KEY}`, 'no-port'],
    [`[::1]/${KEY}`, 'no-port'],
    [`127.0.0.1:/${KEY}`, 'bad-port'],
    [`127.0.0.1:0/${KEY}`, 'bad-port'],
    [`127.0.0.1:65536/${KEY}`, 'bad-port'],
    [`127.0.0.1:080/${KEY}`, 'bad-port'],
    [`127.0.0.1:1e3/${KEY}`, 'bad-port'],
    [`:80/${KEY}`, 'bad-host'],
    [`127.0.0.256:80/${KEY}`, 'bad-host'],
    [`127.0.1:80/${KEY}`, 'bad-host'],
    [`01.0.0.1:80/${KEY}`, 'bad-host'],
    [`::1:80/${KEY}`, 'bad-host'],
    [`[1:2:3:4:5:6:7]:80/${KEY}`, 'bad-host'],
    [`[1::2::3]:80/${KEY}`, 'bad-host'],
    [`[1:2:3:4:5:6:7::8]:80/${KEY}`, 'bad-host'],
    [`[:1::2]:80/${KEY}`, 'bad-host'],
    [`[1.2.3.4::]:80/${KEY}`, 'bad-host'],
    [`[fe80::1%eth0]:80/${KEY}`, 'bad-host'],
    [`-a.example:80/${KEY}`, 'bad-host'],
    [`a..example:80/${KEY}`, 'bad-host'],
    [`${'a'.repeat(64)}.example:80/${KEY}`, 'bad-host'],
    [`a b:80/${KEY}`, 'bad-host'],
  ])('%j: %s', (text, reason) => {
    const parsed = parseNodeAddress(text);
    expect(parsed).toMatchObject({ ok: false, reason });
    expect(parsed.ok || parsed.message).toMatch(/\.$/);
  });

  it('gives back what was formatted', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(nodeKey);
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), keys, (name, port, publicKey) => {
        const address = { host: name.toLowerCase(), port, key: publicKey };
        expect(parseNodeAddress(formatNodeAddress(address))).toEqual({ ok: true, value: address });
      }),
    );
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, withKey) => {
        const input = withKey ? `${text}/${KEY}` : text;
        const parsed = parseNodeAddress(input);
        if (parsed.ok) expect(parseNodeAddress(formatNodeAddress(parsed.value))).toEqual(parsed);
      }),
    );
  });
});
