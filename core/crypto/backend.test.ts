import { argon2id } from '@noble/hashes/argon2.js';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromHex, toHex } from '../ids/bytes.ts';
import type { CryptoBackend } from './backend.ts';
import { sodiumBackend } from './sodium-backend.ts';
import { tweetnaclBackend } from './tweetnacl-backend.ts';

const hex = (text: string): Uint8Array => fromHex(text)!;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const base64 = (text: string): string => Buffer.from(text, 'base64').toString('hex');
const EMPTY = new Uint8Array(0);

/** What a primitive writes into a fresh buffer, in hexadecimal; undefined when it says false. */
function output(length: number, call: (out: Uint8Array) => unknown): string | undefined {
  const out = new Uint8Array(length);
  return call(out) === false ? undefined : toHex(out);
}

describe.each([sodiumBackend, tweetnaclBackend])('published vectors: $name', (backend: CryptoBackend) => {
  // FIPS 180-4 examples.
  it.each([
    [
      '',
      'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
    ],
    [
      'abc',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
    ],
  ])('SHA-512 of "%s"', (message, digest) => {
    expect(output(64, (out) => backend.sha512(out, ascii(message)))).toBe(digest);
  });

  // RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
  it.each([
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
    [
      '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
      'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
    ],
  ])('Ed25519 with seed %s', (seed, key, message, signature) => {
    const publicKey = new Uint8Array(32);
    const secretKey = new Uint8Array(64);
    backend.signKeyPair(publicKey, secretKey, hex(seed));
    expect(toHex(publicKey)).toBe(key);
    expect(toHex(secretKey)).toBe(seed + key);
    expect(output(64, (out) => backend.sign(out, hex(message), secretKey))).toBe(signature);
    expect(backend.verify(hex(signature), hex(message), publicKey)).toBe(true);
    expect(backend.verify(hex(signature), hex(`${message}00`), publicKey)).toBe(false);
  });

  // RFC 7748, sections 5.2 and 6.1.
  it.each([
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
    [
      '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
      '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
    ],
  ])('X25519 with scalar %s', (scalar, point, result) => {
    expect(output(32, (out) => backend.scalarMult(out, hex(scalar), hex(point)))).toBe(result);
  });

  it('X25519 of the base point (RFC 7748, sections 5.2 and 6.1)', () => {
    const nine = new Uint8Array(32);
    nine[0] = 9;
    expect(output(32, (out) => backend.scalarMult(out, nine, nine))).toBe(
      '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079',
    );
    expect(
      output(32, (out) =>
        backend.scalarMultBase(out, hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')),
      ),
    ).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  });

  // NaCl's tests/secretbox.c and tests/box.c: one plain text, the second key agreed from two key pairs.
  const nonce = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
  const plain = hex(
    'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705',
  );
  const boxed =
    'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5';

  it('secretbox', () => {
    const key = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
    expect(output(boxed.length / 2, (out) => backend.secretboxSeal(out, plain, nonce, key))).toBe(boxed);
    expect(output(plain.length, (out) => backend.secretboxOpen(out, hex(boxed), nonce, key))).toBe(toHex(plain));
  });

  it('box', () => {
    const keys = {
      secretKey: hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
      publicKey: hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
    };
    expect(output(boxed.length / 2, (out) => backend.boxSeal(out, plain, nonce, keys))).toBe(boxed);
    expect(output(plain.length, (out) => backend.boxOpen(out, hex(boxed), nonce, keys))).toBe(toHex(plain));
  });

  it('ChaCha20-Poly1305 (RFC 8439, section 2.8.2)', () => {
    const key = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f');
    const text = ascii(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const ad = hex('50515253c0c1c2c3c4c5c6c7');
    const iv = hex('070000004041424344454647');
    const sealed =
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691';
    expect(output(text.length + 16, (out) => backend.aeadSeal(out, text, ad, iv, key))).toBe(sealed);
    expect(output(text.length, (out) => backend.aeadOpen(out, hex(sealed), ad, iv, key))).toBe(toHex(text));
    expect(output(text.length, (out) => backend.aeadOpen(out, hex(sealed), EMPTY, iv, key))).toBeUndefined();
  });

  // libsodium, test/default/pwhash_argon2id.c, tv3, those with 16-byte salts and one lane.
  it.each([
    ['', 'bA81arsiXysd3WbTRzmEOw', 2, 4_882, 'Nm8QBM+7RH1DXo9rvp5cwKEOOOfD2g6JuxlXihoNcpE'],
    [
      '^T5H$JYt39n%K*j:W]!1s?vg!:jGi]Ax?..l7[p0v:1jHTpla9;]bUN;?bWyCbtqg ',
      'PkEgMTYtYnl0ZXMgc2FsdA',
      19,
      4_096,
      'ltB/ue1kPtBMBGfsysMpPigE6hiNEKZ9vs8vLNVDQGA',
    ],
  ])('Argon2id of "%s"', async (password, salt, opsLimit, kib, key) => {
    const limits = { opsLimit, memLimit: kib * 1024 };
    expect(toHex(await backend.argon2id(ascii(password), hex(base64(salt)), limits))).toBe(base64(key));
  });
});

it('the fallback Argon2id gives the key of RFC 9106, section 5.3, whose secret and lanes libsodium does not offer', () => {
  const key = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
    t: 3,
    m: 32,
    p: 4,
    dkLen: 32,
    key: new Uint8Array(8).fill(3),
    personalization: new Uint8Array(12).fill(4),
  });
  expect(toHex(key)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
});

/** Both outputs, to be compared; also what is said about success. */
function both(length: number, call: (backend: CryptoBackend, out: Uint8Array) => unknown) {
  const [a, b] = [sodiumBackend, tweetnaclBackend].map((backend) => output(length, (out) => call(backend, out)));
  return { a, b };
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const message = fc.uint8Array({ maxLength: 300 });
const runs = { numRuns: 40 };

describe('sodium-native and tweetnacl give equal bytes and equal verdicts', () => {
  it('hashing', () => {
    fc.assert(
      fc.property(message, (m) => {
        const { a, b } = both(64, (backend, out) => backend.sha512(out, m));
        expect(a).toBe(b);
      }),
    );
  });

  it('key pairs, signatures and conversions', () => {
    fc.assert(
      fc.property(bytes(32), message, (seed, m) => {
        const pairs = [sodiumBackend, tweetnaclBackend].map((backend) => {
          const pair = { publicKey: new Uint8Array(32), secretKey: new Uint8Array(64) };
          backend.signKeyPair(pair.publicKey, pair.secretKey, seed);
          return pair;
        });
        expect(pairs[0]).toEqual(pairs[1]);
        const { publicKey, secretKey } = pairs[0]!;
        const { a, b } = both(64, (backend, out) => backend.sign(out, m, secretKey));
        expect(a).toBe(b);
        expect(tweetnaclBackend.verify(hex(a!), m, publicKey)).toBe(true);
        expect(sodiumBackend.verify(hex(b!), m, publicKey)).toBe(true);
        const converted = both(32, (backend, out) => backend.toMontgomery(out, publicKey));
        expect(converted.a).toBe(converted.b);
        expect(converted.a).toBeDefined();
      }),
      runs,
    );
  });

  it('any signature with one changed bit, and any bytes as key', () => {
    const publicKey = new Uint8Array(32);
    const secretKey = new Uint8Array(64);
    sodiumBackend.signKeyPair(publicKey, secretKey, new Uint8Array(32));
    const m = ascii('text');
    const good = hex(output(64, (out) => sodiumBackend.sign(out, m, secretKey))!);
    fc.assert(
      fc.property(fc.nat({ max: 511 }), bytes(32), (bit, anyKey) => {
        const changed = good.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        for (const key of [publicKey, anyKey]) {
          expect(sodiumBackend.verify(changed, m, key)).toBe(false);
          expect(tweetnaclBackend.verify(changed, m, key)).toBe(false);
        }
        expect(tweetnaclBackend.isValidPoint(anyKey)).toBe(sodiumBackend.isValidPoint(anyKey));
        const { a, b } = both(32, (backend, out) => backend.toMontgomery(out, anyKey));
        expect(a).toBe(b);
      }),
      runs,
    );
  });

  it('X25519, secretbox, box and ChaCha20-Poly1305', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(24), message, message, (key, other, nonce, m, ad) => {
        const pub = both(32, (backend, out) => backend.scalarMultBase(out, other));
        expect(pub.a).toBe(pub.b);
        const keys = { publicKey: hex(pub.a!), secretKey: key };
        const iv = nonce.subarray(0, 12);
        const results = [
          both(32, (backend, out) => backend.scalarMult(out, key, other)),
          both(m.length + 16, (backend, out) => backend.secretboxSeal(out, m, nonce, key)),
          both(m.length + 16, (backend, out) => backend.boxSeal(out, m, nonce, keys)),
          both(m.length + 16, (backend, out) => backend.aeadSeal(out, m, ad, iv, key)),
        ];
        for (const { a, b } of results) expect(a).toBe(b);
        const [, boxed, , sealed] = results.map(({ a }) => hex(a ?? ''));
        const opened = both(m.length, (backend, out) => backend.secretboxOpen(out, boxed!, nonce, key));
        expect(opened).toEqual({ a: toHex(m), b: toHex(m) });
        const plain = both(m.length, (backend, out) => backend.aeadOpen(out, sealed!, ad, iv, key));
        expect(plain).toEqual({ a: toHex(m), b: toHex(m) });
      }),
      runs,
    );
  });

  it('changed boxes', () => {
    fc.assert(
      fc.property(bytes(32), bytes(24), message, fc.nat(), (key, nonce, m, at) => {
        const iv = nonce.subarray(0, 12);
        const boxed = hex(output(m.length + 16, (out) => sodiumBackend.secretboxSeal(out, m, nonce, key))!);
        const sealed = hex(output(m.length + 16, (out) => sodiumBackend.aeadSeal(out, m, EMPTY, iv, key))!);
        boxed[at % boxed.length]! ^= 1;
        sealed[at % sealed.length]! ^= 1;
        const none = { a: undefined, b: undefined };
        expect(both(m.length, (backend, out) => backend.secretboxOpen(out, boxed, nonce, key))).toEqual(none);
        expect(both(m.length, (backend, out) => backend.aeadOpen(out, sealed, EMPTY, iv, key))).toEqual(none);
      }),
      runs,
    );
  });

  it('Argon2id', async () => {
    await fc.assert(
      fc.asyncProperty(message, bytes(16), fc.integer({ min: 1, max: 3 }), async (password, salt, opsLimit) => {
        const limits = { opsLimit, memLimit: 32 * 1024 };
        const a = await sodiumBackend.argon2id(password, salt, limits);
        expect(toHex(a)).toBe(toHex(await tweetnaclBackend.argon2id(password, salt, limits)));
      }),
      { numRuns: 8 },
    );
  });
});

describe('hostile points', () => {
  // The eight points of small order (RFC 8032 encodings) and encodings that are not canonical.
  const SMALL_ORDER = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ];
  const NOT_CANONICAL = [
    '0100000000000000000000000000000000000000000000000000000000000080',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ];

  it.each([...SMALL_ORDER, ...NOT_CANONICAL])('%s is no profile key', (point) => {
    for (const backend of [sodiumBackend, tweetnaclBackend]) {
      expect(backend.isValidPoint(hex(point))).toBe(false);
      expect(output(32, (out) => backend.toMontgomery(out, hex(point)))).toBeUndefined();
      // With such a key, R = key and S = 0 would verify for many messages.
      const forged = hex(point + '00'.repeat(32));
      for (let i = 0; i < 8; i++) expect(backend.verify(forged, Uint8Array.of(i), hex(point))).toBe(false);
    }
  });

  it('refuses the sum of a good key and a point of small order', async () => {
    const { ed25519 } = await import('@noble/curves/ed25519.js');
    const torsion = ed25519.Point.fromBytes(hex(SMALL_ORDER[4]!), false);
    const mixed = ed25519.Point.BASE.multiply(5n).add(torsion).toBytes();
    for (const backend of [sodiumBackend, tweetnaclBackend]) {
      expect(backend.isValidPoint(mixed)).toBe(false);
      expect(backend.isValidPoint(ed25519.Point.BASE.multiply(5n).toBytes())).toBe(true);
    }
  });

  it('refuses a signature whose S is not reduced', () => {
    // RFC 8032 test 2 with the group order added to S: without the check it verifies too.
    const key = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const good = hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let s = order;
    for (let i = 0; i < 32; i++) s += BigInt(good[32 + i]!) << BigInt(8 * i);
    const bad = good.slice();
    for (let i = 0; i < 32; i++) bad[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
    for (const backend of [sodiumBackend, tweetnaclBackend]) {
      expect(backend.verify(good, hex('72'), key)).toBe(true);
      expect(backend.verify(bad, hex('72'), key)).toBe(false);
    }
  });

  // X25519 points of small order: 0, 1, two of order 8, p - 1, p, p + 1.
  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ])('X25519 and box refuse %s', (point) => {
    const keys = { publicKey: hex(point), secretKey: new Uint8Array(32).fill(7) };
    const nonce = new Uint8Array(24);
    for (const backend of [sodiumBackend, tweetnaclBackend]) {
      expect(output(32, (out) => backend.scalarMult(out, keys.secretKey, keys.publicKey))).toBeUndefined();
      expect(output(20, (out) => backend.boxSeal(out, new Uint8Array(4), nonce, keys))).toBeUndefined();
      expect(output(4, (out) => backend.boxOpen(out, new Uint8Array(20), nonce, keys))).toBeUndefined();
    }
  });
});

describe('selection', () => {
  afterEach(() => {
    vi.doUnmock('sodium-native');
    vi.resetModules();
  });

  it('takes sodium-native where it loads', async () => {
    expect((await import('./backend.ts')).cryptoBackendName).toBe('sodium-native');
  });

  it('falls back to tweetnacl where it does not', async () => {
    vi.resetModules();
    vi.doMock('sodium-native', () => {
      throw new Error('no binary for this computer');
    });
    expect((await import('./backend.ts')).cryptoBackendName).toBe('tweetnacl');
  });
});
