import type UDX from 'udx-native';
import type { UdxSocket } from 'udx-native';
import { type Endpoint, type NetworkStream, type OpenStreamOptions, sameEndpoint } from '../../ports/network.ts';
import { SendQueue } from './send-queue.ts';
import { Leg, type LegEnd, type LegListener } from './udx-leg.ts';

/** Back-pressure begins when the carrier takes no more and this much is unacknowledged; it ends at half of it. */
const HIGH_WATER_BYTES = 512 * 1024;
/** How many legs ahead of ours the peer may be: it may have moved several times before we hear of it. */
const MAX_LEGS_AHEAD = 16;
/** Each leg but the first begins with the position in the stream it continues at: 8 bytes, big-endian. */
const LEG_HEADER_BYTES = 8;

type CloseReason = 'ended' | 'destroyed' | 'failed';

export interface UdxStreamOptions extends OpenStreamOptions {
  readonly udx: UDX;
  /** The socket that sends to addresses of this family; undefined when there is none. */
  readonly socketFor: (host: string) => UdxSocket | undefined;
  readonly isOwnSocket: (socket: UdxSocket) => boolean;
  /** Takes a stream number for a leg; false when another stream of the process has it. */
  readonly reserve: (id: number) => boolean;
  readonly release: (id: number) => void;
  readonly onClosed: () => void;
}

/** The number that a leg of a stream has; the first leg has the stream's own. */
function legId(id: number, leg: number): number {
  return (id + leg) >>> 0;
}

/**
 * A stream over UDX that survives a change of address with data under way.
 *
 * UDX repeats a lost packet to the address it was first sent to, so what was under way to a peer that moved would
 * never arrive, and the stream would fail after 13 s. Therefore `changeRemote` goes on with another UDX stream, the
 * next leg, whose numbers are one higher on both sides. A packet for a leg that the peer has not opened yet reaches
 * it as a stray one, and it opens the leg too. Each side begins the leg with the position of its first unacknowledged
 * byte and sends all from there on; the receiver skips what it has.
 *
 * What is written in one turn of the event loop leaves in that turn, packed into as few packets as possible. UDX takes
 * packets that name a stream's 32-bit number from any address, so a stranger who guesses it can break a stream, though
 * not read or forge what is sealed inside.
 */
export class UdxNetworkStream implements NetworkStream {
  readonly #options: UdxStreamOptions;
  readonly #queue = new SendQueue();
  #remote: Endpoint;
  /** We send on this leg; it is the newest. */
  #leg: Leg;
  /** The number of the leg we take data from; it follows when the header of a newer one comes in. */
  #reading = 0;
  /** Legs not closed yet, the newest included. */
  readonly #legs = new Set<Leg>();
  #header = new Uint8Array(0);
  #skip = 0;
  #received = 0;
  /** False from opening a leg until the peer is known to have it: what it gets before that is lost and late. */
  #peerHasLeg = true;
  #isFull = false;
  #ending = false;
  #destroying = false;
  #closed = false;
  #undelivered: Uint8Array[] = [];
  /** Bytes the listener cannot do without, as it said during the call. */
  #expected = 0;
  #data: ((bytes: Uint8Array) => void) | undefined;
  #drain: (() => void) | undefined;
  #peerEnded: (() => void) | undefined;
  #close: ((reason: CloseReason) => void) | undefined;

  constructor(options: UdxStreamOptions) {
    this.#options = options;
    this.#remote = options.remote;
    this.#leg = this.#makeLeg(0);
  }

  get pendingBytes(): number {
    return this.#queue.pendingBytes;
  }

  get rttMs(): number {
    return this.#closed ? 0 : this.#leg.rttMs;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ending || this.#isOver()) return false;
    if (bytes.byteLength > 0) {
      this.#queue.push(bytes);
      const taken = this.#peerHasLeg && this.#leg.write(bytes);
      // Only draining ends it: a small write that is taken must not swallow the event the caller waits for.
      if (!taken && this.#queue.pendingBytes > HIGH_WATER_BYTES) this.#isFull = true;
    }
    return !this.#isFull;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#data = listener;
    const undelivered = this.#undelivered;
    this.#undelivered = [];
    for (const bytes of undelivered) listener(bytes);
  }

  onReleased(listener: (bytes: Uint8Array) => void): void {
    this.#queue.onFinished = (bytes) => {
      // An older leg may still repeat it, and the peer read it there.
      if (this.#legs.size === 1) listener(bytes);
    };
  }

  expect(bytes: number): void {
    this.#expected = bytes;
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
    if (this.#ending || this.#isOver()) return;
    this.#ending = true;
    if (this.#peerHasLeg) this.#leg.end();
  }

  destroy(): void {
    if (this.#isOver()) return;
    this.#destroying = true;
    for (const leg of this.#legs) leg.destroy();
  }

  changeRemote(remote: Endpoint): void {
    if (this.#isOver() || sameEndpoint(remote, this.#remote)) return;
    if (this.#options.socketFor(remote.host) === undefined) return;
    this.#remote = remote;
    if (this.#leg.unacknowledged === 0 && !this.#ending) this.#leg.changeRemote(remote);
    else this.#openLeg(this.#leg.number + 1, { peerHasIt: false });
  }

  /** For the socket: a packet came from `from` for stream number `id`, which is not open. True when it is of our peer. */
  onStray(id: number, from: Endpoint): boolean {
    const ahead = (id - legId(this.#options.localId, this.#leg.number)) >>> 0;
    if (ahead === 0 || ahead > MAX_LEGS_AHEAD || this.#isOver() || !sameEndpoint(from, this.#remote)) return false;
    this.#openLeg(this.#leg.number + ahead, { peerHasIt: true });
    return true;
  }

  #isOver(): boolean {
    return this.#destroying || this.#closed;
  }

  #openLeg(number: number, { peerHasIt }: { peerHasIt: boolean }): void {
    if (!this.#options.reserve(legId(this.#options.localId, number))) return this.#finish('failed');
    this.#leg = this.#makeLeg(number);
    const header = new Uint8Array(LEG_HEADER_BYTES);
    new DataView(header.buffer).setBigUint64(0, BigInt(this.#queue.base));
    this.#leg.write(header);
    this.#peerHasLeg = false;
    if (peerHasIt) this.#resend();
  }

  #resend(): void {
    this.#peerHasLeg = true;
    let taken = true;
    for (const bytes of this.#queue.restart()) taken = this.#leg.write(bytes);
    if (this.#ending) this.#leg.end();
    else if (taken) this.#drained();
  }

  #makeLeg(number: number): Leg {
    const { udx, localId, remoteId, socketFor, isOwnSocket } = this.#options;
    const leg = new Leg({
      udx,
      number,
      localId: legId(localId, number),
      remoteId: legId(remoteId, number),
      remote: this.#remote,
      socketFor,
      isOwnSocket,
      listener: this.#listener,
    });
    this.#legs.add(leg);
    return leg;
  }

  readonly #listener: LegListener = {
    onData: (leg, bytes) => this.#take(leg, bytes),
    onEnd: (leg) => {
      if (leg.number !== this.#reading || this.#isOver()) return;
      this.#peerEnded?.();
      this.end();
    },
    onDrain: (leg) => {
      if (leg === this.#leg) this.#drained();
    },
    onAcknowledged: (leg, bytes) => {
      // The peer ignores an older leg once it has read the header of the newer one, but its carrier still confirms.
      if (leg !== this.#leg) return;
      this.#queue.acknowledge(bytes);
      if (this.#queue.pendingBytes <= HIGH_WATER_BYTES / 2) this.#drained();
    },
    onClosed: (leg, end) => this.#legClosed(leg, end),
  };

  #drained(): void {
    if (!this.#isFull || this.#isOver()) return;
    this.#isFull = false;
    this.#drain?.();
  }

  /** @returns how many more bytes the listener waits for. */
  #take(leg: Leg, bytes: Uint8Array): number {
    if (leg.number < this.#reading || this.#isOver()) return 0;
    const rest = leg.number === this.#reading ? bytes : this.#takeHeader(leg, bytes);
    if (rest === undefined) return 0;
    const skipped = Math.min(this.#skip, rest.byteLength);
    this.#skip -= skipped;
    const fresh = skipped === 0 ? rest : rest.subarray(skipped);
    if (fresh.byteLength === 0) return 0;
    this.#received += fresh.byteLength;
    this.#expected = 0;
    if (this.#data === undefined) this.#undelivered.push(fresh.slice());
    else this.#data(fresh);
    return this.#expected;
  }

  /** What follows the header in `bytes`; undefined while it is not complete. The newer leg then is the one we read. */
  #takeHeader(leg: Leg, bytes: Uint8Array): Uint8Array | undefined {
    // Data on a leg older than our newest belongs to a change that was overtaken by another.
    if (leg !== this.#leg) return undefined;
    const missing = LEG_HEADER_BYTES - this.#header.byteLength;
    this.#header = Uint8Array.of(...this.#header, ...bytes.subarray(0, missing));
    if (this.#header.byteLength < LEG_HEADER_BYTES) return undefined;
    const position = Number(new DataView(this.#header.buffer).getBigUint64(0));
    this.#header = new Uint8Array(0);
    this.#skip = this.#received - position;
    if (!(this.#skip >= 0)) {
      this.#finish('failed');
      return undefined;
    }
    this.#reading = leg.number;
    if (!this.#peerHasLeg) this.#resend();
    // Both sides have the new leg: the older ones are of no use.
    for (const old of this.#legs) if (old !== leg) old.destroy();
    return bytes.subarray(missing);
  }

  #legClosed(leg: Leg, end: LegEnd): void {
    this.#legs.delete(leg);
    this.#options.release(legId(this.#options.localId, leg.number));
    if (this.#destroying) {
      if (this.#legs.size === 0) this.#finish('destroyed');
    } else if (end === 'ended') {
      this.#finish('ended');
    } else if (leg === this.#leg) {
      this.#finish(end === 'reset' ? 'destroyed' : 'failed');
    }
  }

  #finish(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const leg of this.#legs) leg.destroy();
    this.#queue.clear();
    this.#options.onClosed();
    this.#close?.(reason);
  }
}
