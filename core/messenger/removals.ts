import { hash32 } from '../crypto/crypto.ts';
import { profileKey } from '../ids/bytes.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import type { Store } from '../store/store.ts';
import type { FriendNumber, FriendRow, StoreWrites } from '../store/types.ts';

/** A removed friend or a deleted message can be brought back this long. */
export const UNDO_MS = 10 * 60_000;

/**
 * Milliseconds left to undo what was done at `since`, both by the wall clock. One that was set right by less than these ten
 * minutes takes nothing away; one that was set back keeps nothing for longer than twice the time.
 */
export function undoLeftMs(since: number, wall: number): number {
  return Math.max(0, UNDO_MS - Math.abs(wall - since));
}

const encoder = new TextEncoder();

/** Messages deleted per transaction: up to 50 ms, most of it for the search index. */
const PURGE_MESSAGES = 100;
/** Pause between two of those. */
const PURGE_PAUSE_MS = 20;

/** Deletes removed friends and their chats for good when their time to undo is over, in small steps. */
export class Removals {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timers = new Map<FriendNumber, Timer>();
  #running = false;

  constructor(parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** Takes up what was removed in earlier runs. */
  start(): void {
    this.#running = true;
    for (const row of this.#store.read.friends.all()) this.plan(row);
  }

  stop(): void {
    this.#running = false;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  canUndo(row: FriendRow): boolean {
    return this.#left(row) > 0;
  }

  /** Plans the end of a removed friend; nothing for others. What is removed by the last commit is for the next start. */
  plan(row: FriendRow): void {
    if (!this.#running || row.removedAt === undefined) return;
    this.cancel(row.id);
    this.#after(this.#left(row), row.id);
  }

  cancel(id: FriendNumber): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }

  /**
   * Inside of a transaction that needs the place of a removed friend, or ends one for good: the chat, which may be long, is
   * erased after it.
   */
  bury(write: StoreWrites, { id, key }: FriendRow): void {
    write.friends.bury(id, profileKey(hash32('buried friend', key, encoder.encode(String(id)))));
    this.cancel(id);
    this.#after(0, id);
  }

  #left(row: FriendRow): number {
    return undoLeftMs(row.removedAt ?? 0, this.#clock.wall());
  }

  #after(delayMs: number, id: FriendNumber): void {
    this.#timers.set(
      id,
      this.#clock.after(delayMs, () => this.#step(id)),
    );
  }

  #step(id: FriendNumber): void {
    this.#timers.delete(id);
    const row = this.#store.read.friends.byId(id);
    if (row?.removedAt === undefined) return;
    // The transaction that was to bury them failed.
    if (this.canUndo(row)) return this.plan(row);
    try {
      if (this.#store.batch((write) => purgeSome(write, id))) this.#after(PURGE_PAUSE_MS, id);
    } catch (error) {
      // A full disk, for one. The next start tries again.
      this.#logger.warn('messenger-chat-not-erased', { error: errorName(error) });
    }
  }
}

function purgeSome(write: StoreWrites, id: FriendNumber): boolean {
  if (write.messages.purge(id, PURGE_MESSAGES) > 0) return true;
  write.friends.delete(id);
  return false;
}
