import { BLINDING_SECRET_BYTES, type BlindedSigner, blindedSigner } from '../crypto/blinded-key.ts';
import { createProfileKeyPair, type ProfileKeyPair } from '../crypto/crypto.ts';
import { positionOfClaim } from '../dht/types.ts';
import type { NodeId } from '../ids/bytes.ts';
import { linkIdentity } from '../link/identity.ts';
import type { Random } from '../ports/random.ts';

/** Claims a position of chance. */
export function createClaim(random: Random): BlindedSigner {
  return blindedSigner(createProfileKeyPair(random).secretKey, random.bytes(BLINDING_SECRET_BYTES));
}

/** Where friends find somebody. */
export function homeOf(profile: ProfileKeyPair): NodeId {
  return positionOfClaim(linkIdentity(profile).home.publicKey);
}
