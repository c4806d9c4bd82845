import type { ValueOf } from '../codec/layout.ts';
import { IDS_PER_RECEIPT, type receiptLayout } from '../codec/relay.ts';
import { verify } from '../crypto/crypto.ts';
import { type PositionClaim, positionOfClaim } from '../dht/types.ts';
import type { NodeId } from '../ids/bytes.ts';

const RECEIPT_PURPOSE = 'envelope receipt';

/** The destination's signed word that envelopes arrived; it names their numbers and frees every copy (L:29, L:30). */
export type Receipt = ValueOf<typeof receiptLayout>;

/** One signature for up to IDS_PER_RECEIPT envelopes. */
export function makeReceipt(claim: PositionClaim, ids: readonly Uint8Array[]): Receipt {
  if (ids.length > IDS_PER_RECEIPT) throw new RangeError(`${ids.length} IDs in a receipt`);
  return { claimKey: claim.publicKey, ids, signature: claim.sign(RECEIPT_PURPOSE, ...ids) };
}

export function isReceipt(receipt: Receipt): boolean {
  return receipt.ids.length > 0 && verify(receipt.claimKey, receipt.signature, RECEIPT_PURPOSE, ...receipt.ids);
}

/** Whose envelopes it frees. */
export function destinationOf(receipt: Receipt): NodeId {
  return positionOfClaim(receipt.claimKey);
}
