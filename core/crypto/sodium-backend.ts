import sodium from 'sodium-native';
import type { CryptoBackend } from './backend-types.ts';

/** sodium-native reports a failed check by an exception; here it is an expected outcome. */
function succeeds(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

/** The fast implementation: libsodium through sodium-native. Importing this module throws where the binary is missing. */
export const sodiumBackend: CryptoBackend = {
  name: 'sodium-native',
  random: (out) => sodium.randombytes_buf(out),
  sha512: (out, message) => sodium.crypto_hash_sha512(out, message),
  signKeyPair: (publicKey, secretKey, seed) => sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed),
  sign: (signature, message, secretKey) => sodium.crypto_sign_detached(signature, message, secretKey),
  verify: (signature, message, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey),
  isValidPoint: (publicKey) => sodium.crypto_core_ed25519_is_valid_point(publicKey),
  toMontgomery: (out, publicKey) => succeeds(() => sodium.crypto_sign_ed25519_pk_to_curve25519(out, publicKey)),
  basePoint: (out, scalar) => sodium.crypto_scalarmult_ed25519_base_noclamp(out, scalar),
  addPoints: (out, a, b) => succeeds(() => sodium.crypto_core_ed25519_add(out, a, b)),
  scalarMultBase: (out, secretKey) => sodium.crypto_scalarmult_base(out, secretKey),
  scalarMult: (out, secretKey, publicKey) => succeeds(() => sodium.crypto_scalarmult(out, secretKey, publicKey)),
  secretboxSeal: (out, plain, nonce, key) => sodium.crypto_secretbox_easy(out, plain, nonce, key),
  secretboxOpen: (out, sealed, nonce, key) => sodium.crypto_secretbox_open_easy(out, sealed, nonce, key),
  boxSeal: (out, plain, nonce, { publicKey, secretKey }) =>
    succeeds(() => sodium.crypto_box_easy(out, plain, nonce, publicKey, secretKey)),
  boxOpen: (out, sealed, nonce, { publicKey, secretKey }) =>
    sodium.crypto_box_open_easy(out, sealed, nonce, publicKey, secretKey),
  aeadSeal(out, plain, ad, nonce, key) {
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(out, plain, ad.length === 0 ? null : ad, null, nonce, key);
  },
  aeadOpen(out, sealed, ad, nonce, key) {
    try {
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(out, null, sealed, ad.length === 0 ? null : ad, nonce, key);
      return true;
    } catch {
      return false;
    }
  },
  async argon2id(password, salt, { opsLimit, memLimit }) {
    const out = new Uint8Array(32);
    await sodium.crypto_pwhash_async(out, password, salt, opsLimit, memLimit, sodium.crypto_pwhash_ALG_ARGON2ID13);
    return out;
  },
};
