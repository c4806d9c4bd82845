import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import { openBackup, sealBackup } from './backup.ts';
import { sealKeyFile } from './key-file.ts';
import { frameFile } from './sealed-file.ts';

const protection = { passphrase: 'open sesame', limits: { opsLimit: 1, memLimit: 8_192 } };
const random: Random = { bytes: (length) => new Uint8Array(length).fill(length), uniform: () => 0 };
const payload = new TextEncoder().encode('payload');

describe('a backup', () => {
  it('keeps its golden bytes', async () => {
    expect(toHex(await sealBackup(protection, payload, random))).toBe(
      '504c424b0101101010101010101010101010101010100000000100000008181818181818181818181818181818181818181818181818dbeedb8364a6e276f10456f310274b20bd55ffa0810d2be6147563437a847df39e369a55ac9359',
    );
  });

  it('gives any payload back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        const file = await sealBackup(protection, bytes, random);
        expect(await openBackup(protection.passphrase, file)).toEqual({ ok: true, payload: bytes });
      }),
      { numRuns: 30 },
    );
  });

  it('tells a wrong passphrase from damage', async () => {
    const file = await sealBackup(protection, payload, random);
    expect(await openBackup('x', file)).toEqual({ ok: false, code: 'wrong-passphrase' });
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at]! ^= 1;
      expect(await openBackup(protection.passphrase, changed)).toEqual({ ok: false, code: 'corrupt' });
      // As a kill in the middle of a download may leave it.
      const half = file.subarray(0, at);
      expect(await openBackup(protection.passphrase, half)).toEqual({ ok: false, code: 'corrupt' });
    }
  });

  it('is no key file, nor of a version or kind it does not know', async () => {
    const secret = new Uint8Array(32);
    const secrets = { profileSeed: secret, databaseKey: secret, nodeSeed: secret };
    const keyFile = await sealKeyFile(secrets, { kind: 'passphrase', ...protection }, random);
    expect(await openBackup(protection.passphrase, keyFile)).toEqual({ ok: false, code: 'corrupt' });
    const future = frameFile({ magic: 'PLBK', version: 2, kind: 1 }, payload);
    expect(await openBackup('x', future)).toEqual({ ok: false, code: 'unknown-version' });
    const strange = frameFile({ magic: 'PLBK', version: 1, kind: 0 }, payload);
    expect(await openBackup('x', strange)).toEqual({ ok: false, code: 'corrupt' });
  });

  it('cannot be made of the body of a key file with the same passphrase', async () => {
    const secret = new Uint8Array(32);
    const secrets = { profileSeed: secret, databaseKey: secret, nodeSeed: secret };
    const keyFile = await sealKeyFile(secrets, { kind: 'passphrase', ...protection }, random);
    const moved = frameFile({ magic: 'PLBK', version: 1, kind: 1 }, keyFile.subarray(6, -16));
    expect(await openBackup(protection.passphrase, moved)).toEqual({ ok: false, code: 'wrong-passphrase' });
  });

  it('opening is total', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect((await openBackup('x', bytes)).ok).toBe(false);
        expect((await openBackup('x', frameFile({ magic: 'PLBK', version: 1, kind: 1 }, bytes))).ok).toBe(false);
      }),
    );
  });
});
