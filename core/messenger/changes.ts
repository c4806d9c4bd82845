import { toHex } from '../ids/bytes.ts';
import { Emitter } from '../ports/events.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import type { FriendNumber, FriendRow, MessageRow, StoreReads } from '../store/types.ts';
import { guarded } from './context.ts';
import type { Presenter } from './presenter.ts';
import type { FriendChange, MessagesChanged, MessagesReceived, RequestChange } from './views.ts';

/**
 * Collects what changed and reports it once per tick, as views of the state at that time. Only what is committed may be
 * noted here.
 */
export class Changes {
  readonly friendChanged: Emitter<FriendChange>;
  readonly requestChanged: Emitter<RequestChange>;
  readonly received: Emitter<MessagesReceived>;
  readonly changed: Emitter<MessagesChanged>;
  readonly #read: StoreReads;
  readonly #presenter: Presenter;
  readonly #logger: Logger;
  readonly #friends = new Set<FriendNumber>();
  readonly #gone = new Set<string>();
  readonly #requests = new Map<string, Uint8Array>();
  readonly #received = new Map<FriendNumber, MessageRow[]>();
  readonly #changed = new Map<FriendNumber, Map<number, MessageRow>>();
  readonly #removed = new Map<FriendNumber, string[]>();
  /** Rows that were shown in a later state before `messageQueued` was called for them. */
  readonly #shownEarly = new Set<number>();
  #scheduled = false;

  constructor(read: StoreReads, presenter: Presenter, logger: Logger) {
    const onError = (error: unknown) => logger.error('messenger-listener-failed', { error: errorName(error) });
    this.friendChanged = new Emitter(onError);
    this.requestChanged = new Emitter(onError);
    this.received = new Emitter(onError);
    this.changed = new Emitter(onError);
    this.#read = read;
    this.#presenter = presenter;
    this.#logger = logger;
  }

  friend(id: FriendNumber): void {
    this.#friends.add(id);
    this.#schedule();
  }

  friendGone(row: FriendRow): void {
    this.#gone.add(row.hex);
    this.#schedule();
  }

  request(key: Uint8Array): void {
    this.#requests.set(toHex(key), key);
    this.#schedule();
  }

  messagesReceived(friend: FriendNumber, rows: readonly MessageRow[]): void {
    if (rows.length === 0) return;
    const list = this.#received.get(friend) ?? [];
    for (const row of rows) list.push(row);
    this.#received.set(friend, list);
    this.friend(friend);
  }

  /** What was deleted changes unseen. */
  messagesChanged(friend: FriendNumber, all: readonly MessageRow[]): void {
    const rows = this.#read.deletions.any() ? all.filter((row) => !this.#read.deletions.hides(row.id)) : all;
    if (rows.length === 0) return;
    const map = this.#changed.get(friend) ?? new Map<number, MessageRow>();
    for (const row of rows) map.set(row.id, row);
    this.#changed.set(friend, map);
    this.friend(friend);
  }

  /** A new one of ours is on the disk, as it was written: nothing to report where it was shown as more meanwhile. */
  messageQueued(row: MessageRow): void {
    if (!this.#shownEarly.delete(row.id)) this.messagesChanged(row.friend, [row]);
  }

  /** One of ours is reported as more than written before `messageQueued`. */
  shownEarly(row: MessageRow): void {
    this.#shownEarly.add(row.id);
  }

  messageRemoved(row: MessageRow): void {
    this.#changed.get(row.friend)?.delete(row.id);
    this.#removed.set(row.friend, [...(this.#removed.get(row.friend) ?? []), toHex(row.messageId)]);
    this.friend(row.friend);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      guarded(this.#logger, 'report-changes', () => this.#emit());
    });
  }

  #emit(): void {
    this.#emitMessages();
    for (const [hex, key] of drain(this.#requests)) {
      const row = this.#read.requests.byKey(key);
      const request = row === undefined || row.ignored ? null : this.#presenter.request(row);
      this.requestChanged.emit({ key: hex, request });
    }
    const friends = [...this.#friends];
    this.#friends.clear();
    const gone = [...this.#gone];
    this.#gone.clear();
    for (const key of gone) this.friendChanged.emit({ key, removed: true, friend: null });
    for (const id of friends) {
      const friend = this.#presenter.friend(id);
      if (friend !== undefined) this.friendChanged.emit({ key: friend.key, removed: false, friend });
    }
  }

  /** Messages before their friend, so that whoever sees an unread count has the messages. */
  #emitMessages(): void {
    for (const [id, rows] of drain(this.#received)) {
      const friend = this.#hexOf(id);
      if (friend !== undefined)
        this.received.emit({ friend, messages: rows.map((row) => this.#presenter.message(row)) });
    }
    const removed = new Map(drain(this.#removed));
    for (const [id, rows] of drain(this.#changed)) {
      const friend = this.#hexOf(id);
      const messages = [...rows.values()].map((row) => this.#presenter.message(row));
      if (friend !== undefined) this.changed.emit({ friend, messages, removed: removed.get(id) ?? [] });
      removed.delete(id);
    }
    for (const [id, ids] of removed) {
      const friend = this.#hexOf(id);
      if (friend !== undefined) this.changed.emit({ friend, messages: [], removed: ids });
    }
  }

  #hexOf(id: FriendNumber): string | undefined {
    const row = this.#read.friends.byId(id);
    return row?.removedAt === undefined ? row?.hex : undefined;
  }
}

/** The entries; the map is empty afterwards, so that listeners may cause new ones. */
function drain<K, V>(map: Map<K, V>): [K, V][] {
  const entries = [...map];
  map.clear();
  return entries;
}
