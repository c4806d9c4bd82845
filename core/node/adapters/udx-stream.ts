import type UDX from 'udx-native';
import type { UdxSocket } from 'udx-native';
import Stream from 'udx-native/lib/stream.js';
import type { Endpoint, NetworkStream, OpenStreamOptions } from '../../ports/network.ts';

/**
 * Back-pressure begins when the carrier takes no more and this many bytes are unacknowledged. The carrier itself takes
 * its congestion window and 256 KiB.
 */
const HIGH_WATER_BYTES = 512 * 1024;

type CloseReason = 'ended' | 'destroyed' | 'failed';

/** Tells which writes the peer has acknowledged, which the carrier knows but does not say. */
class CountingStream extends Stream {
  unacknowledged = 0;

  override _onack(id: number): void {
    const request = this._wreqs[id];
    if (request?.buffer) this.unacknowledged -= request.buffer.byteLength;
    for (const buffer of request?.buffers ?? []) this.unacknowledged -= buffer.byteLength;
    super._onack(id);
  }
}

export interface UdxStreamOptions extends OpenStreamOptions {
  readonly udx: UDX;
  /** The socket that sends to addresses of this family; undefined when there is none. */
  readonly socketFor: (host: string) => UdxSocket | undefined;
  readonly isOwnSocket: (socket: UdxSocket) => boolean;
  readonly onClosed: () => void;
}

/**
 * A UDX stream behind the port. What is written in one turn of the event loop leaves in that turn, packed into as few
 * packets as possible.
 *
 * Each stream holds a receive buffer of 67 KB (touched only as data comes in). UDX accepts packets that name the
 * stream's 32-bit number from any address, so a stranger who guesses it can break a stream, though not read or forge
 * what is sealed inside.
 */
export class UdxNetworkStream implements NetworkStream {
  readonly #options: UdxStreamOptions;
  readonly #stream: CountingStream;
  #remote: Endpoint;
  #isFull = false;
  #ending = false;
  #destroying = false;
  #failure: 'destroyed' | 'failed' | undefined;
  #closed: CloseReason | undefined;
  #drain: (() => void) | undefined;
  #close: ((reason: CloseReason) => void) | undefined;

  constructor(options: UdxStreamOptions) {
    const { udx, localId, remoteId, remote, socketFor, isOwnSocket } = options;
    this.#options = options;
    this.#remote = remote;
    // Streams of all sockets share one table of numbers: what comes in by the socket of another node is not ours.
    // UDX asks only about packets that came by another socket than the stream's own; true means no.
    this.#stream = new CountingStream(udx, localId, { firewall: (socket) => !isOwnSocket(socket) });
    this.#listen();
    const socket = socketFor(remote.host);
    try {
      if (socket === undefined) throw new Error('no address of that family');
      this.#stream.connect(socket, remoteId, remote.port, remote.host);
    } catch (error) {
      this.#stream.destroy(error as Error);
    }
  }

  get pendingBytes(): number {
    return this.#closed === undefined ? this.#stream.unacknowledged : 0;
  }

  get rttMs(): number {
    return this.#stream.rtt;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ending || this.#isDead()) return false;
    if (bytes.byteLength === 0) return !this.#isFull;
    this.#stream.unacknowledged += bytes.byteLength;
    const taken = this.#stream.write(bytes);
    this.#isFull = !taken && this.#stream.unacknowledged > HIGH_WATER_BYTES;
    return !this.#isFull;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#stream.on('data', (bytes) => {
      if (!this.#isDead()) listener(bytes);
    });
  }

  onDrain(listener: () => void): void {
    this.#drain = listener;
  }

  onClose(listener: (reason: CloseReason) => void): void {
    this.#close = listener;
  }

  end(): void {
    if (this.#ending || this.#isDead()) return;
    this.#ending = true;
    this.#stream.end();
  }

  destroy(): void {
    if (this.#isDead()) return;
    this.#destroying = true;
    this.#stream.destroy();
  }

  changeRemote(remote: Endpoint): void {
    const { socketFor, remoteId } = this.#options;
    if (this.#isDead() || (remote.host === this.#remote.host && remote.port === this.#remote.port)) return;
    const socket = socketFor(remote.host);
    if (socket === undefined) return;
    // UDX refuses a second change until packets sent before the first are acknowledged, which never happens when the
    // first address was wrong. The carrier below copes with it, so the guard is taken away.
    this.#stream._remoteChanging = null;
    try {
      // It rejects when the stream closes first, which `onClose` tells.
      this.#stream.changeRemote(socket, remoteId, remote.port, remote.host)?.catch(() => undefined);
      this.#remote = remote;
    } catch {
      // An endpoint UDX does not take, such as port 0: the stream stays where it was.
    }
  }

  #isDead(): boolean {
    return this.#destroying || this.#failure !== undefined || this.#closed !== undefined;
  }

  #listen(): void {
    this.#stream
      .on('drain', () => {
        if (!this.#isFull || this.#isDead()) return;
        this.#isFull = false;
        this.#drain?.();
      })
      .on('end', () => this.end())
      .on('error', (error) => {
        this.#failure = (error as { code?: string }).code === 'ECONNRESET' ? 'destroyed' : 'failed';
      })
      .on('close', () => this.#closeWith(this.#destroying ? 'destroyed' : (this.#failure ?? 'ended')));
  }

  #closeWith(reason: CloseReason): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#options.onClosed();
    this.#close?.(reason);
  }
}
