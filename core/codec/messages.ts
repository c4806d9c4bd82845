import { within } from './constant.ts';
import { HOME_BYTES, handoverFields } from './handover.ts';
import {
  bool,
  type Decoded,
  decode,
  encode,
  fixed,
  type Layout,
  list,
  rest,
  struct,
  text,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
  type VariantValue,
  variant,
} from './layout.ts';

/*
 * Frames of channel 1 (docs/protocol.md, "Messages"): a kind byte, then
 *
 *   1 hello     first frame of both sides on a new link
 *   2 messages  text messages, in order of `seq`
 *   3 receipt   numbers of messages that are on the receiver's disk, or read by the person
 *   4 typing    the person began or stopped writing
 *   5 name      the person calls themselves differently now
 *   6 stock     what the sender has of the receiver's policy (its number, 0: none) and one-time keys (how many)
 *   7 handover  policy and one-time keys of the sender, for envelopes to come
 *
 * Datagrams of user kind 2:
 *
 *   1 written   numbers of messages that are in the receiver's database, before its flush; a receipt follows
 *
 * A receiver ignores kinds it does not know, so that later versions can add some.
 */

/** Version of this protocol. Both sides speak the lower one of the two in their hellos. */
export const MESSAGES_VERSION = 1;
/** Longest text of a message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 16_384;
/** Longest name or alias, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 128;
/** Longest greeting of a friend request, in bytes of UTF-8. */
export const MAX_GREETING_BYTES = 512;
/** Length of the number a device gives itself, in bytes. */
export const DEVICE_TAG_BYTES = 8;
/** Most messages in a frame. */
export const MAX_FRAME_MESSAGES = 1_800;
/** A frame of messages is closed before it grows over this, in bytes; a single message always fits. */
export const FRAME_TARGET_BYTES = 60 * 1024;
/** Bytes of a message in a frame besides its text: ID, seq, sentAt, length. */
export const MESSAGE_OVERHEAD_BYTES = 16 + 8 + 8 + 2;
/** Most ranges in each list of a receipt. */
export const MAX_RECEIPT_RANGES = 512;
/** Most devices of the receiver that a hello speaks of. */
export const MAX_KNOWN_DEVICES = 16;
/** Greatest sequence number on the wire. */
export const MAX_SEQ = 2 ** 48;
/** Latest date a JavaScript Date can hold: what is later would crash whoever shows it. */
export const MAX_DATE_MS = 8_640_000_000_000_000;

/** Number of a message among those of one device to one friend, from 1. */
const seq = within(u64, 1, MAX_SEQ, 'sequence number');
const seqOrNone = within(u64, 0, MAX_SEQ, 'sequence number or none');
const date = within(u64, 0, MAX_DATE_MS, 'date in ms since 1970');
const device = fixed(DEVICE_TAG_BYTES, 'device tag');

export const wireMessage = struct({ id: fixed(16, 'message ID'), seq, sentAt: date, text: text(MAX_TEXT_BYTES) });
export type WireMessage = ValueOf<typeof wireMessage>;

const rangeFields = struct({ first: seq, last: seq });
/** Sequence numbers from `first` to `last`, both included. */
export const seqRange: Layout<SeqRange> = {
  ...rangeFields,
  read(input) {
    const range = rangeFields.read(input);
    if (range.first > range.last) input.fail('bad-value');
    return range;
  },
};
export type SeqRange = ValueOf<typeof rangeFields>;

/** What the sender of the hello has of the receiver's messages; 0: nothing. `readUpTo` is 0 where it is not told. */
const known = struct({ device, receivedUpTo: seqOrNone, readUpTo: seqOrNone });

export const messageFrame = variant({
  hello: {
    number: 1,
    layout: struct({
      version: within(u8, 1, 255, 'version'),
      capabilities: u32,
      device,
      name: text(MAX_NAME_BYTES),
      known: list(known, MAX_KNOWN_DEVICES),
      extension: rest(1_024, 'fields of later versions'),
    }),
  },
  messages: { number: 2, layout: struct({ messages: list(wireMessage, MAX_FRAME_MESSAGES) }) },
  receipt: {
    number: 3,
    layout: struct({ delivered: list(seqRange, MAX_RECEIPT_RANGES), read: list(seqRange, MAX_RECEIPT_RANGES) }),
  },
  typing: { number: 4, layout: struct({ on: bool }) },
  name: { number: 5, layout: struct({ name: text(MAX_NAME_BYTES) }) },
  stock: { number: 6, layout: struct({ policyNumber: u64, keys: u16 }) },
  handover: { number: 7, layout: struct(handoverFields) },
});
export type MessageFrame = VariantValue<typeof messageFrame.variants>;
export type Hello = Extract<MessageFrame, { kind: 'hello' }>['body'];
export type Receipt = Extract<MessageFrame, { kind: 'receipt' }>['body'];

/** The bytes of a frame of channel 1. @throws {RangeError} when a field does not fit: a bug of ours. */
export function encodeMessageFrame(frame: MessageFrame): Uint8Array<ArrayBuffer> {
  return encode(messageFrame, frame);
}

/** Total. Byte arrays in the value share memory with `bytes`. */
export function decodeMessageFrame(bytes: Uint8Array): Decoded<MessageFrame> {
  return decode(messageFrame, bytes);
}

/** What hurries and may be lost. */
export const messageDatagram = variant({
  written: { number: 1, layout: struct({ messages: seqRange }) },
});
export type MessageDatagram = VariantValue<typeof messageDatagram.variants>;

/** The payload of a datagram of messages. @throws {RangeError} when a field does not fit: a bug of ours. */
export function encodeMessageDatagram(datagram: MessageDatagram): Uint8Array<ArrayBuffer> {
  return encode(messageDatagram, datagram);
}

/** Total. */
export function decodeMessageDatagram(bytes: Uint8Array): Decoded<MessageDatagram> {
  return decode(messageDatagram, bytes);
}

/**
 * Payload of an introduction (docs/protocol.md, "Friend request"): who asks, in their own words. At most 776 bytes.
 * `tag` is the invite tag of the asker, so that their public ID can be shown whole; `home` is what their key is blinded
 * with to their home position, so that the answer finds them.
 */
export const friendRequest = struct({
  version: within(u8, 1, 255, 'version'),
  name: text(MAX_NAME_BYTES),
  greeting: text(MAX_GREETING_BYTES),
  tag: fixed(4, 'invite tag'),
  sentAt: date,
  home: fixed(HOME_BYTES, 'home secret'),
  extension: rest(88, 'fields of later versions'),
});
export type FriendRequest = ValueOf<typeof friendRequest>;
