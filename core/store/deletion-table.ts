import type { FriendTable } from './friend-table.ts';
import { MESSAGE_COLUMNS } from './message-columns.ts';
import type { Sql } from './sql.ts';
import {
  type DeletionRow,
  type DeletionWrites,
  type DeviceNumber,
  DIRECTIONS,
  type FriendNumber,
  MESSAGE_STATES,
  type MessageRow,
  type UndoableRow,
  type UndoableTime,
} from './types.ts';

const { in: IN, out: OUT } = DIRECTIONS;
const { read, received, delivered } = MESSAGE_STATES;

/** A condition on `messages`: the message is shown. */
export const VISIBLE = 'messages.id NOT IN (SELECT message FROM deleted_messages)';

function statements(sql: Sql) {
  return {
    all: sql.column<number>('SELECT message FROM deleted_messages'),
    hide: sql.statement<never>('INSERT INTO deleted_messages (message, deleted_at, withdrawn) VALUES (?, ?, ?)'),
    read: sql.statement<never>(
      `UPDATE messages SET state = ${read} WHERE id = ? AND direction = ${IN} AND state = ${received}`,
    ),
    of: sql.statement<{ deletedAt: number; withdrawn: number }>(
      'SELECT deleted_at AS deletedAt, withdrawn FROM deleted_messages WHERE message = ?',
    ),
    show: sql.statement<never>('DELETE FROM deleted_messages WHERE message = ?'),
    due: sql.statement<MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM deleted_messages CROSS JOIN messages ON messages.id = message
       WHERE NOT (deleted_at > ?1 AND deleted_at <= ?2) AND NOT (direction = ${OUT} AND messages.state < ${delivered})
       AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.message = messages.id AND owed = 1)
       ORDER BY deleted_at LIMIT ?3`,
    ),
    undoable: sql.statement<UndoableRow>(
      `SELECT friend, message_id AS messageId, deleted_at AS deletedAt
       FROM deleted_messages CROSS JOIN messages ON messages.id = message
       WHERE deleted_at > ?1 AND deleted_at <= ?2 ORDER BY deleted_at DESC LIMIT ?3`,
    ),
    next: sql.statement<{ at: number | null }>(
      'SELECT min(deleted_at) AS at FROM deleted_messages WHERE deleted_at > ? AND deleted_at <= ?',
    ),
    note: sql.statement<never>(
      'INSERT INTO erased_messages (friend, message_id, device, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    anyErased: sql.statement<{ one: number }>('SELECT 1 AS one FROM erased_messages LIMIT 1'),
    erasedId: sql.statement<{ one: number }>(
      'SELECT 1 AS one FROM erased_messages WHERE friend = ? AND message_id = ?',
    ),
    erasedSeq: sql.statement<{ one: number }>(
      'SELECT 1 AS one FROM erased_messages WHERE friend = ? AND device = ? AND seq = ?',
    ),
  };
}

/** Messages that a person deleted for themselves; see migration "deleted messages". */
export class DeletionTable implements DeletionWrites {
  readonly #friends: FriendTable;
  readonly #do: ReturnType<typeof statements>;
  /** In memory, since every change of a message asks; undefined until read. */
  #hidden: Set<number> | undefined;
  /** Whether anything was ever erased: every message that comes in asks. */
  #someErased: boolean | undefined;

  constructor(sql: Sql, friends: FriendTable) {
    this.#friends = friends;
    this.#do = statements(sql);
  }

  hides(message: number): boolean {
    this.#hidden ??= new Set(this.#do.all.all());
    return this.#hidden.has(message);
  }

  of(message: number): DeletionRow | undefined {
    const raw = this.hides(message) ? this.#do.of.get(message) : undefined;
    return raw && { deletedAt: raw.deletedAt, withdrawn: raw.withdrawn === 1 };
  }

  due({ after, upTo }: UndoableTime, limit: number): MessageRow[] {
    return this.#do.due.all(after, upTo, limit);
  }

  undoable({ after, upTo }: UndoableTime, limit: number): UndoableRow[] {
    return this.#do.undoable.all(after, upTo, limit);
  }

  next({ after, upTo }: UndoableTime): number | undefined {
    return this.#do.next.get(after, upTo)?.at ?? undefined;
  }

  any(): boolean {
    this.#hidden ??= new Set(this.#do.all.all());
    return this.#hidden.size > 0;
  }

  hide({ id, friend }: MessageRow, { deletedAt, withdrawn }: DeletionRow): void {
    if (this.hides(id)) return;
    this.#do.hide.run(id, deletedAt, withdrawn ? 1 : 0);
    this.#hidden!.add(id);
    if (this.#do.read.run(id).changes > 0) this.#friends.read(friend, this.#friends.byId(friend)!.readOrder, 1);
  }

  show(message: number): void {
    this.#do.show.run(message);
    this.#hidden?.delete(message);
  }

  /** Before a message that was hidden is deleted for good. */
  erase({ id, friend, direction, messageId, device, seq }: MessageRow): void {
    this.show(id);
    if (direction === OUT) return;
    this.#do.note.run(friend, messageId, device, seq);
    this.#someErased = true;
  }

  /** Whether this is one of those: by its ID, or only the number that it had. */
  erased(
    friend: FriendNumber,
    { messageId, device, seq }: { messageId: Uint8Array; device: DeviceNumber; seq: number | null },
  ): 'message' | 'number' | undefined {
    this.#someErased ??= this.#do.anyErased.get() !== undefined;
    if (!this.#someErased) return undefined;
    if (this.#do.erasedId.get(friend, messageId) !== undefined) return 'message';
    return seq !== null && this.#do.erasedSeq.get(friend, device, seq) !== undefined ? 'number' : undefined;
  }

  /** After a roll-back, and after anything else deleted messages. */
  forget(): void {
    this.#hidden = undefined;
    this.#someErased = undefined;
  }
}
