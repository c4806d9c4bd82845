import { bits, within, zeros } from './constant.ts';
import {
  bool,
  type Decoded,
  decode,
  encode,
  enumeration,
  fixed,
  list,
  optional,
  rest,
  sized,
  struct,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
  type VariantValue,
  variant,
} from './layout.ts';
import { MAX_DATAGRAM_BYTES } from './limits.ts';
import { MAX_DATE_MS } from './messages.ts';

/*
 * Frames of channel 2 (docs/protocol.md, "Calls"; L:20): a kind byte, then
 *
 *   1 ring     the sender calls; repeated on every new link until the other side answers
 *   2 ringing  it rings at the sender's place
 *   3 accept   the person took the call; repeated on every new link until the caller's `here`
 *   4 decline  the person does not take it
 *   5 end      the call is over, or unknown here
 *   6 here     the sender takes part: says so after an accept, on every new link, and when it mutes
 *   7 missed   the sender called in vain while no link was up
 *   8 noted    that notice is on the disk
 *
 * A receiver ignores kinds it does not know.
 */

/** Version of the call protocol. Both sides speak the lower one of the two. */
export const CALLS_VERSION = 1;
const CALL_ID_BYTES = 16;
/** Longest Opus frame carried, in bytes: 20 ms at 144 kbit/s. Three of them fit a datagram. */
export const MAX_OPUS_BYTES = 360;
/** Most earlier frames that a packet carries along. */
export const MAX_EARLIER_FRAMES = 2;
/** `run` of a report: this is one packet. */
export const RUN_UNIT = 16;
/** Media clock ticks a second. */
export const MEDIA_CLOCK_HZ = 48_000;

const call = fixed(CALL_ID_BYTES, 'call ID');
const date = within(u64, 0, MAX_DATE_MS, 'date in ms since 1970');

/**
 * An attempt the friend could not hear of: goes over the next link, or by a carrier for people who are away. The call
 * ID makes a second copy harmless.
 */
export const missedCall = struct({ call, startedAt: date, extension: rest(64, 'fields of later versions') });
export type MissedCall = ValueOf<typeof missedCall>;

export const DECLINE_REASONS = { declined: 1, busy: 2 } as const;
export const END_REASONS = { hungUp: 1, cancelled: 2, noAnswer: 3, failed: 4, unknown: 5 } as const;

export const callFrame = variant({
  ring: {
    number: 1,
    layout: struct({
      version: within(u8, 1, 255, 'version'),
      capabilities: u32,
      call,
      startedAt: date,
      extension: rest(64, 'fields of later versions'),
    }),
  },
  ringing: { number: 2, layout: struct({ call }) },
  accept: { number: 3, layout: struct({ call }) },
  decline: { number: 4, layout: struct({ call, reason: enumeration(DECLINE_REASONS) }) },
  end: { number: 5, layout: struct({ call, reason: enumeration(END_REASONS) }) },
  here: { number: 6, layout: struct({ call, muted: bool, deafened: bool }) },
  missed: { number: 7, layout: missedCall },
  noted: { number: 8, layout: struct({ call }) },
});
export type CallFrame = VariantValue<typeof callFrame.variants>;

const opus = sized(MAX_OPUS_BYTES, 'Opus');
/** A frame that went before: `back` sequence numbers and `ticks` of the media clock earlier. */
const earlierFrame = struct({ back: within(u8, 1, 255, 'distance'), ticks: u16, opus });

/** How the sender of it hears us. Losses are counted before anything is recovered. */
const report = struct({
  /** Highest sequence number heard. */
  highest: u32,
  /** Share of packets lost in about the last two seconds, in 1/65535. */
  loss: u16,
  /** Packets lost in a row, on average of the last gaps, in 1/16; 0 when none was lost yet. */
  run: u8,
  /** Interarrival jitter (RFC 3550, section 6.4.1) in 1/10 ms. */
  jitter: u16,
  /** Waiting on the path: how much later than the quickest ones packets come at the moment, in ms. */
  queueing: u16,
  /** Stamp of the packet heard last, and how long ago that was, in ms. */
  echo: u16,
  held: u16,
});
export type CallReport = ValueOf<typeof report>;

const padding = zeros(MAX_DATAGRAM_BYTES);
/** The lowest 16 bits of the sender's clock in ms when it sent this, for the round-trip time. */
const stamp = u16;
const reportOrNone = optional(report);

/**
 * Payload of a datagram of kind `calls`. `number` is the last four bytes of the call ID. Opus has no key frames, so each
 * frame stands alone; `silence` says that the frame is comfort noise and that nothing may follow for a while (DTX),
 * `begins` that it is the first one after that. A sequence number counts packets with audio.
 */
export const callDatagram = variant({
  audio: {
    number: 1,
    layout: struct({
      number: u32,
      stamp,
      sequence: u32,
      clock: u64,
      flags: bits('silence', 'begins'),
      opus,
      earlier: list(earlierFrame, MAX_EARLIER_FRAMES),
      report: reportOrNone,
      padding,
    }),
  },
  report: { number: 2, layout: struct({ number: u32, stamp, report: reportOrNone, padding }) },
});
export type CallDatagram = VariantValue<typeof callDatagram.variants>;
export type AudioPacket = Extract<CallDatagram, { kind: 'audio' }>['body'];

/** Length of a report without its presence byte. */
export const REPORT_BYTES = 15;

/** Bytes of an audio datagram beside its Opus frames and padding, with a report and `earlier` frames. */
export function audioOverheadBytes(earlier: number): number {
  return 1 + 4 + 2 + 4 + 8 + 1 + 2 + 1 + earlier * 5 + 1 + REPORT_BYTES;
}

/** The number that audio datagrams of this call carry. */
export function callNumber(id: Uint8Array): number {
  return new DataView(id.buffer, id.byteOffset).getUint32(CALL_ID_BYTES - 4);
}

/** The bytes of a frame of channel 2. @throws {RangeError} when a field does not fit: a bug of ours. */
export function encodeCallFrame(frame: CallFrame): Uint8Array<ArrayBuffer> {
  return encode(callFrame, frame);
}

/** Total. Byte arrays in the value share memory with `bytes`. */
export function decodeCallFrame(bytes: Uint8Array): Decoded<CallFrame> {
  return decode(callFrame, bytes);
}

/** @throws {RangeError} when a field does not fit: a bug of ours. */
export function encodeCallDatagram(datagram: CallDatagram): Uint8Array<ArrayBuffer> {
  return encode(callDatagram, datagram);
}

/** Total. Byte arrays in the value share memory with `bytes`. */
export function decodeCallDatagram(bytes: Uint8Array): Decoded<CallDatagram> {
  return decode(callDatagram, bytes);
}
