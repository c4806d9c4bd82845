import { type BlindedSigner, blindedSigner } from '../crypto/blinded-key.ts';
import { hash32, profileKeyPairFromSeed, SEED_BYTES } from '../crypto/crypto.ts';
import { equalBytes, type InviteTag } from '../ids/bytes.ts';
import type { LinkIdentity } from '../link/identity.ts';
import type { OwnDoor as DoorOfLinks } from '../link/types.ts';
import { Emitter } from '../ports/events.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import { makePolicy, type Policy } from '../relay/policy.ts';
import type { OwnDoorRow } from '../store/mail-types.ts';
import type { StoreReads } from '../store/types.ts';
import type { Commits } from './commits.ts';
import type { DeriveInvite } from './derivations.ts';

export interface OwnDoorParts {
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly logger: Logger;
  readonly identity: LinkIdentity;
  /** Derives what follows from a public ID, slowly. */
  readonly derive: DeriveInvite;
}

/** Where those reach us who have our public ID and nothing else. */
export interface Door extends DoorOfLinks {
  readonly claim: BlindedSigner;
  readonly policy: Policy;
}

/**
 * Our door: the position that follows from our present public ID, where requests come. With another invite tag it is
 * another one, and nobody is at the old one any more. Friends know our home and need no door.
 */
export class OwnDoor {
  /** It is open, is another one, or was closed. */
  readonly changed = new Emitter<void>();
  readonly #parts: OwnDoorParts;
  #tag: InviteTag;
  #door: Door | undefined;
  #running = false;

  constructor(parts: OwnDoorParts, tag: InviteTag) {
    this.#parts = parts;
    this.#tag = tag;
  }

  /** Derived before, or derived now, which takes a moment. */
  start(): void {
    this.#running = true;
    const row = this.#parts.read.mailKeys.ownDoor();
    if (row !== undefined && equalBytes(row.tag, this.#tag)) this.#open(row);
    else void this.#derive(this.#tag);
  }

  stop(): void {
    this.#running = false;
    this.#door = undefined;
  }

  get tag(): InviteTag {
    return this.#tag;
  }

  /** Undefined while it is not known where it is. */
  get current(): Door | undefined {
    return this.#door;
  }

  setTag(tag: InviteTag): void {
    if (equalBytes(tag, this.#tag)) return;
    this.#tag = tag;
    this.#door = undefined;
    if (!this.#running) return;
    this.changed.emit();
    void this.#derive(tag);
  }

  async #derive(tag: InviteTag): Promise<void> {
    const { derive, identity, logger, commits } = this.#parts;
    try {
      const { door: secret, pair } = await derive({ key: identity.profile.publicKey, tag });
      if (!this.#running || !equalBytes(tag, this.#tag)) return;
      const row = { tag, secret, inviteKey: pair.publicKey };
      // Whether it could be written or not: it is derived again at the next start.
      commits.add(
        (write) => write.mailKeys.setOwnDoor(row),
        () => {},
      );
      this.#open(row);
    } catch (error) {
      logger.warn('messenger-door-not-made', { error: errorName(error) });
    }
  }

  #open({ secret, inviteKey }: OwnDoorRow): void {
    const { secretKey } = this.#parts.identity.profile;
    const claim = blindedSigner(secretKey, secret);
    // Friends leave their mail at home: no key of theirs is good here.
    const nobody = hash32('no friend key', secretKey.subarray(0, SEED_BYTES), secret);
    const friendKey = profileKeyPairFromSeed(nobody).publicKey;
    // All of it follows from the public ID, so that it never needs a second number.
    const policy = makePolicy(claim, { number: 1, friendKey, inviteKey });
    this.#door = { tag: this.#tag, secret, claim, policy };
    this.changed.emit();
  }
}
