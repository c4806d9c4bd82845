import { boxKeyPairFromSeed, SEED_BYTES, toBoxPublicKey } from '../crypto/crypto.ts';
import { NoiseIK } from '../crypto/noise.ts';
import { concat, equalBytes, type NodeKey, type ProfileKey } from '../ids/bytes.ts';
import type { Random } from '../ports/random.ts';
import type { LinkIdentity } from './identity.ts';
import { type EpochKeys, epochKeys } from './keys.ts';

const PROLOGUE = new TextEncoder().encode('parley link 1');

/** We and one peer: everything a handshake between the two needs besides fresh numbers. */
export interface Pair {
  readonly identity: LinkIdentity;
  readonly peer: ProfileKey;
  readonly peerBox: NodeKey;
  readonly random: Random;
  /** Whether our profile key is the lower one: it decides when both begin at once. */
  readonly weAreLower: boolean;
}

/** Undefined when the peer's key is not a valid profile key. */
export function pairWith(identity: LinkIdentity, peer: ProfileKey, random: Random): Pair | undefined {
  const peerBox = toBoxPublicKey(peer);
  if (peerBox === undefined) return undefined;
  return { identity, peer, peerBox, random, weAreLower: isLower(identity.profile.publicKey, peer) };
}

function isLower(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

/**
 * Version, who begins, who answers, and for a re-keying the hash of the handshake before: a message of one link, role
 * or epoch fails in any other.
 */
function prologue(initiator: ProfileKey, responder: ProfileKey, binding: Uint8Array): Uint8Array {
  return concat(PROLOGUE, initiator, responder, binding);
}

const freshKeys = (random: Random) => boxKeyPairFromSeed(random.bytes(SEED_BYTES));

export interface Finished {
  readonly payload: Uint8Array;
  readonly keys: EpochKeys;
}

/** The initiator's side of a Noise IK handshake (L:20). */
export interface Initiation {
  readonly message: Uint8Array;
  /** Takes message 2; undefined when it does not fit, which changes nothing. Afterwards the peer is verified. */
  finish(message2: Uint8Array): Finished | undefined;
  destroy(): void;
}

/** `binding` is empty for the first handshake of a link. @throws {RangeError} never for a pair of `pairWith`. */
export function beginHandshake(pair: Pair, binding: Uint8Array, payload: Uint8Array): Initiation {
  const noise = NoiseIK.initiator({
    prologue: prologue(pair.identity.profile.publicKey, pair.peer, binding),
    localStatic: pair.identity.box,
    ephemeral: freshKeys(pair.random),
    remoteStatic: pair.peerBox,
  });
  const message = noise.writeMessage(payload);
  // The peer's key is of the prime-order subgroup, so no shared secret can be zero.
  if (message === undefined) throw new RangeError('the peer key is of small order');
  return {
    message,
    finish(message2) {
      const answer = noise.readMessage(message2);
      if (answer === undefined) return undefined;
      const { handshakeHash } = noise;
      return { payload: answer, keys: epochKeys({ ...noise.split(), handshakeHash }) };
    },
    destroy: () => noise.destroy(),
  };
}

/** Message 1 of the peer, opened. Its payload is not to be trusted before `Finished` keys opened something (KCI). */
export interface Response {
  readonly payload: Uint8Array;
  /** Message 2 and the keys, once. */
  accept(payload: Uint8Array): { readonly message: Uint8Array; readonly keys: EpochKeys } | undefined;
  destroy(): void;
}

/** Undefined when message 1 is not one of this peer for us with this binding. Total. */
export function respond(pair: Pair, binding: Uint8Array, message1: Uint8Array): Response | undefined {
  const noise = NoiseIK.responder({
    prologue: prologue(pair.peer, pair.identity.profile.publicKey, binding),
    localStatic: pair.identity.box,
    ephemeral: freshKeys(pair.random),
  });
  const payload = noise.readMessage(message1);
  if (payload === undefined || noise.remoteStatic === undefined || !equalBytes(noise.remoteStatic, pair.peerBox)) {
    noise.destroy();
    return undefined;
  }
  return {
    payload,
    accept(answer) {
      const message = noise.writeMessage(answer);
      if (message === undefined) {
        noise.destroy();
        return undefined;
      }
      const { handshakeHash } = noise;
      return { message, keys: epochKeys({ ...noise.split(), handshakeHash }) };
    },
    destroy: () => noise.destroy(),
  };
}
