import { type InviteTag, type ProfileKey, toHex } from '../ids/bytes.ts';
import type { Sql, SqlValue, Statement } from './sql.ts';
import {
  FRIEND_STATE_NAMES,
  FRIEND_STATES,
  type FriendNumber,
  type FriendPatch,
  type FriendRow,
  type FriendWrites,
  type NewFriend,
} from './types.ts';

interface RawFriend {
  id: number;
  key: ProfileKey;
  tag: InviteTag;
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
  last_seq: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Friends, each row kept in memory once it was asked for: every message needs one. Counters that change with every
 * message are changed in memory and written once per batch, by `flush` before its commit.
 */
export class FriendTable implements FriendWrites {
  readonly #sql: Sql;
  readonly #byHex = new Map<string, Mutable<FriendRow>>();
  readonly #byId = new Map<FriendNumber, Mutable<FriendRow>>();
  readonly #dirty = new Set<Mutable<FriendRow>>();
  readonly #all: Statement<RawFriend>;
  readonly #insert: Statement<RawFriend>;
  readonly #update: Statement<never>;
  readonly #counters: Statement<never>;
  readonly #delete: Statement<never>;
  #loaded = false;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#all = sql.statement('SELECT * FROM friends ORDER BY id');
    this.#insert = sql.statement(
      'INSERT INTO friends (key, tag, alias, name, greeting, state, added_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *',
    );
    this.#update = sql.statement(
      `UPDATE friends SET tag = ?, alias = ?, name = ?, greeting = ?, state = ?, blocked_from = ?, added_at = ?,
       last_seen = ?, removed_at = ?, read_order = ?, told_read_up_to = ? WHERE id = ?`,
    );
    this.#counters = sql.statement('UPDATE friends SET unread = ?, last_seq = ? WHERE id = ?');
    this.#delete = sql.statement('DELETE FROM friends WHERE id = ?');
  }

  byHex(hex: string): FriendRow | undefined {
    this.#load();
    return this.#byHex.get(hex);
  }

  byId(id: FriendNumber): FriendRow | undefined {
    this.#load();
    return this.#byId.get(id);
  }

  all(): FriendRow[] {
    this.#load();
    return [...this.#byId.values()];
  }

  add(friend: NewFriend): FriendRow {
    this.#load();
    const { key, tag, alias, name = '', greeting = '', state, addedAt } = friend;
    const raw = this.#insert.all(key, tag, alias, name, greeting, FRIEND_STATES[state], addedAt)[0]!;
    return this.#keep(raw);
  }

  update(id: FriendNumber, patch: FriendPatch): FriendRow {
    const row = this.#get(id);
    Object.assign(row, patch);
    const values: SqlValue[] = [
      row.tag,
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
    ];
    this.#update.run(...values, id);
    return row;
  }

  addUnread(id: FriendNumber, count: number): void {
    const row = this.#get(id);
    row.unread = Math.max(0, row.unread + count);
    this.#dirty.add(row);
  }

  /** The number of the next message to this friend. */
  nextSeq(id: FriendNumber): number {
    const row = this.#get(id);
    row.lastSeq++;
    this.#dirty.add(row);
    return row.lastSeq;
  }

  /** Later numbers begin above `seq`. */
  raiseSeq(id: FriendNumber, seq: number): void {
    const row = this.#get(id);
    row.lastSeq = Math.max(row.lastSeq, seq);
    this.#dirty.add(row);
  }

  delete(id: FriendNumber): void {
    const row = this.#get(id);
    this.#delete.run(id);
    this.#byHex.delete(row.hex);
    this.#byId.delete(id);
    this.#dirty.delete(row);
  }

  /** Writes the counters; before each commit. */
  flush(): void {
    for (const row of this.#dirty) this.#counters.run(row.unread, row.lastSeq, row.id);
    this.#dirty.clear();
  }

  /** Forgets what is in memory; after each roll-back. */
  forget(): void {
    this.#loaded = false;
    this.#byHex.clear();
    this.#byId.clear();
    this.#dirty.clear();
  }

  #get(id: FriendNumber): Mutable<FriendRow> {
    this.#load();
    const row = this.#byId.get(id);
    if (row === undefined) throw new RangeError(`no friend ${id}`);
    return row;
  }

  #load(): void {
    if (this.#loaded || !this.#sql.isOpen) return;
    this.#loaded = true;
    for (const raw of this.#all.all()) this.#keep(raw);
  }

  #keep(raw: RawFriend): FriendRow {
    const row: FriendRow = {
      id: raw.id,
      key: raw.key,
      hex: toHex(raw.key),
      tag: raw.tag,
      alias: raw.alias,
      name: raw.name,
      greeting: raw.greeting,
      state: FRIEND_STATE_NAMES[raw.state]!,
      blockedFrom: raw.blocked_from === null ? undefined : raw.blocked_from === 0 ? 'requested' : 'friend',
      addedAt: raw.added_at,
      lastSeen: raw.last_seen ?? undefined,
      removedAt: raw.removed_at ?? undefined,
      unread: raw.unread,
      readOrder: raw.read_order,
      toldReadUpTo: raw.told_read_up_to,
      lastSeq: raw.last_seq,
    };
    this.#byHex.set(row.hex, row);
    this.#byId.set(row.id, row);
    return row;
  }
}
