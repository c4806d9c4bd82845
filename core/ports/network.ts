/** Where a packet comes from or goes to. `host` is a numeric IPv4 or IPv6 address without zone or brackets. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with brackets round IPv6: the form people read and type. */
export function formatEndpoint(endpoint: Endpoint): string {
  return endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.host === b.host;
}

/**
 * A reliable, ordered, congestion-controlled byte stream that shares the UDP port of its socket. It is not secret
 * and not authenticated: `core/link` seals every record it puts on one.
 */
export interface NetworkStream {
  /** Queues bytes; the stream owns the buffer from now on. False: above the high-water mark, wait for `onDrain`. */
  write(bytes: Uint8Array): boolean;
  /**
   * The peer has all of a buffer that was written, and the stream will not read it again: whoever wrote it may use it
   * for something else. Not told for every buffer (not after a change of address, nor at the end). One listener.
   */
  onReleased?(listener: (bytes: Uint8Array) => void): void;
  /** Called with bytes in order. They are the listener's during the call only; it does not change them. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /**
   * Called inside the data listener: the next `bytes` bytes are of no use before all of them are there, so the stream
   * may hold them back till then. Only for what the peer writes by a single call of `write`.
   */
  expect?(bytes: number): void;
  onDrain(listener: () => void): void;
  /** Called once, when all was read and the peer, or somebody in its name, says that no more comes. Ours ends too. */
  onEnd?(listener: () => void): void;
  /** Called once, whoever closed it and why; no event follows. */
  onClose(listener: (reason: 'ended' | 'destroyed' | 'failed') => void): void;
  /** Sends what is queued, then closes both directions. */
  end(): void;
  /** Closes at once; queued bytes may be lost. Idempotent. */
  destroy(): void;
  /** Carries on towards another address of the same peer (roaming). */
  changeRemote(remote: Endpoint): void;
  /**
   * Bytes written and not yet acknowledged by the peer, as far as is known. What one call of `write` brought counts until
   * all of it is.
   */
  readonly pendingBytes: number;
  /** Smoothed round-trip time in ms, 0 while unknown. */
  readonly rttMs: number;
}

export interface OpenStreamOptions {
  /** 32-bit number chosen at random by us; the peer addresses its packets to it. */
  readonly localId: number;
  /** The peer's such number. */
  readonly remoteId: number;
  readonly remote: Endpoint;
}

/** One bound UDP port (IPv4, and IPv6 where the host has it). */
export interface NetworkSocket {
  /** The port actually bound; the same for both families. */
  readonly port: number;
  /** Numeric addresses of this host a peer might reach it by, loopback last. May change: ask again. */
  localAddresses(): readonly string[];
  /** Sends one datagram, best effort and without waiting. The buffer must not be changed afterwards. */
  send(packet: Uint8Array, to: Endpoint): void;
  /** One listener per socket. The packet belongs to the listener but may share memory with others: do not write. */
  onDatagram(listener: (packet: Uint8Array, from: Endpoint) => void): void;
  openStream(options: OpenStreamOptions): NetworkStream;
  /** Sends a datagram to all hosts of the local network at `port` (LAN discovery); absent where that is off. */
  broadcast?(packet: Uint8Array, port: number): void;
  /** Totals since start. */
  readonly traffic: Readonly<{ packetsIn: number; packetsOut: number; bytesIn: number; bytesOut: number }>;
  /** Ends streams and frees the port. Idempotent. */
  close(): Promise<void>;
}

export interface BindOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** Bind this address only, e.g. 127.0.0.1; default: all addresses of both families. */
  readonly host?: string;
}

export interface Network {
  /** @throws {PortInUseError} when another program has the port; {AddressUnusableError}. */
  bind(options: BindOptions): Promise<NetworkSocket>;
}

/** The system does not let this program bind there: not its address, or a port it may not have. */
export class AddressUnusableError extends Error {
  override readonly name = 'AddressUnusableError';
}

export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  constructor(readonly port: number) {
    super(`UDP port ${port} is in use by another program`);
  }
}
