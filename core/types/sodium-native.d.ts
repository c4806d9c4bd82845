/** Typings of sodium-native, which ships none: only what `core/crypto` calls. Output buffers come first. */
declare module 'sodium-native' {
  export interface Sodium {
    randombytes_buf(out: Uint8Array): void;
    crypto_hash_sha512(out: Uint8Array, message: Uint8Array): void;
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
    crypto_core_ed25519_is_valid_point(point: Uint8Array): boolean;
    /** @throws when the point is not on the curve, of small order, or outside the main subgroup. */
    crypto_sign_ed25519_pk_to_curve25519(x25519: Uint8Array, ed25519: Uint8Array): void;
    crypto_scalarmult_ed25519_base_noclamp(point: Uint8Array, scalar: Uint8Array): void;
    /** @throws when one is no point. */
    crypto_core_ed25519_add(sum: Uint8Array, a: Uint8Array, b: Uint8Array): void;
    crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void;
    /** @throws when the result is all zero. */
    crypto_scalarmult(shared: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): void;
    crypto_secretbox_easy(box: Uint8Array, plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
    crypto_secretbox_open_easy(plain: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
    /** @throws when the public key is of small order. */
    crypto_box_easy(
      box: Uint8Array,
      plain: Uint8Array,
      nonce: Uint8Array,
      publicKey: Uint8Array,
      secretKey: Uint8Array,
    ): void;
    crypto_box_open_easy(
      plain: Uint8Array,
      box: Uint8Array,
      nonce: Uint8Array,
      publicKey: Uint8Array,
      secretKey: Uint8Array,
    ): boolean;
    crypto_aead_chacha20poly1305_ietf_encrypt(
      sealed: Uint8Array,
      plain: Uint8Array,
      ad: Uint8Array | null,
      reserved: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    /** @throws when the tag does not fit. */
    crypto_aead_chacha20poly1305_ietf_decrypt(
      plain: Uint8Array,
      reserved: null,
      sealed: Uint8Array,
      ad: Uint8Array | null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    readonly crypto_pwhash_ALG_ARGON2ID13: number;
    crypto_pwhash_async(
      out: Uint8Array,
      password: Uint8Array,
      salt: Uint8Array,
      opsLimit: number,
      memLimitBytes: number,
      algorithm: number,
    ): Promise<void>;
  }
  const sodium: Sodium;
  export default sodium;
}
