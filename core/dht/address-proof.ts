import type { DhtReply, DhtRequest } from '../codec/dht.ts';
import { ROUND_TRIP_TOKEN_BYTES } from '../codec/limits.ts';
import { hash32 } from '../crypto/crypto.ts';
import { concat, equalBytes } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { BoundedMap } from './bounded-map.ts';
import { bytesOfName, type KnownContact, nameOf } from './contact.ts';

/** A token is good for one to two of these periods (BEP 5: 5 and 10 minutes). */
const SECRET_PERIOD_MS = 5 * 60_000;
/** An address stays proven that long after its last proof. */
const PROOF_LIFE_MS = 10 * 60_000;
/** A packet with a token is of that time at most. */
export const TOKEN_LIFE_MS = 2 * SECRET_PERIOD_MS;
const REMEMBERED = 2_048;

/** A request that asks for much pads itself to this many bytes of padding while it has no token: a `nodes` reply of eight IPv4 contacts is smaller. */
const PADDING_BYTES: Partial<Record<DhtRequest['kind'], number>> = { findNode: 368, ping: 32, askKnock: 16 };

/**
 * Round-trip tokens (BEP 5): until a sender has shown that it receives at its address, it gets
 * no reply longer than its request, so a forged source address gains an attacker nothing. It proves the address by
 * returning the token we sent there, or by answering a request of ours.
 */
export class AddressProof {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Until when the sender with this key is proven at this address. */
  readonly #proven = new BoundedMap<KnownContact, number>(REMEMBERED);
  /** Tokens that other nodes gave us, as texts: as byte arrays they take some 100 bytes more each. */
  readonly #tokens = new BoundedMap<KnownContact, { token: string; until: number }>(REMEMBERED);
  /** Nodes that answered without a token, so our address is proven to them, and until when we count on it. */
  readonly #provenTo = new BoundedMap<KnownContact, number>(REMEMBERED);
  #secrets: [Uint8Array, Uint8Array];
  #rotatedAt: number;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#secrets = [random.bytes(32), random.bytes(32)];
    this.#rotatedAt = clock.now();
  }

  /** The request with the token its receiver gave us, or with padding that pays for the reply. */
  prepare<R extends DhtRequest>(to: KnownContact, request: R): R {
    if (!('token' in request.body)) return request;
    const known = this.#tokens.get(to);
    const token = known !== undefined && known.until > this.#clock.now() ? bytesOfName(known.token) : undefined;
    const paid = token !== undefined || (request.kind === 'ping' && this.#isProvenTo(to));
    const padding = paid ? EMPTY : new Uint8Array(PADDING_BYTES[request.kind] ?? 0);
    const body = 'padding' in request.body ? { ...request.body, token, padding } : { ...request.body, token };
    return { ...request, body };
  }

  /** The other node answered a request: its address is proven, and its token is kept. */
  answered(from: KnownContact, reply: DhtReply): void {
    const now = this.#clock.now();
    this.#proven.set(from, now + PROOF_LIFE_MS);
    const until = now + SECRET_PERIOD_MS;
    if (reply.body.token === undefined) this.#provenTo.set(from, until);
    else this.#tokens.set(from, { token: nameOf(reply.body.token), until });
  }

  /** A guess: their proof may end before. A pong loses nothing by it; a `nodes` reply would be cut short. */
  #isProvenTo(node: KnownContact): boolean {
    return (this.#provenTo.get(node) ?? 0) > this.#clock.now();
  }

  isProven(from: KnownContact, request: DhtRequest): boolean {
    const now = this.#clock.now();
    // A registration by its own token only: an old one, sent again, must not live on the proof of what is sent now.
    if (request.kind !== 'register' && (this.#proven.get(from) ?? 0) > now) return true;
    const token = 'token' in request.body ? request.body.token : undefined;
    if (token === undefined || !this.#isOurs(from, token)) return false;
    this.#proven.set(from, now + PROOF_LIFE_MS);
    return true;
  }

  withToken<R extends DhtReply>(to: KnownContact, reply: R): R {
    this.#rotate();
    return { ...reply, body: { ...reply.body, token: tokenFor(this.#secrets[0], to) } };
  }

  #isOurs(from: KnownContact, token: Uint8Array): boolean {
    this.#rotate();
    // Not constant time: a guess costs a round trip and gains one reply, far below what 64 bits protect.
    return this.#secrets.some((secret) => equalBytes(tokenFor(secret, from), token));
  }

  #rotate(): void {
    const age = this.#clock.now() - this.#rotatedAt;
    if (age < SECRET_PERIOD_MS) return;
    const keep = age < 2 * SECRET_PERIOD_MS;
    this.#secrets = [this.#random.bytes(32), keep ? this.#secrets[0] : this.#random.bytes(32)];
    // When it was due, not when somebody asked: else the one that is kept would be good for longer.
    this.#rotatedAt = keep ? this.#rotatedAt + SECRET_PERIOD_MS : this.#clock.now();
  }
}

const EMPTY = new Uint8Array(0);

function tokenFor(secret: Uint8Array, contact: KnownContact): Uint8Array {
  return hash32('parley round-trip token', concat(secret, contact.packed)).subarray(0, ROUND_TRIP_TOKEN_BYTES);
}
