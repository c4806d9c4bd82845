import { policyLayout } from '../../codec/envelope.ts';
import { decode } from '../../codec/layout.ts';
import { profileKeyPairFromSeed } from '../../crypto/crypto.ts';
import { type NodeId, type Signature, signature } from '../../ids/bytes.ts';
import { makePermit, type Permit, type Policy } from '../../relay/policy.ts';
import type { FriendRow, StoreReads } from '../../store/types.ts';
import type { Places } from '../places.ts';

const NO_SIGNATURE: Signature = signature(new Uint8Array(64));
const NO_KEY = new Uint8Array(32);

/** Where mail to friends goes, and what shows carriers that it may. */
export class Permits {
  readonly #read: StoreReads;
  readonly #places: Places;

  constructor(read: StoreReads, places: Places) {
    this.#read = read;
    this.#places = places;
  }

  /** Undefined before `prepare`, and where the friend's key is none. */
  positionOf(friend: FriendRow): NodeId | undefined {
    return this.#places.of(friend)?.position;
  }

  /** Resolves when `make` needs to wait for nothing. */
  prepare(friend: FriendRow): Promise<void> {
    return this.#places.prepare(friend);
  }

  /**
   * For an envelope to this friend: under the key that friends share, or, as long as we have none, under the key that
   * follows from where we found them. In that case we do not know their policy: the permit's has no signature and number 0.
   */
  make(friend: FriendRow, id: Uint8Array): Permit | undefined {
    const capability = this.#capability(friend);
    if (capability !== undefined) return makePermit(id, capability.policy, 'friend', capability.secretKey);
    const place = this.#places.of(friend);
    if (place === undefined) return undefined;
    const { claimKey, pair } = place;
    const policy = { claimKey, number: 0, friendKey: NO_KEY, inviteKey: pair.publicKey, signature: NO_SIGNATURE };
    return makePermit(id, policy, 'invite', pair.secretKey);
  }

  #capability(friend: FriendRow): { readonly policy: Policy; readonly secretKey: Uint8Array } | undefined {
    const { policy, seed } = this.#read.mailKeys.capability(friend.id);
    if (policy === undefined || seed === undefined) return undefined;
    const decoded = decode(policyLayout, policy);
    return decoded.ok ? { policy: decoded.value, secretKey: profileKeyPairFromSeed(seed).secretKey } : undefined;
  }
}
