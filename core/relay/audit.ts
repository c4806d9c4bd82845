import { AUDIT_PROOF_BYTES } from '../codec/relay.ts';
import { hash32 } from '../crypto/crypto.ts';
import { equalBytes } from '../ids/bytes.ts';

/**
 * What only a node that has the envelope can say to a challenge it could not foresee, 16 bytes: to claim to keep what one
 * threw away takes no more than a word, this takes the bytes.
 * @param body of the envelope: its permit may differ from holder to holder
 */
export function proofOf(nonce: Uint8Array, body: Uint8Array): Uint8Array {
  return hash32('custody audit', nonce, body).subarray(0, AUDIT_PROOF_BYTES);
}

export function isProof(proof: Uint8Array | undefined, nonce: Uint8Array, body: Uint8Array): boolean {
  return proof !== undefined && equalBytes(proof, proofOf(nonce, body));
}
