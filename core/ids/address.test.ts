import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressClass, destinationOf, formatAddress, ipGroup, normaliseAddress, parseAddress } from './address.ts';

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const zeroHeavy = fc.array(fc.oneof(fc.constant(0), fc.nat(65_535)), { minLength: 8, maxLength: 8 });
const ipv6 = zeroHeavy.map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255])));

describe('parseAddress and formatAddress', () => {
  it.each([
    ['127.0.0.1', [127, 0, 0, 1]],
    ['255.255.255.255', [255, 255, 255, 255]],
    ['::', new Array(16).fill(0)],
    ['::1', [...new Array(15).fill(0), 1]],
    ['2001:DB8::1', [0x20, 1, 0x0d, 0xb8, ...new Array(11).fill(0), 1]],
    ['64:ff9b::192.0.2.33', [0, 0x64, 0xff, 0x9b, ...new Array(8).fill(0), 192, 0, 2, 33]],
    ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
    ['::2:3:4:5:6:7:8', [0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ])('reads %s', (text, bytes) => {
    expect([...parseAddress(text)!]).toEqual(bytes);
  });

  it('gives IPv4 for an IPv4-mapped IPv6 address', () => {
    expect([...parseAddress('::ffff:192.0.2.1')!]).toEqual([192, 0, 2, 1]);
    expect(normaliseAddress('::FFFF:c000:201')).toBe('192.0.2.1');
    expect(formatAddress(Uint8Array.of(...new Array(10).fill(0), 255, 255, 10, 0, 0, 1))).toBe('10.0.0.1');
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.4 ',
    '1.2.3.4:5',
    'localhost',
    ':',
    ':1',
    '1:',
    '1:2',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    '[::1]',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
    expect(normaliseAddress(text)).toBeUndefined();
    expect(addressClass(text)).toBe('invalid');
  });

  // RFC 5952, section 4.
  it.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
  ])('writes %s as %s', (text, canonical) => {
    expect(normaliseAddress(text)).toBe(canonical);
  });

  it('agrees with the host on what an address is', () => {
    const piece = fc.constantFrom('0', '1', 'ff', 'abcd', '255', '256', '00', ':', '::', '.', '1.2.3.4', 'g', '%', '');
    const texts = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 18 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('round-trips bytes', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (bytes) => {
        const text = formatAddress(bytes);
        const again = parseAddress(text)!;
        expect(isIP(text)).toBe(again.length === 4 ? 4 : 6);
        expect(formatAddress(again)).toBe(text);
        if (again.length === bytes.length) expect([...again]).toEqual([...bytes]);
      }),
    );
  });

  it('throws on a length that is none', () => {
    expect(() => formatAddress(new Uint8Array(5))).toThrow(RangeError);
  });

  it('keeps answering rightly after more addresses than it remembers', () => {
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.of(10, i >> 16, (i >> 8) & 255, i & 255);
      expect([...parseAddress(formatAddress(bytes))!]).toEqual([...bytes]);
    }
  });
});

describe('addressClass', () => {
  it.each([
    ['127.8.9.1', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.1.1.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.128.0.1', 'public'],
    ['fd00::1', 'private'],
    ['169.254.3.4', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'public'],
    ['0.0.0.0', 'special'],
    ['224.0.0.1', 'special'],
    ['255.255.255.255', 'special'],
    ['::', 'special'],
    ['ff02::1', 'special'],
    ['8.8.8.8', 'public'],
    ['2001:4860::8888', 'public'],
  ])('%s is %s', (host, kind) => {
    expect(addressClass(host)).toBe(kind);
  });
});

describe('ipGroup', () => {
  it('is the /24 of IPv4 and the /48 of IPv6', () => {
    expect(ipGroup('192.0.2.77')).toBe('192.0.2.0/24');
    expect(ipGroup('::ffff:192.0.2.77')).toBe('192.0.2.0/24');
    expect(ipGroup('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1::/48');
    expect(ipGroup('no address')).toBe('no address');
  });

  it('is the same exactly when the first 24 bits are', () => {
    fc.assert(
      fc.property(ipv4, ipv4, (a, b) => {
        const same = a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
        expect(ipGroup(formatAddress(a)) === ipGroup(formatAddress(b))).toBe(same);
      }),
    );
  });
});

it.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
  ['0:0::0', '::1'],
  ['127.0.0.2', '127.0.0.2'],
  ['fd00::2', 'fd00::2'],
])('what is bound to %s is reached at %s', (host, expected) => {
  expect(destinationOf(host)).toBe(expected);
});
