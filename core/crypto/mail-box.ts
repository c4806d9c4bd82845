import { type CryptoBackend, backend as defaultBackend } from './backend.ts';
import { hash32, KEY_BYTES, TAG_BYTES, wipe } from './crypto.ts';

const KEY_DOMAIN = 'mail key';
/** The key of a box is used once, so its nonce may be always the same. */
const NONCE = new Uint8Array(12);

/** What a mail box is sealed to; X25519 keys of 32 bytes. */
export interface MailRecipient {
  readonly longTerm: Uint8Array;
  /** A key that is used for one box and erased when that has arrived, so that nobody can open it later. */
  readonly oneTime?: Uint8Array;
}

export interface MailSecrets {
  /** Pair of the long-term key. */
  readonly longTerm: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
  readonly oneTime?: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
}

/**
 * Seals to a long-term key and, where there is one, a one-time key: ChaCha20-Poly1305 under the hash of
 * DH(ephemeral, one-time) and DH(ephemeral, long-term), as X3DH does without the sender's own key, since the letter inside
 * is signed. `ad` is bound to the box. `ephemeralSeed`: 32 fresh random bytes, wiped.
 * @returns the ephemeral public key and the box (TAG_BYTES longer), or undefined when a key of the recipient is of small
 * order.
 */
export function sealMail(
  recipient: MailRecipient,
  {
    ephemeralSeed,
    ad,
    plain,
  }: { readonly ephemeralSeed: Uint8Array; readonly ad: Uint8Array; readonly plain: Uint8Array },
  backend: CryptoBackend = defaultBackend,
): { readonly ephemeralKey: Uint8Array; readonly box: Uint8Array } | undefined {
  const ephemeralKey = new Uint8Array(KEY_BYTES);
  backend.scalarMultBase(ephemeralKey, ephemeralSeed);
  const shared = agree(backend, ephemeralSeed, [recipient.oneTime, recipient.longTerm]);
  wipe(ephemeralSeed);
  if (shared === undefined) return undefined;
  const key = boxKey(shared, { ephemeralKey, ...recipient });
  const box = new Uint8Array(plain.length + TAG_BYTES);
  backend.aeadSeal(box, plain, ad, NONCE, key);
  wipe(key);
  return { ephemeralKey, box };
}

/** The plain text, or undefined when it was not sealed to exactly these keys with this `ad`. Total. */
export function openMail(
  secrets: MailSecrets,
  { ephemeralKey, ad, box }: { readonly ephemeralKey: Uint8Array; readonly ad: Uint8Array; readonly box: Uint8Array },
  backend: CryptoBackend = defaultBackend,
): Uint8Array | undefined {
  if (ephemeralKey.length !== KEY_BYTES || box.length < TAG_BYTES) return undefined;
  const { longTerm, oneTime } = secrets;
  const shared: Uint8Array[] = [];
  for (const secret of [oneTime?.secretKey, longTerm.secretKey]) {
    if (secret === undefined) continue;
    const result = agree(backend, secret, [ephemeralKey]);
    if (result === undefined) return undefined;
    shared.push(...result);
  }
  const key = boxKey(shared, { ephemeralKey, longTerm: longTerm.publicKey, oneTime: oneTime?.publicKey });
  const plain = new Uint8Array(box.length - TAG_BYTES);
  const opened = backend.aeadOpen(plain, box, ad, NONCE, key);
  wipe(key);
  return opened ? plain : undefined;
}

/** X25519 of one secret with each key; undefined when a result is all zero. */
function agree(
  backend: CryptoBackend,
  secret: Uint8Array,
  keys: readonly (Uint8Array | undefined)[],
): Uint8Array[] | undefined {
  const results: Uint8Array[] = [];
  for (const key of keys) {
    if (key === undefined) continue;
    const shared = new Uint8Array(KEY_BYTES);
    if (!backend.scalarMult(shared, secret, key)) return undefined;
    results.push(shared);
  }
  return results;
}

/** Binds all public keys too, so that a box means one choice of keys only. Wipes the shared secrets. */
function boxKey(
  shared: readonly Uint8Array[],
  keys: { readonly ephemeralKey: Uint8Array; readonly longTerm: Uint8Array; readonly oneTime?: Uint8Array | undefined },
): Uint8Array {
  const { ephemeralKey, longTerm, oneTime = new Uint8Array(0) } = keys;
  const key = hash32(KEY_DOMAIN, ephemeralKey, longTerm, oneTime, ...shared);
  for (const secret of shared) wipe(secret);
  return key;
}
