import { toHex } from '../ids/bytes.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import type { Store } from '../store/store.ts';
import {
  DIRECTIONS,
  type FriendNumber,
  MESSAGE_STATES,
  type MessageRow,
  type StoreWrites,
  type UndoableTime,
} from '../store/types.ts';
import type { Carrier } from './carrier.ts';
import type { Changes } from './changes.ts';
import type { Commits } from './commits.ts';
import { MessengerError } from './errors.ts';
import { findFriend } from './friend-argument.ts';
import { readMessageId, unknownMessage } from './message-argument.ts';
import { UNDO_MS, undoLeftMs } from './removals.ts';
import type { UndoableMessage } from './views.ts';

/** Messages erased per transaction: up to 50 ms, most of it for the search index. */
const ERASE_MESSAGES = 100;
/** Pause between two of those. */
const ERASE_PAUSE_MS = 20;

/** So many can be brought back from a list; each by its ID. */
const MAX_LISTED = 500;

/** What became of a deleted message: gone here; never sent; or gone here, while its friend still gets it. */
type DeletedOutcome = 'deleted' | 'withdrawn' | 'on-its-way';

/** `until` then, by the wall clock, it can be brought back. */
export interface Deleted {
  readonly outcome: DeletedOutcome;
  readonly until: number;
}

/** A message that is back; `queued` when it waits to be sent again. */
interface Shown {
  readonly row: MessageRow;
  readonly queued: boolean;
}

export interface DeletionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly carriers: readonly Carrier[];
  /** A message waits to be sent. */
  readonly queued: (row: MessageRow) => void;
}

/**
 * Messages deleted on this computer: gone from sight at once, for good when the time to undo is over. What still has to
 * reach its friend stays in the outbox until then, unseen.
 */
export class Deletions {
  readonly #parts: DeletionParts;
  #timer: Timer | undefined;
  #running = false;

  constructor(parts: DeletionParts) {
    this.#parts = parts;
  }

  /** Takes up what was deleted in earlier runs. */
  start(): void {
    this.#running = true;
    if (this.#parts.store.read.deletions.any()) this.#after(ERASE_PAUSE_MS);
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /**
   * A message of ours that nobody was given yet is not sent any more; others only disappear here.
   * @throws {MessengerError} `unknown-friend`, `bad-public-id`, `unknown-message`
   */
  async delete(args: { readonly friend: string; readonly id: string }): Promise<Deleted> {
    const row = this.#message(args);
    if (row === undefined || this.#parts.store.read.deletions.hides(row.id)) throw unknownMessage();
    const deletedAt = this.#parts.clock.wall();
    // Told at once: also after a flush that failed it is hidden, and cannot be deleted again.
    const written = ({ ok }: { readonly ok: boolean }) => {
      if (!ok) return;
      this.#parts.changes.messageRemoved(row);
      this.#plan();
    };
    const outcome = await this.#parts.commits.run((write) => this.#hide(write, row, deletedAt), { written });
    return { outcome, until: deletedAt + UNDO_MS };
  }

  /**
   * It is back where it was; one that was withdrawn waits to be sent again.
   * @throws {MessengerError} `unknown-friend`, `bad-public-id`, `nothing-to-undo`
   */
  async undo(args: { readonly friend: string; readonly id: string }): Promise<void> {
    const row = this.#message(args);
    if (row === undefined) throw nothingToUndo();
    await this.#parts.commits.carryOut(
      (write) => this.#show(write, row),
      ({ row: back, queued }) => {
        if (queued) this.#parts.queued(back);
        else this.#parts.changes.messagesChanged(back.friend, [back]);
      },
    );
  }

  /** What `undo` would bring back, latest first; in the chat of a friend who was removed, once that is undone. */
  list(): UndoableMessage[] {
    const { read } = this.#parts.store;
    if (!read.deletions.any()) return [];
    return read.deletions.undoable(this.#undoable(), MAX_LISTED).map(({ friend, messageId, deletedAt }) => ({
      friend: read.friends.byId(friend)!.hex,
      id: toHex(messageId),
      until: deletedAt + UNDO_MS,
    }));
  }

  #hide(write: StoreWrites, { messageId, friend }: MessageRow, deletedAt: number): DeletedOutcome {
    const now = write.messages.byMessageId(messageId, friend);
    if (now === undefined || write.deletions.hides(now.id)) throw unknownMessage();
    const withdrawn = this.#withdraw(write, now);
    write.deletions.hide(now, { deletedAt, withdrawn });
    if (withdrawn) return 'withdrawn';
    const { sending, stored } = MESSAGE_STATES;
    const arrives = now.direction === DIRECTIONS.out && (now.state === sending || now.state === stored);
    return arrives ? 'on-its-way' : 'deleted';
  }

  /** Takes one out of the outbox that nobody was given. */
  #withdraw(write: StoreWrites, { friend, direction, seq, state }: MessageRow): boolean {
    if (direction !== DIRECTIONS.out || seq === null || state !== MESSAGE_STATES.sending) return false;
    if (!this.#parts.carriers.every((carrier) => carrier.withdraw(friend, seq))) return false;
    return write.messages.settle({ friend, first: seq, last: seq, state: 'failed' }).length > 0;
  }

  #show(write: StoreWrites, { messageId, friend }: MessageRow): Shown {
    const row = write.messages.byMessageId(messageId, friend);
    const deletion = row && write.deletions.of(row.id);
    if (row === undefined || deletion === undefined || this.#left(deletion.deletedAt) === 0) throw nothingToUndo();
    write.deletions.show(row.id);
    const again = deletion.withdrawn && !isBlocked(write, friend) ? write.messages.resend(row.id) : undefined;
    return { row: again ?? row, queued: again !== undefined };
  }

  #message({ friend, id }: { readonly friend: string; readonly id: string }): MessageRow | undefined {
    const { read } = this.#parts.store;
    const { id: number } = findFriend(read, friend);
    const bytes = readMessageId(id);
    return bytes && read.messages.byMessageId(bytes, number);
  }

  #left(deletedAt: number): number {
    return undoLeftMs(deletedAt, this.#parts.clock.wall());
  }

  /** The dates for which `undoLeftMs` leaves anything. */
  #undoable(): UndoableTime {
    const wall = this.#parts.clock.wall();
    return { after: wall - UNDO_MS, upTo: wall + UNDO_MS - 1 };
  }

  /** What is due and may not be erased yet is looked at again after as long a time. */
  #plan(): void {
    if (!this.#running || this.#timer !== undefined) return;
    const next = this.#parts.store.read.deletions.next(this.#undoable());
    this.#after(next === undefined ? UNDO_MS : this.#left(next) || ERASE_PAUSE_MS);
  }

  #after(delayMs: number): void {
    this.#timer = this.#parts.clock.after(delayMs, () => this.#step());
  }

  #step(): void {
    this.#timer = undefined;
    const { store, logger } = this.#parts;
    try {
      const due = store.read.deletions.due(this.#undoable(), ERASE_MESSAGES);
      if (due.length > 0) {
        store.batch((write) => {
          for (const row of due) write.messages.erase(row);
        });
      }
      if (due.length === ERASE_MESSAGES) return this.#after(ERASE_PAUSE_MS);
    } catch (error) {
      // A full disk, for one. It is tried again.
      logger.warn('messenger-message-not-erased', { error: errorName(error) });
    }
    if (store.read.deletions.any()) this.#plan();
  }
}

function isBlocked(write: StoreWrites, friend: FriendNumber): boolean {
  return write.friends.byId(friend)?.state === 'blocked';
}

function nothingToUndo(): MessengerError {
  return new MessengerError('nothing-to-undo', 'This message cannot be brought back any more.');
}
