import { aeadOpen, aeadSeal, HASH_BYTES, hkdf, KEY_BYTES, sha512, wipe } from './crypto.ts';

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

/**
 * The CipherState and SymmetricState of the Noise Protocol Framework (revision 34, sections 5.1 and 5.2) for 25519,
 * ChaChaPoly and SHA512. Fields are replaced and never changed in place, so that `clone` may share them.
 */
export class NoiseSymmetric {
  /** h: binds every byte of the transcript. 64 bytes. */
  #hash: Uint8Array;
  /** ck: every shared secret so far. 64 bytes. */
  #chainingKey: Uint8Array;
  #key: Uint8Array | undefined;
  #nonce = 0;

  /** @param protocolName at most 64 ASCII characters, as all names with these primitives have. */
  constructor(protocolName: string) {
    this.#hash = new Uint8Array(HASH_BYTES);
    this.#hash.set(encoder.encode(protocolName));
    this.#chainingKey = this.#hash;
  }

  get handshakeHash(): Uint8Array {
    return this.#hash;
  }

  /** An independent copy, to try a message on. */
  clone(): NoiseSymmetric {
    const copy = new NoiseSymmetric('');
    copy.#hash = this.#hash;
    copy.#chainingKey = this.#chainingKey;
    copy.#key = this.#key;
    copy.#nonce = this.#nonce;
    return copy;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha512(this.#hash, data);
  }

  /** Takes a shared secret in and wipes it. False for undefined: a key agreement that gave all zeros is refused. */
  mixKey(sharedSecret: Uint8Array | undefined): boolean {
    if (sharedSecret === undefined) return false;
    const [chainingKey, key] = hkdf(this.#chainingKey, sharedSecret, 2);
    wipe(sharedSecret);
    this.#chainingKey = chainingKey;
    this.#key = key.subarray(0, KEY_BYTES);
    this.#nonce = 0;
    return true;
  }

  encryptAndHash(plain: Uint8Array): Uint8Array {
    const sealed = aeadSeal(plain, this.#seal());
    this.#nonce++;
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const plain = aeadOpen(sealed, this.#seal());
    if (plain === undefined) return undefined;
    this.#nonce++;
    this.mixHash(sealed);
    return plain;
  }

  /** The initiator's sending key, then the responder's, 32 bytes each. Nothing else can be done afterwards. */
  split(): [Uint8Array, Uint8Array] {
    const [first, second] = hkdf(this.#chainingKey, EMPTY, 2);
    const keys: [Uint8Array, Uint8Array] = [first.slice(0, KEY_BYTES), second.slice(0, KEY_BYTES)];
    for (const secret of [first, second, this.#chainingKey]) wipe(secret);
    if (this.#key !== undefined) wipe(this.#key);
    this.#key = undefined;
    return keys;
  }

  #seal() {
    if (this.#key === undefined) throw new Error('Noise: no key yet');
    return { key: this.#key, counter: this.#nonce, ad: this.#hash };
  }
}
