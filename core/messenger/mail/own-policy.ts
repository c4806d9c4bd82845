import { profileKeyPairFromSeed, SEED_BYTES } from '../../crypto/crypto.ts';
import type { LinkIdentity } from '../../link/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import { Emitter } from '../../ports/events.ts';
import type { Random } from '../../ports/random.ts';
import type { Envelope } from '../../relay/envelope.ts';
import { isPermitFor, isPolicyOf, makePolicy, type Policy } from '../../relay/policy.ts';
import type { OwnPolicyRow } from '../../store/mail-types.ts';
import type { StoreReads, StoreWrites } from '../../store/types.ts';
import type { Commits } from '../commits.ts';
import { homeKeyPair } from '../places.ts';

export interface OwnPolicyParts {
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: LinkIdentity;
}

/** What we let carriers at home take for us: from friends, who share a key, and a little from all who know where it is. */
export class OwnPolicy {
  /** A new one is in force. */
  readonly changed = new Emitter<void>();
  readonly #parts: OwnPolicyParts;
  #made: { readonly number: number; readonly policy: Policy } | undefined;

  constructor(parts: OwnPolicyParts) {
    this.#parts = parts;
  }

  /** Makes the first one. */
  start(): void {
    if (this.#parts.read.mailKeys.ownPolicy() === undefined) this.#renew();
  }

  /** Undefined until the first one is made. */
  get current(): { readonly policy: Policy; readonly friendSeed: Uint8Array } | undefined {
    const row = this.#parts.read.mailKeys.ownPolicy();
    if (row === undefined) return undefined;
    if (this.#made?.number !== row.number) this.#made = { number: row.number, policy: this.#make(row) };
    return { policy: this.#made.policy, friendSeed: row.friendSeed };
  }

  /**
   * Whether somebody left it who is a friend now. A policy with a greater number is ours as well, should the database be an
   * older copy.
   */
  isFromFriend({ id, permit, destination }: Envelope): boolean {
    const number = this.#parts.read.mailKeys.ownPolicy()?.number;
    if (number === undefined || permit?.signer !== 'friend' || permit.policy.number < number) return false;
    return isPolicyOf(permit.policy, destination) && isPermitFor(permit, id);
  }

  /** Takes the friend key from whoever has it; the others get the new one. */
  rotate(): void {
    this.#renew();
  }

  #renew(): void {
    const friendSeed = this.#parts.random.bytes(SEED_BYTES);
    this.#parts.commits.add(
      (write: StoreWrites) =>
        write.mailKeys.setOwnPolicy({ friendSeed, number: this.#next(write.mailKeys.ownPolicy()) }),
      ({ ok }) => ok && this.changed.emit(),
    );
  }

  /** Greater than all before, also of an earlier database of this profile if the clock is right. */
  #next(row: OwnPolicyRow | undefined): number {
    return Math.max(this.#parts.clock.wall(), (row?.number ?? 0) + 1);
  }

  #make({ number, friendSeed }: OwnPolicyRow): Policy {
    const { home, homeSecret } = this.#parts.identity;
    const friendKey = profileKeyPairFromSeed(friendSeed).publicKey;
    return makePolicy(home, { number, friendKey, inviteKey: homeKeyPair(homeSecret).publicKey });
  }
}
