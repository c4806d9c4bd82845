import { NODE_ID_BYTES, type NodeId, PROFILE_KEY_BYTES, SIGNATURE_BYTES, type Signature } from '../ids/bytes.ts';
import { constant } from './constant.ts';
import { enumeration, fixed, optional, rest, struct, u8, u64, type ValueOf } from './layout.ts';

/*
 * An envelope as carriers see and keep it (docs/protocol.md, "Envelopes"):
 *
 *   offset  size      field
 *   0       1         version
 *   1       32        position of the destination
 *   33      1         copies: number of intermediaries, 0 for custody at the destination's own root
 *   34      1 + 233   permit: presence, then the destination's policy and a signature that it allows
 *   ...     body      sealed to the destination, of a length in ENVELOPE_SIZES
 *
 * Its ID is the first 16 bytes of the hash of all but the permit, so that whoever holds it can check it, and a receipt
 * names exactly one content.
 */
export const ENVELOPE_ID_BYTES = 16;
/** Bodies have one of these lengths, in bytes, so that their length says little. The smallest fits one datagram. */
export const ENVELOPE_SIZES = [848, 2_048, 4_096, 8_192, 17_408, 32_768, 65_536] as const;
export const MAX_BODY_BYTES = 65_536;
/** Intermediaries that an envelope may ask for. */
export const MAX_COPIES = 4;
const ENVELOPE_VERSION = 1;

const claimKey = fixed(PROFILE_KEY_BYTES, 'claim key');
const publicKey = fixed(PROFILE_KEY_BYTES, 'Ed25519 key');
const signature = fixed<Signature>(SIGNATURE_BYTES, 'signature');

/**
 * What a destination allows, signed under its claim key: who signs under `friendKey` is a friend, who signs under
 * `inviteKey` knows the current invite tag. A greater number replaces a smaller one.
 */
export const policyLayout = struct({
  claimKey,
  number: u64,
  friendKey: publicKey,
  inviteKey: publicKey,
  signature,
});
export type PolicyRecord = ValueOf<typeof policyLayout>;

/** Which of the policy's keys signed the envelope's ID. All friends share theirs, so carriers cannot tell them apart. */
const SIGNERS = { friend: 0, invite: 1 } as const;
export type Signer = keyof typeof SIGNERS;

export const permitLayout = struct({ policy: policyLayout, signer: enumeration(SIGNERS), signature });
export type PermitRecord = ValueOf<typeof permitLayout>;

export const envelopeLayout = struct({
  version: constant(ENVELOPE_VERSION, 'version'),
  destination: fixed<NodeId>(NODE_ID_BYTES, 'position of the destination'),
  copies: u8,
  permit: optional(permitLayout),
  body: rest(MAX_BODY_BYTES, 'sealed body'),
});
export type EnvelopeRecord = ValueOf<typeof envelopeLayout>;

/** Bytes of an envelope besides its body: with a permit, and without. */
export const ENVELOPE_OVERHEAD_BYTES = 1 + 32 + 1 + 1 + 233;
export const MAX_ENVELOPE_BYTES = ENVELOPE_OVERHEAD_BYTES + MAX_BODY_BYTES;

/** The smallest permitted body length that holds `bytes`; undefined when it is too long. */
export function sizeClass(bytes: number): number | undefined {
  return ENVELOPE_SIZES.find((size) => size >= bytes);
}
