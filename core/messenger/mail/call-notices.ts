import { equalBytes } from '../../ids/bytes.ts';
import type { LinkManager } from '../../link/types.ts';
import type { FriendNumber, FriendRow, OwedCall, StoreReads, StoreWrites } from '../../store/types.ts';
import { noticeOf } from '../calls/call-log.ts';
import { LINK_GRACE_MS } from './envelope-carrier.ts';
import type { MailParts } from './parts.ts';
import { Rounds } from './rounds.ts';
import type { Sealed } from './sealer.ts';

/** Notices sealed in one transaction; the others follow in the next one. */
const MAX_AT_ONCE = 8;

export interface CallNoticesParts extends MailParts {
  readonly links: LinkManager;
  readonly linked: (friend: FriendNumber) => boolean;
}

/**
 * Tells friends who are away that we called in vain, each call in an envelope of its own. A call is owed until a link
 * told it or enough nodes keep its envelope, whichever is first; both at once are one entry there, by the call ID.
 */
export class CallNotices {
  readonly #parts: CallNoticesParts;
  readonly #rounds: Rounds;

  constructor(parts: CallNoticesParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(parts.clock, (friend) => this.#tell(friend));
  }

  start(): void {
    this.#rounds.start();
    this.#planAll();
  }

  stop(): void {
    this.#rounds.stop();
  }

  /** What this friend is owed may have changed, and is committed; or their link is gone. */
  changed(friend: FriendNumber): void {
    this.#rounds.plan(friend, LINK_GRACE_MS);
  }

  networkChanged(): void {
    if (this.#parts.network.connected) this.#planAll();
  }

  drop(friend: FriendNumber): void {
    this.#rounds.cancel(friend);
  }

  #planAll(): void {
    for (const friend of this.#parts.read.calls.friendsOwed()) this.changed(friend);
  }

  async #tell(id: FriendNumber): Promise<void> {
    const { read, links, network, permits } = this.#parts;
    this.#endTold(id);
    const friend = this.#friendAway(id);
    if (friend === undefined || !network.connected || unsealed(read, id).length === 0) return;
    if (links.isConnecting(friend.key) && this.#rounds.again(id, LINK_GRACE_MS)) return;
    await permits.prepare(friend);
    if (!this.#rounds.running || this.#friendAway(id) === undefined) return;
    this.#parts.commits.add(
      (write) => this.#seal(write, id),
      (outcome) => {
        if (!outcome.ok) return;
        for (const { row, envelope } of outcome.value) this.#parts.deposits.place(row, envelope);
        if (outcome.value.length === MAX_AT_ONCE) this.#rounds.plan(id, 0);
      },
    );
  }

  /** What a link told first needs no envelope any more. */
  #endTold(id: FriendNumber): void {
    const owed = this.#parts.read.calls.owed(id);
    const isOwed = (envelope: Uint8Array) =>
      owed.some(({ notice }) => notice !== undefined && equalBytes(notice, envelope));
    this.#parts.deposits.end(id, (row) => row.kind === 'missedCall' && !isOwed(row.id));
  }

  #friendAway(id: FriendNumber): FriendRow | undefined {
    const friend = this.#parts.read.friends.byId(id);
    const wanted = friend?.state === 'friend' && friend.removedAt === undefined;
    return wanted && !this.#parts.linked(id) ? friend : undefined;
  }

  #seal(write: StoreWrites, id: FriendNumber): Sealed[] {
    const friend = write.friends.byId(id);
    if (friend?.state !== 'friend' || friend.removedAt !== undefined) return [];
    return unsealed(write, id)
      .slice(0, MAX_AT_ONCE)
      .flatMap((owed) => {
        const sealed = this.#parts.sealer.seal(write, friend, { kind: 'missedCall', body: noticeOf(owed) });
        if (sealed !== undefined) write.calls.sealed(id, owed.callId, sealed.row.id);
        return sealed ?? [];
      });
  }
}

function unsealed(read: StoreReads, friend: FriendNumber): OwedCall[] {
  return read.calls.owed(friend).filter(({ notice }) => notice === undefined);
}
