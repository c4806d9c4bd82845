import { networkInterfaces } from 'node:os';
import UDX, { type UdxSocket } from 'udx-native';
import { addressClass, normaliseAddress } from '../../ids/address.ts';
import {
  AddressUnusableError,
  type BindOptions,
  type Endpoint,
  type Network,
  type NetworkSocket,
  type NetworkStream,
  type OpenStreamOptions,
  PortInUseError,
} from '../../ports/network.ts';
import { UdxNetworkStream } from './udx-stream.ts';

/** Asked of the system for each socket; it gives what it allows. Bursts of a stream overflow the usual 208 KiB. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
/** With port 0, how often to choose again when the port is taken in the other family. */
const PORT_TRIES = 20;
/** First byte of stream packets; those of unknown streams come up as datagrams. */
const STREAM_MARK = 0xff;
const UDX_HEADER_BYTES = 20;

/** Why a packet was not sent or not handed on. */
export type UdxDrop = 'stray-stream-packet' | 'no-address-family' | 'send-failed';

export interface UdxNetworkOptions {
  readonly onDrop?: (reason: UdxDrop) => void;
}

/** One for all nodes of the process: it brings 70 KB of buffers and a table of streams. */
let shared: UDX | undefined;
/** Numbers of open streams: UDX would silently let a second stream of one number shadow the first. */
const streamIds = new Set<number>();

/** The real network: UDP datagrams, and UDX streams on the same port. */
export function createUdxNetwork(options: UdxNetworkOptions = {}): Network {
  shared ??= new UDX();
  const udx = shared;
  return {
    async bind(where: BindOptions): Promise<NetworkSocket> {
      const sockets = await bindSockets(udx, where);
      return new UdxNetworkSocket({ udx, sockets, host: where.host, onDrop: options.onDrop ?? (() => {}) });
    },
  };
}

interface Sockets {
  readonly four: UdxSocket | undefined;
  readonly six: UdxSocket | undefined;
}

async function bindSockets(udx: UDX, { port, host }: BindOptions): Promise<Sockets> {
  if (host !== undefined) {
    const six = host.includes(':');
    const socket = await bindOne(udx, port, host);
    return six ? { four: undefined, six: socket } : { four: socket, six: undefined };
  }
  for (let tries = 1; ; tries++) {
    const four = await bindOne(udx, port, '0.0.0.0');
    try {
      return { four, six: await bindOne(udx, four.address()!.port, '::') };
    } catch (error) {
      // Any other error: a host without IPv6.
      if (!(error instanceof PortInUseError)) return { four, six: undefined };
      await four.close();
      if (port !== 0 || tries === PORT_TRIES) throw error;
    }
  }
}

/** @throws {PortInUseError}, {AddressUnusableError} or the host's error; the socket is closed again. */
async function bindOne(udx: UDX, port: number, host: string): Promise<UdxSocket> {
  const socket = udx.createSocket({ ipv6Only: host.includes(':') });
  try {
    socket.bind(port, host);
  } catch (error) {
    await socket.close();
    throw bindFault(error, port, host);
  }
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // The system's own sizes do as well, with more loss in bursts.
  }
  return socket;
}

function bindFault(error: unknown, port: number, host: string): unknown {
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') return new PortInUseError(port);
  if (code === 'EADDRNOTAVAIL') return new AddressUnusableError(`this computer has no address ${host}`);
  // Ports below 1024 on some systems, ranges that are set aside on others.
  if (code === 'EACCES') return new AddressUnusableError(`the system does not allow UDP port ${port}`);
  return error;
}

interface SocketOptions {
  readonly udx: UDX;
  readonly sockets: Sockets;
  readonly host: string | undefined;
  readonly onDrop: (reason: UdxDrop) => void;
}

class UdxNetworkSocket implements NetworkSocket {
  readonly port: number;
  readonly #options: SocketOptions;
  readonly #all: readonly UdxSocket[];
  readonly #streams = new Set<UdxNetworkStream>();
  #listener: ((packet: Uint8Array, from: Endpoint) => void) | undefined;
  #closing: Promise<void> | undefined;
  // UDX counts datagrams that come in, but not those that go out.
  #datagramsOut = 0;
  #datagramBytesOut = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
    const { four, six } = options.sockets;
    this.#all = [four, six].filter((socket) => socket !== undefined);
    this.port = this.#all[0]!.address()!.port;
    four?.on('message', (packet, { host, port }) => this.#receive(packet, { host, port }));
    six?.on('message', (packet, { host, port }) => {
      this.#receive(packet, { host: normaliseAddress(host) ?? host, port });
    });
    // The system reports errors of single sends here; a lost datagram is nothing special.
    for (const socket of this.#all) socket.on('error', () => options.onDrop('send-failed'));
  }

  get traffic(): NetworkSocket['traffic'] {
    const total = { packetsIn: 0, packetsOut: this.#datagramsOut, bytesIn: 0, bytesOut: this.#datagramBytesOut };
    for (const socket of this.#all) {
      total.packetsIn += socket.packetsReceived;
      total.packetsOut += socket.packetsTransmitted;
      total.bytesIn += socket.bytesReceived;
      total.bytesOut += socket.bytesTransmitted;
    }
    return total;
  }

  localAddresses(): readonly string[] {
    const { host, sockets } = this.#options;
    if (host !== undefined && addressClass(host) !== 'special') return [host];
    return ownAddresses().filter((address) => (address.includes(':') ? sockets.six : sockets.four) !== undefined);
  }

  send(packet: Uint8Array, to: Endpoint): void {
    const socket = this.#socketFor(to.host);
    if (socket === undefined) return this.#options.onDrop('no-address-family');
    try {
      socket.trySend(packet, to.port, to.host);
      this.#datagramsOut++;
      this.#datagramBytesOut += packet.length;
    } catch {
      this.#options.onDrop('send-failed');
    }
  }

  onDatagram(listener: (packet: Uint8Array, from: Endpoint) => void): void {
    this.#listener = listener;
  }

  /** @throws {Error} when the socket is closed or `localId` is in use in this process: choose another. */
  openStream(options: OpenStreamOptions): NetworkStream {
    if (this.#closing !== undefined) throw new Error('the socket is closed');
    const { localId } = options;
    if (!reserve(localId)) throw new Error(`stream number ${localId} is in use`);
    const stream: UdxNetworkStream = new UdxNetworkStream({
      ...options,
      udx: this.#options.udx,
      socketFor: (host) => this.#socketFor(host),
      isOwnSocket: (socket) => this.#all.includes(socket),
      reserve,
      release: (id) => streamIds.delete(id),
      onClosed: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#listener = undefined;
    for (const stream of [...this.#streams]) stream.destroy();
    await Promise.all(this.#all.map((socket) => socket.close()));
  }

  #socketFor(host: string): UdxSocket | undefined {
    const { four, six } = this.#options.sockets;
    return host.includes(':') ? six : four;
  }

  #receive(packet: Uint8Array, from: Endpoint): void {
    if (packet[0] === STREAM_MARK) this.#receiveStray(packet, from);
    else this.#listener?.(packet, from);
  }

  /** A stream packet whose number is not open: a peer that went on to the next leg of a stream, or somebody's garbage. */
  #receiveStray(packet: Uint8Array, from: Endpoint): void {
    // UDX header: magic byte, version, type, length of extensions, then the receiver's stream number, little-endian.
    if (packet.byteLength >= UDX_HEADER_BYTES && !this.#isClosing()) {
      const id = new DataView(packet.buffer, packet.byteOffset).getUint32(4, true);
      for (const stream of this.#streams) if (stream.onStray(id, from)) return;
    }
    this.#options.onDrop('stray-stream-packet');
  }

  #isClosing(): boolean {
    return this.#closing !== undefined;
  }
}

/** False when the number is taken. */
function reserve(id: number): boolean {
  if (streamIds.has(id)) return false;
  streamIds.add(id);
  return true;
}

/** Addresses of this computer that make sense to a peer: link-local ones are left out, loopback comes last. */
function ownAddresses(): string[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = own.filter(({ address }) => ['public', 'private', 'loopback'].includes(addressClass(address)));
  const rank = ({ internal, family }: { internal: boolean; family: string }) =>
    (internal ? 2 : 0) + (family === 'IPv6' ? 1 : 0);
  return usable.sort((a, b) => rank(a) - rank(b)).map(({ address }) => address);
}
