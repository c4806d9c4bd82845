import type UDX from 'udx-native';
import type { UdxSocket } from 'udx-native';
import type { Endpoint } from '../../ports/network.ts';
import { CarrierStream } from './udx-carrier.ts';

/** How a leg came to its end: both sides ended; the peer reset it; it failed or we gave it up. */
export type LegEnd = 'ended' | 'reset' | 'failed';

export interface LegListener {
  /** `bytes` live during the call only. @returns how many more bytes may be held back until all of them are there. */
  onData(leg: Leg, bytes: Uint8Array): number;
  onEnd(leg: Leg): void;
  onDrain(leg: Leg): void;
  onAcknowledged(leg: Leg, bytes: Uint8Array): void;
  /** Once; nothing follows. */
  onClosed(leg: Leg, end: LegEnd): void;
}

export interface LegOptions {
  readonly udx: UDX;
  /** 0 for the first leg of a stream, then counting up. */
  readonly number: number;
  readonly localId: number;
  readonly remoteId: number;
  readonly remote: Endpoint;
  readonly socketFor: (host: string) => UdxSocket | undefined;
  readonly isOwnSocket: (socket: UdxSocket) => boolean;
  readonly listener: LegListener;
}

/** One UDX stream. It holds a receive buffer of 70 KB, of which the system lends memory only as data comes in. */
export class Leg {
  readonly number: number;
  /** Bytes written to this leg and not acknowledged. */
  unacknowledged = 0;
  readonly #options: LegOptions;
  readonly #stream: CarrierStream;
  #end: LegEnd | undefined;
  #closed = false;

  constructor(options: LegOptions) {
    const { udx, number, localId, remoteId, remote, socketFor, isOwnSocket } = options;
    this.number = number;
    this.#options = options;
    // Streams of all sockets share one table of numbers: what comes in by the socket of another node is not ours. UDX
    // asks only about packets that came by another socket than the stream's own; true means no.
    this.#stream = new CarrierStream(udx, localId, { firewall: (socket) => !isOwnSocket(socket) });
    this.#listen();
    const socket = socketFor(remote.host);
    try {
      if (socket === undefined) throw new Error('no address of that family');
      this.#stream.connect(socket, remoteId, remote.port, remote.host);
    } catch (error) {
      this.#stream.destroy(error as Error);
    }
  }

  /** In ms, 0 while unknown. */
  get rttMs(): number {
    return this.#stream.rtt;
  }

  /** False when the carrier has enough for now: `onDrain` follows. */
  write(bytes: Uint8Array): boolean {
    this.unacknowledged += bytes.byteLength;
    return this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#end ??= 'failed';
    this.#stream.destroy();
  }

  /** Only while nothing is unacknowledged: UDX repeats packets to the address they were first sent to. */
  changeRemote(remote: Endpoint): void {
    const socket = this.#options.socketFor(remote.host);
    if (socket === undefined) return;
    // UDX refuses while it waits for the end of an earlier change; with nothing under way there is none to wait for.
    this.#stream._remoteChanging = null;
    try {
      // It rejects when the stream closes first, which `onClosed` tells.
      this.#stream.changeRemote(socket, this.#options.remoteId, remote.port, remote.host)?.catch(() => undefined);
    } catch {
      // An endpoint UDX does not take, such as port 0: the leg stays where it was.
    }
  }

  #listen(): void {
    const { listener } = this.#options;
    this.#stream.onAcknowledged = (bytes) => {
      this.unacknowledged -= bytes.byteLength;
      listener.onAcknowledged(this, bytes);
    };
    this.#stream.onRead = (bytes) => listener.onData(this, bytes);
    this.#stream
      .resume()
      .on('drain', () => listener.onDrain(this))
      .on('end', () => listener.onEnd(this))
      .on('error', (error) => {
        this.#end = (error as { code?: string }).code === 'ECONNRESET' ? 'reset' : 'failed';
      })
      .on('close', () => {
        this.#closed = true;
        listener.onClosed(this, this.#end ?? 'ended');
      });
  }
}
