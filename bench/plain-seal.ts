import sodium from 'sodium-native';

const TAG_BYTES = 16;
const key = Buffer.alloc(32, 7);
const nonce = Buffer.alloc(12);

/** ChaCha20-Poly1305 under a fixed key and nonce: the work of sealing, with none of the secrecy. */
export function sealPlain(plain: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(plain.length + TAG_BYTES);
  sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plain, null, null, nonce, key);
  return sealed;
}

/** @throws when it was not sealed by `sealPlain`. */
export function openPlain(sealed: Uint8Array): Buffer {
  const plain = Buffer.allocUnsafe(sealed.length - TAG_BYTES);
  sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plain, null, sealed, null, nonce, key);
  return plain;
}
