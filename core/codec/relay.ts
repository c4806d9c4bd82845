import { NODE_ID_BYTES, type NodeId, PROFILE_KEY_BYTES, SIGNATURE_BYTES, type Signature } from '../ids/bytes.ts';
import { ENVELOPE_ID_BYTES, policyLayout } from './envelope.ts';
import { enumeration, fixed, list, optional, rest, struct, u8, u16, u32 } from './layout.ts';
import { PASS_BYTES, ROUND_TRIP_TOKEN_BYTES } from './limits.ts';

/*
 * Requests and replies between carriers (docs/protocol.md, "Custody"). They travel as DHT requests and share their
 * numbers: even ones ask, the next odd one replies.
 */

/** An envelope up to this length travels whole in one request, in bytes; a longer one in parts. */
export const WHOLE_ENVELOPE_BYTES = 1_128;
export const PART_BYTES = 1_100;
/** IDs in one request: they fit a datagram. */
export const IDS_PER_INVENTORY = 60;
export const IDS_PER_RECEIPT = 56;
export const AUDIT_NONCE_BYTES = 8;
export const AUDIT_PROOF_BYTES = 16;

const token = optional(fixed(ROUND_TRIP_TOKEN_BYTES, 'round-trip token'));
const pass = fixed(PASS_BYTES, 'pass');
const nextPass = fixed(PASS_BYTES, 'next pass');
const destination = fixed<NodeId>(NODE_ID_BYTES, 'position of the destination');
const envelopeId = fixed(ENVELOPE_ID_BYTES, 'envelope ID');
const claimKey = fixed(PROFILE_KEY_BYTES, 'claim key');
const signature = fixed<Signature>(SIGNATURE_BYTES, 'signature under the claim key');

/**
 * What became of an envelope that was handed over. `kept`: it is on the disk now. `held`: it was there before. `wanted`:
 * send the parts. `freed`: a receipt is known, which follows. `unproven`: ask again with the token of this reply. The
 * others are refusals.
 */
const VERDICTS = {
  kept: 0,
  held: 1,
  wanted: 2,
  freed: 3,
  unproven: 4,
  full: 5,
  forbidden: 6,
  tooFast: 7,
  off: 8,
  malformed: 9,
} as const;
export type Verdict = keyof typeof VERDICTS;
const verdict = enumeration(VERDICTS);

/**
 * How an envelope is handed over. `copy`: 0 on the way to the destination's own position, else the number of the
 * intermediary. `hopsLeft`: 0 for somebody who shall keep it and not pass it on. `lifeS`: seconds until it expires; a
 * duration, because carriers' clocks may be wrong.
 */
const handOver = { copy: u8, hopsLeft: u8, lifeS: u32 };

/** `forwarded`: the next hop has handed it on. `stored`: `holders` nodes keep it at rest. */
export const OUTCOMES = { forwarded: 0, stored: 1 } as const;
export type Outcome = keyof typeof OUTCOMES;

/** `same`: the same envelopes. `different`: others or not all. `none`: nothing for this destination. */
const COMPARISONS = { same: 0, different: 1, none: 2 } as const;
export type Comparison = keyof typeof COMPARISONS;

/** Which envelope the other node shall show to have, and the nonce that its proof must contain. */
const challenge = struct({ envelopeId, nonce: fixed(AUDIT_NONCE_BYTES, 'nonce of the audit') });

const receiptFields = { claimKey, ids: list(envelopeId, IDS_PER_RECEIPT), signature };
/** The destination's word that these envelopes arrived: it frees every copy (L:29, L:30). */
export const receiptLayout = struct(receiptFields);

export const relayBodies = {
  carry: {
    number: 0x20,
    layout: struct({ token, ...handOver, envelope: rest(WHOLE_ENVELOPE_BYTES, 'envelope') }),
  },
  carried: { number: 0x21, layout: struct({ token, verdict }) },
  offer: { number: 0x22, layout: struct({ token, ...handOver, envelopeId, destination, bytes: u32 }) },
  offered: { number: 0x23, layout: struct({ token, verdict }) },
  part: {
    number: 0x24,
    layout: struct({ token, envelopeId, index: u16, bytes: rest(PART_BYTES, 'part of the envelope') }),
  },
  parted: { number: 0x25, layout: struct({ token, verdict }) },
  settle: {
    number: 0x26,
    layout: struct({ token, envelopeId, copy: u8, outcome: enumeration(OUTCOMES), holders: u8, lifeS: u32 }),
  },
  settled: { number: 0x27, layout: struct({ token }) },
  free: { number: 0x28, layout: struct({ token, ...receiptFields }) },
  freed: { number: 0x29, layout: struct({ token }) },
  collect: {
    number: 0x2a,
    layout: struct({ token, pass, claimKey, signature, lifetimeS: u16, policy: optional(policyLayout) }),
  },
  collecting: { number: 0x2b, layout: struct({ token, accepted: u8, pass: nextPass, waiting: u32 }) },
  compare: {
    number: 0x2c,
    layout: struct({
      ...{ token, destination, copies: u8, count: u32, digest: fixed(ENVELOPE_ID_BYTES, 'XOR of the IDs') },
      challenge: optional(challenge),
    }),
  },
  compared: {
    number: 0x2d,
    layout: struct({
      token,
      comparison: enumeration(COMPARISONS),
      proof: optional(fixed(AUDIT_PROOF_BYTES, 'proof of the audit')),
    }),
  },
  inventory: {
    number: 0x2e,
    layout: struct({ token, destination, copies: u8, ids: list(envelopeId, IDS_PER_INVENTORY) }),
  },
  missing: {
    number: 0x2f,
    layout: struct({ token, verdict, ids: list(envelopeId, IDS_PER_INVENTORY) }),
  },
  notify: { number: 0x30, layout: struct({ token, destination, hopsLeft: u8 }) },
  notified: { number: 0x31, layout: struct({ token }) },
} as const;
