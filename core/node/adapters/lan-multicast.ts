import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { LanPort } from '../../ports/lan.ts';
import { errorName, type Logger } from '../../ports/logger.ts';
import type { Endpoint } from '../../ports/network.ts';

/** Of the organisation-local scope (RFC 2365); with a time to live of 1 no router passes it on. */
const GROUP = '239.192.80.76';
const PORT = 27_318;
const TIME_TO_LIVE = 1;

export interface LanMulticastOptions {
  /** The person's choice. */
  readonly enabled: boolean;
  readonly logger: Logger;
  /** The process environment: PARLEY_LAN=off forbids it whatever was chosen. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Announcements by IPv4 multicast on every network interface but loopback. Interfaces that come and go are noticed at
 * the next announcement. Undefined when it is switched off or the port cannot be had; no socket is open then.
 */
export async function openLanMulticast({
  enabled,
  logger,
  environment,
}: LanMulticastOptions): Promise<LanPort | undefined> {
  if (!enabled || environment.PARLEY_LAN === 'off') return undefined;
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    await bind(socket, PORT);
  } catch (error) {
    logger.warn('lan-port-not-bound', { port: PORT, error: errorName(error) });
    socket.close();
    return undefined;
  }
  return new LanMulticast(socket, logger);
}

class LanMulticast implements LanPort {
  readonly #receiver: Socket;
  readonly #logger: Logger;
  /** One sender an interface, by its address: the interface of one socket cannot be switched packet by packet. */
  readonly #senders = new Map<string, Promise<Socket | undefined>>();
  #closed = false;

  constructor(receiver: Socket, logger: Logger) {
    this.#receiver = receiver;
    this.#logger = logger;
    receiver.on('error', (error) => logger.warn('lan-receive-failed', { error: errorName(error) }));
    this.#followInterfaces();
  }

  announce(packet: Uint8Array): void {
    if (this.#closed) return;
    this.#followInterfaces();
    for (const sender of this.#senders.values()) {
      void sender.then((socket) => {
        // A network that has just gone away: the next announcement knows.
        if (!this.#closed) socket?.send(packet, PORT, GROUP, () => undefined);
      });
    }
  }

  onAnnouncement(listener: (packet: Uint8Array, from: Endpoint) => void): void {
    this.#receiver.on('message', (packet, { address, port }) => {
      if (!this.#closed) listener(packet, { host: address, port });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const senders = await Promise.all(this.#senders.values());
    for (const socket of [this.#receiver, ...senders]) {
      if (socket !== undefined) await new Promise<void>((resolve) => socket.close(resolve));
    }
  }

  #followInterfaces(): void {
    const present = new Set(ownIpv4Addresses());
    for (const [address, sender] of this.#senders) {
      if (present.has(address)) continue;
      this.#senders.delete(address);
      void sender.then((socket) => socket?.close());
    }
    for (const address of present) if (!this.#senders.has(address)) this.#senders.set(address, this.#join(address));
  }

  async #join(address: string): Promise<Socket | undefined> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    try {
      this.#addMembership(address);
      await bind(socket, 0, address);
      socket.setMulticastInterface(address);
      socket.setMulticastTTL(TIME_TO_LIVE);
      socket.on('error', () => undefined);
      return socket;
    } catch (error) {
      // An interface without multicast, such as some tunnels.
      this.#logger.info('lan-interface-not-joined', { address, error: errorName(error) });
      socket.close();
      return undefined;
    }
  }

  #addMembership(address: string): void {
    try {
      this.#receiver.addMembership(GROUP, address);
    } catch (error) {
      // Membership belongs to the interface, which already had it under an earlier address.
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    }
  }
}

function ownIpv4Addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

function bind(socket: Socket, port: number, address?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, ...(address === undefined ? {} : { address }) }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}
