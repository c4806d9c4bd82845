import type { Handover } from '../../codec/handover.ts';
import { MAX_LETTER_BYTES, type MailBody } from '../../codec/mail.ts';
import type { LinkIdentity } from '../../link/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { type Envelope, makeEnvelope } from '../../relay/envelope.ts';
import { MAX_LIFE_MS, type Relay } from '../../relay/types.ts';
import type { EnvelopeRow } from '../../store/mail-types.ts';
import type { FriendRow, StoreWrites } from '../../store/types.ts';
import { type KeyShelf, MAX_BESIDE_BYTES } from './key-shelf.ts';
import { letterBytes, type MailContent, writeMail } from './letters.ts';
import type { Permits } from './permits.ts';

export interface SealerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: LinkIdentity;
  readonly relay: Relay;
  readonly shelf: KeyShelf;
  readonly permits: Permits;
}

export interface Sealed {
  readonly row: EnvelopeRow;
  readonly envelope: Envelope;
}

/** Makes envelopes of what we have to say to friends who are away. */
export class Sealer {
  readonly #parts: SealerParts;

  constructor(parts: SealerParts) {
    this.#parts = parts;
  }

  /**
   * One envelope, and all that belongs to it in the database: inside of a commit, since the one-time key is gone with it.
   * `Permits.prepare` comes before. @returns undefined when nothing can be sealed to this key
   */
  seal(
    write: StoreWrites,
    friend: FriendRow,
    body: MailBody,
    { firstSeq, lastSeq } = { firstSeq: 0, lastSeq: 0 },
  ): Sealed | undefined {
    const { clock, relay, shelf, permits } = this.#parts;
    const destination = permits.positionOf(friend);
    if (destination === undefined) return undefined;
    const createdAt = clock.wall();
    const content = this.#content(write, friend, { writtenAt: createdAt, body });
    // An answer may be the way to find out of keys that one of the two lost, so it is sealed to none of them.
    const oneTimeKey = body.kind === 'accept' ? undefined : shelf.take(write, friend);
    const mail = writeMail(this.#parts, { profile: friend.key, oneTimeKey }, content);
    if (mail === undefined) return undefined;
    const copies = relay.copiesFor(destination);
    const envelope = makeEnvelope({ destination, copies, permit: (id) => permits.make(friend, id), body: mail });
    const { id, bytes } = envelope;
    const expiresAt = createdAt + MAX_LIFE_MS;
    const row = write.mail.add({
      ...{ id, friend: friend.id, kind: body.kind, firstSeq, lastSeq, createdAt, expiresAt, bytes },
    });
    return { row, envelope };
  }

  /** With a hand-over for a friend who lacks it, where there is room. */
  #content(write: StoreWrites, friend: FriendRow, parts: Omit<MailContent, 'handover'>): MailContent {
    const own = this.#parts.identity.profile.publicKey;
    const bare = { ...parts, handover: undefined };
    if (friend.state !== 'friend') return bare;
    const room = MAX_LETTER_BYTES - letterBytes(own, bare).length;
    const handover: Handover | undefined =
      room >= MAX_BESIDE_BYTES ? this.#parts.shelf.besideLetter(write, friend, parts.body.kind) : undefined;
    return { ...parts, handover };
  }
}
