import type { Endpoint } from '../ports/network.ts';

/**
 * RFC 4787. Mapping: whether one inside port keeps its outside port whatever the destination. Filtering: from whom
 * packets are let in.
 */
export interface NatBehaviour {
  readonly mapping: 'endpoint-independent' | 'address-and-port-dependent';
  readonly filtering: 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';
  /** Quiet time, without packets from the inside, after which a mapping and its permissions are gone. */
  readonly timeoutMs: number;
  /** Whether hosts inside reach each other by their outside endpoints. */
  readonly hairpin: boolean;
}

export type NatKind = 'cone' | 'symmetric';

/** What home routers do, and what the worst of them do. */
export const NAT_KINDS: Readonly<Record<NatKind, NatBehaviour>> = {
  cone: { mapping: 'endpoint-independent', filtering: 'address-dependent', timeoutMs: 120_000, hairpin: false },
  symmetric: {
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port-dependent',
    timeoutMs: 60_000,
    hairpin: false,
  },
};

interface Mapping<Host> {
  readonly key: string;
  readonly host: Host;
  readonly port: number;
  readonly external: Endpoint;
  expiresAt: number;
  /** Who may answer, and until when; keys as filtering demands. */
  readonly permitted: Map<string, number>;
}

const FIRST_PORT = 20_000;
const LAST_PORT = 65_535;

/** A router that translates addresses. `Host` is whatever the network calls a computer. */
export class SimNat<Host extends object> {
  readonly address: string;
  readonly number: number;
  readonly behaviour: NatBehaviour;
  /** Computers inside by their private addresses; kept by the network. */
  readonly inside = new Map<string, Host>();
  #byInside = new Map<string, Mapping<Host>>();
  #byPort = new Map<number, Mapping<Host>>();
  #nextPort = FIRST_PORT;

  constructor(address: string, number: number, behaviour: NatBehaviour) {
    this.address = address;
    this.number = number;
    this.behaviour = behaviour;
  }

  /** The outside endpoint a packet from inside gets; creates or refreshes the mapping. */
  outbound({ host, from, to, now }: { host: Host; from: Endpoint; to: Endpoint; now: number }): Endpoint {
    const { mapping, timeoutMs } = this.behaviour;
    const inside = `${from.host}:${from.port}`;
    const key = mapping === 'endpoint-independent' ? inside : `${inside}>${to.host}:${to.port}`;
    let entry = this.#byInside.get(key);
    if (entry === undefined || entry.expiresAt <= now || entry.host !== host) {
      if (entry !== undefined) this.#byPort.delete(entry.external.port);
      const external = { host: this.address, port: this.#freePort(now) };
      entry = { key, host, port: from.port, external, expiresAt: 0, permitted: new Map() };
      this.#byInside.set(key, entry);
      this.#byPort.set(external.port, entry);
    }
    entry.expiresAt = now + timeoutMs;
    entry.permitted.set(this.#permission(to), entry.expiresAt);
    return entry.external;
  }

  /** Who gets a packet that came to outside port `port`; undefined when it is not let in. */
  inbound(port: number, from: Endpoint, now: number): { host: Host; port: number } | undefined {
    const entry = this.#byPort.get(port);
    if (entry === undefined || entry.expiresAt <= now) return undefined;
    if (this.behaviour.filtering === 'endpoint-independent') return entry;
    return (entry.permitted.get(this.#permission(from)) ?? 0) > now ? entry : undefined;
  }

  /** Forgets all mappings, as when it is switched off and on. */
  reboot(): void {
    this.#byInside = new Map();
    this.#byPort = new Map();
    this.#nextPort = this.#nextPort + 1_000 > LAST_PORT ? FIRST_PORT : this.#nextPort + 1_000;
  }

  #permission(other: Endpoint): string {
    return this.behaviour.filtering === 'address-dependent' ? other.host : `${other.host}:${other.port}`;
  }

  #freePort(now: number): number {
    for (let tries = FIRST_PORT; tries <= LAST_PORT; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      const taken = this.#byPort.get(port);
      if (taken === undefined) return port;
      if (taken.expiresAt > now) continue;
      this.#byPort.delete(port);
      if (this.#byInside.get(taken.key) === taken) this.#byInside.delete(taken.key);
      return port;
    }
    throw new Error(`the NAT at ${this.address} has no free port`);
  }
}
