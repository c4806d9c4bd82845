import { concat, NODE_KEY_BYTES, type NodeKey, nodeKey } from '../ids/bytes.ts';
import { KEY_BYTES, type NodeKeyPair, TAG_BYTES, wipe, x25519 } from './crypto.ts';
import { NoiseSymmetric } from './noise-symmetric.ts';

export const NOISE_PROTOCOL_NAME = 'Noise_IK_25519_ChaChaPoly_SHA512';
/** What message 1 adds to its payload: ephemeral key, sealed static key, tag. */
export const NOISE_1_BYTES = NODE_KEY_BYTES + NODE_KEY_BYTES + TAG_BYTES + TAG_BYTES;
/** What message 2 adds to its payload: ephemeral key, tag. */
export const NOISE_2_BYTES = NODE_KEY_BYTES + TAG_BYTES;
/** Longest message (Noise, section 3). */
const MAX_MESSAGE_BYTES = 65_535;

export interface NoiseKeys {
  /** 32 bytes; seals what we send. Belongs to the caller. */
  readonly send: Uint8Array;
  /** 32 bytes; opens what the peer sends. Belongs to the caller. */
  readonly receive: Uint8Array;
}

export interface ResponderOptions {
  /** Both sides must give the same bytes, or the handshake fails. */
  readonly prologue: Uint8Array;
  readonly localStatic: NodeKeyPair;
  /** Fresh for every handshake; belongs to the handshake, which wipes its secret key. */
  readonly ephemeral: NodeKeyPair;
}

export interface InitiatorOptions extends ResponderOptions {
  readonly remoteStatic: Uint8Array;
}

/** Which message comes next: `1` and `2` of the pattern, then `split`, then nothing. */
type Step = 1 | 2 | 'split' | 'done';

/**
 * One Noise IK handshake (Noise Protocol Framework, revision 34, section 7.5):
 *
 *     <- s
 *     ...
 *     -> e, es, s, ss    (message 1, initiator writes)
 *     <- e, ee, se       (message 2, responder writes)
 *
 * A message that does not fit (garbage, another prologue, a key of small order) changes nothing, so that a forged one
 * cannot keep the true one from being read. Calls in the wrong order throw: a bug of ours.
 *
 * KCI rule: whoever has stolen the responder's static key can write a valid message 1 in anybody's name, and message 1
 * can be replayed. So the responder may trust that the initiator is `remoteStatic` only after the first transport
 * message under the new keys has opened: these keys contain `se`, which needs the initiator's static key and is bound
 * to the responder's fresh ephemeral key. Until then it must not act on the payload of message 1 beyond answering. The
 * initiator may trust the responder as soon as message 2 has opened (`es` and `ee` bind it to our ephemeral key).
 */
export class NoiseIK {
  readonly #initiator: boolean;
  readonly #localStatic: NodeKeyPair;
  readonly #ephemeral: NodeKeyPair;
  #symmetric = new NoiseSymmetric(NOISE_PROTOCOL_NAME);
  #remoteStatic: NodeKey | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #step: Step = 1;

  private constructor(options: ResponderOptions, remoteStatic: NodeKey | undefined) {
    this.#initiator = remoteStatic !== undefined;
    this.#localStatic = options.localStatic;
    this.#ephemeral = options.ephemeral;
    this.#remoteStatic = remoteStatic;
    this.#symmetric.mixHash(options.prologue);
    this.#symmetric.mixHash(remoteStatic ?? options.localStatic.publicKey);
  }

  static initiator(options: InitiatorOptions): NoiseIK {
    return new NoiseIK(options, nodeKey(options.remoteStatic));
  }

  static responder(options: ResponderOptions): NoiseIK {
    return new NoiseIK(options, undefined);
  }

  /** The peer's static key: known to the initiator, learned by the responder from message 1 (mind the KCI rule). */
  get remoteStatic(): NodeKey | undefined {
    return this.#remoteStatic;
  }

  /** Channel binding (section 11.2), 64 bytes: equal on both sides when both messages are through. */
  get handshakeHash(): Uint8Array {
    return this.#symmetric.handshakeHash.slice();
  }

  /** The next message of ours, or undefined when the peer's key is of small order: give the handshake up. */
  writeMessage(payload: Uint8Array): Uint8Array | undefined {
    const first = this.#expect(this.#initiator ? 1 : 2) === 1;
    if (payload.length + (first ? NOISE_1_BYTES : NOISE_2_BYTES) > MAX_MESSAGE_BYTES) {
      throw new RangeError('Noise payload is too long');
    }
    const next = this.#symmetric.clone();
    next.mixHash(this.#ephemeral.publicKey);
    const sealedStatic = first ? this.#writeStatic(next) : this.#mixSecond(next) && new Uint8Array(0);
    if (!sealedStatic) return undefined;
    const message = concat(this.#ephemeral.publicKey, sealedStatic, next.encryptAndHash(payload));
    this.#advance(next);
    return message;
  }

  /** The payload of the peer's next message, or undefined when it does not fit; then nothing has changed. Total. */
  readMessage(message: Uint8Array): Uint8Array | undefined {
    const first = this.#expect(this.#initiator ? 2 : 1) === 1;
    if (message.length < (first ? NOISE_1_BYTES : NOISE_2_BYTES) || message.length > MAX_MESSAGE_BYTES)
      return undefined;
    const next = this.#symmetric.clone();
    const ephemeral = message.slice(0, KEY_BYTES);
    next.mixHash(ephemeral);
    return first ? this.#readFirst(next, ephemeral, message) : this.#readSecond(next, ephemeral, message);
  }

  /** The transport keys, once. Ends the handshake and wipes its secrets. */
  split(): NoiseKeys {
    this.#expect('split');
    const [initiatorKey, responderKey] = this.#symmetric.split();
    this.destroy();
    return this.#initiator
      ? { send: initiatorKey, receive: responderKey }
      : { send: responderKey, receive: initiatorKey };
  }

  /** Wipes the ephemeral secret of a handshake that is given up. Idempotent. */
  destroy(): void {
    wipe(this.#ephemeral.secretKey);
    this.#step = 'done';
  }

  #expect<S extends Step>(step: S): S {
    if (this.#step !== step) throw new Error(`Noise: step ${step} called at step ${this.#step}`);
    return step;
  }

  #advance(next: NoiseSymmetric): void {
    this.#symmetric = next;
    this.#step = this.#step === 1 ? 2 : 'split';
  }

  /** es, s, ss from the initiator's side. */
  #writeStatic(next: NoiseSymmetric): Uint8Array | undefined {
    const remote = this.#remoteStatic!;
    if (!next.mixKey(x25519(this.#ephemeral.secretKey, remote))) return undefined;
    const sealed = next.encryptAndHash(this.#localStatic.publicKey);
    return next.mixKey(x25519(this.#localStatic.secretKey, remote)) ? sealed : undefined;
  }

  /** ee, se from the responder's side. */
  #mixSecond(next: NoiseSymmetric): boolean {
    const { secretKey } = this.#ephemeral;
    return (
      next.mixKey(x25519(secretKey, this.#remoteEphemeral!)) && next.mixKey(x25519(secretKey, this.#remoteStatic!))
    );
  }

  #readFirst(next: NoiseSymmetric, ephemeral: Uint8Array, message: Uint8Array): Uint8Array | undefined {
    const { secretKey } = this.#localStatic;
    const payloadOffset = NOISE_1_BYTES - TAG_BYTES;
    if (!next.mixKey(x25519(secretKey, ephemeral))) return undefined;
    const remote = next.decryptAndHash(message.subarray(KEY_BYTES, payloadOffset));
    if (remote === undefined || !next.mixKey(x25519(secretKey, remote))) return undefined;
    const payload = next.decryptAndHash(message.subarray(payloadOffset));
    if (payload === undefined) return undefined;
    this.#remoteEphemeral = ephemeral;
    this.#remoteStatic = nodeKey(remote);
    this.#advance(next);
    return payload;
  }

  #readSecond(next: NoiseSymmetric, ephemeral: Uint8Array, message: Uint8Array): Uint8Array | undefined {
    if (!next.mixKey(x25519(this.#ephemeral.secretKey, ephemeral))) return undefined;
    if (!next.mixKey(x25519(this.#localStatic.secretKey, ephemeral))) return undefined;
    const payload = next.decryptAndHash(message.subarray(KEY_BYTES));
    if (payload !== undefined) this.#advance(next);
    return payload;
  }
}
