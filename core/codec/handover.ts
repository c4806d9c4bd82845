import { NODE_KEY_BYTES, type NodeKey, SIGNATURE_BYTES, type Signature } from '../ids/bytes.ts';
import { policyLayout } from './envelope.ts';
import { fixed, list, struct, type ValueOf } from './layout.ts';

/*
 * What friends hand each other so that mail can reach them while they are away (docs/protocol.md, "Hand-over"): over their
 * link, or beside a letter.
 */

/** One-time keys in a hand-over, and so most of them that a friend is given at once. */
export const MAX_HANDED_KEYS = 64;
/** Bytes of the seed of an Ed25519 key pair. */
const SEED_BYTES = 32;
/** Bytes of what somebody's key is blinded with to their home position. */
export const HOME_BYTES = 32;

/**
 * `policy`: what the sender lets carriers take. `friendSeed`: seed of the key pair whose public half is the policy's
 * `friendKey`; all friends have the same. `home`: what the sender's key is blinded with to their home position.
 * `keys`: X25519 keys, each for one envelope to the sender. `signature`: by the sender's profile key over the receiver's
 * profile key, policy, seed, home and keys.
 */
export const handoverFields = {
  policy: policyLayout,
  friendSeed: fixed(SEED_BYTES, 'seed of the friend key'),
  home: fixed(HOME_BYTES, 'home secret'),
  keys: list(fixed<NodeKey>(NODE_KEY_BYTES, 'one-time key'), MAX_HANDED_KEYS),
  signature: fixed<Signature>(SIGNATURE_BYTES, 'signature'),
};
export const handoverLayout = struct(handoverFields);
export type Handover = ValueOf<typeof handoverLayout>;
/** Bytes of a hand-over without keys, in a letter. */
export const HANDOVER_BYTES = 168 + SEED_BYTES + HOME_BYTES + 1 + SIGNATURE_BYTES;
