import { PROFILE_KEY_BYTES, SIGNATURE_BYTES, type Signature, signature } from '../ids/bytes.ts';
import { type CryptoBackend, backend as defaultBackend } from './backend.ts';
import { PROFILE_SECRET_BYTES, SEED_BYTES, sha512, wipe } from './crypto.ts';
import { domainPrefix, withFrame } from './framing.ts';

/*
 * Key blinding, as Tor's onion services do it (rend-spec-v3, appendix A.2), additive instead of multiplicative: from
 * the profile key A and a secret s whoever knows both derives A' = A + h B with h = H(A, s), and only the owner can sign
 * under A'. Who sees A' and signatures under it cannot tell which profile they belong to, and who knows A but not s cannot
 * find A'.
 */

/** Bytes of the secret that a key is blinded with. */
export const BLINDING_SECRET_BYTES = 32;

/** Order of the base point (RFC 8032, section 5.1). */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SCALAR_BYTES = 32;
const encoder = new TextEncoder();
const BLINDING = encoder.encode('parley:blinding');
const BLINDED_NONCE = encoder.encode('parley:blinded-nonce');

/**
 * The public half: 32 bytes, an Ed25519 public key. Undefined when `profileKey` is no point of the curve.
 * @param secret BLINDING_SECRET_BYTES bytes
 */
export function blindPublicKey(
  profileKey: Uint8Array,
  secret: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): Uint8Array | undefined {
  if (profileKey.length !== PROFILE_KEY_BYTES || !backend.isValidPoint(profileKey)) return undefined;
  const shift = new Uint8Array(PROFILE_KEY_BYTES);
  backend.basePoint(shift, toBytes(blindingFactor(profileKey, secret)));
  const blinded = new Uint8Array(PROFILE_KEY_BYTES);
  return backend.addPoints(blinded, profileKey, shift) ? blinded : undefined;
}

/** Signs under the blinded key of one profile. */
export interface BlindedSigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Verified by `verify(publicKey, signature, purpose, ...parts)` of `crypto.ts`. */
  sign(purpose: string, ...parts: readonly Uint8Array[]): Signature;
}

/**
 * The secret half, from a 64-byte profile secret key and the same secret. Its arithmetic is not constant in time: it runs seldom, on our
 * own computer, over values no peer can time to that precision.
 * @throws {RangeError} for a secret key of a wrong length
 */
export function blindedSigner(
  profileSecretKey: Uint8Array,
  secret: Uint8Array,
  backend: CryptoBackend = defaultBackend,
): BlindedSigner {
  if (profileSecretKey.length !== PROFILE_SECRET_BYTES) throw new RangeError('a profile secret key has 64 bytes');
  const profileKey = profileSecretKey.subarray(SEED_BYTES);
  const publicKey = blindPublicKey(profileKey, secret, backend);
  if (publicKey === undefined) throw new RangeError('not a profile secret key');
  const expanded = sha512(profileSecretKey.subarray(0, SEED_BYTES));
  const scalar = (clamped(expanded) + blindingFactor(profileKey, secret)) % GROUP_ORDER;
  const noncePrefix = sha512(BLINDED_NONCE, expanded.subarray(SCALAR_BYTES));
  wipe(expanded);
  const signMessage = (message: Uint8Array): Signature => {
    const nonce = reduced(sha512(noncePrefix, publicKey, message));
    const out = new Uint8Array(SIGNATURE_BYTES);
    const commitment = out.subarray(0, SCALAR_BYTES);
    backend.basePoint(commitment, toBytes(nonce));
    const challenge = reduced(sha512(commitment, publicKey, message));
    out.set(toBytes((nonce + challenge * scalar) % GROUP_ORDER), SCALAR_BYTES);
    return signature(out);
  };
  // The framed message lies in a buffer that hashing uses too, so it is copied first.
  const sign = (purpose: string, ...parts: readonly Uint8Array[]) =>
    signMessage(withFrame(domainPrefix('sign', purpose), parts, (message) => message.slice()));
  return { publicKey, sign };
}

function blindingFactor(profileKey: Uint8Array, secret: Uint8Array): bigint {
  return reduced(sha512(BLINDING, profileKey, secret));
}

/** The secret scalar of RFC 8032, section 5.1.5, from the expanded seed. */
function clamped(expanded: Uint8Array): bigint {
  const scalar = expanded.slice(0, SCALAR_BYTES);
  scalar[0]! &= 248;
  scalar[31] = (scalar[31]! & 63) | 64;
  const value = fromBytes(scalar);
  wipe(scalar);
  return value;
}

function reduced(hash: Uint8Array): bigint {
  return fromBytes(hash) % GROUP_ORDER;
}

/** Little-endian. */
function fromBytes(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

function toBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(SCALAR_BYTES);
  let rest = value;
  for (let i = 0; i < SCALAR_BYTES; i++) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}
