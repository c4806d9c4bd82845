import { type BindOptions, type Endpoint, type Network, type NetworkSocket, PortInUseError } from '../ports/network.ts';
import type { SimNat } from './sim-nat.ts';
import type { Conditions } from './sim-path.ts';
import { SimSocket } from './sim-socket.ts';
import type { PacketBody } from './sim-wire.ts';

/** The part of the network a host depends on. */
export interface HostWorld {
  readonly now: number;
  after(delayMs: number, task: () => void): { cancel(): void };
  transmit(host: SimHost, socket: SimSocket, to: Endpoint, body: PacketBody): void;
  /** Puts the host at its new place. @throws {Error} when an address is taken. */
  place(host: SimHost, place: Place): void;
  freePort(): number;
}

/** Where a host is: its addresses, public or inside a NAT. */
export interface Place {
  readonly addresses: readonly string[];
  readonly behind?: SimNat<SimHost> | undefined;
}

/** A simulated computer on the network. */
export class SimHost implements Network {
  readonly number: number;
  /** Overrides the network's conditions for what this host sends; undefined: the network's. */
  conditions: Conditions | undefined;
  /** Bytes a second it can send; undefined: no limit. */
  uplinkBytesPerSecond: number | undefined;
  /** For the network: when the uplink has sent what is queued. */
  uplinkFreeAt = 0;
  /** False while it sleeps, is unplugged or has crashed: packets to and from it are gone. */
  up = true;
  /** For the network: where it is now. */
  place: Place = { addresses: [] };
  readonly #world: HostWorld;
  readonly #sockets = new Map<number, SimSocket>();

  constructor(world: HostWorld, number: number) {
    this.#world = world;
    this.number = number;
  }

  /** The first of its addresses. */
  get address(): string {
    return this.place.addresses[0]!;
  }

  get now(): number {
    return this.#world.now;
  }

  async bind({ port, host }: BindOptions): Promise<NetworkSocket> {
    if (host !== undefined && !this.#owns(host)) throw new Error(`${host} is no address of this host`);
    const chosen = port === 0 ? this.#choosePort() : port;
    if (this.#sockets.has(chosen)) throw new PortInUseError(chosen);
    const socket = new SimSocket(this, chosen, host);
    this.#sockets.set(chosen, socket);
    return socket;
  }

  /** The process or the whole computer dies: sockets and streams are gone without a word to anybody. */
  crash(): void {
    for (const socket of this.#sockets.values()) socket.state = 'crashed';
    this.#sockets.clear();
    this.up = false;
  }

  /** The computer is there again; nothing is bound. */
  restart(): void {
    this.up = true;
  }

  /** Roaming: sockets bound to all addresses go on from the new place. */
  moveTo(
    address: string,
    options: { readonly behind?: SimNat<SimHost>; readonly more?: readonly string[] } = {},
  ): void {
    this.#world.place(this, { addresses: [address, ...(options.more ?? [])], behind: options.behind });
  }

  /** For the network: who listens there. */
  socketAt(address: string, port: number): SimSocket | undefined {
    const socket = this.#sockets.get(port);
    return socket === undefined || socket.host === undefined || socket.host === address ? socket : undefined;
  }

  addresses(): readonly string[] {
    return this.place.addresses;
  }

  transmit(socket: SimSocket, to: Endpoint, body: PacketBody): void {
    this.#world.transmit(this, socket, to, body);
  }

  after(delayMs: number, task: () => void): { cancel(): void } {
    return this.#world.after(delayMs, task);
  }

  release(socket: SimSocket): void {
    if (this.#sockets.get(socket.port) === socket) this.#sockets.delete(socket.port);
  }

  #owns(address: string): boolean {
    return this.place.addresses.includes(address) || address === '127.0.0.1' || address === '::1';
  }

  #choosePort(): number {
    for (;;) {
      const port = this.#world.freePort();
      if (!this.#sockets.has(port)) return port;
    }
  }
}
