/** What a password hash costs: kept beside the salt, so that it can be raised later. */
export interface PasswordLimits {
  /** Passes over the memory, 1 or more. */
  readonly opsLimit: number;
  /** Memory in bytes, a multiple of 1,024, at least 8,192. */
  readonly memLimit: number;
}

/**
 * The primitives `crypto.ts` is built from, once by sodium-native and once in plain JavaScript, with equal bytes and
 * equal verdicts. Callers have checked every length; output buffers have exactly the length of the result. Argument
 * lists follow libsodium's, whose calls these are.
 */
export interface CryptoBackend {
  readonly name: 'sodium-native' | 'tweetnacl';
  /** Fills `out` from the operating system's generator. */
  random(out: Uint8Array): void;
  /** message -> 64 bytes. */
  sha512(out: Uint8Array, message: Uint8Array): void;
  /** 32-byte seed -> Ed25519 public key (32) and NaCl secret key (64: seed, public key). */
  signKeyPair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  sign(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  /** Strict as libsodium: S below the group order, canonical key, neither key nor R of small order. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  /** Canonical encoding of a point of the prime-order subgroup, not the identity. */
  isValidPoint(publicKey: Uint8Array): boolean;
  /** Ed25519 public key -> X25519 public key; false when the point is not valid as above. */
  toMontgomery(out: Uint8Array, publicKey: Uint8Array): boolean;
  /** 32-byte scalar below the group order, not zero, unclamped, little-endian -> scalar times the Ed25519 base point. */
  basePoint(out: Uint8Array, scalar: Uint8Array): void;
  /** Sum of two encoded points; false when one is none. */
  addPoints(out: Uint8Array, a: Uint8Array, b: Uint8Array): boolean;
  scalarMultBase(out: Uint8Array, secretKey: Uint8Array): void;
  /** False when the shared secret is all zero. */
  scalarMult(out: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): boolean;
  /** XSalsa20-Poly1305, tag first: plain -> tag (16) and cipher text. */
  secretboxSeal(out: Uint8Array, plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  secretboxOpen(out: Uint8Array, sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  /** NaCl crypto_box; false when the public key is of small order. */
  boxSeal(out: Uint8Array, plain: Uint8Array, nonce: Uint8Array, keys: BoxKeys): boolean;
  boxOpen(out: Uint8Array, sealed: Uint8Array, nonce: Uint8Array, keys: BoxKeys): boolean;
  /** ChaCha20-Poly1305 IETF (RFC 8439), tag last. */
  aeadSeal(out: Uint8Array, plain: Uint8Array, ad: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  aeadOpen(out: Uint8Array, sealed: Uint8Array, ad: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  /** Argon2id 1.3 with one lane, 32 bytes. Does not hold up the event loop for long. */
  argon2id(password: Uint8Array, salt: Uint8Array, limits: PasswordLimits): Promise<Uint8Array>;
}

export interface BoxKeys {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}
