import { type InviteTag, type ProfileKey, toHex } from '../ids/bytes.ts';
import type { Sql, SqlValue, Statement } from './sql.ts';
import {
  DIRECTIONS,
  FRIEND_STATE_NAMES,
  FRIEND_STATES,
  type FriendNumber,
  type FriendPatch,
  type FriendRow,
  type FriendWrites,
  MESSAGE_STATES,
  type NewFriend,
} from './types.ts';

interface RawFriend {
  id: number;
  key: ProfileKey;
  tag: InviteTag;
  home: Uint8Array | null;
  alias: string;
  name: string;
  greeting: string;
  state: number;
  blocked_from: number | null;
  added_at: number;
  last_seen: number | null;
  removed_at: number | null;
  unread: number;
  read_order: number;
  told_read_up_to: number;
  unread_up_to: number;
}

/** Messages of a chat counted in memory before the count is written down; after a crash so many are counted again. */
const SAVE_UNREAD_EVERY = 1_000;

type KeptRow = { -readonly [K in keyof FriendRow]: FriendRow[K] } & {
  /** `unread` counts messages up to this `id`. */
  unreadUpTo: number;
  /** Messages counted since the row was written; above 0 when some were. */
  unsaved: number;
};

/**
 * Friends, all kept in memory: every message needs one. What is unread is counted in memory and written down now and
 * then and at the end, so that a message need not write its friend's row; after a crash they are counted again.
 */
export class FriendTable implements FriendWrites {
  readonly #sql: Sql;
  readonly #byHex = new Map<string, KeptRow>();
  readonly #byId = new Map<FriendNumber, KeptRow>();
  readonly #all: Statement<RawFriend>;
  readonly #insert: Statement<RawFriend>;
  readonly #update: Statement<never>;
  readonly #uncounted: Statement<{ friend: number; count: number; last: number }>;
  readonly #rename: Statement<never>;
  readonly #delete: Statement<never>;
  #loaded = false;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#all = sql.statement('SELECT * FROM friends ORDER BY id');
    this.#insert = sql.statement(
      `INSERT INTO friends (key, tag, home, alias, name, greeting, state, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       RETURNING *`,
    );
    this.#update = sql.statement(
      `UPDATE friends SET tag = ?, home = ?, alias = ?, name = ?, greeting = ?, state = ?, blocked_from = ?, added_at = ?,
       last_seen = ?, removed_at = ?, read_order = ?, told_read_up_to = ?,
       unread = ?, unread_up_to = ? WHERE id = ?`,
    );
    this.#uncounted = sql.statement(
      `SELECT friends.id AS friend, max(messages.id) AS last,
       sum(direction = ${DIRECTIONS.in} AND messages.state = ${MESSAGE_STATES.received}) AS count FROM friends
       CROSS JOIN messages INDEXED BY messages_chat ON messages.friend = friends.id AND messages.id > unread_up_to
       GROUP BY friends.id`,
    );
    this.#rename = sql.statement('UPDATE friends SET key = ? WHERE id = ?');
    this.#delete = sql.statement('DELETE FROM friends WHERE id = ?');
  }

  /** Comes before a message is written: loading counts it, and it must not be counted again. Idempotent. */
  load(): void {
    if (this.#loaded || !this.#sql.isOpen) return;
    // Both before anything counts as read: whoever asks again after an error gets the error, not nobody.
    const [rows, uncounted] = [this.#all.all(), this.#uncounted.all()];
    this.#loaded = true;
    for (const raw of rows) this.#keep(raw);
    for (const { friend, count, last } of uncounted) {
      const row = this.#byId.get(friend)!;
      row.unread += count;
      row.unreadUpTo = last;
      row.unsaved = 1;
    }
  }

  byHex(hex: string): FriendRow | undefined {
    this.load();
    return this.#byHex.get(hex);
  }

  byId(id: FriendNumber): FriendRow | undefined {
    this.load();
    return this.#byId.get(id);
  }

  all(): FriendRow[] {
    this.load();
    return [...this.#byId.values()];
  }

  add(friend: NewFriend): FriendRow {
    this.load();
    const { key, tag, home, alias, name = '', greeting = '', state, addedAt } = friend;
    const raw = this.#insert.all(key, tag, home ?? null, alias, name, greeting, FRIEND_STATES[state], addedAt)[0]!;
    return this.#keep(raw);
  }

  update(id: FriendNumber, patch: FriendPatch): FriendRow {
    const row = this.#get(id);
    Object.assign(row, patch);
    this.#save(row);
    return row;
  }

  #save(row: KeptRow): void {
    row.unsaved = 0;
    const values: SqlValue[] = [
      row.tag,
      row.home ?? null,
      row.alias,
      row.name,
      row.greeting,
      FRIEND_STATES[row.state],
      row.blockedFrom === undefined ? null : FRIEND_STATES[row.blockedFrom],
      row.addedAt,
      row.lastSeen ?? null,
      row.removedAt ?? null,
      row.readOrder,
      row.toldReadUpTo,
      row.unread,
      row.unreadUpTo,
    ];
    this.#update.run(...values, row.id);
  }

  /** A message was stored under the `id` `order`; 1 of `unread` when it is an incoming one. */
  count(id: FriendNumber, order: number, unread: 0 | 1): void {
    const row = this.#get(id);
    row.unread += unread;
    // One that came late, into a place kept for it: what was read is behind it from now on.
    if (order <= row.unreadUpTo) {
      row.readOrder = Math.min(row.readOrder, order - 1);
      return this.#save(row);
    }
    row.unreadUpTo = order;
    if (++row.unsaved >= SAVE_UNREAD_EVERY) this.#save(row);
  }

  /** Messages up to `readOrder` were seen, `count` of them were unread. */
  read(id: FriendNumber, readOrder: number, count: number): void {
    const row = this.#get(id);
    row.unread = Math.max(0, row.unread - count);
    row.readOrder = readOrder;
    this.#save(row);
  }

  /** Writes down every count that is in memory only, so that the next start need not look at the messages. */
  saveCounts(): void {
    for (const row of this.#byId.values()) if (row.unsaved > 0) this.#save(row);
  }

  bury(id: FriendNumber, key: ProfileKey): void {
    const before = this.#get(id);
    this.#rename.run(key, id);
    // Whoever has the row from before still knows who that was.
    const row: KeptRow = { ...before, key, hex: toHex(key), removedAt: 0 };
    this.#byHex.delete(before.hex);
    this.#byHex.set(row.hex, row);
    this.#byId.set(id, row);
    this.#save(row);
  }

  delete(id: FriendNumber): void {
    const row = this.#get(id);
    this.#delete.run(id);
    this.#byHex.delete(row.hex);
    this.#byId.delete(id);
  }

  /** Forgets what is in memory; after each roll-back. */
  forget(): void {
    this.#loaded = false;
    this.#byHex.clear();
    this.#byId.clear();
  }

  #get(id: FriendNumber): KeptRow {
    this.load();
    const row = this.#byId.get(id);
    if (row === undefined) throw new RangeError(`no friend ${id}`);
    return row;
  }

  #keep(raw: RawFriend): FriendRow {
    const row: KeptRow = {
      id: raw.id,
      key: raw.key,
      hex: toHex(raw.key),
      tag: raw.tag,
      alias: raw.alias,
      name: raw.name,
      greeting: raw.greeting,
      home: raw.home ?? undefined,
      state: FRIEND_STATE_NAMES[raw.state]!,
      blockedFrom: raw.blocked_from === null ? undefined : raw.blocked_from === 0 ? 'requested' : 'friend',
      addedAt: raw.added_at,
      lastSeen: raw.last_seen ?? undefined,
      removedAt: raw.removed_at ?? undefined,
      unread: raw.unread,
      readOrder: raw.read_order,
      toldReadUpTo: raw.told_read_up_to,
      unreadUpTo: raw.unread_up_to,
      unsaved: 0,
    };
    this.#byHex.set(row.hex, row);
    this.#byId.set(row.id, row);
    return row;
  }
}
