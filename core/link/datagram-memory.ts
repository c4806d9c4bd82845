import { MAX_DATAGRAM_BYTES } from '../codec/limits.ts';
import { DATAGRAM_HEADER_BYTES, datagramBytes, TAG_BYTES } from '../codec/link.ts';

/** Views of a packet of one length. */
export interface PacketViews {
  readonly packet: Uint8Array;
  readonly header: Uint8Array;
  /** User kind and payload, and the tag behind them. */
  readonly sealed: Uint8Array;
  /** The same without the tag. */
  readonly plain: Uint8Array;
  readonly payload: Uint8Array;
}

/** Packets cut from one piece of memory. */
const PIECE_BYTES = 16 * 1024;

const memory = new ArrayBuffer(datagramBytes(MAX_DATAGRAM_BYTES));
const header = new Uint8Array(memory, 0, DATAGRAM_HEADER_BYTES);
/** By length; one for each that was used, so half a megabyte at most. */
const views: (PacketViews | undefined)[] = [];
let piece = new ArrayBuffer(PIECE_BYTES);
let used = 0;

/**
 * Room for one packet of `datagramBytes(0)` to `datagramBytes(MAX_DATAGRAM_BYTES)` bytes, the same for all, until the
 * next call. Native code gets to know an array when it first sees it, which takes longer than sealing 160 bytes.
 */
export function packetRoom(length: number): PacketViews {
  const known = views[length];
  if (known !== undefined) return known;
  const sealedBytes = length - DATAGRAM_HEADER_BYTES;
  const made = {
    packet: new Uint8Array(memory, 0, length),
    header,
    sealed: new Uint8Array(memory, DATAGRAM_HEADER_BYTES, sealedBytes),
    plain: new Uint8Array(memory, DATAGRAM_HEADER_BYTES, sealedBytes - TAG_BYTES),
    payload: new Uint8Array(memory, DATAGRAM_HEADER_BYTES + 1, sealedBytes - TAG_BYTES - 1),
  };
  views[length] = made;
  return made;
}

/** A copy to be sent. It shares memory with other packets: an array of its own costs more than the sealing, too. */
export function packetCopy(packet: Uint8Array): Uint8Array {
  if (used + packet.length > PIECE_BYTES) {
    piece = new ArrayBuffer(PIECE_BYTES);
    used = 0;
  }
  const copy = new Uint8Array(piece, used, packet.length);
  copy.set(packet);
  used += packet.length;
  return copy;
}
