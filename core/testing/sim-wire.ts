import type { Endpoint } from '../ports/network.ts';

/** A packet of a simulated stream. */
export interface StreamPacket {
  readonly kind: 'data' | 'ack' | 'destroy';
  /** The receiver's stream. */
  readonly streamId: number;
  /** Of this segment; in an ack, of the segment that caused it. */
  readonly sequence: number;
  /** In an ack: the first sequence number not yet received. */
  readonly next: number;
  readonly bytes: Uint8Array;
  readonly last: boolean;
  /** When the segment was sent; acks return it. */
  readonly sentAt: number;
}

export type PacketBody = Uint8Array | StreamPacket;

/** Size on the wire in bytes of UDP payload; stream packets carry a 20-byte header, as UDX packets do. */
export function wireSize(body: PacketBody): number {
  return body instanceof Uint8Array ? body.length : body.bytes.length + 20;
}

/** The network as a stream sees it: it may be gone, since its computer can crash. */
export interface StreamWire {
  readonly now: number;
  readonly alive: boolean;
  send(packet: StreamPacket, to: Endpoint): void;
  after(delayMs: number, task: () => void): { cancel(): void };
  /** The stream is over: forget it. */
  release(localId: number): void;
}
