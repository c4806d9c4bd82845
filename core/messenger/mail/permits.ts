import { policyLayout } from '../../codec/envelope.ts';
import { decode } from '../../codec/layout.ts';
import { blindPublicKey } from '../../crypto/blinded-key.ts';
import { type ProfileKeyPair, profileKeyPairFromSeed } from '../../crypto/crypto.ts';
import { inviteKeyPair } from '../../crypto/invite-key.ts';
import { type NodeId, type ProfileKey, type Signature, signature, toHex } from '../../ids/bytes.ts';
import { positionOf } from '../../link/identity.ts';
import { makePermit, type Permit, type Policy } from '../../relay/policy.ts';
import type { FriendRow, StoreReads } from '../../store/types.ts';
import type { DeriveInvite } from './context.ts';

const MAX_KEPT = 1_000;
const NO_SIGNATURE: Signature = signature(new Uint8Array(64));
const NO_KEY = new Uint8Array(32);

/** Where mail to friends goes, and what shows carriers that it may. */
export class Permits {
  readonly #read: StoreReads;
  readonly #derive: DeriveInvite;
  readonly #invites = new Map<string, Promise<ProfileKeyPair>>();
  readonly #ready = new Map<string, ProfileKeyPair>();
  readonly #positions = new Map<string, NodeId>();

  constructor(read: StoreReads, derive: DeriveInvite = inviteKeyPair) {
    this.#read = read;
    this.#derive = derive;
  }

  positionOf(key: ProfileKey): NodeId {
    return remember(this.#positions, toHex(key), () => positionOf(key));
  }

  /** The pair that belongs to a public ID; derived once. */
  readonly invitePair: DeriveInvite = ({ key, tag }) => {
    const name = toHex(key) + toHex(tag);
    return remember(this.#invites, name, async () => {
      const pair = await this.#derive({ key, tag });
      this.#ready.set(name, pair);
      return pair;
    });
  };

  /** Resolves when `make` needs to wait for nothing. */
  async prepare(friend: FriendRow): Promise<void> {
    if (this.#capability(friend) === undefined) await this.invitePair(friend);
  }

  /**
   * For an envelope to this friend: under the key that friends share, or, as long as we have none, under the key of their
   * public ID. In that case we do not know their policy: the permit's has no signature and number 0.
   */
  make(friend: FriendRow, id: Uint8Array): Permit | undefined {
    const capability = this.#capability(friend);
    if (capability !== undefined) return makePermit(id, capability.policy, 'friend', capability.secretKey);
    const pair = this.#ready.get(toHex(friend.key) + toHex(friend.tag));
    const claimKey = blindPublicKey(friend.key);
    if (pair === undefined || claimKey === undefined) return undefined;
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

function remember<T>(map: Map<string, T>, name: string, make: () => T): T {
  const known = map.get(name);
  if (known !== undefined) return known;
  if (map.size >= MAX_KEPT) map.clear();
  const value = make();
  map.set(name, value);
  return value;
}
