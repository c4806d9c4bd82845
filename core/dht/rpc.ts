import {
  DHT_BOX_OFFSET,
  DHT_KEY_OFFSET,
  DHT_MIN_BYTES,
  DHT_NONCE_OFFSET,
  type DhtBody,
  type DhtReply,
  type DhtRequest,
  dhtMessage,
  isRequest,
} from '../codec/dht.ts';
import { decode, encode } from '../codec/layout.ts';
import { PACKET_KIND } from '../codec/limits.ts';
import { hash32, secretboxOpen, secretboxSealInto, x25519 } from '../crypto/crypto.ts';
import { addressClass, ipGroup } from '../ids/address.ts';
import { concat, type NodeKey, nodeKey } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import { MAX_PACKET_BYTES, type Transport } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { type Endpoint, sameEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { AddressProof } from './address-proof.ts';
import { BoundedMap } from './bounded-map.ts';
import { type ContactBook, type KnownContact, nameOf } from './contact.ts';

/** How long the first answer may take while the round-trip time is unknown. */
const FIRST_TIMEOUT_MS = 500;
const MIN_TIMEOUT_MS = 150;
const MAX_TIMEOUT_MS = 2_000;
/** Attempts of a request; the packet is the same each time, so that it is done once at most. */
export const ATTEMPTS = 3;
/** Agreed keys remembered, those used last; each costs an X25519 operation to find again. */
const SHARED_KEYS = 1_024;
/** Datagrams a second from one source, and how many may come at once. */
const SOURCE_RATE = { perSecond: 1_000, burst: 2_000 };
/**
 * X25519 operations a second that one source can cause, 30 us each: the dearest thing a stranger can make us do. And all
 * sources, since addresses can be made up: nobody whose key is known needs any.
 */
const KEY_RATE = { perSecond: 100, burst: 400, overall: { perSecond: 5_000, burst: 10_000 } };

/** Sources whose rates are remembered. */
const SOURCES = 2_048;

export interface NodeKeys {
  readonly publicKey: NodeKey;
  readonly secretKey: Uint8Array;
}

export interface RpcOptions {
  readonly transport: Transport;
  readonly keys: NodeKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly book: ContactBook;
  /** True while this node is a leaf: every datagram says so. */
  readonly leaf: () => boolean;
}

export interface RequestOptions {
  readonly attempts?: number;
  /** Round-trip time to expect, in ms. */
  readonly rttMs?: number;
  /** It was asked before with a token that did not hold. */
  readonly again?: boolean;
  /** Called once when the first attempt found no answer in time. */
  readonly late?: () => void;
}

/** What came with a reply. */
export interface Heard {
  readonly reply: DhtReply;
  readonly rttMs: number | undefined;
  /** The sender calls itself a leaf. */
  readonly leaf: boolean;
}

/** The reply, or undefined when none came. `rttMs` is undefined when an attempt was repeated (Karn's rule). */
export type ReplyHandler = (reply: DhtReply | undefined, rttMs: number | undefined) => void;

export interface IncomingRequest {
  readonly body: DhtRequest;
  readonly from: KnownContact;
  /** Largest reply packet in bytes: no more than was sent until the sender has proved its address. */
  readonly budget: number;
  readonly proven: boolean;
  /** The sender calls itself a leaf. */
  readonly leaf: boolean;
  reply(body: DhtReply): void;
}

interface MessageOf<Body> {
  readonly transaction: number;
  readonly leaf: boolean;
  readonly body: Body;
}

interface Pending {
  readonly to: KnownContact;
  readonly body: DhtRequest;
  /** It went out with a token instead of padding. */
  readonly withToken: boolean;
  readonly packet: Uint8Array;
  readonly done: ReplyHandler;
  readonly options: RequestOptions;
  readonly startedAt: number;
  attempt: number;
  timer: Timer;
}

const REPLY_OF: Readonly<Record<DhtRequest['kind'], DhtReply['kind']>> = {
  ping: 'pong',
  findNode: 'nodes',
  register: 'registered',
  route: 'routeAck',
  answer: 'answerAck',
  askKnock: 'knockAsked',
  relayKnock: 'knockRelayed',
  knock: 'knockHeard',
  carry: 'carried',
  offer: 'offered',
  part: 'parted',
  settle: 'settled',
  free: 'freed',
  collect: 'collecting',
  compare: 'compared',
  inventory: 'missing',
  notify: 'notified',
};

/**
 * Requests and replies between nodes. Every datagram is sealed and authenticated between the two node keys; a reply
 * counts only with the transaction number, the key and the address that were asked.
 */
export class Rpc {
  /** A node answered: key and address are proven. */
  onHeard: (contact: KnownContact, heard: Heard) => void = () => {};
  /** A datagram goes out to this node. */
  onSending: (contact: KnownContact) => void = () => {};
  /** A node gave no answer to any attempt. */
  onSilent: (contact: KnownContact) => void = () => {};
  onRequest: (request: IncomingRequest) => void = () => {};
  readonly #options: RpcOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #sharedKeys = new BoundedMap<string, Uint8Array>(SHARED_KEYS);
  readonly #proof: AddressProof;
  readonly #sources: RateLimit;
  readonly #keyWork: RateLimit;
  #stopped = false;

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#proof = new AddressProof(options.clock, options.random);
    this.#sources = new RateLimit({ ...SOURCE_RATE, maxSources: SOURCES, clock: options.clock });
    this.#keyWork = new RateLimit({ ...KEY_RATE, maxSources: SOURCES, clock: options.clock });
    options.transport.handle(PACKET_KIND.dht, (packet, from) => this.#receive(packet, from));
  }

  get publicKey(): NodeKey {
    return this.#options.keys.publicKey;
  }

  /**
   * `done` is called exactly once, never before this returns.
   * @returns sends the request once more now, if it is unanswered and was sent once
   */
  request(to: KnownContact, body: DhtRequest, done: ReplyHandler, options: RequestOptions = {}): () => void {
    const { clock, random } = this.#options;
    let transaction: number;
    do transaction = Math.floor(random.uniform() * 2 ** 32);
    while (this.#pending.has(transaction));
    const prepared = this.#proof.prepare(to, body);
    const packet = this.#stopped ? undefined : this.#seal(to, transaction, prepared);
    if (packet === undefined) {
      queueMicrotask(() => done(undefined, undefined));
      return () => {};
    }
    const timer = clock.after(firstTimeout(options), () => this.#late(transaction));
    const startedAt = clock.now();
    const withToken = 'token' in prepared.body && prepared.body.token !== undefined;
    this.#pending.set(transaction, { to, body, withToken, packet, done, options, startedAt, attempt: 1, timer });
    this.#send(packet, to);
    return () => this.#repeat(transaction);
  }

  /** Ends all requests without an answer. */
  stop(): void {
    this.#stopped = true;
    for (const pending of [...this.#pending.values()]) {
      pending.timer.cancel();
      pending.done(undefined, undefined);
    }
    this.#pending.clear();
  }

  #repeat(transaction: number): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined || pending.attempt !== 1 || pending.options.attempts === 1) return;
    pending.timer.cancel();
    this.#late(transaction);
  }

  #late(transaction: number): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined) return;
    if (pending.attempt >= (pending.options.attempts ?? ATTEMPTS)) {
      this.#pending.delete(transaction);
      this.onSilent(pending.to);
      pending.done(undefined, undefined);
      return;
    }
    const wait = Math.min(firstTimeout(pending.options) * 2 ** (pending.attempt - 1), MAX_TIMEOUT_MS);
    pending.attempt++;
    pending.timer = this.#options.clock.after(wait, () => this.#late(transaction));
    this.#send(pending.packet, pending.to);
    if (pending.attempt === 2) pending.options.late?.();
  }

  #receive(packet: Uint8Array, from: Endpoint): void {
    const { transport, book } = this.#options;
    if (packet.length < DHT_MIN_BYTES || packet.length > MAX_PACKET_BYTES) return transport.drops.add('dht-bad-length');
    const source = rateSourceOf(from);
    if (!this.#sources.take(source)) return transport.drops.add('dht-rate-limited');
    const key = packet.subarray(DHT_KEY_OFFSET, DHT_NONCE_OFFSET);
    const name = nameOf(key);
    const shared = this.#sharedKeys.get(name) ?? (this.#keyWork.take(source) ? this.#agree(key) : undefined);
    if (shared === undefined) return transport.drops.add('dht-no-key');
    const plain = secretboxOpen(
      shared,
      packet.subarray(DHT_NONCE_OFFSET, DHT_BOX_OFFSET),
      packet.subarray(DHT_BOX_OFFSET),
    );
    if (plain === undefined) return transport.drops.add('dht-not-authentic');
    // Only now: keys that anybody made up must not push out those of others.
    this.#sharedKeys.set(name, shared);
    const message = decode(dhtMessage, plain);
    if (!message.ok) return transport.drops.add(`dht-${message.reason}`);
    const { transaction, leaf, body } = message.value;
    if (isRequest(body)) this.#answer({ transaction, leaf, body }, book.of(nodeKey(key), from), packet.length);
    else this.#match({ transaction, leaf, body }, key, from);
  }

  #match({ body, transaction, leaf }: MessageOf<DhtReply>, key: Uint8Array, from: Endpoint): void {
    const { transport, clock } = this.#options;
    const pending = this.#pending.get(transaction);
    if (pending === undefined) return transport.drops.add('dht-unasked-reply');
    const { to } = pending;
    if (nameOf(key) !== to.name || !sameEndpoint(from, to.endpoint) || REPLY_OF[pending.body.kind] !== body.kind) {
      return transport.drops.add('dht-wrong-reply');
    }
    this.#pending.delete(transaction);
    pending.timer.cancel();
    const rttMs = pending.attempt === 1 ? clock.now() - pending.startedAt : undefined;
    this.#proof.answered(to, body);
    this.onHeard(to, { reply: body, rttMs, leaf });
    if (wasCutShort(pending, body)) this.request(to, pending.body, pending.done, { ...pending.options, again: true });
    else pending.done(body, rttMs);
  }

  #answer({ body, transaction, leaf }: MessageOf<DhtRequest>, from: KnownContact, packetLength: number): void {
    const proven = this.#proof.isProven(from, body);
    this.onRequest({
      body,
      from,
      proven,
      leaf,
      budget: proven ? MAX_PACKET_BYTES : packetLength,
      reply: (reply) => {
        const packet = this.#seal(from, transaction, proven ? reply : this.#proof.withToken(from, reply));
        if (packet !== undefined) this.#send(packet, from);
      },
    });
  }

  #send(packet: Uint8Array, to: KnownContact): void {
    this.onSending(to);
    this.#options.transport.send(packet, to.endpoint);
  }

  #seal(to: KnownContact, transaction: number, body: DhtBody): Uint8Array | undefined {
    const { keys, random, leaf } = this.#options;
    const shared = this.#sharedKeys.get(to.name) ?? this.#agree(to.key);
    if (shared === undefined) return undefined;
    this.#sharedKeys.set(to.name, shared);
    const plain = encode(dhtMessage, { transaction, leaf: leaf(), body });
    const packet = new Uint8Array(DHT_BOX_OFFSET + plain.length + 16);
    packet[0] = PACKET_KIND.dht;
    packet.set(keys.publicKey, DHT_KEY_OFFSET);
    const nonce = random.bytes(DHT_BOX_OFFSET - DHT_NONCE_OFFSET);
    packet.set(nonce, DHT_NONCE_OFFSET);
    secretboxSealInto(packet, DHT_BOX_OFFSET, shared, nonce, plain);
    return packet;
  }

  /** The key agreed with a node; undefined for a key of small order. */
  #agree(key: Uint8Array): Uint8Array | undefined {
    const { keys } = this.#options;
    const secret = x25519(keys.secretKey, key);
    if (secret === undefined) return undefined;
    const [low, high] = ordered(keys.publicKey, key);
    return hash32('parley dht datagram', concat(secret, low, high));
  }
}

/**
 * Our token did not hold, because a router gave us another address since: the answer is as short as the request was.
 * The new token brings the whole one.
 */
function wasCutShort({ body, withToken, options }: Pending, reply: DhtReply): boolean {
  return body.kind === 'findNode' && withToken && reply.body.token !== undefined && options.again !== true;
}

function ordered(a: Uint8Array, b: Uint8Array): [Uint8Array, Uint8Array] {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? [a, b] : [b, a];
  return [a, b];
}

function firstTimeout(options: RequestOptions): number {
  if (options.rttMs === undefined) return FIRST_TIMEOUT_MS;
  return Math.min(Math.max(MIN_TIMEOUT_MS, 3 * options.rttMs + 50), MAX_TIMEOUT_MS);
}

/**
 * What rate limits go by: the address of a public host, of IPv6 its network, in which one owner has as many as they like; the
 * address and port of a loopback or private one, where a whole test network or household shares the address.
 */
export function rateSourceOf({ host, port }: Endpoint): string {
  if (addressClass(host) !== 'public') return `${host}|${port}`;
  return host.includes(':') ? ipGroup(host) : host;
}
