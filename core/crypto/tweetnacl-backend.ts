import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { argon2idAsync } from '@noble/hashes/argon2.js';
import nacl from 'tweetnacl';
import type { BoxKeys, CryptoBackend } from './backend-types.ts';

/** Order of the base point, little-endian (RFC 8032, section 5.1). */
const GROUP_ORDER = Uint8Array.from(
  [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14].concat(
    new Array<number>(15).fill(0),
    [0x10],
  ),
);

/** tweetnacl accepts S + L for S, which would make signatures malleable; libsodium does not. */
function isCanonicalScalar(scalar: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = scalar[i]! - GROUP_ORDER[i]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The point when its encoding is canonical and on the curve. */
function decodePoint(encoded: Uint8Array): InstanceType<typeof ed25519.Point> | undefined {
  try {
    return ed25519.Point.fromBytes(encoded, false);
  } catch {
    return undefined;
  }
}

function hasLargeOrder(encoded: Uint8Array): boolean {
  const point = decodePoint(encoded);
  return point !== undefined && !point.isSmallOrder();
}

function isValidPoint(encoded: Uint8Array): boolean {
  const point = decodePoint(encoded);
  return point !== undefined && !point.isSmallOrder() && point.isTorsionFree();
}

const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** `value` into `out`; false when there is none. */
function put(out: Uint8Array, value: Uint8Array | null): boolean {
  if (value === null) return false;
  out.set(value);
  return true;
}

/** crypto_box_beforenm that refuses an all-zero X25519 result, which tweetnacl's own does not. */
function sharedKey({ publicKey, secretKey }: BoxKeys): Uint8Array | undefined {
  return isZero(nacl.scalarMult(secretKey, publicKey)) ? undefined : nacl.box.before(publicKey, secretKey);
}

/** The reference and fallback: tweetnacl, and @noble for what NaCl does not have. */
export const tweetnaclBackend: CryptoBackend = {
  name: 'tweetnacl',
  random: (out) => out.set(nacl.randomBytes(out.length)),
  sha512: (out, message) => out.set(nacl.hash(message)),
  signKeyPair(publicKey, secretKey, seed) {
    const pair = nacl.sign.keyPair.fromSeed(seed);
    publicKey.set(pair.publicKey);
    secretKey.set(pair.secretKey);
  },
  sign: (signature, message, secretKey) => signature.set(nacl.sign.detached(message, secretKey)),
  verify: (signature, message, publicKey) =>
    isCanonicalScalar(signature.subarray(32)) &&
    hasLargeOrder(signature.subarray(0, 32)) &&
    hasLargeOrder(publicKey) &&
    nacl.sign.detached.verify(message, signature, publicKey),
  isValidPoint,
  basePoint: (out, scalar) => out.set(ed25519.Point.BASE.multiply(littleEndian(scalar)).toBytes()),
  addPoints(out, a, b) {
    const [first, second] = [decodePoint(a), decodePoint(b)];
    return first !== undefined && second !== undefined && put(out, first.add(second).toBytes());
  },
  toMontgomery: (out, publicKey) => isValidPoint(publicKey) && put(out, ed25519.utils.toMontgomery(publicKey)),
  scalarMultBase: (out, secretKey) => out.set(nacl.scalarMult.base(secretKey)),
  scalarMult: (out, secretKey, publicKey) => put(out, nacl.scalarMult(secretKey, publicKey)) && !isZero(out),
  secretboxSeal: (out, plain, nonce, key) => out.set(nacl.secretbox(plain, nonce, key)),
  secretboxOpen: (out, sealed, nonce, key) => put(out, nacl.secretbox.open(sealed, nonce, key)),
  boxSeal(out, plain, nonce, keys) {
    const key = sharedKey(keys);
    return key !== undefined && put(out, nacl.secretbox(plain, nonce, key));
  },
  boxOpen(out, sealed, nonce, keys) {
    const key = sharedKey(keys);
    return key !== undefined && put(out, nacl.secretbox.open(sealed, nonce, key));
  },
  aeadSeal(out, plain, ad, nonce, key) {
    out.set(chacha20poly1305(key, nonce, ad).encrypt(plain));
  },
  aeadOpen(out, sealed, ad, nonce, key) {
    try {
      return put(out, chacha20poly1305(key, nonce, ad).decrypt(sealed));
    } catch {
      return false;
    }
  },
  argon2id: (password, salt, { opsLimit, memLimit }) =>
    argon2idAsync(password, salt, { t: opsLimit, m: memLimit / 1024, p: 1, dkLen: 32, maxmem: memLimit + 65_536 }),
};
