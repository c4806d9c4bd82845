import { type BlindedSigner, blindedSigner, blindPublicKey } from '../crypto/blinded-key.ts';
import { type ProfileKeyPair, toBoxPublicKey, toBoxSecretKey } from '../crypto/crypto.ts';
import { positionOfClaim } from '../dht/types.ts';
import { type NodeId, type NodeKey, nodeKey, type ProfileKey } from '../ids/bytes.ts';

/** Our own keys: the profile's Ed25519 pair and the X25519 pair derived from it (design.md, section 3). */
export interface LinkIdentity {
  readonly profile: ProfileKeyPair;
  readonly box: { readonly publicKey: NodeKey; readonly secretKey: Uint8Array };
  /** Claims our position. */
  readonly claim: BlindedSigner;
}

/** @throws {RangeError} when the pair is not a valid one: a bug or a broken key file. */
export function linkIdentity(profile: ProfileKeyPair): LinkIdentity {
  const publicKey = toBoxPublicKey(profile.publicKey);
  if (publicKey === undefined) throw new RangeError('not a valid profile key');
  const box = { publicKey: nodeKey(publicKey), secretKey: toBoxSecretKey(profile.secretKey) };
  return { profile, box, claim: blindedSigner(profile.secretKey) };
}

/**
 * Where letters to a person are routed: the position of the blinded profile key, which everybody who knows the profile
 * key can compute and nobody can turn back into it (L:08, L:18).
 * @throws {RangeError} for what is no profile key; letters to such a key are refused before (`toBoxPublicKey`)
 */
export function positionOf(profile: ProfileKey): NodeId {
  const blinded = blindPublicKey(profile);
  if (blinded === undefined) throw new RangeError('not a valid profile key');
  return positionOfClaim(blinded);
}
