import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import { sealBackup } from './backup.ts';
import {
  type KeyProtection,
  keyFileProtection,
  openKeyFile,
  sealKeyFile,
  type UnwrapKey,
  type WrapKey,
} from './key-file.ts';
import { frameFile } from './sealed-file.ts';

const LIMITS = { opsLimit: 1, memLimit: 8_192 };
const filled = (value: number) => new Uint8Array(32).fill(value);
const secrets = { profileSeed: filled(1), databaseKey: filled(2), nodeSeed: filled(3) };

/** Every call gives the next value: never the same bytes twice. */
function counting(): Random {
  let next = 0x10;
  return { bytes: (length) => new Uint8Array(length).fill(next++), uniform: () => 0 };
}

const mask = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);
const wrap: WrapKey = async (key) => Uint8Array.of(0xbb, ...mask(key));
const unwrap: UnwrapKey = async (blob) => (blob[0] === 0xbb ? mask(blob.subarray(1)) : undefined);

const PROTECTIONS: Record<string, KeyProtection> = {
  none: { kind: 'none' },
  passphrase: { kind: 'passphrase', passphrase: 'open sesame', limits: LIMITS },
  'key-store': { kind: 'key-store', wrap },
};
const unlocker = { passphrase: 'open sesame', unwrap };

const GOLDEN: [string, string][] = [
  [
    'none',
    '504c4b460100010101010101010101010101010101010101010101010101010101010101010102020202020202020202020202020202020202020202020202020202020202020303030303030303030303030303030303030303030303030303030303030303f519c806be024a367f970baf8d6abbfa',
  ],
  [
    'passphrase',
    '504c4b4601011010101010101010101010101010101000000001000000081111111111111111111111111111111111111111111111116b42093be5a6cc64cbb995c1926fa421a928408847bdd74476d4daa6b0227d4acc08ae6e435ba0ecb458b3d42f2102a2b4f72b3c169a7d860a99e1233e7955b5bd41714016510217735c373d7a51a52e4bc6a62b33ddbd58acc03e13df70f4601a36e3a25b1e5c0f5da6a46afe8f5707bb2adc63960b6cd846b0ac15a0dbd735',
  ],
  [
    'key-store',
    '504c4b4601020021bb45454545454545454545454545454545454545454545454545454545454545451111111111111111111111111111111111111111111111115ab30fa31aab9e1e069a864797737d9e9c81fa65253fa696e12737831a90ec00892fec3e673370c28b444daea41edbf0782c59bc47d170becccef59679131448f92908d175a263e94ef8502ae8d429c9c7a8eab037cd962a5795c972234468e26c49859cb311891a514e14942fc721ba75a7eb42aba190af6d92377c79279510',
  ],
];

describe.each(GOLDEN)('a key file of kind %s', (kind, golden) => {
  const seal = () => sealKeyFile(secrets, PROTECTIONS[kind]!, counting());

  it('keeps its golden bytes', async () => {
    expect(toHex(await seal())).toBe(golden);
  });

  it('gives the secrets back', async () => {
    const file = await seal();
    expect(keyFileProtection(file)).toBe(kind);
    expect(await openKeyFile(file, unlocker)).toEqual({ ok: true, secrets });
  });

  it('opens twice from the same bytes', async () => {
    const file = await seal();
    const before = file.slice();
    await openKeyFile(file, unlocker);
    expect(file).toEqual(before);
  });

  it('shows the secrets only where nothing protects them', async () => {
    const text = toHex(await seal());
    for (const secret of Object.values(secrets)) expect(text.includes(toHex(secret))).toBe(kind === 'none');
  });

  it('notices every changed byte and every cut as damage', async () => {
    const file = await seal();
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at]! ^= 0x10;
      expect(await openKeyFile(changed, unlocker)).toEqual({ ok: false, code: 'corrupt' });
      expect(keyFileProtection(changed)).toBeUndefined();
      expect(await openKeyFile(file.subarray(0, at), unlocker)).toEqual({ ok: false, code: 'corrupt' });
    }
    expect(await openKeyFile(Uint8Array.of(...file, 0), unlocker)).toEqual({ ok: false, code: 'corrupt' });
  });
});

describe('openKeyFile', () => {
  const open = async (kind: string, key: Parameters<typeof openKeyFile>[1]) =>
    openKeyFile(await sealKeyFile(secrets, PROTECTIONS[kind]!, counting()), key);

  it('asks for what it needs', async () => {
    expect(await open('passphrase', {})).toEqual({ ok: false, code: 'passphrase-needed' });
    expect(await open('key-store', { passphrase: 'x' })).toEqual({ ok: false, code: 'key-store-needed' });
    expect(await open('none', {})).toEqual({ ok: true, secrets });
  });

  it('tells a wrong passphrase from damage', async () => {
    expect(await open('passphrase', { passphrase: 'Open sesame' })).toEqual({ ok: false, code: 'wrong-passphrase' });
    expect(await open('passphrase', { passphrase: '' })).toEqual({ ok: false, code: 'wrong-passphrase' });
  });

  it.each<[string, UnwrapKey]>([
    ['refuses', async () => undefined],
    ['throws', () => Promise.reject(new Error('locked'))],
    [
      'throws at once',
      () => {
        throw new Error('locked');
      },
    ],
    ['gives a key of a wrong length', async () => new Uint8Array(31)],
    ['gives another key', async () => filled(9)],
  ])('says so when the key store %s', async (_, refusing) => {
    expect(await open('key-store', { unwrap: refusing })).toEqual({ ok: false, code: 'key-store-refused' });
  });

  it('refuses versions and kinds it does not know', async () => {
    const future = frameFile({ magic: 'PLKF', version: 2, kind: 0 }, new Uint8Array(96));
    expect(await openKeyFile(future)).toEqual({ ok: false, code: 'unknown-version' });
    expect(keyFileProtection(future)).toBeUndefined();
    const strange = frameFile({ magic: 'PLKF', version: 1, kind: 9 }, new Uint8Array(96));
    expect(await openKeyFile(strange)).toEqual({ ok: false, code: 'corrupt' });
    expect(keyFileProtection(strange)).toBeUndefined();
    expect(await openKeyFile(await sealBackup({ passphrase: 'x', limits: LIMITS }, filled(1), counting()))).toEqual({
      ok: false,
      code: 'corrupt',
    });
  });

  it('is total for any body, also one whose checksum fits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 150 }), async (kind, body) => {
        const opened = await openKeyFile(frameFile({ magic: 'PLKF', version: 1, kind }, body), unlocker);
        expect(opened.ok).toBe(kind === 0 && body.length === 96);
        expect(await openKeyFile(body, unlocker)).toEqual({ ok: false, code: 'corrupt' });
      }),
    );
  });

  it('does not start an Argon2 that a hostile file makes too expensive', async () => {
    const body = new Uint8Array(16 + 8 + 24 + 16 + 96).fill(0xff);
    const file = frameFile({ magic: 'PLKF', version: 1, kind: 1 }, body);
    expect(await openKeyFile(file, unlocker)).toEqual({ ok: false, code: 'corrupt' });
  });
});

describe('sealKeyFile', () => {
  it('refuses secrets of a wrong length', async () => {
    const wrong = { ...secrets, nodeSeed: new Uint8Array(31) };
    await expect(sealKeyFile(wrong, { kind: 'none' }, counting())).rejects.toThrow(RangeError);
  });

  it.each([0, 65_536])('refuses a blob of %d bytes', async (length) => {
    const protection: KeyProtection = { kind: 'key-store', wrap: async () => new Uint8Array(length) };
    await expect(sealKeyFile(secrets, protection, counting())).rejects.toThrow(RangeError);
  });

  it('takes a blob of the greatest length', async () => {
    const blobs: Uint8Array[] = [];
    const protection: KeyProtection = {
      kind: 'key-store',
      wrap: async (key) => {
        blobs.push(key);
        return new Uint8Array(65_535);
      },
    };
    const file = await sealKeyFile(secrets, protection, counting());
    expect(await openKeyFile(file, { unwrap: async () => blobs[0]!.slice() })).toEqual({ ok: true, secrets });
  });

  it('leaves the given secrets as they are', async () => {
    await sealKeyFile(secrets, PROTECTIONS.passphrase!, counting());
    expect(secrets.databaseKey).toEqual(filled(2));
  });
});
