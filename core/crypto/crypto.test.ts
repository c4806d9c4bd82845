import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { concat, fromHex, toHex } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import type { CryptoBackend } from './backend.ts';
import { sodiumBackend } from './sodium-backend.ts';
import { tweetnaclBackend } from './tweetnacl-backend.ts';

type Crypto = typeof import('./crypto.ts');

/** `crypto.ts` on a given backend: everything above the primitives must not depend on which one it is. */
async function cryptoOn(backend: CryptoBackend): Promise<Crypto> {
  vi.resetModules();
  vi.doMock('./backend.ts', () => ({ backend, cryptoBackendName: backend.name }));
  return import('./crypto.ts');
}

const native = await cryptoOn(sodiumBackend);
const fallback = await cryptoOn(tweetnaclBackend);
afterAll(() => {
  vi.doUnmock('./backend.ts');
});

const hex = (text: string): Uint8Array => fromHex(text)!;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const filled = (value: number, length = 32) => new Uint8Array(length).fill(value);
const EMPTY = new Uint8Array(0);
const TEXT = ascii('a message');

describe.each([
  ['sodium-native', native],
  ['tweetnacl', fallback],
])('on %s', (name, crypto) => {
  it('says which implementation is in use', () => {
    expect(crypto.cryptoBackendName).toBe(name);
  });

  describe('hashing', () => {
    it('sha512 takes the parts one after another', () => {
      const abc =
        'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f';
      expect(toHex(crypto.sha512(ascii('abc')))).toBe(abc);
      expect(toHex(crypto.sha512(ascii('a'), EMPTY, ascii('bc')))).toBe(abc);
      expect(crypto.sha512()).toEqual(crypto.sha512(EMPTY));
    });

    it('hash32 keeps its golden bytes', () => {
      expect(toHex(crypto.hash32('test', ascii('a'), ascii('bc')))).toBe(
        'fb84dc3739f2b84742212ccf7dfc026e94ac563a6fa8eb60e1c7c3235250354f',
      );
    });

    it('hash32 tells domains and the borders of parts apart', () => {
      const inputs: [string, ...Uint8Array[]][] = [
        ['test'],
        ['test', EMPTY],
        ['test', EMPTY, EMPTY],
        ['test', ascii('ab')],
        ['test', ascii('a'), ascii('b')],
        ['test2', ascii('ab')],
        ['testa', ascii('b')],
      ];
      const hashes = inputs.map(([domain, ...parts]) => toHex(crypto.hash32(domain, ...parts)));
      expect(new Set(hashes).size).toBe(inputs.length);
      expect(crypto.hash32('test')).toHaveLength(32);
    });

    it('hash32 takes parts beyond its own buffer', () => {
      const big = filled(9, 100_000);
      expect(crypto.hash32('test', big)).toEqual(native.hash32('test', big.slice()));
      expect(crypto.hash32('test', big)).not.toEqual(crypto.hash32('test', big.subarray(1)));
    });

    it.each(['', 'ä', 'line\n', 'x'.repeat(250)])('%j is no domain', (domain) => {
      expect(() => crypto.hash32(domain, EMPTY)).toThrow(RangeError);
    });

    // RFC 4231: test cases 1, 2, 3, 6 and 7.
    it.each([
      [
        '0b'.repeat(20),
        toHex(ascii('Hi There')),
        '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
      ],
      [
        toHex(ascii('Jefe')),
        toHex(ascii('what do ya want for nothing?')),
        '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
      ],
      [
        'aa'.repeat(20),
        'dd'.repeat(50),
        'fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb',
      ],
      [
        'aa'.repeat(131),
        toHex(ascii('Test Using Larger Than Block-Size Key - Hash Key First')),
        '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
      ],
      [
        'aa'.repeat(131),
        toHex(
          ascii(
            'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
          ),
        ),
        'e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58',
      ],
    ])('hmacSha512 with key %s', (key, data, mac) => {
      const message = hex(data);
      expect(toHex(crypto.hmacSha512(hex(key), message))).toBe(mac);
      expect(toHex(crypto.hmacSha512(hex(key), message.subarray(0, 5), message.subarray(5)))).toBe(mac);
    });

    it('hkdf is HMAC as the Noise specification says', () => {
      const [ck, input] = [filled(1, 64), filled(2)];
      const temporary = crypto.hmacSha512(ck, input);
      const first = crypto.hmacSha512(temporary, Uint8Array.of(1));
      const second = crypto.hmacSha512(temporary, first, Uint8Array.of(2));
      const third = crypto.hmacSha512(temporary, second, Uint8Array.of(3));
      expect(crypto.hkdf(ck, input, 2)).toEqual([first, second]);
      expect(crypto.hkdf(ck, input, 3)).toEqual([first, second, third]);
    });
  });

  describe('signing', () => {
    const pair = native.profileKeyPairFromSeed(filled(3));

    it('keeps its golden bytes', () => {
      expect(crypto.profileKeyPairFromSeed(filled(3))).toEqual(pair);
      expect(toHex(crypto.sign(pair.secretKey, 'test', TEXT))).toBe(
        '26e773273bc3a1de723a34480d01b1b83208d0fc739d07c3414196f6daab55bc1ba423ec99a2fdebe1d4473daf2fb43685ccc0f59ae84a92cf374322a8c45b06',
      );
    });

    it('binds purpose, parts and their borders', () => {
      const signature = crypto.sign(pair.secretKey, 'test', ascii('a'), ascii('bc'));
      expect(crypto.verify(pair.publicKey, signature, 'test', ascii('a'), ascii('bc'))).toBe(true);
      expect(crypto.verify(pair.publicKey, signature, 'test', ascii('ab'), ascii('c'))).toBe(false);
      expect(crypto.verify(pair.publicKey, signature, 'test', ascii('a'), ascii('bc'), EMPTY)).toBe(false);
      expect(crypto.verify(pair.publicKey, signature, 'other', ascii('a'), ascii('bc'))).toBe(false);
      const other = crypto.profileKeyPairFromSeed(filled(4)).publicKey;
      expect(crypto.verify(other, signature, 'test', ascii('a'), ascii('bc'))).toBe(false);
    });

    it('verify is total', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }), (key, signature) => {
          expect(crypto.verify(key, signature, 'test', TEXT)).toBe(false);
        }),
      );
    });

    it('throws on secrets of a wrong length', () => {
      expect(() => crypto.profileKeyPairFromSeed(filled(1, 31))).toThrow(RangeError);
      expect(() => crypto.sign(filled(1, 32), 'test', TEXT)).toThrow(RangeError);
    });

    it('isValidProfileKey tells a key from other bytes', () => {
      expect(crypto.isValidProfileKey(pair.publicKey)).toBe(true);
      expect(crypto.isValidProfileKey(pair.publicKey.subarray(1))).toBe(false);
      expect(crypto.isValidProfileKey(filled(0))).toBe(false);
      expect(crypto.isValidProfileKey(filled(2))).toBe(false);
    });

    it('makes different pairs from different randomness', () => {
      const random: Random = { bytes: (length) => new Uint8Array(length).fill(5), uniform: () => 0 };
      expect(crypto.createProfileKeyPair(random)).toEqual(crypto.profileKeyPairFromSeed(filled(5)));
      expect(crypto.createNodeKeyPair(random)).toEqual(crypto.nodeKeyPairFromSeed(filled(5)));
    });
  });

  describe('key agreement', () => {
    it('converts both halves of a profile to one X25519 pair', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
          const profile = crypto.profileKeyPairFromSeed(seed);
          const box = crypto.boxKeyPairFromSeed(crypto.toBoxSecretKey(profile.secretKey));
          expect(crypto.toBoxPublicKey(profile.publicKey)).toEqual(box.publicKey);
        }),
        { numRuns: 20 },
      );
    });

    it('toBoxPublicKey refuses what is no profile key', () => {
      expect(crypto.toBoxPublicKey(filled(0))).toBeUndefined();
      expect(crypto.toBoxPublicKey(filled(0, 31))).toBeUndefined();
    });

    it('toBoxSecretKey keeps its golden bytes', () => {
      const { secretKey } = native.profileKeyPairFromSeed(filled(3));
      expect(toHex(crypto.toBoxSecretKey(secretKey))).toBe(
        '98aebbb178a551876bfaf8e1e530dac6aaf6c2ea1c8f8406a3ab37dfb40fbc65',
      );
      expect(() => crypto.toBoxSecretKey(filled(3))).toThrow(RangeError);
    });

    it('agrees on one secret, and on none with a key of small order', () => {
      const [a, b] = [crypto.boxKeyPairFromSeed(filled(1)), crypto.boxKeyPairFromSeed(filled(2))];
      expect(crypto.x25519(a.secretKey, b.publicKey)).toEqual(crypto.x25519(b.secretKey, a.publicKey));
      expect(crypto.x25519(a.secretKey, filled(0))).toBeUndefined();
      expect(() => crypto.x25519(a.secretKey, filled(1, 31))).toThrow(RangeError);
      expect(() => crypto.x25519(filled(1, 33), b.publicKey)).toThrow(RangeError);
    });

    it('copies the seed', () => {
      const seed = filled(6);
      const pair = crypto.boxKeyPairFromSeed(seed);
      crypto.wipe(seed);
      expect(pair.secretKey).toEqual(filled(6));
    });
  });

  describe('secretbox', () => {
    const key = filled(1);
    const nonce = filled(2, 24);

    it('opens what it sealed, at any offset', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 2_000 }),
          fc.nat({ max: 60 }),
          fc.nat({ max: 9 }),
          (plain, offset, rest) => {
            const box = crypto.secretboxSeal(key, nonce, plain);
            const packet = new Uint8Array(offset + plain.length + 16 + rest).fill(0xee);
            const end = crypto.secretboxSealInto(packet, offset, key, nonce, plain);
            expect(end).toBe(offset + box.length);
            expect(packet.subarray(offset, end)).toEqual(box);
            expect([...packet.subarray(0, offset), ...packet.subarray(end)].every((byte) => byte === 0xee)).toBe(true);
            expect(crypto.secretboxOpen(key, nonce, packet.subarray(offset, end))).toEqual(plain);
            const out = new Uint8Array(offset + plain.length);
            expect(crypto.secretboxOpenInto(out, offset, key, nonce, box)).toBe(true);
            expect(out.subarray(offset)).toEqual(plain);
          },
        ),
        { numRuns: 50 },
      );
    });

    it('seals a plain text that lies inside the output', () => {
      const packet = new Uint8Array(50);
      packet.set(TEXT, 16);
      crypto.secretboxSealInto(packet, 4, key, nonce, packet.subarray(16, 16 + TEXT.length));
      expect(crypto.secretboxOpen(key, nonce, packet.subarray(4, 4 + 16 + TEXT.length))).toEqual(TEXT);
    });

    it('opens nothing else', () => {
      const box = crypto.secretboxSeal(key, nonce, TEXT);
      expect(crypto.secretboxOpen(filled(9), nonce, box)).toBeUndefined();
      expect(crypto.secretboxOpen(key, filled(9, 24), box)).toBeUndefined();
      for (let length = 0; length < box.length; length++) {
        expect(crypto.secretboxOpen(key, nonce, box.subarray(0, length))).toBeUndefined();
      }
      expect(crypto.secretboxOpenInto(EMPTY, 0, key, nonce, EMPTY)).toBe(false);
    });

    it('throws on lengths that are bugs of ours', () => {
      expect(() => crypto.secretboxSeal(filled(1, 31), nonce, TEXT)).toThrow(RangeError);
      expect(() => crypto.secretboxSeal(key, filled(1, 12), TEXT)).toThrow(RangeError);
      expect(() => crypto.secretboxSealInto(new Uint8Array(20), 0, key, nonce, TEXT)).toThrow(RangeError);
      expect(() => crypto.secretboxSealInto(new Uint8Array(99), -1, key, nonce, TEXT)).toThrow(RangeError);
    });
  });

  describe('aead', () => {
    const seal = { key: filled(1), counter: 7, ad: ascii('header') };

    it('opens what it sealed', () => {
      const counter = fc.maxSafeNat();
      const bytes = fc.uint8Array({ maxLength: 2_000 });
      fc.assert(
        fc.property(bytes, fc.uint8Array({ maxLength: 20 }), counter, (plain, ad, number) => {
          const binding = { key: seal.key, counter: number, ad };
          const sealed = crypto.aeadSeal(plain, binding);
          expect(sealed).toEqual(native.aeadSeal(plain, binding));
          expect(crypto.aeadOpen(sealed, binding)).toEqual(plain);
        }),
        { numRuns: 50 },
      );
    });

    it('puts the counter into the nonce little-endian after four zero bytes', () => {
      for (const [counter, nonce] of [
        [1, '000000000100000000000000'],
        [0x0102030405, '000000000504030201000000'],
        [Number.MAX_SAFE_INTEGER, '00000000ffffffffffff1f00'],
      ] as const) {
        const out = new Uint8Array(TEXT.length + 16);
        sodiumBackend.aeadSeal(out, TEXT, seal.ad, hex(nonce), seal.key);
        expect(crypto.aeadSeal(TEXT, { ...seal, counter })).toEqual(out);
      }
    });

    it('seals and opens in place', () => {
      const expected = crypto.aeadSeal(TEXT, seal);
      const record = concat(TEXT, filled(0, 16));
      crypto.aeadSealInto(record, record.subarray(0, TEXT.length), seal);
      expect(record).toEqual(expected);
      expect(crypto.aeadOpenInto(record.subarray(0, TEXT.length), record, seal)).toBe(true);
      expect(record.subarray(0, TEXT.length)).toEqual(TEXT);
    });

    it('opens nothing else', () => {
      const sealed = crypto.aeadSeal(TEXT, seal);
      expect(crypto.aeadOpen(sealed, { ...seal, counter: 8 })).toBeUndefined();
      expect(crypto.aeadOpen(sealed, { ...seal, key: filled(2) })).toBeUndefined();
      expect(crypto.aeadOpen(sealed, { ...seal, ad: EMPTY })).toBeUndefined();
      for (let length = 0; length < sealed.length; length++) {
        expect(crypto.aeadOpen(sealed.subarray(0, length), seal)).toBeUndefined();
      }
    });

    it('throws on lengths and counters that are bugs of ours', () => {
      for (const counter of [-1, 0.5, 2 ** 53, Number.NaN]) {
        expect(() => crypto.aeadSeal(TEXT, { ...seal, counter })).toThrow(RangeError);
      }
      expect(() => crypto.aeadSeal(TEXT, { ...seal, key: filled(1, 16) })).toThrow(RangeError);
      expect(() => crypto.aeadSealInto(new Uint8Array(TEXT.length), TEXT, seal)).toThrow(RangeError);
      expect(() => crypto.aeadOpenInto(new Uint8Array(1), new Uint8Array(16), seal)).toThrow(RangeError);
    });
  });

  describe('sealed boxes', () => {
    const recipient = native.boxKeyPairFromSeed(filled(1));

    it('keep their golden bytes', () => {
      expect(toHex(crypto.sealTo(recipient.publicKey, filled(2), TEXT)!)).toBe(
        'ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d5945ea1e115ede8d6945e6e4df189464dd0182db6b6d3b091bae',
      );
    });

    it('open for the recipient only, and unchanged only', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (plain, at) => {
          const sealed = crypto.sealTo(recipient.publicKey, filled(2), plain)!;
          expect(sealed).toHaveLength(plain.length + crypto.SEALED_OVERHEAD_BYTES);
          expect(crypto.openSealed(recipient, sealed)).toEqual(plain);
          expect(crypto.openSealed(crypto.boxKeyPairFromSeed(filled(3)), sealed)).toBeUndefined();
          sealed[at % sealed.length]! ^= 0x40;
          expect(crypto.openSealed(recipient, sealed)).toBeUndefined();
        }),
        { numRuns: 20 },
      );
    });

    it('are refused towards and from a key of small order', () => {
      expect(crypto.sealTo(filled(0), filled(2), TEXT)).toBeUndefined();
      expect(crypto.openSealed(recipient, new Uint8Array(100))).toBeUndefined();
    });

    it('opening is total', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), (junk) => {
          expect(crypto.openSealed(recipient, junk)).toBeUndefined();
        }),
        { numRuns: 30 },
      );
    });
  });
});

describe('secrets', () => {
  it('constantTimeEqual compares content and length', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(native.constantTimeEqual(a, a.slice())).toBe(true);
        expect(native.constantTimeEqual(a, b)).toBe(toHex(a) === toHex(b));
      }),
    );
    expect(native.constantTimeEqual(filled(1), concat(filled(1, 31), Uint8Array.of(2)))).toBe(false);
  });

  it('wipe leaves zeros', () => {
    const secret = filled(1);
    native.wipe(secret);
    expect(secret).toEqual(filled(0));
  });
});
