import type { RelayReply, RelayRequest } from '../codec/dht.ts';
import type { EnvelopeRecord, PermitRecord, PolicyRecord } from '../codec/envelope.ts';
import { nodeId, signature } from '../ids/bytes.ts';
import type { Receipt } from '../relay/receipt.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const token = fill(8, 0x77);
const destination = nodeId(fill(32, 0x31));
const id = fill(16, 0x41);

export const POLICY: PolicyRecord = {
  claimKey: fill(32, 2),
  number: 1_767_225_600_000,
  friendKey: fill(32, 3),
  inviteKey: fill(32, 4),
  signature: signature(fill(64, 5)),
};
export const PERMIT: PermitRecord = { policy: POLICY, signer: 'invite', signature: signature(fill(64, 6)) };

/** Samples of envelopes as carriers see them. */
export const ENVELOPE_RECORDS: readonly EnvelopeRecord[] = [
  { version: undefined, destination, copies: 2, permit: PERMIT, body: fill(848, 7) },
  { version: undefined, destination, copies: 0, permit: undefined, body: fill(2_048, 8) },
];

export const RECEIPT: Receipt = {
  claimKey: fill(32, 2),
  ids: [id, fill(16, 0x42)],
  signature: signature(fill(64, 11)),
};

const handOver = { copy: 1, hopsLeft: 20, lifeS: 1_209_600 };

/** Samples of requests and replies between carriers. */
export const RELAY_BODIES: readonly (RelayRequest | RelayReply)[] = [
  { kind: 'carry', body: { token, ...handOver, envelope: fill(1_117, 9) } },
  { kind: 'carried', body: { token: undefined, verdict: 'kept' } },
  { kind: 'offer', body: { token, ...handOver, envelopeId: id, destination, bytes: 65_804 } },
  { kind: 'offered', body: { token, verdict: 'wanted' } },
  { kind: 'part', body: { token: undefined, envelopeId: id, index: 59, bytes: fill(1_100, 10) } },
  { kind: 'parted', body: { token: undefined, verdict: 'held' } },
  { kind: 'settle', body: { token, envelopeId: id, copy: 2, outcome: 'stored', holders: 2, lifeS: 600 } },
  { kind: 'settled', body: { token: undefined } },
  { kind: 'free', body: { token, ...RECEIPT } },
  { kind: 'freed', body: { token: undefined } },
  {
    kind: 'collect',
    body: {
      token,
      pass: fill(8, 13),
      claimKey: fill(32, 2),
      signature: signature(fill(64, 12)),
      lifetimeS: 600,
      policy: POLICY,
    },
  },
  { kind: 'collecting', body: { token: undefined, accepted: 1, pass: fill(8, 14), waiting: 100 } },
  { kind: 'compare', body: { token, destination, copies: 2, count: 3, digest: fill(16, 13), challenge: undefined } },
  {
    kind: 'compare',
    body: {
      ...{ token, destination, copies: 2, count: 3, digest: fill(16, 13) },
      challenge: { envelopeId: fill(16, 2), nonce: fill(8, 14) },
    },
  },
  { kind: 'compared', body: { token: undefined, comparison: 'different', proof: undefined } },
  { kind: 'compared', body: { token: undefined, comparison: 'same', proof: fill(16, 15) } },
  { kind: 'inventory', body: { token, destination, copies: 2, ids: [id] } },
  { kind: 'missing', body: { token: undefined, verdict: 'wanted', ids: [id] } },
  { kind: 'notify', body: { token, destination, hopsLeft: 1 } },
  { kind: 'notified', body: { token: undefined } },
];
