import type { DeletionTable } from './deletion-table.ts';
import type { FriendTable } from './friend-table.ts';
import { MESSAGE_COLUMNS } from './message-columns.ts';
import type { MessageCounters } from './message-counters.ts';
import type { Sql, Statement } from './sql.ts';
import {
  CALL_OUTCOMES,
  type CallRow,
  type CallWrites,
  type DeviceNumber,
  DIRECTIONS,
  type FriendNumber,
  MESSAGE_STATES,
  type MessageRow,
  type NewCall,
  OUTCOME_NAMES,
  type OwedCall,
} from './types.ts';

const { delivered, read, received } = MESSAGE_STATES;
/** Notices read at once; the friend gets the others after those. */
const MAX_OWED = 64;

export interface CallTableParts {
  readonly friends: FriendTable;
  readonly counters: MessageCounters;
  readonly deletions: DeletionTable;
  readonly ownDevice: () => DeviceNumber;
}

/** Calls as entries of the chats; see migration "calls". */
export class CallTable implements CallWrites {
  readonly #parts: CallTableParts;
  readonly #of: Statement<{ outcome: number; duration: number }>;
  readonly #owed: Statement<Omit<OwedCall, 'notice'> & { notice: Uint8Array | null }>;
  readonly #friendsOwed: Statement<{ friend: number }>;
  readonly #entry: Statement<never>;
  readonly #call: Statement<never>;
  readonly #row: Statement<MessageRow>;
  readonly #noted: Statement<never>;
  readonly #sealed: Statement<never>;
  readonly #moved: Statement<never>;
  readonly #stored: Statement<never>;

  constructor(sql: Sql, parts: CallTableParts) {
    this.#parts = parts;
    this.#of = sql.statement('SELECT outcome, duration FROM calls WHERE message = ?');
    this.#owed = sql.statement(
      `SELECT messages.message_id AS callId, messages.sent_at AS startedAt, envelopes.id AS notice
       FROM calls INDEXED BY calls_owed JOIN messages ON messages.id = calls.message
       LEFT JOIN envelopes ON envelopes.id = calls.notice
       WHERE calls.owed = 1 AND messages.friend = ? ORDER BY calls.message LIMIT ${MAX_OWED}`,
    );
    this.#friendsOwed = sql.statement(
      `SELECT DISTINCT messages.friend FROM calls INDEXED BY calls_owed
       JOIN messages ON messages.id = calls.message WHERE calls.owed = 1`,
    );
    this.#entry = sql.statement(
      `INSERT INTO messages (id, friend, direction, device, seq, message_id, sent_at, stored_at, state, text)
       VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, '') ON CONFLICT DO NOTHING`,
    );
    this.#call = sql.statement('INSERT INTO calls (message, outcome, duration, owed) VALUES (?, ?, ?, ?)');
    this.#row = sql.statement(`SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = ?`);
    const own = `message = (SELECT id FROM messages WHERE message_id = ? AND friend = ? AND direction = ${DIRECTIONS.out})`;
    this.#noted = sql.statement(`UPDATE calls SET owed = 0, notice = NULL WHERE owed = 1 AND ${own}`);
    this.#sealed = sql.statement(`UPDATE calls SET notice = ? WHERE owed = 1 AND ${own}`);
    this.#moved = sql.statement('UPDATE calls INDEXED BY calls_owed SET notice = ? WHERE owed = 1 AND notice = ?');
    this.#stored = sql.statement(
      'UPDATE calls INDEXED BY calls_owed SET owed = 0, notice = NULL WHERE owed = 1 AND notice = ?',
    );
  }

  of(message: number): CallRow | undefined {
    const raw = this.#of.get(message);
    return raw && { outcome: OUTCOME_NAMES[raw.outcome]!, durationMs: raw.duration };
  }

  owed(friend: FriendNumber): OwedCall[] {
    return this.#owed.all(friend).map((raw) => ({ ...raw, notice: raw.notice ?? undefined }));
  }

  friendsOwed(): FriendNumber[] {
    return this.#friendsOwed.all().map((row) => row.friend);
  }

  add(call: NewCall): MessageRow | undefined {
    const { friends, counters, deletions, ownDevice } = this.#parts;
    const missed = call.direction === 'in' && call.outcome === 'missed';
    const state = call.direction === 'out' ? delivered : missed ? received : read;
    const id = counters.lastId + 1;
    const { friend, callId, startedAt, endedAt } = call;
    const entry = { messageId: callId, device: ownDevice(), seq: null };
    if (deletions.erased(friend, entry) !== undefined) return undefined;
    const direction = DIRECTIONS[call.direction];
    const done = this.#entry.run(id, friend, direction, ownDevice(), callId, startedAt, endedAt, state);
    if (done.changes === 0) return undefined;
    counters.takeId();
    this.#call.run(id, CALL_OUTCOMES[call.outcome], call.durationMs, call.owed ? 1 : 0);
    friends.count(friend, id, missed ? 1 : 0);
    return this.#row.get(id);
  }

  noted(friend: FriendNumber, callId: Uint8Array): void {
    this.#noted.run(callId, friend);
  }

  sealed(friend: FriendNumber, callId: Uint8Array, envelope: Uint8Array): void {
    this.#sealed.run(envelope, callId, friend);
  }

  moved(from: Uint8Array, to: Uint8Array): void {
    this.#moved.run(to, from);
  }

  stored(envelope: Uint8Array): void {
    this.#stored.run(envelope);
  }
}
