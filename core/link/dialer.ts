import { decode, encode } from '../codec/layout.ts';
import { handshakePacket, helloPayload, welcomePayload } from '../codec/link.ts';
import { toHex } from '../ids/bytes.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Endpoint, NetworkStream, OpenStreamOptions } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { beginHandshake, type Initiation, type Pair, respond } from './handshake.ts';
import { type EpochKeys, wipeEpoch } from './keys.ts';

/** First repetition of a hello; each further one waits longer by the factor, up to the cap. */
const FIRST_REPEAT_MS = 60;
const REPEAT_FACTOR = 1.6;
const MAX_REPEAT_MS = 1_000;
export const GIVE_UP_MS = 8_000;
/** A handshake the peer began keeps ours quiet for this long; then it may have been a replay. */
const PEER_FIRST_MS = 1_500;
/** An answered hello whose sender did not prove itself in this time is forgotten; its sender repeats it no longer then. */
const UNPROVED_MS = GIVE_UP_MS + 1_000;
/** Answered hellos of a friend that are remembered. */
const SPENT_HELLOS = 64;
const NO_BINDING = new Uint8Array(0);
const EPHEMERAL_BYTES = 32;

/** A handshake that came to keys. */
export interface Agreed {
  readonly keys: EpochKeys;
  readonly index: number;
  readonly peerIndex: number;
  readonly stream: NetworkStream;
  readonly remote: Endpoint;
}

/** What the dialer makes of the agreed keys; it discards the ones that came to nothing. */
export interface Answered {
  discard(): void;
}

export interface DialerHost {
  /** Our token for the peer; and all places to try, best first. */
  tokenForPeer(): Uint8Array;
  peerToken(): Uint8Array | undefined;
  targets(): readonly Endpoint[];
  /** Message 1 brought a token of the peer: it may differ from the one we know when the peer has restarted. */
  learnedToken(token: Uint8Array, from: Endpoint): void;
  /** We began and the peer proved itself: the link is up. */
  established(agreed: Agreed): void;
  /** The peer began; it still has to prove itself. `at` is when its hello came. */
  answered(agreed: Agreed): Answered;
  /** Our handshake is over without a link. */
  gaveUp(): void;
  /** A free index for packets to us; who holds it gets the welcome and the datagrams sent to it. */
  takeIndex(): number;
  freeIndex(index: number): void;
}

/** What all dialers of a node share. */
export interface DialerEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly drops: DropCounter;
  readonly sendPacket: (packet: Uint8Array, to: Endpoint) => void;
  /** Undefined when the carrier refuses, which happens when the node is closing. */
  readonly openStream: (ids: OpenStreamOptions) => NetworkStream | undefined;
}

interface Outgoing {
  readonly initiation: Initiation;
  readonly index: number;
  readonly streamId: number;
  readonly startedAt: number;
  pauseMs: number;
  timer: Timer | undefined;
}

interface Incoming {
  /** Names the hello: its ephemeral key. */
  readonly hello: string;
  readonly welcome: Uint8Array;
  readonly session: Answered;
  readonly at: number;
  readonly timer: Timer;
}

/**
 * Handshakes with one friend, begun by us (`outgoing`) or by the friend (`incoming`), at most one of each. When both
 * begin at once, the one of the lower profile key stands: the lower side does not answer a hello while its own is
 * under way, the higher side answers. Whoever has answered keeps its own quiet.
 */
export class Dialer {
  readonly #pair: Pair;
  readonly #environment: DialerEnvironment;
  readonly #host: DialerHost;
  #outgoing: Outgoing | undefined;
  #incoming: Incoming | undefined;
  /**
   * Hellos we are done with, whatever came of them: copies are not answered. A hello that led to a link ends its token;
   * this is for those that led to none, with which a stranger could else find out for days that we are here, and break
   * our handshakes with the friend.
   */
  readonly #spent = new Set<string>();
  /** A hello that lost against ours: its repetitions are not worth another look. */
  #crossed: string | undefined;

  constructor(pair: Pair, environment: DialerEnvironment, host: DialerHost) {
    this.#pair = pair;
    this.#environment = environment;
    this.#host = host;
  }

  /** Begins a handshake, or sends the hello of the one under way to all targets known by now. */
  dial(): void {
    if (this.#host.peerToken() === undefined || this.#host.targets().length === 0) return;
    const { clock, random } = this.#environment;
    if (this.#outgoing === undefined) {
      const index = this.#host.takeIndex();
      const streamId = random32(random);
      const payload = encode(helloPayload, { index, streamId, token: this.#host.tokenForPeer() });
      const initiation = beginHandshake(this.#pair, NO_BINDING, payload);
      const startedAt = clock.now();
      this.#outgoing = { initiation, index, streamId, startedAt, pauseMs: FIRST_REPEAT_MS, timer: undefined };
    }
    this.#sayHello(this.#outgoing);
  }

  /** Ends all handshakes: a link is up, or nobody wants one any more. */
  stop(): void {
    this.#dropOutgoing();
    this.#dropIncoming();
  }

  /** The session made of the incoming handshake proved itself: it is out of our hands now. */
  incomingProved(): void {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    this.#incoming = undefined;
    this.#spend(incoming);
  }

  /** A welcome to the index of our handshake. */
  receiveWelcome(noise: Uint8Array, from: Endpoint): void {
    const { drops, openStream } = this.#environment;
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return drops.add('welcome-unasked');
    if (this.#peerIsFirst()) return drops.add('welcome-crossed');
    const finished = outgoing.initiation.finish(noise);
    if (finished === undefined) return drops.add('welcome-forged');
    outgoing.timer?.cancel();
    this.#outgoing = undefined;
    const { keys } = finished;
    const payload = decode(welcomePayload, finished.payload);
    const stream =
      payload.ok && openStream({ localId: outgoing.streamId, remoteId: payload.value.streamId, remote: from });
    if (!payload.ok || !stream) {
      wipeEpoch(keys);
      this.#host.freeIndex(outgoing.index);
      return this.#host.gaveUp();
    }
    const { index } = outgoing;
    this.#host.established({ keys, index, peerIndex: payload.value.index, stream, remote: from });
  }

  /** A hello with the token we gave this friend. */
  receiveHello(noise: Uint8Array, from: Endpoint): void {
    const { drops, sendPacket } = this.#environment;
    const hello = toHex(noise.subarray(0, EPHEMERAL_BYTES));
    if (this.#incoming?.hello === hello) return sendPacket(this.#incoming.welcome, from);
    if (this.#spent.has(hello)) return drops.add('hello-replayed');
    const outgoing = this.#pair.weAreLower && !this.#peerIsFirst() ? this.#outgoing : undefined;
    if (outgoing !== undefined && this.#crossed === hello) return drops.add('hello-crossed');
    const response = respond(this.#pair, NO_BINDING, noise);
    if (response === undefined) return drops.add('hello-forged');
    const payload = decode(helloPayload, response.payload);
    if (!payload.ok) {
      response.destroy();
      return drops.add('hello-malformed');
    }
    this.#host.learnedToken(payload.value.token, from);
    if (outgoing !== undefined) {
      response.destroy();
      this.#crossed = hello;
      return this.#sayHello(outgoing);
    }
    this.#answer(response, payload.value, { hello, from });
  }

  #answer(
    response: NonNullable<ReturnType<typeof respond>>,
    peer: { index: number; streamId: number },
    { hello, from }: { hello: string; from: Endpoint },
  ): void {
    const { clock, random, sendPacket, openStream } = this.#environment;
    const index = this.#host.takeIndex();
    const streamId = random32(random);
    const accepted = response.accept(encode(welcomePayload, { index, streamId }));
    if (accepted === undefined) return this.#host.freeIndex(index);
    this.#dropIncoming();
    // The stream is open before the welcome leaves, so that not even the first packet of the peer is lost.
    const stream = openStream({ localId: streamId, remoteId: peer.streamId, remote: from });
    if (stream === undefined) {
      wipeEpoch(accepted.keys);
      return this.#host.freeIndex(index);
    }
    const session = this.#host.answered({ keys: accepted.keys, index, peerIndex: peer.index, stream, remote: from });
    const welcome = encode(handshakePacket, {
      packet: undefined,
      message: { kind: 'welcome', body: { index: peer.index, noise: accepted.message } },
    });
    const timer = clock.after(UNPROVED_MS, () => this.#dropIncoming());
    this.#incoming = { hello, welcome, session, at: clock.now(), timer };
    sendPacket(welcome, from);
  }

  #sayHello(outgoing: Outgoing): void {
    const { clock, sendPacket } = this.#environment;
    outgoing.timer?.cancel();
    if (clock.now() - outgoing.startedAt >= GIVE_UP_MS) {
      this.#dropOutgoing();
      return this.#host.gaveUp();
    }
    const token = this.#host.peerToken();
    if (token !== undefined && !this.#peerIsFirst()) {
      const message = { kind: 'hello', body: { token, noise: outgoing.initiation.message } } as const;
      const packet = encode(handshakePacket, { packet: undefined, message });
      for (const target of this.#host.targets()) sendPacket(packet, target);
    }
    outgoing.timer = clock.after(outgoing.pauseMs, () => this.#sayHello(outgoing));
    outgoing.pauseMs = Math.min(MAX_REPEAT_MS, outgoing.pauseMs * REPEAT_FACTOR);
  }

  /** We have answered a handshake of the peer, and it is young: ours keeps quiet. */
  #peerIsFirst(): boolean {
    return this.#incoming !== undefined && this.#environment.clock.now() - this.#incoming.at < PEER_FIRST_MS;
  }

  #dropOutgoing(): void {
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return;
    this.#outgoing = undefined;
    outgoing.timer?.cancel();
    outgoing.initiation.destroy();
    this.#host.freeIndex(outgoing.index);
  }

  #dropIncoming(): void {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    this.#incoming = undefined;
    this.#spend(incoming);
    incoming.session.discard();
  }

  #spend({ hello, timer }: Incoming): void {
    timer.cancel();
    this.#spent.add(hello);
    if (this.#spent.size > SPENT_HELLOS) this.#spent.delete(this.#spent.values().next().value!);
  }
}

function random32(random: Random): number {
  const [a, b, c, d] = random.bytes(4);
  return ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
}
