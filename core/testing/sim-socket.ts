import type { Endpoint, NetworkSocket, NetworkStream, OpenStreamOptions } from '../ports/network.ts';
import { SimStream } from './sim-stream.ts';
import { type PacketBody, wireSize } from './sim-wire.ts';

export interface SocketOwner {
  readonly now: number;
  transmit(socket: SimSocket, to: Endpoint, body: PacketBody): void;
  addresses(): readonly string[];
  after(delayMs: number, task: () => void): { cancel(): void };
  /** The port is free again. */
  release(socket: SimSocket): void;
}

/** One bound UDP port of a simulated host. */
export class SimSocket implements NetworkSocket {
  readonly port: number;
  /** The only address it listens on; undefined: all of the host. */
  readonly host: string | undefined;
  readonly traffic = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
  /** `crashed`: nobody is left to hear of anything. */
  state: 'open' | 'closed' | 'crashed' = 'open';
  readonly #owner: SocketOwner;
  readonly #streams = new Map<number, SimStream>();
  readonly #sources = new Map<string, Endpoint>();
  #listener: ((packet: Uint8Array, from: Endpoint) => void) | undefined;

  constructor(owner: SocketOwner, port: number, host: string | undefined) {
    this.#owner = owner;
    this.port = port;
    this.host = host;
  }

  localAddresses(): readonly string[] {
    return this.host === undefined ? this.#owner.addresses() : [this.host];
  }

  send(packet: Uint8Array, to: Endpoint): void {
    this.#transmit(packet, to);
  }

  onDatagram(listener: (packet: Uint8Array, from: Endpoint) => void): void {
    this.#listener = listener;
  }

  /** @throws {Error} when `localId` is in use: a bug, since they are chosen at random. */
  openStream(options: OpenStreamOptions): NetworkStream {
    if (this.state !== 'open') throw new Error('the socket is closed');
    if (this.#streams.has(options.localId)) throw new Error(`stream ${options.localId} exists`);
    const stream = new SimStream(this.#wire(), options);
    this.#streams.set(options.localId, stream);
    return stream;
  }

  async close(): Promise<void> {
    if (this.state !== 'open') return;
    for (const stream of [...this.#streams.values()]) stream.destroy();
    this.state = 'closed';
    this.#owner.release(this);
  }

  /** For the network: the source endpoint of packets from `address`; one object for all of them. */
  source(address: string): Endpoint {
    let endpoint = this.#sources.get(address);
    if (endpoint === undefined) {
      endpoint = { host: address, port: this.port };
      this.#sources.set(address, endpoint);
    }
    return endpoint;
  }

  /** For the network: a packet arrived. */
  receive(body: PacketBody, from: Endpoint): void {
    this.traffic.packetsIn++;
    this.traffic.bytesIn += wireSize(body);
    if (body instanceof Uint8Array) this.#listener?.(body, from);
    // Data for an unknown stream is dropped; the peer sends it again until it gives up.
    else this.#streams.get(body.streamId)?.receive(body);
  }

  #transmit(body: PacketBody, to: Endpoint): void {
    if (this.state !== 'open') return;
    this.traffic.packetsOut++;
    this.traffic.bytesOut += wireSize(body);
    this.#owner.transmit(this, to, body);
  }

  #wire() {
    const socket = this;
    const owner = this.#owner;
    return {
      get now() {
        return owner.now;
      },
      get alive() {
        return socket.state !== 'crashed';
      },
      send: (packet: PacketBody, to: Endpoint) => socket.#transmit(packet, to),
      after: (delayMs: number, task: () => void) => owner.after(delayMs, task),
      release: (localId: number) => void socket.#streams.delete(localId),
    };
  }
}
