import { LAN_INSTANCE_BYTES, lanAnnouncement } from '../codec/lan.ts';
import { decode, encode } from '../codec/layout.ts';
import { PACKET_KIND } from '../codec/limits.ts';
import { addressClass, ipGroup } from '../ids/address.ts';
import { equalBytes, type NodeKey, toHex } from '../ids/bytes.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { LanPort } from '../ports/lan.ts';
import type { Endpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { RateLimit } from './rate-limit.ts';
import type { Transport } from './transport.ts';

const ANNOUNCE_EVERY_MS = 60_000;
/** Announcements are spread by up to this part of the period, so that nodes started together do not speak together. */
const JITTER = 0.25;
/** How often to look whether this computer's addresses have changed. */
const LOOK_EVERY_MS = 5_000;
/** A run of a node that was heard of is not answered and not reported again before this time. */
const FORGET_AFTER_MS = 10 * 60_000;
/** Runs remembered; when full, the one heard of first is forgotten. */
const MAX_HEARD = 256;

/** A node on the local network. Unproven: whoever is there may claim any key. */
export interface LanNode {
  readonly key: NodeKey;
  readonly endpoint: Endpoint;
}

export interface LanDiscoveryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly lan: LanPort;
  /** Our node key. */
  readonly key: NodeKey;
  /** A node was heard of for the first time in ten minutes. */
  readonly onFound: (node: LanNode) => void;
}

/**
 * Makes nodes of one local network known to each other: each announces itself to all at start, when its addresses
 * change and once a minute, and answers a newcomer at once by a datagram of its own port.
 */
export class LanDiscovery {
  readonly #options: LanDiscoveryOptions;
  readonly #packet: Uint8Array;
  readonly #instance: Uint8Array;
  readonly #heard = new Map<string, number>();
  readonly #limit: RateLimit;
  #announceTimer: Timer | undefined;
  #lookTimer: Timer | undefined;
  #addresses = '';
  #stopped = false;

  constructor(options: LanDiscoveryOptions) {
    const { clock, random, transport, key } = options;
    this.#options = options;
    this.#instance = random.bytes(LAN_INSTANCE_BYTES);
    this.#packet = encode(lanAnnouncement, {
      packet: undefined,
      version: undefined,
      port: transport.port,
      key,
      instance: this.#instance,
    });
    const overall = { perSecond: 20, burst: 50 };
    this.#limit = new RateLimit({ clock, perSecond: 2, burst: 10, maxSources: MAX_HEARD, overall });
  }

  /** Idempotent. */
  start(): void {
    if (this.#lookTimer !== undefined || this.#stopped) return;
    const { clock, lan, transport } = this.#options;
    lan.onAnnouncement((packet, from) => this.#receive(packet, from, { toAll: true }));
    transport.handle(PACKET_KIND.lan, (packet, from) => this.#receive(packet, from, { toAll: false }));
    this.#addresses = transport.localAddresses().join();
    this.#lookTimer = clock.every(LOOK_EVERY_MS, () => this.#look());
    this.announce();
  }

  /** Closes the port as well. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#announceTimer?.cancel();
    this.#lookTimer?.cancel();
    await this.#options.lan.close();
  }

  /** Tells all now, e.g. after the computer woke up, and plans the next time. */
  announce(): void {
    if (this.#stopped) return;
    const { clock, random, lan } = this.#options;
    lan.announce(this.#packet);
    this.#announceTimer?.cancel();
    const delay = ANNOUNCE_EVERY_MS * (1 + JITTER * (2 * random.uniform() - 1));
    this.#announceTimer = clock.after(delay, () => this.announce());
  }

  #look(): void {
    const addresses = this.#options.transport.localAddresses().join();
    if (addresses === this.#addresses) return;
    this.#addresses = addresses;
    this.announce();
  }

  #receive(packet: Uint8Array, from: Endpoint, { toAll }: { readonly toAll: boolean }): void {
    if (this.#stopped) return;
    const { transport, onFound } = this.#options;
    const decoded = decode(lanAnnouncement, packet);
    if (!decoded.ok) return transport.drops.add('lan-malformed');
    const { port, key, instance } = decoded.value;
    if (equalBytes(instance, this.#instance) || equalBytes(key, this.#options.key)) return;
    // An answer comes from the node's own port, so another one is a forgery.
    if (port === 0 || (!toAll && port !== from.port)) return transport.drops.add('lan-malformed');
    if (!this.#isNear(from.host)) return transport.drops.add('lan-from-afar');
    if (!this.#limit.take(from.host)) return transport.drops.add('lan-too-often');
    const endpoint = { host: from.host, port };
    if (!this.#isNew(`${from.host}:${port}/${toHex(instance)}`)) return;
    if (toAll) transport.send(this.#packet, endpoint);
    onFound({ key: key.slice() as NodeKey, endpoint });
  }

  /** Nobody from the internet makes us talk to an address by posing as a neighbour. */
  #isNear(host: string): boolean {
    const kind = addressClass(host);
    if (kind === 'private' || kind === 'link-local' || kind === 'loopback') return true;
    const group = ipGroup(host);
    return kind === 'public' && this.#options.transport.localAddresses().some((own) => ipGroup(own) === group);
  }

  #isNew(run: string): boolean {
    const now = this.#options.clock.now();
    const heardAt = this.#heard.get(run);
    if (heardAt !== undefined && now - heardAt < FORGET_AFTER_MS) return false;
    this.#heard.delete(run);
    if (this.#heard.size >= MAX_HEARD) {
      for (const first of this.#heard.keys()) {
        this.#heard.delete(first);
        break;
      }
    }
    this.#heard.set(run, now);
    return true;
  }
}
