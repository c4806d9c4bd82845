/**
 * Lengths and numbers that the layouts share with the layers that send them. They live down here, because a layer may
 * not look up.
 */

/**
 * First byte of every datagram on our UDP port. 0xff is taken by the stream carrier (UDX), which takes its packets out
 * before we see them.
 */
export const PACKET_KIND = { dht: 0x01, linkHandshake: 0x02, linkData: 0x03, punch: 0x04, lan: 0x05 } as const;
export type PacketKind = (typeof PACKET_KIND)[keyof typeof PACKET_KIND];

/** Every routed payload has exactly this many bytes, so that carriers cannot tell the kinds apart by length. */
export const ROUTED_PAYLOAD_BYTES = 1_024;
/** Longest frame of a channel, in bytes. */
export const MAX_FRAME_BYTES = 65_536;
/** Longest datagram payload, in bytes: fits the smallest IPv6 path (1,280) with our headers. */
export const MAX_DATAGRAM_BYTES = 1_150;
/** Longest introduction payload, in bytes. */
export const MAX_INTRODUCTION_BYTES = 800;
/** Length of the token by which a node shows that it receives at its address. */
export const ROUND_TRIP_TOKEN_BYTES = 8;
/** Length of what makes a registration or a collection good for one time. */
export const PASS_BYTES = 8;
