import { type BlindedSigner, blindedSigner, blindPublicKey } from '../crypto/blinded-key.ts';
import { hash32, type ProfileKeyPair, SEED_BYTES, toBoxPublicKey, toBoxSecretKey } from '../crypto/crypto.ts';
import { positionOfClaim } from '../dht/types.ts';
import { type NodeId, type NodeKey, nodeKey, type ProfileKey } from '../ids/bytes.ts';

const HOME = 'home position';

/** Our own keys: the profile's Ed25519 pair and the X25519 pair derived from it. */
export interface LinkIdentity {
  readonly profile: ProfileKeyPair;
  readonly box: { readonly publicKey: NodeKey; readonly secretKey: Uint8Array };
  /**
   * BLINDING_SECRET_BYTES bytes that friends are told: with it they find our home position. It follows from the profile's
   * seed, so that whoever restores the profile is at home where friends look.
   */
  readonly homeSecret: Uint8Array;
  /** Claims our home position. */
  readonly home: BlindedSigner;
}

/** @throws {RangeError} when the pair is not a valid one: a bug or a broken key file. */
export function linkIdentity(profile: ProfileKeyPair): LinkIdentity {
  const publicKey = toBoxPublicKey(profile.publicKey);
  if (publicKey === undefined) throw new RangeError('not a valid profile key');
  const box = { publicKey: nodeKey(publicKey), secretKey: toBoxSecretKey(profile.secretKey) };
  const homeSecret = hash32(HOME, profile.secretKey.subarray(0, SEED_BYTES));
  return { profile, box, homeSecret, home: blindedSigner(profile.secretKey, homeSecret) };
}

/** Where somebody is found. */
export interface Place {
  readonly position: NodeId;
  /** 32 bytes, of which the position is the hash: what they claim it by. */
  readonly claimKey: Uint8Array;
}

/**
 * Where letters to a person are routed: the position of the profile key, blinded with a secret (L:08, L:18). Nobody can
 * turn it back into the key, and nobody who was not told the secret can compute it: a stranger who knows the key cannot
 * even ask for the person.
 * @param secret BLINDING_SECRET_BYTES bytes: that of the home, which friends are told, or of the door, which follows
 *   from the public ID
 * @returns undefined for what is no profile key
 */
export function placeOf(profile: ProfileKey, secret: Uint8Array): Place | undefined {
  const claimKey = blindPublicKey(profile, secret);
  return claimKey && { position: positionOfClaim(claimKey), claimKey };
}
