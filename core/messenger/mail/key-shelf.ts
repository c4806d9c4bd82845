import { policyLayout } from '../../codec/envelope.ts';
import { HANDOVER_BYTES, type Handover, MAX_HANDED_KEYS } from '../../codec/handover.ts';
import { decode, encode } from '../../codec/layout.ts';
import type { MailBody } from '../../codec/mail.ts';
import { createNodeKeyPair } from '../../crypto/crypto.ts';
import { equalBytes } from '../../ids/bytes.ts';
import { type LinkIdentity, placeOf } from '../../link/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { isPolicyOf } from '../../relay/policy.ts';
import { MAX_LIFE_MS } from '../../relay/types.ts';
import type { FriendRow, StoreReads, StoreWrites } from '../../store/types.ts';
import { isHandoverOf, keyHint, signHandover } from './letters.ts';
import type { OwnPolicy } from './own-policy.ts';

/** Below this many a friend is given more. */
const LOW_STOCK = MAX_HANDED_KEYS / 2;
/** Keys beside a letter: they make the envelope larger. */
export const KEYS_PER_LETTER = 12;
/** Longest hand-over beside a letter, in bytes. */
export const MAX_BESIDE_BYTES = HANDOVER_BYTES + 32 * KEYS_PER_LETTER;
/** A key that was got longer ago is not used any more, so that its owner may erase it in the end. */
const PEER_KEY_LIFE_MS = 30 * 86_400_000;
/** Both clocks may be wrong, but each of these times is measured by one clock. */
const OWN_KEY_LIFE_MS = PEER_KEY_LIFE_MS + 2 * MAX_LIFE_MS;
/** Secrets kept of keys that one friend was given. */
const MAX_OWN_KEYS = 4 * MAX_HANDED_KEYS;
/**
 * However old they look: the friend's stock, and as many that are on their way to us. A clock that was wrong when they were
 * made, or is wrong now, must not make mail unreadable that was sealed to them.
 */
const MIN_OWN_KEYS = 2 * MAX_HANDED_KEYS;
const NEVER_TOLD = { number: 0 };

/**
 * What became of a hand-over. `refused`: it is not that friend's. `new-policy`: older permits are worth less now, and the
 * friend may be found elsewhere.
 */
export type Acceptance = 'refused' | 'taken' | 'new-policy';

export interface KeyShelfParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: LinkIdentity;
  readonly own: OwnPolicy;
}

/** One-time keys and policies, ours and our friends'. Its methods run inside of commits. */
export class KeyShelf {
  readonly #parts: KeyShelfParts;

  constructor(parts: KeyShelfParts) {
    this.#parts = parts;
  }

  /** What we have of this friend's. */
  stock(read: StoreReads, friend: FriendRow): { policyNumber: number; keys: number } {
    const { policy } = read.mailKeys.capability(friend.id);
    const decoded = policy && decode(policyLayout, policy);
    const { number: policyNumber } = decoded?.ok ? decoded.value : NEVER_TOLD;
    return { policyNumber, keys: read.mailKeys.peerKeyCount(friend.id) };
  }

  /** What a friend who has this much of ours lacks; undefined: nothing. */
  toHand(write: StoreWrites, friend: FriendRow, has: { policyNumber: number; keys: number }): Handover | undefined {
    const few = has.keys < LOW_STOCK;
    if (!few && has.policyNumber === this.#number) return undefined;
    return this.make(write, friend, few ? MAX_HANDED_KEYS - has.keys : 0);
  }

  /** The same beside a letter, by what we believe the friend to have. */
  besideLetter(write: StoreWrites, friend: FriendRow, kind: MailBody['kind']): Handover | undefined {
    const { toldNumber } = write.mailKeys.capability(friend.id);
    // Who has asked us has nothing, whatever they had before.
    const few = kind === 'accept' || write.mailKeys.ownKeyCount(friend.id) < KEYS_PER_LETTER;
    if (!few && toldNumber === this.#number) return undefined;
    return this.make(write, friend, few ? KEYS_PER_LETTER : 0);
  }

  /** With so many new keys; undefined while there is no policy. */
  make(write: StoreWrites, friend: FriendRow, count: number): Handover | undefined {
    const { own, random, clock, identity } = this.#parts;
    const { current } = own;
    if (current === undefined) return undefined;
    const at = clock.wall();
    const pairs = Array.from({ length: count }, () => createNodeKeyPair(random));
    for (const { publicKey, secretKey: secret } of pairs)
      write.mailKeys.addOwnKey({ hint: keyHint(publicKey), friend: friend.id, secret }, at);
    const limits = { most: MAX_OWN_KEYS, least: MIN_OWN_KEYS, before: at - OWN_KEY_LIFE_MS };
    write.mailKeys.trimOwnKeys(friend.id, limits);
    write.mailKeys.setCapability(friend.id, { toldNumber: current.policy.number });
    const keys = pairs.map(({ publicKey }) => publicKey);
    return signHandover(identity, friend.key, { ...current, home: identity.homeSecret, keys });
  }

  /** Keeps what a friend handed over; an older policy changes nothing. */
  accept(write: StoreWrites, friend: FriendRow, handover: Handover): Acceptance {
    const { policy, friendSeed, home, keys } = handover;
    const { identity, clock } = this.#parts;
    if (!isHandoverOf(handover, friend.key, identity.profile.publicKey)) return 'refused';
    const place = placeOf(friend.key, home);
    if (place === undefined || !isPolicyOf(policy, place.position)) return 'refused';
    const isElsewhere = friend.home === undefined || !equalBytes(friend.home, home);
    if (isElsewhere) write.friends.update(friend.id, { home: home.slice() });
    const isNewer = isElsewhere || policy.number > this.stock(write, friend).policyNumber;
    if (isNewer) write.mailKeys.setCapability(friend.id, { policy: encode(policyLayout, policy), seed: friendSeed });
    write.mailKeys.addPeerKeys(friend.id, keys, { at: clock.wall(), limit: MAX_OWN_KEYS });
    return isNewer ? 'new-policy' : 'taken';
  }

  /** A key for one envelope to this friend; it is gone from here then. */
  take(write: StoreWrites, friend: FriendRow): Uint8Array | undefined {
    return write.mailKeys.takePeerKey(friend.id, this.#parts.clock.wall() - PEER_KEY_LIFE_MS);
  }

  get #number(): number {
    return this.#parts.own.current?.policy.number ?? 0;
  }
}
