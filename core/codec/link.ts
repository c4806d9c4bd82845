import { constant } from './constant.ts';
import { endpointLayout } from './endpoint.ts';
import { fixed, list, rest, struct, u32, u64, type ValueOf, type VariantValue, variant } from './layout.ts';
import { MAX_DATAGRAM_BYTES, MAX_FRAME_BYTES, PACKET_KIND } from './limits.ts';
import { CONTACT_TOKEN_BYTES, MAX_ENDPOINTS } from './query.ts';

/*
 * Handshake datagrams (docs/protocol.md, "Handshake"; L:20, Noise_IK_25519_ChaChaPoly_SHA512):
 *
 *   hello    0x02, 0x01, contact token the receiver gave us (16), Noise message 1 with `helloPayload`
 *   welcome  0x02, 0x02, receiver's index u32, Noise message 2 with `welcomePayload`
 */
/** Noise message 1 without payload: ephemeral key, sealed static key, tag of the payload. */
export const NOISE_1_OVERHEAD_BYTES = 32 + 48 + 16;
/** Noise message 2 without payload: ephemeral key, tag of the payload. */
export const NOISE_2_OVERHEAD_BYTES = 32 + 16;

/** What message 1 carries sealed: where to send datagrams and the stream, and our token, for the other direction. */
export const helloPayload = struct({ index: u32, streamId: u32, token: fixed(CONTACT_TOKEN_BYTES, 'contact token') });
export const welcomePayload = struct({ index: u32, streamId: u32 });
const HELLO_PAYLOAD_BYTES = 8 + CONTACT_TOKEN_BYTES;
const WELCOME_PAYLOAD_BYTES = 8;

export const handshakePacket = struct({
  packet: constant(PACKET_KIND.linkHandshake, 'packet kind'),
  message: variant({
    hello: {
      number: 1,
      layout: struct({
        token: fixed(CONTACT_TOKEN_BYTES, 'contact token'),
        noise: fixed(NOISE_1_OVERHEAD_BYTES + HELLO_PAYLOAD_BYTES, 'Noise message 1'),
      }),
    },
    welcome: {
      number: 2,
      layout: struct({ index: u32, noise: fixed(NOISE_2_OVERHEAD_BYTES + WELCOME_PAYLOAD_BYTES, 'Noise message 2') }),
    },
  }),
});
export type HandshakeMessage = ValueOf<typeof handshakePacket>['message'];

/** Opens our side of an address translator; nobody looks into it or answers it. */
export const punchPacket = struct({ packet: constant(PACKET_KIND.punch, 'packet kind'), noise: rest(32, 'random') });

/*
 * Data datagrams, and what is sealed in them (docs/protocol.md, "Link datagrams"):
 *
 *   offset  size  field
 *   0       1     0x03
 *   1       4     index the receiver chose in the handshake, u32
 *   5       1     epoch, lowest 8 bits
 *   6       8     counter, u64 below 2^53; the AEAD nonce
 *   14      1+n+16  sealed: user kind u8, payload; the 14 bytes before are the associated data
 */
export const DATAGRAM_HEADER_BYTES = 14;
export const TAG_BYTES = 16;
const DATAGRAM_OVERHEAD_BYTES = DATAGRAM_HEADER_BYTES + 1 + TAG_BYTES;
/** User kind of the link's own datagrams. */
export const CONTROL_DATAGRAM = 0;

export interface DatagramHeader {
  readonly index: number;
  readonly epoch: number;
  readonly counter: number;
}

/** Bytes of the packet that carries a payload of this many. */
export function datagramBytes(payloadBytes: number): number {
  return DATAGRAM_OVERHEAD_BYTES + payloadBytes;
}

/**
 * Writes header, user kind and payload to `out`, which has `datagramBytes(payload.length)` bytes: ready to be sealed
 * from DATAGRAM_HEADER_BYTES on.
 */
export function layOutDatagram(out: Uint8Array, header: DatagramHeader, kind: number, payload: Uint8Array): void {
  out[0] = PACKET_KIND.linkData;
  writeU32(out, 1, header.index);
  out[5] = header.epoch;
  writeU32(out, 6, Math.floor(header.counter / 2 ** 32));
  writeU32(out, 10, header.counter);
  out[DATAGRAM_HEADER_BYTES] = kind;
  out.set(payload, DATAGRAM_HEADER_BYTES + 1);
}

/** Undefined when the packet cannot be one of ours, by its length or a counter of 2^53 or more. */
export function readDatagramHeader(packet: Uint8Array): DatagramHeader | undefined {
  if (packet.length < DATAGRAM_OVERHEAD_BYTES || packet.length > DATAGRAM_OVERHEAD_BYTES + MAX_DATAGRAM_BYTES) {
    return undefined;
  }
  const high = readU32(packet, 6);
  if (high >= 2 ** 21) return undefined;
  return { index: readU32(packet, 1), epoch: packet[5]!, counter: high * 2 ** 32 + readU32(packet, 10) };
}

// By hand, big-endian: a DataView for each packet costs as much as all the rest.
function writeU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

const pathNonce = fixed(8, 'path nonce');

/** Payload of CONTROL_DATAGRAM. */
export const controlDatagram = variant({
  ping: { number: 1, layout: struct({ number: u32 }) },
  /** `opened`: bytes of the other side's stream, in whole records, that its sender has opened. */
  pong: { number: 2, layout: struct({ number: u32, opened: u64 }) },
  challenge: { number: 3, layout: struct({ nonce: pathNonce }) },
  response: { number: 4, layout: struct({ nonce: pathNonce }) },
  /** `records`: how many records of the stream came before the end, so that none of them is lost to haste. */
  close: { number: 5, layout: struct({ records: u64 }) },
  /** The sender has another link with this profile now. */
  replaced: { number: 6, layout: struct({}) },
});
export type ControlDatagram = VariantValue<typeof controlDatagram.variants>;

/*
 * The stream of a link is a sequence of records (docs/protocol.md, "Link stream"):
 *
 *   offset  size  field
 *   0       3     length n of the sealed part, u24; the associated data
 *   3       n     sealed frames, n - 16 bytes of them; the AEAD nonce is the number of the record in its epoch
 *
 * and each frame: channel u8, length u24, bytes.
 */
export const RECORD_HEADER_BYTES = 3;
export const FRAME_HEADER_BYTES = 4;
/** Longest plaintext of a record: one frame of the greatest length. */
export const MAX_RECORD_PLAIN_BYTES = FRAME_HEADER_BYTES + MAX_FRAME_BYTES;
export const MAX_RECORD_SEALED_BYTES = MAX_RECORD_PLAIN_BYTES + TAG_BYTES;

/** `length` is that of the sealed part. */
export function writeRecordHeader(out: Uint8Array, length: number): void {
  out[0] = length >>> 16;
  out[1] = length >>> 8;
  out[2] = length;
}

/** Length of the sealed part, or undefined when no record of ours has it. */
export function readRecordHeader(bytes: Uint8Array, at: number): number | undefined {
  const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  return length < TAG_BYTES || length > MAX_RECORD_SEALED_BYTES ? undefined : length;
}

/** Writes header and bytes at `at` and returns the offset behind them. The caller has checked lengths. */
export function writeFrame(out: Uint8Array, at: number, channel: number, frame: Uint8Array): number {
  const length = frame.length;
  out[at] = channel;
  out[at + 1] = length >>> 16;
  out[at + 2] = length >>> 8;
  out[at + 3] = length;
  out.set(frame, at + FRAME_HEADER_BYTES);
  return at + FRAME_HEADER_BYTES + length;
}

/**
 * Calls `each` for every frame in a record's plaintext, in order; frames share its memory. False when the plaintext is
 * malformed or `each` returned false; frames before that were delivered.
 */
export function readFrames(plain: Uint8Array, each: (channel: number, frame: Uint8Array) => boolean): boolean {
  let at = 0;
  while (at < plain.length) {
    const start = at + FRAME_HEADER_BYTES;
    if (start > plain.length) return false;
    const length = (plain[at + 1]! << 16) | (plain[at + 2]! << 8) | plain[at + 3]!;
    const end = start + length;
    if (length > MAX_FRAME_BYTES || end > plain.length) return false;
    if (!each(plain[at]!, plain.subarray(start, end))) return false;
    at = end;
  }
  return true;
}

/** Frames of channel 0, the link's own. `epoch` is the number of the epoch that begins. */
export const controlFrame = variant({
  contact: {
    number: 1,
    layout: struct({
      token: fixed(CONTACT_TOKEN_BYTES, 'contact token'),
      endpoints: list(endpointLayout, MAX_ENDPOINTS),
    }),
  },
  rekeyHello: { number: 2, layout: struct({ epoch: u32, noise: fixed(NOISE_1_OVERHEAD_BYTES, 'Noise message 1') }) },
  rekeyWelcome: { number: 3, layout: struct({ epoch: u32, noise: fixed(NOISE_2_OVERHEAD_BYTES, 'Noise message 2') }) },
  /** The last frame under the old key: the next record is sealed with the new one. */
  switch: { number: 4, layout: struct({ epoch: u32 }) },
  /** The first frame under the new key: proves that its sender holds it. */
  confirm: { number: 5, layout: struct({ epoch: u32 }) },
  close: { number: 6, layout: struct({}) },
});
export type ControlFrame = VariantValue<typeof controlFrame.variants>;
