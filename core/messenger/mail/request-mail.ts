import type { MailBody } from '../../codec/mail.ts';
import type { FriendRequest } from '../../codec/messages.ts';
import type { StoredMailKind } from '../../store/mail-types.ts';
import type { FriendNumber, FriendRow } from '../../store/types.ts';
import type { OwnPolicy } from './own-policy.ts';
import type { MailParts } from './parts.ts';
import { Rounds } from './rounds.ts';

/** A request or its answer goes by mail when no link came up within this time. */
const AWAY_MS = 2_500;
/** After a start friends get this long to come up before they are told of a new policy by mail. */
const TELL_MS = 30_000;

export interface RequestMailParts extends MailParts {
  readonly own: OwnPolicy;
  readonly linked: (friend: FriendNumber) => boolean;
  readonly request: (friend: FriendRow) => FriendRequest;
  readonly ownName: () => string;
}

/**
 * Friend requests, our yes to those of others, and new policies, for people who are away: each lies in one envelope until
 * it is answered, kept, or over; then in the next one.
 */
export class RequestMail {
  readonly #parts: RequestMailParts;
  readonly #rounds: Rounds;

  constructor(parts: RequestMailParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(parts.clock, (friend) => this.#send(friend));
  }

  start(): void {
    this.#rounds.start();
    for (const row of this.#parts.read.friends.all()) if (this.#letterFor(row)) this.#rounds.plan(row.id, TELL_MS);
    this.networkChanged();
  }

  stop(): void {
    this.#rounds.stop();
  }

  /** This person is asked, or answered. */
  wanted(friend: FriendNumber): void {
    this.#rounds.plan(friend, AWAY_MS);
  }

  networkChanged(): void {
    if (!this.#parts.network.connected) return;
    for (const row of this.#parts.read.friends.all()) if (row.state === 'requested') this.wanted(row.id);
    for (const friend of this.#parts.read.mailKeys.acceptsDue()) this.wanted(friend);
  }

  /** Friends who knew the policy before hear of the new one. */
  policyChanged(): void {
    for (const row of this.#parts.read.friends.all()) if (this.#letterFor(row)) this.wanted(row.id);
  }

  drop(friend: FriendNumber): void {
    this.#rounds.cancel(friend);
  }

  /** What this person has to be told, if anything. */
  #letterFor(friend: FriendRow): MailBody | undefined {
    if (friend.removedAt !== undefined) return undefined;
    if (friend.state === 'requested')
      return { kind: 'request', body: { tag: friend.tag, request: this.#parts.request(friend) } };
    if (friend.state !== 'friend') return undefined;
    const { acceptDue, toldNumber } = this.#parts.read.mailKeys.capability(friend.id);
    if (acceptDue) return { kind: 'accept', body: { name: this.#parts.ownName() } };
    const { current } = this.#parts.own;
    const isOld = toldNumber > 0 && current !== undefined && toldNumber !== current.policy.number;
    return isOld ? { kind: 'handover', body: {} } : undefined;
  }

  async #send(id: FriendNumber): Promise<void> {
    const before = this.#parts.read.friends.byId(id);
    if (before === undefined || !this.#isDue(before)) return;
    await this.#parts.permits.prepare(before);
    if (!this.#rounds.running) return;
    this.#parts.commits.add(
      (write) => {
        const friend = write.friends.byId(id);
        const body = friend && this.#isDue(friend) ? this.#letterFor(friend) : undefined;
        return body && this.#parts.sealer.seal(write, friend!, body);
      },
      (outcome) => {
        if (outcome.ok && outcome.value) this.#parts.deposits.place(outcome.value.row, outcome.value.envelope);
      },
    );
  }

  #isDue(friend: FriendRow): boolean {
    const kind: StoredMailKind | undefined = this.#letterFor(friend)?.kind;
    if (kind === undefined || !this.#parts.network.connected || this.#parts.linked(friend.id)) return false;
    return !this.#parts.read.mail.open(friend.id).some((row) => row.kind === kind);
  }
}
