import { hash32, type ProfileKeyPair, toBoxPublicKey, toBoxSecretKey } from '../crypto/crypto.ts';
import { type NodeId, type NodeKey, nodeId, nodeKey, type ProfileKey } from '../ids/bytes.ts';

/** Our own keys: the profile's Ed25519 pair and the X25519 pair derived from it (design.md, section 3). */
export interface LinkIdentity {
  readonly profile: ProfileKeyPair;
  readonly box: { readonly publicKey: NodeKey; readonly secretKey: Uint8Array };
}

/** @throws {RangeError} when the pair is not a valid one: a bug or a broken key file. */
export function linkIdentity(profile: ProfileKeyPair): LinkIdentity {
  const publicKey = toBoxPublicKey(profile.publicKey);
  if (publicKey === undefined) throw new RangeError('not a valid profile key');
  return { profile, box: { publicKey: nodeKey(publicKey), secretKey: toBoxSecretKey(profile.secretKey) } };
}

/** Where letters to a person are routed: a hash, so that the key space's carriers do not see the profile key (L:08, L:18). */
export function positionOf(profile: ProfileKey): NodeId {
  return nodeId(hash32('position', profile));
}
