import {
  NODE_KEY_BYTES,
  type NodeKey,
  PROFILE_KEY_BYTES,
  type ProfileKey,
  SIGNATURE_BYTES,
  type Signature,
} from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import { backend } from './backend.ts';
import { domainPrefix, withFrame } from './framing.ts';

export { cryptoBackendName, type PasswordLimits } from './backend.ts';

/** Bytes of a symmetric key, an X25519 key, a shared secret and a seed. */
export const KEY_BYTES = 32;
export const SEED_BYTES = 32;
export const PROFILE_SECRET_BYTES = 64;
export const HASH_BYTES = 64;
export const SECRETBOX_NONCE_BYTES = 24;
/** What `secretboxSeal` and `aeadSeal` add to the plain text. */
export const TAG_BYTES = 16;
/** What `sealTo` adds: an ephemeral public key and a tag. */
export const SEALED_OVERHEAD_BYTES = 48;

export interface ProfileKeyPair {
  readonly publicKey: ProfileKey;
  /** 64 bytes, NaCl form: seed, then public key. */
  readonly secretKey: Uint8Array;
}

export interface NodeKeyPair {
  readonly publicKey: NodeKey;
  /** 32-byte X25519 scalar, clamped only when used. */
  readonly secretKey: Uint8Array;
}

function expectLength(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) throw new RangeError(`${name} must have ${length} bytes, not ${bytes.length}`);
}

/** A view of `length` bytes of `out`. @throws {RangeError} when they are not there. */
function room(out: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset === 0 && out.length === length) return out;
  if (offset < 0 || offset + length > out.length) throw new RangeError('output buffer is too short');
  return new Uint8Array(out.buffer, out.byteOffset + offset, length);
}

// Randomness

/** Fills `out` and returns it: the source behind the port `Random`, for its adapter only. */
export function fillFromSystem<T extends Uint8Array>(out: T): T {
  backend.random(out);
  return out;
}

// Hashing

/**
 * Native code fills this one buffer and results are copied out: a fresh buffer that crosses into native code costs more
 * than hashing 64 bytes. Wiped after each use.
 */
const digest = new Uint8Array(new ArrayBuffer(HASH_BYTES));
const hashIntoDigest = (message: Uint8Array): void => backend.sha512(digest, message);

function takeDigest(length: number): Uint8Array {
  const result = digest.slice(0, length);
  digest.fill(0);
  return result;
}

/** SHA-512 over the parts one after another (FIPS 180-4) -> 64 bytes. For anything of ours use `hash32`. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  withFrame(undefined, parts, hashIntoDigest);
  return takeDigest(HASH_BYTES);
}

/**
 * Domain-separated hash -> 32 bytes: the first half of SHA-512 over the domain and the parts, each with its length
 * before it, so that no two different lists of parts give the same input. `domain` is a constant of the code, 1 to 255
 * ASCII characters.
 */
export function hash32(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  withFrame(domainPrefix('hash', domain), parts, hashIntoDigest);
  return takeDigest(KEY_BYTES);
}

const HMAC_BLOCK_BYTES = 128;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** HMAC-SHA-512 (RFC 2104) of the parts one after another; key of any length -> 64 bytes. */
export function hmacSha512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const pad = new Uint8Array(HMAC_BLOCK_BYTES);
  pad.set(key.length > HMAC_BLOCK_BYTES ? sha512(key) : key);
  for (let i = 0; i < HMAC_BLOCK_BYTES; i++) pad[i]! ^= INNER_PAD;
  const inner = sha512(pad, ...parts);
  for (let i = 0; i < HMAC_BLOCK_BYTES; i++) pad[i]! ^= INNER_PAD ^ OUTER_PAD;
  const mac = sha512(pad, inner);
  wipe(pad);
  return mac;
}

/**
 * HKDF as in the Noise specification, revision 34, section 4.3, over HMAC-SHA-512.
 * Chaining key and input of any length -> 2 or 3 outputs of 64 bytes.
 */
export function hkdf(chainingKey: Uint8Array, input: Uint8Array, outputs: 2): [Uint8Array, Uint8Array];
export function hkdf(chainingKey: Uint8Array, input: Uint8Array, outputs: 3): [Uint8Array, Uint8Array, Uint8Array];
export function hkdf(chainingKey: Uint8Array, input: Uint8Array, outputs: 2 | 3): Uint8Array[] {
  const key = hmacSha512(chainingKey, input);
  const first = hmacSha512(key, Uint8Array.of(1));
  const second = hmacSha512(key, first, Uint8Array.of(2));
  const result = outputs === 2 ? [first, second] : [first, second, hmacSha512(key, second, Uint8Array.of(3))];
  wipe(key);
  return result;
}

// Signing

/** Ed25519 key pair of a 32-byte seed (RFC 8032, section 5.1.5). The seed is copied. */
export function profileKeyPairFromSeed(seed: Uint8Array): ProfileKeyPair {
  expectLength(seed, SEED_BYTES, 'seed');
  const publicKey = new Uint8Array(PROFILE_KEY_BYTES) as ProfileKey;
  const secretKey = new Uint8Array(PROFILE_SECRET_BYTES);
  backend.signKeyPair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

export function createProfileKeyPair(random: Random): ProfileKeyPair {
  return profileKeyPairFromSeed(random.bytes(SEED_BYTES));
}

/**
 * Ed25519 signature over the purpose and the parts, each with its length before it: a signature made for one purpose is
 * worth nothing for another. `purpose` is a constant of the code, 1 to 255 ASCII characters.
 */
export function sign(secretKey: Uint8Array, purpose: string, ...parts: readonly Uint8Array[]): Signature {
  expectLength(secretKey, PROFILE_SECRET_BYTES, 'profile secret key');
  const signature = new Uint8Array(SIGNATURE_BYTES) as Signature;
  withFrame(domainPrefix('sign', purpose), parts, (message) => backend.sign(signature, message, secretKey));
  return signature;
}

/**
 * Whether `publicKey` signed exactly these parts for this purpose. Total: a key or signature of a wrong length or form
 * is simply not valid.
 */
export function verify(
  publicKey: Uint8Array,
  signature: Uint8Array,
  purpose: string,
  ...parts: readonly Uint8Array[]
): boolean {
  if (publicKey.length !== PROFILE_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  return withFrame(domainPrefix('sign', purpose), parts, (message) => backend.verify(signature, message, publicKey));
}

/** Canonical encoding of a point of the prime-order subgroup of Ed25519 and not the identity. Total. */
export function isValidProfileKey(bytes: Uint8Array): boolean {
  return bytes.length === PROFILE_KEY_BYTES && backend.isValidPoint(bytes);
}

// Key agreement

/** X25519 key pair whose secret key is the 32-byte seed itself (RFC 7748). The seed is copied. */
export function boxKeyPairFromSeed(seed: Uint8Array): NodeKeyPair {
  expectLength(seed, SEED_BYTES, 'seed');
  const secretKey = Uint8Array.from(seed);
  const publicKey = new Uint8Array(NODE_KEY_BYTES) as NodeKey;
  backend.scalarMultBase(publicKey, secretKey);
  return { publicKey, secretKey };
}

/** A node's key pair is an X25519 pair, and no profile's (docs/architecture.md, "Two keys"). */
export const nodeKeyPairFromSeed = boxKeyPairFromSeed;

export function createNodeKeyPair(random: Random): NodeKeyPair {
  return boxKeyPairFromSeed(random.bytes(SEED_BYTES));
}

/** Ed25519 profile key -> X25519 public key (RFC 7748, section 4.1), or undefined when it is not a valid profile key. */
export function toBoxPublicKey(profileKey: Uint8Array): NodeKey | undefined {
  if (profileKey.length !== PROFILE_KEY_BYTES) return undefined;
  const out = new Uint8Array(NODE_KEY_BYTES) as NodeKey;
  return backend.toMontgomery(out, profileKey) ? out : undefined;
}

/** Profile secret key (64) -> X25519 secret key (32) that belongs to `toBoxPublicKey` of the profile key. */
export function toBoxSecretKey(profileSecretKey: Uint8Array): Uint8Array {
  expectLength(profileSecretKey, PROFILE_SECRET_BYTES, 'profile secret key');
  const hash = sha512(profileSecretKey.subarray(0, SEED_BYTES));
  const secretKey = hash.slice(0, KEY_BYTES);
  wipe(hash);
  secretKey[0]! &= 248;
  secretKey[31] = (secretKey[31]! & 127) | 64;
  return secretKey;
}

/** X25519 (RFC 7748) -> 32-byte shared secret, or undefined when it is all zero: the peer's key is of small order. */
export function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  expectLength(secretKey, KEY_BYTES, 'secret key');
  expectLength(publicKey, KEY_BYTES, 'public key');
  const out = new Uint8Array(KEY_BYTES);
  return backend.scalarMult(out, secretKey, publicKey) ? out : undefined;
}

// Sealing with a shared key

/** NaCl secretbox (XSalsa20-Poly1305): 32-byte key, 24-byte nonce that is never used twice with the key -> tag, cipher. */
export function secretboxSeal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(plain.length + TAG_BYTES);
  secretboxSealInto(out, 0, key, nonce, plain);
  return out;
}

/**
 * `secretboxSeal` written to `out` at `offset`; `plain` may lie anywhere, also inside `out`.
 * @returns the offset behind the box. @throws {RangeError} when `out` is too short.
 */
export function secretboxSealInto(
  out: Uint8Array,
  offset: number,
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
): number {
  expectLength(key, KEY_BYTES, 'key');
  expectLength(nonce, SECRETBOX_NONCE_BYTES, 'nonce');
  const length = plain.length + TAG_BYTES;
  backend.secretboxSeal(room(out, offset, length), plain, nonce, key);
  return offset + length;
}

/** The plain text, or undefined when the box was not sealed with this key and nonce. */
export function secretboxOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const out = new Uint8Array(sealed.length - TAG_BYTES);
  return secretboxOpenInto(out, 0, key, nonce, sealed) ? out : undefined;
}

/**
 * `secretboxOpen` written to `out` at `offset` (`sealed.length - TAG_BYTES` bytes). False when the box does not open; then that
 * part of `out` means nothing.
 */
export function secretboxOpenInto(
  out: Uint8Array,
  offset: number,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): boolean {
  expectLength(key, KEY_BYTES, 'key');
  expectLength(nonce, SECRETBOX_NONCE_BYTES, 'nonce');
  if (sealed.length < TAG_BYTES) return false;
  return backend.secretboxOpen(room(out, offset, sealed.length - TAG_BYTES), sealed, nonce, key);
}

/** What an AEAD box is bound to. */
export interface AeadSeal {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 0 to 2^53 - 1; sealing twice with the same key and counter gives the plain texts away. */
  readonly counter: number;
  /** Associated data: not in the box, but the box opens only beside it. */
  readonly ad: Uint8Array;
}

const aeadNonce = new Uint8Array(12);
const aeadNonceView = new DataView(aeadNonce.buffer);

/** Noise's ChaChaPoly nonce: 4 zero bytes, then the counter in 64 bits, little-endian (revision 34, section 12.3). */
function setAeadNonce({ key, counter }: AeadSeal): void {
  expectLength(key, KEY_BYTES, 'key');
  if (!(Number.isSafeInteger(counter) && counter >= 0)) throw new RangeError(`not a counter: ${counter}`);
  aeadNonceView.setUint32(4, counter, true);
  aeadNonceView.setUint32(8, counter / 0x1_0000_0000, true);
}

/** ChaCha20-Poly1305 (RFC 8439) with Noise's nonce: plain text -> cipher text, tag. */
export function aeadSeal(plain: Uint8Array, seal: AeadSeal): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(plain.length + TAG_BYTES);
  aeadSealInto(out, plain, seal);
  return out;
}

/**
 * `aeadSeal` into `out`, which has `plain.length + TAG_BYTES` bytes. `plain` may be the beginning of `out` itself, but
 * must not overlap it in any other way.
 */
export function aeadSealInto(out: Uint8Array, plain: Uint8Array, seal: AeadSeal): void {
  expectLength(out, plain.length + TAG_BYTES, 'output');
  setAeadNonce(seal);
  backend.aeadSeal(out, plain, seal.ad, aeadNonce, seal.key);
}

/** The plain text, or undefined when key, counter, associated data or the sealed bytes are not what was sealed. */
export function aeadOpen(sealed: Uint8Array, seal: AeadSeal): Uint8Array<ArrayBuffer> | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const out = new Uint8Array(sealed.length - TAG_BYTES);
  return aeadOpenInto(out, sealed, seal) ? out : undefined;
}

/**
 * `aeadOpen` into `out`, which has `sealed.length - TAG_BYTES` bytes and may be the beginning of `sealed` itself. False
 * when it does not open; then the content of `out` means nothing. @throws {RangeError} on a wrong length of `out`.
 */
export function aeadOpenInto(out: Uint8Array, sealed: Uint8Array, seal: AeadSeal): boolean {
  if (sealed.length < TAG_BYTES) return false;
  expectLength(out, sealed.length - TAG_BYTES, 'output');
  setAeadNonce(seal);
  return backend.aeadOpen(out, sealed, seal.ad, aeadNonce, seal.key);
}

// Sealing to a public key

function sealedNonce(ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  return sha512(ephemeral, recipient).subarray(0, SECRETBOX_NONCE_BYTES);
}

/**
 * Anonymous sealed box: ephemeral X25519 public key (32), then NaCl crypto_box of `plain` with the first 24 bytes of
 * SHA-512(ephemeral key, recipient) as nonce. Only the recipient can open it and nobody can tell who made it.
 * `ephemeralSeed` is 32 fresh random bytes. Undefined when the recipient's key is of small order.
 */
export function sealTo(
  recipient: Uint8Array,
  ephemeralSeed: Uint8Array,
  plain: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  expectLength(recipient, KEY_BYTES, 'recipient key');
  const ephemeral = boxKeyPairFromSeed(ephemeralSeed);
  const out = new Uint8Array(plain.length + SEALED_OVERHEAD_BYTES);
  out.set(ephemeral.publicKey);
  const nonce = sealedNonce(ephemeral.publicKey, recipient);
  const sealed = backend.boxSeal(out.subarray(KEY_BYTES), plain, nonce, {
    publicKey: recipient,
    secretKey: ephemeral.secretKey,
  });
  wipe(ephemeral.secretKey);
  return sealed ? out : undefined;
}

/** The plain text of `sealTo`, or undefined when it was not sealed to this key pair or was changed. Total. */
export function openSealed(recipient: NodeKeyPair, sealed: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  expectLength(recipient.secretKey, KEY_BYTES, 'secret key');
  if (sealed.length < SEALED_OVERHEAD_BYTES) return undefined;
  const ephemeral = sealed.subarray(0, KEY_BYTES);
  const out = new Uint8Array(sealed.length - SEALED_OVERHEAD_BYTES);
  const nonce = sealedNonce(ephemeral, recipient.publicKey);
  const keys = { publicKey: ephemeral, secretKey: recipient.secretKey };
  return backend.boxOpen(out, sealed.subarray(KEY_BYTES), nonce, keys) ? out : undefined;
}

// Secrets

/** Takes the same time wherever the bytes differ; the lengths are no secret. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** Overwrites a secret. Copies the engine may have made are out of reach. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}
