import binding from 'udx-native/binding.js';
import Stream from 'udx-native/lib/stream.js';

/** UDX's modes: it calls us for every packet, or only when less than two packets fit into the buffer it got from us. */
const EVERY_PACKET = 0;
const WHEN_FULL = 1;
/** Least length of a packet of UDX; a stream begins with it and may find out that longer ones pass. */
const LEAST_PACKET_BYTES = 1_200;
/** With one or two packets missing it is no use to wait. */
const LEAST_HELD_BYTES = 4 * LEAST_PACKET_BYTES;
/** A record of the greatest length fits; nothing is kept in it when a call is over, so one does for all. */
const READ_BUFFER_BYTES = 70 * 1024;

/**
 * A UDX stream that tells what its carrier knows but does not say (which buffers the peer has acknowledged), and takes
 * data straight from it: without the queue of streams, without an array for each packet, and where the reader knows how
 * much is missing without a call for each packet.
 */
export class CarrierStream extends Stream {
  onAcknowledged: (bytes: Uint8Array) => void = () => {};
  /** Takes bytes, which live during the call only. @returns how many more it needs before it can go on, 0 for any. */
  onRead: (bytes: Uint8Array) => number = () => 0;
  #holding = false;

  override _onack(id: number): void {
    const request = this._wreqs[id];
    const { buffer, buffers } = request ?? {};
    super._onack(id);
    if (buffer) this.onAcknowledged(buffer);
    for (const one of buffers ?? []) this.onAcknowledged(one);
  }

  /** UDX wrote `length` bytes to the beginning of the buffer. @returns where to write the next ones. */
  override _ondata(length: number): Uint8Array {
    // Before anything can throw: UDX goes on with a fresh buffer then.
    if (this.#holding) this.#hold(false);
    const missing = this.onRead(this._buffer.subarray(0, length));
    if (missing < LEAST_HELD_BYTES || this._closed) return this._buffer;
    this.#hold(true);
    // UDX calls when less than two of its packets fit: with the shortest ones not before all is there, else a bit earlier.
    return this._buffer.subarray(0, Math.min(missing + 2 * LEAST_PACKET_BYTES - 1, this._buffer.length));
  }

  override _onend(length: number): void {
    if (length > 0) this.onRead(this._buffer.subarray(0, length));
    this.push(null);
  }

  override _reallocData(): Uint8Array {
    // As a plain array: `slice` of a Buffer would not copy.
    this._buffer = new Uint8Array(Buffer.allocUnsafeSlow(READ_BUFFER_BYTES).buffer);
    return this._buffer;
  }

  #hold(holds: boolean): void {
    this.#holding = holds;
    binding.udx_napi_stream_set_mode(this._handle, holds ? WHEN_FULL : EVERY_PACKET);
  }
}
