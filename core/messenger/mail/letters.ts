import { policyLayout, sizeClass } from '../../codec/envelope.ts';
import type { Handover } from '../../codec/handover.ts';
import { type DecodeFailure, decode, encode } from '../../codec/layout.ts';
import {
  KEY_HINT_BYTES,
  MAIL_OVERHEAD_BYTES,
  type MailBody,
  type MailLetter,
  mailLayout,
  mailLetter,
  signedLetter,
} from '../../codec/mail.ts';
import { boxKeyPairFromSeed, hash32, SEED_BYTES, sign, toBoxPublicKey, verify } from '../../crypto/crypto.ts';
import { openMail, sealMail } from '../../crypto/mail-box.ts';
import { concat, nodeKey, type ProfileKey } from '../../ids/bytes.ts';
import type { LinkIdentity } from '../../link/identity.ts';
import type { Random } from '../../ports/random.ts';
import type { OwnKeyRow } from '../../store/mail-types.ts';

const NOTHING = new Uint8Array(0);

/** A purpose for each kind, so that a signature on one is worth nothing on another. */
const purposeOf = (kind: MailBody['kind']) => `mail ${kind}`;

/** KEY_HINT_BYTES bytes that name a one-time key. */
export function keyHint(oneTimeKey: Uint8Array): Uint8Array {
  return hash32('key hint', oneTimeKey).slice(0, KEY_HINT_BYTES);
}

export interface MailContent {
  /** Wall clock of this computer. */
  readonly writtenAt: number;
  readonly handover: Handover | undefined;
  readonly body: MailBody;
}

/** Bytes of the letter itself, which must not exceed MAX_LETTER_BYTES. */
export function letterBytes(from: ProfileKey, content: MailContent): Uint8Array {
  return encode(mailLetter, { version: undefined, from, extension: NOTHING, ...content });
}

/**
 * Signs, pads and seals: only `to` can read it, it is worth nothing for anybody else, and without the one-time key's
 * secret not even `to` can read it.
 * @returns the body of an envelope, or undefined when a key of the recipient is none or the letter is too long
 */
export function writeMail(
  { identity, random }: { readonly identity: LinkIdentity; readonly random: Random },
  to: { readonly profile: ProfileKey; readonly oneTimeKey: Uint8Array | undefined },
  content: MailContent,
): Uint8Array | undefined {
  const longTerm = toBoxPublicKey(to.profile);
  const { publicKey, secretKey } = identity.profile;
  const letter = letterBytes(publicKey, content);
  const total = sizeClass(letter.length + MAIL_OVERHEAD_BYTES);
  if (longTerm === undefined || total === undefined) return undefined;
  const signature = sign(secretKey, purposeOf(content.body.kind), to.profile, letter);
  const plain = encode(signedLetter, { letter, signature, padding: total - letter.length - MAIL_OVERHEAD_BYTES });
  const hint = to.oneTimeKey === undefined ? random.bytes(KEY_HINT_BYTES) : keyHint(to.oneTimeKey);
  const ephemeralSeed = random.bytes(SEED_BYTES);
  const sealed = sealMail({ longTerm, oneTime: to.oneTimeKey }, { ephemeralSeed, ad: hint, plain });
  if (sealed === undefined) return undefined;
  return encode(mailLayout, { ephemeralKey: nodeKey(sealed.ephemeralKey), keyHint: hint, box: sealed.box });
}

export interface ReadMail {
  readonly ok: true;
  readonly letter: MailLetter;
  /** The one-time key it was sealed to, which has to be erased. */
  readonly usedKey: OwnKeyRow | undefined;
}

export type MailFailure = DecodeFailure | 'not-sealed-to-us' | 'bad-signature' | 'key-of-another';

/**
 * Opens, decodes and verifies what came in an envelope. Total. `friendOf` tells which friend somebody is: a one-time key
 * works for the friend it was given to only.
 */
export function readMail(
  identity: LinkIdentity,
  body: Uint8Array,
  find: {
    readonly ownKey: (hint: Uint8Array) => OwnKeyRow | undefined;
    readonly friendOf: (key: ProfileKey) => number | undefined;
  },
): ReadMail | { readonly ok: false; readonly reason: MailFailure } {
  const outer = decode(mailLayout, body);
  if (!outer.ok) return outer;
  const { ephemeralKey, keyHint: hint, box } = outer.value;
  const usedKey = find.ownKey(hint);
  const oneTime = usedKey && boxKeyPairFromSeed(usedKey.secret);
  const plain = openMail({ longTerm: identity.box, oneTime }, { ephemeralKey, ad: hint, box });
  if (plain === undefined) return { ok: false, reason: 'not-sealed-to-us' };
  const signed = decode(signedLetter, plain);
  if (!signed.ok) return signed;
  const decoded = decode(mailLetter, signed.value.letter);
  if (!decoded.ok) return decoded;
  const letter = decoded.value;
  const parts = [identity.profile.publicKey, signed.value.letter] as const;
  if (!verify(letter.from, signed.value.signature, purposeOf(letter.body.kind), ...parts))
    return { ok: false, reason: 'bad-signature' };
  if (usedKey !== undefined && usedKey.friend !== find.friendOf(letter.from))
    return { ok: false, reason: 'key-of-another' };
  return { ok: true, letter, usedKey };
}

const HANDOVER_PURPOSE = 'hand-over';

function handoverParts(to: ProfileKey, { policy, friendSeed, home, keys }: Omit<Handover, 'signature'>): Uint8Array[] {
  return [to, encode(policyLayout, policy), friendSeed, home, concat(...keys)];
}

export function signHandover(identity: LinkIdentity, to: ProfileKey, content: Omit<Handover, 'signature'>): Handover {
  const signature = sign(identity.profile.secretKey, HANDOVER_PURPOSE, ...handoverParts(to, content));
  return { ...content, signature };
}

/** Signed by this person, for us. */
export function isHandoverOf(handover: Handover, from: ProfileKey, self: ProfileKey): boolean {
  return verify(from, handover.signature, HANDOVER_PURPOSE, ...handoverParts(self, handover));
}
