import type { PacketKind } from '../codec/limits.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import type { Endpoint, NetworkSocket, NetworkStream, OpenStreamOptions } from '../ports/network.ts';

/** Longest datagram we send, in bytes of UDP payload: the smallest IPv6 path (RFC 8200: 1,280) less its headers. */
export const MAX_PACKET_BYTES = 1_232;

export type PacketHandler = (packet: Uint8Array, from: Endpoint) => void;

/** Counts what was dropped, by reason; shared by all layers so that the network page shows one table. */
export class DropCounter {
  readonly #counts = new Map<string, number>();

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  get(reason: string): number {
    return this.#counts.get(reason) ?? 0;
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}

export interface TransportOptions {
  readonly socket: NetworkSocket;
  readonly logger: Logger;
}

/** The one UDP port of a node, shared by the DHT and all links: hands datagrams out by their first byte. */
export class Transport {
  readonly drops = new DropCounter();
  readonly #socket: NetworkSocket;
  readonly #logger: Logger;
  readonly #handlers: (PacketHandler | undefined)[] = [];
  #closed = false;

  constructor({ socket, logger }: TransportOptions) {
    this.#socket = socket;
    this.#logger = logger;
    socket.onDatagram((packet, from) => this.#receive(packet, from));
  }

  get port(): number {
    return this.#socket.port;
  }

  get traffic(): NetworkSocket['traffic'] {
    return this.#socket.traffic;
  }

  localAddresses(): readonly string[] {
    return this.#socket.localAddresses();
  }

  /** One handler a kind; a later one replaces it. */
  handle(kind: PacketKind, handler: PacketHandler): void {
    this.#handlers[kind] = handler;
  }

  /** The packet begins with its kind byte and must not be changed afterwards. */
  send(packet: Uint8Array, to: Endpoint): void {
    if (!this.#closed) this.#socket.send(packet, to);
  }

  openStream(options: OpenStreamOptions): NetworkStream {
    return this.#socket.openStream(options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#handlers.length = 0;
    await this.#socket.close();
  }

  #receive(packet: Uint8Array, from: Endpoint): void {
    const handler = packet.length === 0 ? undefined : this.#handlers[packet[0]!];
    if (handler === undefined) {
      this.drops.add('unknown-packet');
      return;
    }
    try {
      handler(packet, from);
    } catch (error) {
      // A packet must never end the process. It is a bug of ours all the same, so it is counted apart and logged.
      this.drops.add('handler-failed');
      this.#logger.error('packet-handler-failed', { kind: packet[0]!, error: errorName(error) });
    }
  }
}
