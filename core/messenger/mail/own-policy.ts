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

/** In the profile database: the number of the first policy that was made in it, a float of 64 bits. */
const FIRST_KEY = 'mail.first-policy';

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
   * Whether somebody left it who is a friend now, by what is known here. A policy with a greater number is ours as well,
   * should the database be an older copy; so is one of before the first of a database that was begun anew. Those between were
   * taken from somebody.
   */
  isFromFriend({ id, permit, destination }: Envelope): boolean {
    const { mailKeys, keyValues } = this.#parts.read;
    const current = mailKeys.ownPolicy()?.number;
    if (current === undefined || permit?.signer !== 'friend') return false;
    const { policy } = permit;
    if (policy.number < current && policy.number >= readNumber(keyValues.get(FIRST_KEY))) return false;
    return isPolicyOf(policy, destination) && isPermitFor(permit, id);
  }

  /** Takes the friend key from whoever has it; the others get the new one. */
  rotate(): void {
    this.#renew();
  }

  #renew(): void {
    const friendSeed = this.#parts.random.bytes(SEED_BYTES);
    this.#parts.commits.add(
      (write: StoreWrites) => {
        const before = write.mailKeys.ownPolicy();
        const number = this.#next(before);
        if (before === undefined) write.keyValues.set(FIRST_KEY, numberBytes(number));
        write.mailKeys.setOwnPolicy({ friendSeed, number });
      },
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

function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

/** 0 where it was not noted: then nothing is of before. */
function readNumber(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}
