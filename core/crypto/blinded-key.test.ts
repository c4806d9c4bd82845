import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blindedSigner, blindPublicKey } from './blinded-key.ts';
import { isValidProfileKey, profileKeyPairFromSeed, verify } from './crypto.ts';
import { sodiumBackend } from './sodium-backend.ts';
import { tweetnaclBackend } from './tweetnacl-backend.ts';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 200 });
const few = { numRuns: 25 };

describe('blinded keys', () => {
  it('are the same for who knows the public key and for who owns it, in both backends', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { publicKey, secretKey } = profileKeyPairFromSeed(seed);
        const blinded = blindPublicKey(publicKey, sodiumBackend);
        expect(blindPublicKey(publicKey, tweetnaclBackend)).toEqual(blinded);
        expect(blindedSigner(secretKey, sodiumBackend).publicKey).toEqual(blinded);
        expect(isValidProfileKey(blinded!)).toBe(true);
        expect(blinded).not.toEqual(publicKey);
      }),
      few,
    );
  });

  it('sign what plain Ed25519 verifies, with equal bytes in both backends', () => {
    fc.assert(
      fc.property(seeds, message, (seed, bytes) => {
        const { secretKey } = profileKeyPairFromSeed(seed);
        const signer = blindedSigner(secretKey, sodiumBackend);
        const signed = signer.sign('test', bytes);
        expect(blindedSigner(secretKey, tweetnaclBackend).sign('test', bytes)).toEqual(signed);
        expect(verify(signer.publicKey, signed, 'test', bytes)).toBe(true);
      }),
      few,
    );
  });

  it('sign for one purpose, one message and one key only', () => {
    const { publicKey, secretKey } = profileKeyPairFromSeed(new Uint8Array(32).fill(7));
    const signer = blindedSigner(secretKey);
    const signed = signer.sign('test', new Uint8Array([1, 2]));
    expect(verify(signer.publicKey, signed, 'other', new Uint8Array([1, 2]))).toBe(false);
    expect(verify(signer.publicKey, signed, 'test', new Uint8Array([1, 3]))).toBe(false);
    expect(verify(publicKey, signed, 'test', new Uint8Array([1, 2]))).toBe(false);
  });

  it('do not exist for what is no profile key', () => {
    expect(blindPublicKey(new Uint8Array(32))).toBeUndefined();
    expect(blindPublicKey(new Uint8Array(31).fill(1))).toBeUndefined();
    expect(() => blindedSigner(new Uint8Array(32))).toThrow(RangeError);
  });
});
