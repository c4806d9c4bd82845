import { type DeletionTable, VISIBLE } from './deletion-table.ts';
import type { FriendTable } from './friend-table.ts';
import { MESSAGE_COLUMNS } from './message-columns.ts';
import type { MessageCounters } from './message-counters.ts';
import type { PlaceTable } from './place-table.ts';
import type { SearchIndex } from './search-index.ts';
import type { Sql, Statement } from './sql.ts';
import {
  type DeviceNumber,
  type DeviceRow,
  DIRECTIONS,
  type FriendNumber,
  MESSAGE_STATES,
  type MessageRow,
  type MessageWrites,
  type NewIncoming,
  type NewOutgoing,
  type OutboxRow,
  type PageQuery,
  type SettleQuery,
} from './types.ts';
import { WaitingRows } from './waiting-rows.ts';

const { in: IN, out: OUT } = DIRECTIONS;
const { sending, delivered, read, received, expired } = MESSAGE_STATES;

/** All statements on messages, prepared on first use. */
function statements(sql: Sql) {
  const rows = (where: string): Statement<MessageRow> =>
    sql.statement(`SELECT ${MESSAGE_COLUMNS} FROM messages WHERE ${where}`);
  return {
    before: rows(`friend = ? AND id < ? AND ${VISIBLE} ORDER BY id DESC LIMIT ?`),
    after: rows(`friend = ? AND id > ? AND ${VISIBLE} ORDER BY id LIMIT ?`),
    last: rows(`friend = ? AND ${VISIBLE} ORDER BY id DESC LIMIT 1`),
    byMessageId: rows('message_id = ? AND friend = ?'),
    outgoing: rows(`message_id = ? AND direction = ${OUT} LIMIT 1`),
    lastOfEach: rows(
      `id IN (SELECT (SELECT id FROM messages WHERE friend = friends.id AND ${VISIBLE} ORDER BY id DESC LIMIT 1) FROM friends)`,
    ),
    // The condition repeats that of the partial index word for word, else SQLite does not use it.
    outbox: sql.statement<OutboxRow>(
      `SELECT id, seq, message_id AS messageId, sent_at AS sentAt, text FROM messages INDEXED BY messages_outbox
       WHERE friend = ? AND direction = 1 AND state < 2 AND seq > ? ORDER BY seq LIMIT ?`,
    ),
    firstUnread: sql.statement<{ id: number }>(
      `SELECT id FROM messages INDEXED BY messages_chat
       WHERE friend = ? AND id > ? AND direction = ${IN} AND state = ${received} AND ${VISIBLE} ORDER BY id LIMIT 1`,
    ),
    firstUnreadSeq: sql.statement<{ seq: number | null }>(
      `SELECT min(seq) AS seq FROM messages INDEXED BY messages_chat
       WHERE friend = ? AND id > ? AND device = ? AND direction = ${IN} AND state = ${received}`,
    ),
    between: sql.statement<MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages INDEXED BY messages_seq
       WHERE friend = ? AND direction = ${OUT} AND device = ? AND seq BETWEEN ? AND ? ORDER BY seq`,
    ),
    insert: sql.statement<never>(
      `INSERT INTO messages (id, friend, direction, device, seq, message_id, sent_at, stored_at, state, text)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    // The number is negative where people see no difference.
    settle: sql.column<number>(
      `UPDATE messages INDEXED BY messages_seq SET state = ?
       WHERE friend = ? AND direction = ${OUT} AND device = ? AND seq BETWEEN ? AND ?
       AND (state < ? OR state >= ${expired}) RETURNING iif(shown = 0, seq, -seq)`,
    ),
    write: sql.column<number>(
      `UPDATE messages INDEXED BY messages_seq SET shown = ?
       WHERE friend = ? AND direction = ${OUT} AND device = ? AND seq BETWEEN ? AND ?
       AND state < ${delivered} AND shown = 0 RETURNING seq`,
    ),
    settleRead: sql.statement<MessageRow>(
      `UPDATE messages INDEXED BY messages_seq SET state = ?1
       WHERE friend = ?2 AND direction = ${OUT} AND device = ?3 AND seq BETWEEN ?4 AND ?5
       AND state = ${delivered} RETURNING ${MESSAGE_COLUMNS}`,
    ),
    giveUp: sql.column<number>(
      `UPDATE messages INDEXED BY messages_seq SET state = ?
       WHERE friend = ? AND direction = ${OUT} AND device = ? AND seq BETWEEN ? AND ?
       AND state < ${delivered} AND shown = 0 RETURNING seq`,
    ),
    resend: sql.statement<MessageRow>(
      `UPDATE messages SET state = ${sending}, seq = ?2
       WHERE id = ?1 RETURNING ${MESSAGE_COLUMNS}`,
    ),
    byId: rows('id = ?'),
    // In two steps over negative numbers, since the unique index is checked row by row.
    lift: sql.statement<never>(
      'UPDATE messages INDEXED BY messages_outbox SET seq = -(seq + ?2) WHERE friend = ?1 AND direction = 1 AND state < 2 AND seq > 0',
    ),
    land: sql.statement<never>(
      'UPDATE messages INDEXED BY messages_outbox SET seq = -seq WHERE friend = ?1 AND direction = 1 AND state < 2 AND seq < 0',
    ),
    unread: sql.statement<Pick<MessageRow, 'id' | 'device' | 'seq'>>(
      `SELECT id, device, seq FROM messages INDEXED BY messages_chat
       WHERE friend = ? AND id > ? AND id <= ? AND direction = ${IN} AND state = ${received} ORDER BY id LIMIT ?`,
    ),
    markRead: sql.statement<never>(
      `UPDATE messages INDEXED BY messages_chat SET state = ${read}
       WHERE friend = ? AND id > ? AND id <= ? AND direction = ${IN} AND state = ${received}`,
    ),
    oldest: sql.statement<{ id: number; text: string }>(
      'SELECT id, text FROM messages WHERE friend = ? ORDER BY id LIMIT ?',
    ),
    delete: sql.statement<never>('DELETE FROM messages WHERE id = ?'),
  };
}

export interface MessageTableParts {
  readonly friends: FriendTable;
  readonly search: SearchIndex;
  readonly counters: MessageCounters;
  readonly places: PlaceTable;
  readonly deletions: DeletionTable;
  readonly ownDevice: () => DeviceNumber;
}

/** Every message of every chat; the outbox is a part of it, not a copy. */
export class MessageTable implements MessageWrites {
  readonly #friends: FriendTable;
  readonly #search: SearchIndex;
  readonly #counters: MessageCounters;
  readonly #places: PlaceTable;
  readonly #deletions: DeletionTable;
  readonly #ownDevice: () => DeviceNumber;
  readonly #waiting = new WaitingRows();
  readonly #do: ReturnType<typeof statements>;

  constructor(sql: Sql, parts: MessageTableParts) {
    this.#friends = parts.friends;
    this.#search = parts.search;
    this.#counters = parts.counters;
    this.#places = parts.places;
    this.#deletions = parts.deletions;
    this.#ownDevice = parts.ownDevice;
    this.#do = statements(sql);
  }

  page(query: PageQuery): MessageRow[] {
    const { friend, limit } = query;
    if (query.after !== undefined) return this.#do.after.all(friend, query.after, limit);
    if (query.around !== undefined) {
      const older = this.#do.before.all(friend, query.around, Math.floor(limit / 2)).reverse();
      return [...older, ...this.#do.after.all(friend, query.around - 1, limit - older.length)];
    }
    return this.#do.before.all(friend, query.before ?? Number.MAX_SAFE_INTEGER, limit).reverse();
  }

  byId(id: number): MessageRow | undefined {
    return this.#do.byId.get(id);
  }

  byMessageId(id: Uint8Array, friend: FriendNumber): MessageRow | undefined {
    return this.#do.byMessageId.get(id, friend);
  }

  outgoingByMessageId(id: Uint8Array): MessageRow | undefined {
    return this.#do.outgoing.get(id);
  }

  last(friend: FriendNumber): MessageRow | undefined {
    return this.#do.last.get(friend);
  }

  firstUnread(friend: FriendNumber): number | undefined {
    return this.#do.firstUnread.get(friend, this.#friends.byId(friend)?.readOrder ?? 0)?.id;
  }

  lastOfEach(): MessageRow[] {
    return this.#do.lastOfEach.all();
  }

  outbox(friend: FriendNumber, afterSeq: number, limit: number): OutboxRow[] {
    return this.#waiting.after(friend, afterSeq, limit) ?? this.#do.outbox.all(friend, afterSeq, limit);
  }

  outgoingBetween(friend: FriendNumber, first: number, last: number): MessageRow[] {
    return this.#do.between.all(friend, this.#ownDevice(), first, last);
  }

  lastSeq(friend: FriendNumber): number {
    return this.#counters.lastSeq(friend);
  }

  readUpTo(friend: FriendNumber, device: DeviceRow): number {
    const readOrder = this.#friends.byId(friend)?.readOrder ?? 0;
    const first = this.#do.firstUnreadSeq.get(friend, readOrder, device.id)?.seq;
    const read = first === null || first === undefined ? device.receivedUpTo : first - 1;
    return Math.min(read, (this.#places.first(friend, device.id) ?? Number.POSITIVE_INFINITY) - 1);
  }

  addOutgoing(message: NewOutgoing): MessageRow {
    const { friend, messageId, text, at } = message;
    const seq = this.#counters.takeSeq(friend);
    const id = this.#counters.takeId();
    const device = this.#ownDevice();
    const done = this.#do.insert.run(id, friend, OUT, device, seq, messageId, at, at, sending, text);
    if (done.changes === 0) throw new RangeError('this message ID is taken');
    this.#friends.count(friend, id, 0);
    const row = { id, friend, direction: OUT, device, seq, messageId, sentAt: at, storedAt: at, state: sending, text };
    this.#waiting.add(row);
    return row;
  }

  /**
   * The ID decides what is a duplicate. A known number under a new ID comes from a sender whose database was restored
   * from an older copy: nothing may be lost, so it is stored without a number. One that others have overtaken goes to
   * the place that was kept for it.
   */
  addIncoming(message: NewIncoming): MessageRow | undefined {
    const { friend, device, messageId, sentAt, storedAt, text } = message;
    const erased = this.#deletions.erased(friend, message);
    if (erased === 'message') return undefined;
    let seq: number | null = erased === 'number' ? null : message.seq;
    const kept = this.#places.take(friend, device, message.seq);
    const id = kept ?? this.#counters.lastId + 1;
    const done = this.#do.insert.run(id, friend, IN, device, seq, messageId, sentAt, storedAt, received, text);
    if (done.changes === 0) {
      if (this.#do.byMessageId.get(messageId, friend) !== undefined) return undefined;
      seq = null;
      this.#do.insert.run(id, friend, IN, device, seq, messageId, sentAt, storedAt, received, text);
    }
    if (kept === undefined) this.#counters.takeId();
    else this.#search.late(id, text);
    this.#friends.count(friend, id, 1);
    return { id, friend, direction: IN, device, seq, messageId, sentAt, storedAt, state: received, text };
  }

  settle(query: SettleQuery): MessageRow[] {
    const { friend, first, last } = query;
    const state = query.state === 'written' ? delivered : MESSAGE_STATES[query.state];
    const where = [state, friend, this.#ownDevice(), first, last] as const;
    if (query.state === 'read') return this.#do.settleRead.all(...where);
    const to = { state, waits: state < delivered || query.state === 'written' };
    const changed: MessageRow[] = [];
    for (const seq of this.#settled(query.state, where)) {
      const row = this.#waiting.settle(friend, Math.abs(seq), to);
      if (seq > 0) changed.push(row ?? this.outgoingBetween(friend, seq, seq)[0]!);
    }
    return changed;
  }

  /** @returns numbers of the messages concerned, negative where they are shown as before. */
  #settled(
    state: SettleQuery['state'],
    where: readonly [number, FriendNumber, DeviceNumber, number, number],
  ): number[] {
    if (state === 'written') return this.#do.write.all(...where);
    if (state === 'expired' || state === 'failed') return this.#do.giveUp.all(...where);
    return this.#do.settle.all(...where, where[0]);
  }

  resend(id: number): MessageRow | undefined {
    const row = this.#do.byId.get(id);
    if (row === undefined || row.direction !== OUT || row.state < expired) return undefined;
    this.#waiting.forget(row.friend);
    return this.#do.resend.get(id, this.#counters.takeSeq(row.friend));
  }

  renumber(friend: FriendNumber, above: number): void {
    this.#waiting.forget(friend);
    const first = this.outbox(friend, 0, 1)[0]?.seq;
    if (first !== undefined && first <= above) {
      const last = this.#counters.lastSeq(friend);
      // Above all numbers there are: those between may have arrived or been given up, and keep theirs.
      const lift = Math.max(above, last) - first + 1;
      this.#do.lift.run(friend, lift);
      this.#do.land.run(friend);
      this.#counters.raiseSeq(friend, last + lift);
    }
    this.#counters.raiseSeq(friend, above);
  }

  markRead(friend: FriendNumber, upToOrder: number, limit: number): Pick<MessageRow, 'id' | 'device' | 'seq'>[] {
    const readOrder = this.#friends.byId(friend)!.readOrder;
    if (upToOrder <= readOrder) return [];
    const rows = this.#do.unread.all(friend, readOrder, upToOrder, limit);
    const last = rows.length < limit ? upToOrder : rows.at(-1)!.id;
    if (rows.length > 0) this.#do.markRead.run(friend, readOrder, last);
    this.#friends.read(friend, last, rows.length);
    return rows;
  }

  delete(message: MessageRow): void {
    this.#waiting.forget(message.friend);
    this.#counters.keep(message.friend);
    this.#search.forget(message.id, message.text);
    this.#do.delete.run(message.id);
  }

  erase(message: MessageRow): void {
    this.#deletions.erase(message);
    this.delete(message);
  }

  purge(friend: FriendNumber, limit: number): number {
    this.#waiting.forget(friend);
    const rows = this.#do.oldest.all(friend, limit);
    if (rows.length > 0) this.#counters.keep(friend);
    this.#deletions.forget();
    for (const row of rows) {
      this.#search.forget(row.id, row.text);
      this.#do.delete.run(row.id);
    }
    return rows.length;
  }

  /** After a roll-back. */
  forget(): void {
    this.#waiting.forget();
  }
}
