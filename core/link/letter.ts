import { type Decoded, decode, encode } from '../codec/layout.ts';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import { LETTER_BYTES, type LetterBody, letterLayout, SIGNED_LETTER_BYTES } from '../codec/query.ts';
import { openSealed, SEED_BYTES, sealTo, sign, verify } from '../crypto/crypto.ts';

import { concat, type NodeKey, type ProfileKey } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import type { LinkIdentity } from './identity.ts';

/** A purpose for each kind, so that a signature on a query is worth nothing on an answer. */
const PURPOSES: Readonly<Record<LetterBody['kind'], string>> = {
  query: 'endpoint query',
  answer: 'endpoint answer',
  introduction: 'introduction',
};

export interface Recipient {
  readonly profile: ProfileKey;
  readonly box: NodeKey;
}

/**
 * Signs and seals a letter: only `to` can read it, and it is worth nothing for anybody else, since the recipient's key
 * is signed too (L:19).
 * @returns ROUTED_PAYLOAD_BYTES bytes, or undefined when the recipient's key is of small order.
 */
export function sealLetter(
  { identity, random }: { identity: LinkIdentity; random: Random },
  to: Recipient,
  body: LetterBody,
): Uint8Array | undefined {
  const { publicKey, secretKey } = identity.profile;
  const letter = encode(letterLayout, { version: undefined, from: publicKey, body, padding: undefined });
  const signature = sign(secretKey, PURPOSES[body.kind], to.profile, letter);
  return sealTo(to.box, random.bytes(SEED_BYTES), concat(letter, signature));
}

/** A letter to us whose signature has not been looked at: nothing in it is believed before `isSigned`. */
export interface OpenedLetter {
  readonly from: ProfileKey;
  readonly body: LetterBody;
  isSigned(): boolean;
}

/**
 * Opens and decodes; the signature is left for later, so that a stranger's query costs us no more than this. Total.
 */
export function openLetter(
  identity: LinkIdentity,
  payload: Uint8Array,
): Decoded<OpenedLetter> | { ok: false; reason: 'not-sealed-to-us' } {
  if (payload.length !== ROUTED_PAYLOAD_BYTES) return { ok: false, reason: 'bad-length' };
  const plain = openSealed(identity.box, payload);
  if (plain === undefined || plain.length !== SIGNED_LETTER_BYTES) return { ok: false, reason: 'not-sealed-to-us' };
  const letter = plain.subarray(0, LETTER_BYTES);
  const decoded = decode(letterLayout, letter);
  if (!decoded.ok) return decoded;
  const { from, body } = decoded.value;
  const isSigned = () =>
    verify(from, plain.subarray(LETTER_BYTES), PURPOSES[body.kind], identity.profile.publicKey, letter);
  return { ok: true, value: { from, body, isSigned } };
}
