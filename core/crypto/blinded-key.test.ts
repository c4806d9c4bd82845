import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLINDING_SECRET_BYTES, blindedSigner, blindPublicKey } from './blinded-key.ts';
import { isValidProfileKey, profileKeyPairFromSeed, verify } from './crypto.ts';
import { sodiumBackend } from './sodium-backend.ts';
import { tweetnaclBackend } from './tweetnacl-backend.ts';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 200 });
const few = { numRuns: 25 };
const secret = new Uint8Array(BLINDING_SECRET_BYTES).fill(3);

describe('blinded keys', () => {
  it('are the same for who knows the public key and for who owns it, in both backends', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { publicKey, secretKey } = profileKeyPairFromSeed(seed);
        const blinded = blindPublicKey(publicKey, secret, sodiumBackend);
        expect(blindPublicKey(publicKey, secret, tweetnaclBackend)).toEqual(blinded);
        expect(blindedSigner(secretKey, secret, sodiumBackend).publicKey).toEqual(blinded);
        expect(isValidProfileKey(blinded!)).toBe(true);
        expect(blinded).not.toEqual(publicKey);
        expect(blindPublicKey(publicKey, new Uint8Array(BLINDING_SECRET_BYTES))).not.toEqual(blinded);
      }),
      few,
    );
  });

  it('sign what plain Ed25519 verifies, with equal bytes in both backends', () => {
    fc.assert(
      fc.property(seeds, message, (seed, bytes) => {
        const { secretKey } = profileKeyPairFromSeed(seed);
        const signer = blindedSigner(secretKey, secret, sodiumBackend);
        const signed = signer.sign('test', bytes);
        expect(blindedSigner(secretKey, secret, tweetnaclBackend).sign('test', bytes)).toEqual(signed);
        expect(verify(signer.publicKey, signed, 'test', bytes)).toBe(true);
      }),
      few,
    );
  });

  it('sign for one purpose, one message and one key only', () => {
    const { publicKey, secretKey } = profileKeyPairFromSeed(new Uint8Array(32).fill(7));
    const signer = blindedSigner(secretKey, secret);
    const signed = signer.sign('test', new Uint8Array([1, 2]));
    expect(verify(signer.publicKey, signed, 'other', new Uint8Array([1, 2]))).toBe(false);
    expect(verify(signer.publicKey, signed, 'test', new Uint8Array([1, 3]))).toBe(false);
    expect(verify(publicKey, signed, 'test', new Uint8Array([1, 2]))).toBe(false);
  });

  it('do not exist for what is no profile key', () => {
    expect(blindPublicKey(new Uint8Array(32), secret)).toBeUndefined();
    expect(blindPublicKey(new Uint8Array(31).fill(1), secret)).toBeUndefined();
    expect(() => blindedSigner(new Uint8Array(32), secret)).toThrow(RangeError);
  });
});
