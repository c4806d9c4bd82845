import type { PermitRecord, PolicyRecord, Signer } from '../codec/envelope.ts';
import { sign, verify } from '../crypto/crypto.ts';
import { type PositionClaim, positionOfClaim } from '../dht/types.ts';
import { equalBytes, type NodeId } from '../ids/bytes.ts';

export type { Signer } from '../codec/envelope.ts';
/** What a destination allows, under its own signature. */
export type Policy = PolicyRecord;
/** A policy, and the signature over an envelope's ID that it allows. */
export type Permit = PermitRecord;

const POLICY_PURPOSE = 'carrier policy';
const PERMIT_PURPOSE = 'envelope permit';

/** 8 bytes, big-endian. */
function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / 2 ** 32));
  view.setUint32(4, value % 2 ** 32);
  return bytes;
}

/** @param keys Ed25519 public keys, 32 bytes each. @param number greater than that of every policy before */
export function makePolicy(
  claim: PositionClaim,
  { number, friendKey, inviteKey }: Pick<Policy, 'number' | 'friendKey' | 'inviteKey'>,
): Policy {
  const signature = claim.sign(POLICY_PURPOSE, numberBytes(number), friendKey, inviteKey);
  return { claimKey: claim.publicKey, number, friendKey, inviteKey, signature };
}

/** True when the destination itself signed it. */
export function isPolicyOf(policy: Policy, destination: NodeId): boolean {
  const { claimKey, number, friendKey, inviteKey, signature } = policy;
  if (!equalBytes(positionOfClaim(claimKey), destination)) return false;
  return verify(claimKey, signature, POLICY_PURPOSE, numberBytes(number), friendKey, inviteKey);
}

/** @param secretKey 64 bytes, of the policy's friend or invite key */
export function makePermit(id: Uint8Array, policy: Policy, signer: Signer, secretKey: Uint8Array): Permit {
  return { policy, signer, signature: sign(secretKey, PERMIT_PURPOSE, id) };
}

/** The envelope's ID is signed by the key that the permit names; its policy must be checked apart. */
export function isPermitFor(permit: Permit, id: Uint8Array): boolean {
  const key = permit.signer === 'friend' ? permit.policy.friendKey : permit.policy.inviteKey;
  return verify(key, permit.signature, PERMIT_PURPOSE, id);
}
