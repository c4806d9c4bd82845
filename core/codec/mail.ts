import {
  NODE_KEY_BYTES,
  type NodeKey,
  PROFILE_KEY_BYTES,
  type ProfileKey,
  SIGNATURE_BYTES,
  type Signature,
} from '../ids/bytes.ts';
import { missedCall } from './calls.ts';
import { constant, within, zeros } from './constant.ts';
import { ENVELOPE_SIZES, MAX_BODY_BYTES } from './envelope.ts';
import { handoverLayout } from './handover.ts';
import {
  fixed,
  list,
  optional,
  rest,
  sized,
  struct,
  text,
  u64,
  type ValueOf,
  type VariantValue,
  variant,
} from './layout.ts';
import {
  DEVICE_TAG_BYTES,
  friendRequest,
  MAX_DATE_MS,
  MAX_FRAME_MESSAGES,
  MAX_NAME_BYTES,
  MAX_RECEIPT_RANGES,
  MAX_SEQ,
  seqRange,
  wireMessage,
} from './messages.ts';

/*
 * What is sealed in the body of an envelope (docs/protocol.md, "Mail"). Carriers see:
 *
 *   offset  size  field
 *   0       32    ephemeral X25519 key
 *   32      8     key hint: names the one-time key that was used; random when none was
 *   40      n     box: letter, its signature and zeros, sealed; 16 bytes of it are the tag
 *
 * Inside, a letter in its signature: length u16, letter, Ed25519 signature by the sender over the recipient's profile key
 * and the letter, zeros up to the size class.
 */
export const KEY_HINT_BYTES = 8;
const BOX_TAG_BYTES = 16;
/** Bytes of a body besides its letter: ephemeral key, hint, tag, length, signature. */
export const MAIL_OVERHEAD_BYTES = NODE_KEY_BYTES + KEY_HINT_BYTES + BOX_TAG_BYTES + 2 + SIGNATURE_BYTES;
export const MAX_LETTER_BYTES = MAX_BODY_BYTES - MAIL_OVERHEAD_BYTES;
/** Padding goes from one size class to the next at most. */
const MAX_PADDING_BYTES = MAX_BODY_BYTES - MAIL_OVERHEAD_BYTES;
const LETTER_VERSION = 1;
/** What a size class leaves for letters of that class, in bytes, smallest first. */
export const LETTER_SIZES: readonly number[] = ENVELOPE_SIZES.map((size) => size - MAIL_OVERHEAD_BYTES);

const seq = within(u64, 1, MAX_SEQ, 'sequence number');
const date = within(u64, 0, MAX_DATE_MS, 'date in ms since 1970');
const device = fixed(DEVICE_TAG_BYTES, 'device tag');

/** The body of an envelope. */
export const mailLayout = struct({
  ephemeralKey: fixed<NodeKey>(NODE_KEY_BYTES, 'ephemeral X25519 key'),
  keyHint: fixed(KEY_HINT_BYTES, 'key hint'),
  box: rest(MAX_BODY_BYTES, 'box'),
});

/** What is in the box. */
export const signedLetter = struct({
  letter: sized(MAX_LETTER_BYTES, 'letter'),
  signature: fixed<Signature>(SIGNATURE_BYTES, 'signature'),
  padding: zeros(MAX_PADDING_BYTES),
});

export const mailBody = variant({
  /** Text messages, in order of `seq`. `openFrom`: lowest number that may still come, these ones included. */
  messages: {
    number: 1,
    layout: struct({ device, openFrom: seq, messages: list(wireMessage, MAX_FRAME_MESSAGES) }),
  },
  /** What became of messages that `device` of the recipient wrote. */
  receipt: {
    number: 2,
    layout: struct({ device, delivered: list(seqRange, MAX_RECEIPT_RANGES), read: list(seqRange, MAX_RECEIPT_RANGES) }),
  },
  /** `tag`: the recipient's current invite tag. */
  request: { number: 3, layout: struct({ tag: fixed(4, 'invite tag'), request: friendRequest }) },
  /** Yes to the recipient's request; `name`: what the sender calls themselves. */
  accept: { number: 4, layout: struct({ name: text(MAX_NAME_BYTES) }) },
  /** Nothing but the hand-over beside it. */
  handover: { number: 5, layout: struct({}) },
  missedCall: { number: 6, layout: missedCall },
});
export type MailBody = VariantValue<typeof mailBody.variants>;

/** `writtenAt` is by the sender's clock and only shown, never compared with ours. */
export const mailLetter = struct({
  version: constant(LETTER_VERSION, 'version'),
  from: fixed<ProfileKey>(PROFILE_KEY_BYTES, 'profile key of the sender'),
  writtenAt: date,
  handover: optional(handoverLayout),
  extension: sized(255, 'fields of later versions'),
  body: mailBody,
});
export type MailLetter = ValueOf<typeof mailLetter>;
