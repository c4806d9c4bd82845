import type { Endpoint, NetworkStream, OpenStreamOptions } from '../ports/network.ts';
import type { StreamPacket, StreamWire } from './sim-wire.ts';

/** Payload of one packet, in bytes, as on a path of 1,500. */
const SEGMENT_BYTES = 1_400;
/** Segments under way at once. */
const WINDOW = 512;
/** Back-pressure begins above this many unacknowledged bytes, and ends below half of it. */
const HIGH_WATER_BYTES = 256 * 1024;
/** A retransmission time-out, and the pause between further ones; as in UDX, where a dead peer is given up in 13 s. */
const RTO_MS = 1_000;
const FURTHER_RTO_MS = 2_000;
/** Time-outs in a row after which the peer is given up. */
const MAX_TIMEOUTS = 7;
/** A closed stream still acknowledges this long, so that the peer learns that its end arrived. */
const LINGER_MS = 10_000;
const NO_BYTES = new Uint8Array(0);

interface Segment {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly last: boolean;
  /** Bytes of the write that ends with it, else 0. */
  readonly completes: number;
  sentAt: number;
  received: boolean;
}

type CloseReason = 'ended' | 'destroyed' | 'failed';

/** A reliable ordered stream over the simulated network: segments, acknowledgements, retransmission, no secrets. */
export class SimStream implements NetworkStream {
  readonly localId: number;
  readonly #wire: StreamWire;
  readonly #remoteId: number;
  #remote: Endpoint;
  #waiting: Segment[] = [];
  #flight: Segment[] = [];
  #nextSequence = 0;
  #pendingBytes = 0;
  #srtt = 0;
  #timeouts = 0;
  #probed = false;
  #timer: { cancel(): void } | undefined;
  #isFull = false;
  #ending = false;
  #endAcknowledged = false;
  #remoteEnded = false;
  #expected = 0;
  readonly #early = new Map<number, StreamPacket>();
  #undelivered: Uint8Array[] = [];
  #data: ((bytes: Uint8Array) => void) | undefined;
  #drain: (() => void) | undefined;
  #peerEnded: (() => void) | undefined;
  #close: ((reason: CloseReason) => void) | undefined;
  #closed: CloseReason | undefined;

  constructor(wire: StreamWire, { localId, remoteId, remote }: OpenStreamOptions) {
    this.#wire = wire;
    this.localId = localId;
    this.#remoteId = remoteId;
    this.#remote = remote;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get rttMs(): number {
    return this.#srtt;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ending || this.#closed !== undefined) return false;
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
      const completes = at + SEGMENT_BYTES >= bytes.length ? bytes.length : 0;
      this.#queue(bytes.subarray(at, at + SEGMENT_BYTES), { completes });
    }
    this.#pendingBytes += bytes.length;
    this.#fill();
    if (this.#pendingBytes <= HIGH_WATER_BYTES) return true;
    this.#isFull = true;
    return false;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#data = listener;
    const undelivered = this.#undelivered;
    this.#undelivered = [];
    for (const bytes of undelivered) listener(bytes);
  }

  onDrain(listener: () => void): void {
    this.#drain = listener;
  }

  onEnd(listener: () => void): void {
    this.#peerEnded = listener;
  }

  onClose(listener: (reason: CloseReason) => void): void {
    this.#close = listener;
  }

  end(): void {
    if (this.#ending || this.#closed !== undefined) return;
    this.#ending = true;
    this.#queue(NO_BYTES, { last: true });
    this.#fill();
  }

  destroy(): void {
    if (this.#closed !== undefined) return;
    this.#send({ kind: 'destroy', sequence: this.#nextSequence, next: 0, bytes: NO_BYTES, last: true, sentAt: 0 });
    this.#finish('destroyed');
  }

  changeRemote(remote: Endpoint): void {
    if (this.#closed !== undefined) return;
    this.#remote = remote;
    this.#timeouts = 0;
    this.#probed = false;
    this.#resendFlight();
  }

  /** For the socket: a packet for this stream arrived. */
  receive(packet: StreamPacket): void {
    if (packet.kind === 'destroy') return this.#finish('destroyed');
    if (packet.kind === 'ack') return this.#acknowledged(packet);
    if (packet.sequence >= this.#expected) this.#early.set(packet.sequence, packet);
    this.#deliver();
    const { sequence, sentAt } = packet;
    this.#send({ kind: 'ack', sequence, next: this.#expected, bytes: NO_BYTES, last: false, sentAt });
    this.#finishWhenBothEnded();
  }

  #deliver(): void {
    for (;;) {
      const packet = this.#early.get(this.#expected);
      if (packet === undefined) return;
      this.#early.delete(this.#expected++);
      if (this.#closed !== undefined) continue;
      if (packet.last) {
        this.#remoteEnded = true;
        this.#peerEnded?.();
        this.end();
      } else if (this.#data === undefined) {
        this.#undelivered.push(packet.bytes);
      } else {
        this.#data(packet.bytes);
      }
    }
  }

  #acknowledged({ next, sequence, sentAt }: StreamPacket): void {
    if (this.#closed !== undefined) return;
    const rtt = this.#wire.now - sentAt;
    this.#srtt = this.#srtt === 0 ? rtt : this.#srtt * 0.875 + rtt * 0.125;
    this.#timeouts = 0;
    this.#probed = false;
    while (this.#flight.length > 0 && this.#flight[0]!.sequence < next) this.#release(this.#flight.shift()!);
    for (const segment of this.#flight) {
      if (segment.sequence === sequence) segment.received = true;
      // RACK (RFC 8985): what was sent well before a segment that arrived, and did not, is lost.
      if (segment.sequence + 2 < sequence && !segment.received && segment.sentAt < sentAt) this.#transmit(segment);
      if (segment.sequence >= sequence) break;
    }
    this.#fill();
    if (this.#isFull && this.#pendingBytes <= HIGH_WATER_BYTES / 2) {
      this.#isFull = false;
      this.#drain?.();
    }
    this.#finishWhenBothEnded();
  }

  #release(segment: Segment): void {
    this.#pendingBytes -= segment.completes;
    if (segment.last) this.#endAcknowledged = true;
  }

  #queue(bytes: Uint8Array, { last = false, completes = 0 }): void {
    this.#waiting.push({ sequence: this.#nextSequence++, bytes, last, completes, sentAt: 0, received: false });
  }

  #fill(): void {
    const count = Math.min(this.#waiting.length, WINDOW - this.#flight.length);
    if (count > 0) {
      for (const segment of this.#waiting.splice(0, count)) {
        this.#flight.push(segment);
        this.#transmit(segment);
      }
    }
    if (this.#flight.length > 0) this.#armTimer();
  }

  #transmit(segment: Segment): void {
    segment.sentAt = this.#wire.now;
    const { sequence, bytes, last, sentAt } = segment;
    this.#send({ kind: 'data', sequence, next: 0, bytes, last, sentAt });
  }

  #send(packet: Omit<StreamPacket, 'streamId'>): void {
    this.#wire.send({ ...packet, streamId: this.#remoteId }, this.#remote);
  }

  #armTimer(): void {
    if (this.#timer !== undefined) return;
    const delay = this.#silenceMs();
    this.#timer = this.#wire.after(delay, () => {
      this.#timer = undefined;
      this.#checkProgress(delay);
    });
  }

  /** How long to wait for an acknowledgement; a tail loss probe (RFC 8985, section 7) goes out before the time-outs. */
  #silenceMs(): number {
    if (!this.#probed && this.#srtt > 0) return 2 * this.#srtt + 2;
    return this.#timeouts === 0 ? Math.max(RTO_MS, 2 * this.#srtt) : FURTHER_RTO_MS;
  }

  #checkProgress(delay: number): void {
    const first = this.#flight[0];
    if (first === undefined || this.#closed !== undefined || !this.#wire.alive) return;
    if (this.#wire.now - first.sentAt >= delay - 1e-6) {
      if (!this.#probed && this.#srtt > 0) this.#probed = true;
      else if (++this.#timeouts === MAX_TIMEOUTS) return this.#finish('failed');
      this.#resendFlight();
    }
    this.#armTimer();
  }

  #resendFlight(): void {
    for (const segment of this.#flight) if (!segment.received) this.#transmit(segment);
  }

  #finishWhenBothEnded(): void {
    if (this.#endAcknowledged && this.#remoteEnded) this.#finish('ended');
  }

  #finish(reason: CloseReason): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#timer?.cancel();
    this.#waiting = [];
    this.#flight = [];
    this.#pendingBytes = 0;
    if (reason === 'ended') this.#wire.after(LINGER_MS, () => this.#wire.release(this.localId));
    else this.#wire.release(this.localId);
    // Later than the call that caused it, as with a real socket.
    this.#wire.after(0, () => {
      if (this.#wire.alive) this.#close?.(reason);
    });
  }
}
