import { addressClass } from '../ids/address.ts';
import type { Endpoint } from '../ports/network.ts';
import type { SimEvent } from './event-heap.ts';
import { type Fate, PacketTrace, STREAM_MARK } from './packet-trace.ts';
import type { SeededRandom } from './seeded-random.ts';
import { type HostWorld, type Place, SimHost } from './sim-host.ts';
import { NAT_KINDS, type NatBehaviour, type NatKind, SimNat } from './sim-nat.ts';
import { type Conditions, DEFAULT_CONDITIONS, delayMs, flipBit } from './sim-path.ts';
import type { SimSocket } from './sim-socket.ts';
import { type PacketBody, wireSize } from './sim-wire.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Largest UDP payload on an Ethernet path: 1,500 less the headers of IPv4. */
export const DEFAULT_MTU_PAYLOAD_BYTES = 1_472;
/** A sender's uplink queue holds this much time's worth; more is dropped. */
const UPLINK_QUEUE_MS = 1_000;
const DEFAULT_TRACE_PACKETS = 2_000;

export interface SimNetworkOptions {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  /** Changes to DEFAULT_CONDITIONS. */
  readonly conditions?: Partial<Conditions>;
  readonly mtuPayloadBytes?: number;
  /** How many packets the trace remembers. */
  readonly tracePackets?: number;
}

export interface HostOptions {
  /** The host is inside this NAT and `address` is a private one. */
  readonly behind?: SimNat<SimHost>;
  /** Further addresses, e.g. of the other family. */
  readonly more?: readonly string[];
  readonly conditions?: Partial<Conditions>;
  readonly uplinkBytesPerSecond?: number;
}

/** A packet as a tap sees it. Stream packets show their payload; they cannot be injected. */
export interface TappedPacket {
  readonly kind: 'datagram' | 'stream';
  readonly packet: Uint8Array;
  readonly from: Endpoint;
  readonly to: Endpoint;
}
/** Returns other bytes to send instead, 'drop', or nothing to leave the packet alone. */
export type PacketTap = (packet: TappedPacket) => Uint8Array | 'drop' | undefined;

/** A packet under way. */
class Flight implements SimEvent {
  time = 0;
  sequence = 0;
  readonly cancelled = false;

  constructor(
    readonly network: SimNetwork,
    readonly sender: SimHost | undefined,
    readonly target: SimHost | SimNat<SimHost>,
    readonly from: Endpoint,
    readonly to: Endpoint,
    readonly body: PacketBody,
  ) {}

  fire(): boolean {
    return this.network.arrive(this);
  }
}

/**
 * The internet in memory: hosts, NATs, and paths with latency and faults, in virtual time and repeatable from a seed.
 * Addresses are any numeric ones; hosts behind a NAT have private ones.
 */
export class SimNetwork implements HostWorld {
  /** In force for packets sent from now on; change it at will. */
  readonly conditions: Conditions;
  readonly trace: PacketTrace;
  readonly hosts: SimHost[] = [];
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #mtu: number;
  readonly #public = new Map<string, SimHost | SimNat<SimHost>>();
  readonly #partitions = new Set<Map<SimHost, number>>();
  readonly #taps = new Set<PacketTap>();
  #numbers = 0;

  constructor({ clock, random, conditions, mtuPayloadBytes, tracePackets }: SimNetworkOptions) {
    this.#clock = clock;
    this.#random = random;
    this.conditions = { ...DEFAULT_CONDITIONS, ...conditions };
    this.#mtu = mtuPayloadBytes ?? DEFAULT_MTU_PAYLOAD_BYTES;
    this.trace = new PacketTrace(tracePackets ?? DEFAULT_TRACE_PACKETS);
  }

  get now(): number {
    return this.#clock.now();
  }

  /** A new computer. @throws {Error} when the address is taken. */
  host(address: string, options: HostOptions = {}): SimHost {
    const host = new SimHost(this, this.#numbers++);
    this.place(host, { addresses: [address, ...(options.more ?? [])], behind: options.behind });
    if (options.conditions !== undefined) host.conditions = { ...this.conditions, ...options.conditions };
    host.uplinkBytesPerSecond = options.uplinkBytesPerSecond;
    this.hosts.push(host);
    return host;
  }

  /** A router with a public address; put hosts behind it with `host(address, { behind })`. */
  nat(address: string, kind: NatKind | NatBehaviour): SimNat<SimHost> {
    const behaviour = typeof kind === 'string' ? NAT_KINDS[kind] : kind;
    const nat = new SimNat<SimHost>(address, this.#numbers++, behaviour);
    this.#claim(this.#public, address, nat);
    return nat;
  }

  /** Hosts of different groups do not hear each other; hosts in none hear all. Returns what heals it. */
  partition(...groups: readonly (readonly SimHost[])[]): () => void {
    const sides = new Map(groups.flatMap((group, side) => group.map((host) => [host, side] as const)));
    this.#partitions.add(sides);
    return () => this.#partitions.delete(sides);
  }

  /** Sees, alters or drops every packet sent from now on, injected ones excepted. Returns what ends it. */
  onPacket(tap: PacketTap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  /** A datagram out of nowhere with any source, e.g. a captured or a forged one. It is not subject to faults. */
  inject(from: Endpoint, to: Endpoint, packet: Uint8Array): void {
    const target = this.#public.get(to.host);
    if (target === undefined) return this.#record(from, to, packet, 'no-route');
    this.#clock.schedule(new Flight(this, undefined, target, from, to, packet), this.now + 1);
  }

  after(delayMs: number, task: () => void): { cancel(): void } {
    return this.#clock.after(delayMs, task);
  }

  freePort(): number {
    return 49_152 + this.#random.integer(16_384);
  }

  /** For hosts. */
  place(host: SimHost, place: Place): void {
    const map = place.behind?.inside ?? this.#public;
    for (const address of place.addresses) {
      if ((map.get(address) ?? host) !== host) throw new Error(`${address} is taken`);
    }
    const old = host.place.behind?.inside ?? this.#public;
    for (const address of host.place.addresses) old.delete(address);
    for (const address of place.addresses) this.#claim(map, address, host);
    host.place = place;
  }

  /** For hosts: sends one packet on its way. */
  transmit(host: SimHost, socket: SimSocket, to: Endpoint, body: PacketBody): void {
    const source = sourceAddress(host, socket, to.host);
    if (source === undefined) return this.#record(socket.source(host.address), to, body, 'no-route');
    let from = socket.source(source);
    if (!host.up) return this.#record(from, to, body, 'down');
    const target = this.#resolve(host, to.host);
    if (target === undefined) return this.#record(from, to, body, 'no-route');
    const nat = host.place.behind;
    const local = target === host || (nat !== undefined && target instanceof SimHost && target.place.behind === nat);
    if (nat !== undefined && !local) from = nat.outbound({ host, from, to, now: this.now });
    const tapped = this.#taps.size === 0 ? body : this.#tap(body, from, to);
    if (tapped === undefined) return this.#record(from, to, body, 'tapped');
    this.#carry(new Flight(this, host, target, from, to, tapped), host, local);
  }

  /** For flights: returns true when somebody heard the packet. */
  arrive(flight: Flight): boolean {
    const { sender, target, from, to, body } = flight;
    let host: SimHost | undefined;
    let address = to.host;
    let port = to.port;
    if (target instanceof SimHost) {
      host = target;
      if (!isLoopback(address) && !host.place.addresses.includes(address)) {
        this.#record(from, to, body, 'no-route');
        return false;
      }
    } else {
      const inside = target.inbound(port, from, this.now);
      host = inside?.host;
      if (inside === undefined || (sender?.place.behind === target && !target.behaviour.hairpin)) {
        this.#record(from, to, body, 'filtered');
        return false;
      }
      port = inside.port;
      address = inside.host.address;
    }
    const fate = this.#arrivalFate(sender, host!);
    const socket = fate === 'delivered' ? host!.socketAt(address, port) : undefined;
    this.#record(from, to, body, fate === 'delivered' && socket === undefined ? 'no-socket' : fate);
    socket?.receive(body, from);
    return socket !== undefined;
  }

  #arrivalFate(sender: SimHost | undefined, receiver: SimHost): Fate {
    if (!receiver.up) return 'down';
    return sender !== undefined && this.#isCut(sender, receiver) ? 'partitioned' : 'delivered';
  }

  #carry(flight: Flight, host: SimHost, local: boolean): void {
    const { target, from, to, body } = flight;
    const conditions = host.conditions ?? this.conditions;
    if (body instanceof Uint8Array && body.length > this.#mtu) return this.#record(from, to, body, 'oversize');
    if (target instanceof SimHost && this.#isCut(host, target)) return this.#record(from, to, body, 'partitioned');
    const queued = this.#uplinkDelay(host, wireSize(body));
    if (queued > UPLINK_QUEUE_MS) return this.#record(from, to, body, 'congested');
    if (local) return this.#depart(flight, conditions, queued);
    if (this.#random.chance(conditions.loss)) return this.#record(from, to, body, 'lost');
    if (this.#random.chance(conditions.duplication)) {
      this.#depart(new Flight(this, host, target, from, to, body), conditions, queued);
    }
    if (body instanceof Uint8Array && this.#random.chance(conditions.corruption)) {
      const corrupted = flipBit(body, this.#random);
      return this.#depart(new Flight(this, host, target, from, to, corrupted), conditions, queued);
    }
    this.#depart(flight, conditions, queued);
  }

  #depart(flight: Flight, conditions: Conditions, queuedMs: number): void {
    const { sender, target } = flight;
    const sameNat = target instanceof SimHost && target.place.behind !== undefined;
    const ends = { from: sender!.number, to: target.number, local: sameNat };
    let delay = queuedMs + delayMs(conditions, ends, this.#random);
    if (this.#random.chance(conditions.reordering)) delay += this.#random.uniform() * conditions.reorderingMs;
    this.#clock.schedule(flight, this.now + delay);
  }

  #uplinkDelay(host: SimHost, size: number): number {
    if (host.uplinkBytesPerSecond === undefined) return 0;
    const start = Math.max(this.now, host.uplinkFreeAt);
    const end = start + (size / host.uplinkBytesPerSecond) * 1_000;
    if (end - this.now <= UPLINK_QUEUE_MS) host.uplinkFreeAt = end;
    return end - this.now;
  }

  #resolve(host: SimHost, address: string): SimHost | SimNat<SimHost> | undefined {
    return (
      host.place.behind?.inside.get(address) ?? this.#public.get(address) ?? (isLoopback(address) ? host : undefined)
    );
  }

  #isCut(a: SimHost, b: SimHost): boolean {
    for (const sides of this.#partitions) {
      const sideOfA = sides.get(a);
      const sideOfB = sides.get(b);
      if (sideOfA !== undefined && sideOfB !== undefined && sideOfA !== sideOfB) return true;
    }
    return false;
  }

  /** The body the taps leave; undefined when one drops it. */
  #tap(body: PacketBody, from: Endpoint, to: Endpoint): PacketBody | undefined {
    let bytes = body instanceof Uint8Array ? body : body.bytes;
    const kind = body instanceof Uint8Array ? 'datagram' : 'stream';
    for (const tap of this.#taps) {
      const result = tap({ kind, packet: bytes, from, to });
      if (result === 'drop') return undefined;
      if (result !== undefined) bytes = result;
    }
    return body instanceof Uint8Array ? bytes : { ...body, bytes };
  }

  #claim<T>(map: Map<string, T>, address: string, owner: T): void {
    if (addressClass(address) === 'invalid') throw new Error(`${address} is no numeric address`);
    if ((map.get(address) ?? owner) !== owner) throw new Error(`${address} is taken`);
    map.set(address, owner);
  }

  #record(from: Endpoint, to: Endpoint, body: PacketBody, fate: Fate): void {
    const first = body instanceof Uint8Array ? (body[0] ?? 0) : STREAM_MARK;
    this.trace.record(this.now, from, to, wireSize(body), first, fate);
  }
}

function isLoopback(address: string): boolean {
  return addressClass(address) === 'loopback';
}

/** The host's address that packets to `destination` bear; undefined when it has none of that family. */
function sourceAddress(host: SimHost, socket: SimSocket, destination: string): string | undefined {
  const six = destination.includes(':');
  if (socket.host !== undefined) return socket.host.includes(':') === six ? socket.host : undefined;
  if (isLoopback(destination)) return six ? '::1' : '127.0.0.1';
  const addresses = host.place.addresses;
  for (const address of addresses) if (address.includes(':') === six) return address;
  return undefined;
}
