import { profileKeyPairFromSeed, SEED_BYTES } from '../../crypto/crypto.ts';
import { equalBytes, type InviteTag } from '../../ids/bytes.ts';
import type { LinkIdentity } from '../../link/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import { Emitter } from '../../ports/events.ts';
import { errorName, type Logger } from '../../ports/logger.ts';
import type { Random } from '../../ports/random.ts';
import { makePolicy, type Policy } from '../../relay/policy.ts';
import type { OwnPolicyRow } from '../../store/mail-types.ts';
import type { StoreReads, StoreWrites } from '../../store/types.ts';
import type { Commits } from '../commits.ts';
import type { DeriveInvite } from './context.ts';

export interface OwnPolicyParts {
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly identity: LinkIdentity;
  /** Derives the invite key of a public ID, slowly. */
  readonly derive: DeriveInvite;
}

/** What we let carriers take for us: friends, who share a key, and requests that name our invite tag. */
export class OwnPolicy {
  /** A new one is in force. */
  readonly changed = new Emitter<void>();
  readonly #parts: OwnPolicyParts;
  #made: { readonly number: number; readonly policy: Policy } | undefined;
  #tag: InviteTag;
  #running = false;

  constructor(parts: OwnPolicyParts, tag: InviteTag) {
    this.#parts = parts;
    this.#tag = tag;
  }

  /** Makes the first one, or one for the tag of now. */
  start(): void {
    this.#running = true;
    const row = this.#parts.read.mailKeys.ownPolicy();
    if (row === undefined || !equalBytes(row.tag, this.#tag)) void this.#useTag(this.#tag);
  }

  stop(): void {
    this.#running = false;
  }

  /** Undefined until the first one is made. */
  get current(): { readonly policy: Policy; readonly friendSeed: Uint8Array } | undefined {
    const row = this.#parts.read.mailKeys.ownPolicy();
    if (row === undefined) return undefined;
    if (this.#made?.number !== row.number) this.#made = { number: row.number, policy: this.#make(row) };
    return { policy: this.#made.policy, friendSeed: row.friendSeed };
  }

  setTag(tag: InviteTag): void {
    this.#tag = tag;
    void this.#useTag(tag);
  }

  /** Takes the friend key from whoever has it; the others get the new one. */
  rotate(): void {
    const friendSeed = this.#parts.random.bytes(SEED_BYTES);
    this.#change((write) => {
      const row = write.mailKeys.ownPolicy();
      if (row !== undefined) write.mailKeys.setOwnPolicy({ ...row, friendSeed, number: this.#next(row) });
    });
  }

  async #useTag(tag: InviteTag): Promise<void> {
    const { derive, identity, random, logger } = this.#parts;
    try {
      const { publicKey: inviteKey } = await derive({ key: identity.profile.publicKey, tag });
      if (!this.#running || !equalBytes(tag, this.#tag)) return;
      const fresh = random.bytes(SEED_BYTES);
      this.#change((write) => {
        const row = write.mailKeys.ownPolicy();
        const friendSeed = row?.friendSeed ?? fresh;
        write.mailKeys.setOwnPolicy({ number: this.#next(row), friendSeed, tag, inviteKey });
      });
    } catch (error) {
      logger.warn('messenger-policy-not-made', { error: errorName(error) });
    }
  }

  #change(work: (write: StoreWrites) => void): void {
    this.#parts.commits.add(work, ({ ok }) => ok && this.changed.emit());
  }

  /** Greater than all before, also of an earlier database of this profile if the clock is right. */
  #next(row: OwnPolicyRow | undefined): number {
    return Math.max(this.#parts.clock.wall(), (row?.number ?? 0) + 1);
  }

  #make({ number, friendSeed, inviteKey }: OwnPolicyRow): Policy {
    const friendKey = profileKeyPairFromSeed(friendSeed).publicKey;
    return makePolicy(this.#parts.identity.claim, { number, friendKey, inviteKey });
  }
}
