import {
  type CustodyRow,
  type DueRow,
  type EnvelopeRow,
  MAIL_KINDS,
  type MailWrites,
  type NewEnvelope,
  type StoredMailKind,
} from './mail-types.ts';
import type { Sql } from './sql.ts';
import type { DeviceNumber, FriendNumber } from './types.ts';

interface RawEnvelope {
  number: number;
  id: Uint8Array;
  friend: number;
  kind: number;
  first_seq: number | null;
  last_seq: number | null;
  created_at: number;
  expires_at: number;
  holders: number;
  stored_until: number | null;
}

const COLUMNS = 'number, id, friend, kind, first_seq, last_seq, created_at, expires_at, holders, stored_until';
const KIND_NAMES = new Map<number, StoredMailKind>(
  Object.entries(MAIL_KINDS).map(([name, number]) => [number, name as StoredMailKind] as const),
);
const MESSAGES = MAIL_KINDS.messages;

const toRow = (raw: RawEnvelope): EnvelopeRow => ({
  number: raw.number,
  id: raw.id,
  friend: raw.friend,
  kind: KIND_NAMES.get(raw.kind)!,
  firstSeq: raw.first_seq ?? 0,
  lastSeq: raw.last_seq ?? 0,
  createdAt: raw.created_at,
  expiresAt: raw.expires_at,
  holders: raw.holders,
  storedUntil: raw.stored_until ?? undefined,
});

const CUSTODY = 'holders, coalesce(stored_until, expires_at) AS until FROM envelopes WHERE holders > 0 AND';

function statements(sql: Sql) {
  return {
    all: sql.statement<RawEnvelope>(`SELECT ${COLUMNS} FROM envelopes ORDER BY number`),
    of: sql.statement<RawEnvelope>(`SELECT ${COLUMNS} FROM envelopes WHERE friend = ? ORDER BY number`),
    bytes: sql.statement<{ bytes: Uint8Array }>('SELECT bytes FROM envelopes WHERE id = ?'),
    insert: sql.statement<RawEnvelope>(
      `INSERT INTO envelopes (id, friend, kind, first_seq, last_seq, created_at, expires_at, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
    ),
    replace: sql.statement<never>('UPDATE envelopes SET bytes = ? WHERE id = ?'),
    custody: sql.statement<never>('UPDATE envelopes SET holders = ?, stored_until = ? WHERE id = ?'),
    delete: sql.statement<never>('DELETE FROM envelopes WHERE id = ?'),
    sealed: sql.statement<{ last: number | null }>(
      `SELECT max(last_seq) AS last FROM envelopes WHERE friend = ? AND kind = ${MESSAGES}`,
    ),
    custodyOf: sql.statement<CustodyRow>(
      `SELECT ${CUSTODY} friend = ?1 AND kind = ${MESSAGES} AND last_seq >= ?2 AND first_seq <= ?2
       ORDER BY holders DESC LIMIT 1`,
    ),
    custodyOfKind: sql.statement<CustodyRow>(`SELECT ${CUSTODY} friend = ? AND kind = ? ORDER BY holders DESC LIMIT 1`),
    isSeen: sql.statement<{ one: number }>('SELECT 1 AS one FROM seen_envelopes WHERE id = ?'),
    see: sql.statement<never>('INSERT INTO seen_envelopes (id, until) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    unsee: sql.statement<never>('DELETE FROM seen_envelopes WHERE id = ?'),
    forgetSeen: sql.statement<never>('DELETE FROM seen_envelopes WHERE until < ?'),
    friendsDue: sql.statement<{ friend: number }>('SELECT DISTINCT friend FROM receipts_due'),
    due: sql.statement<{ device: number; seq: number; read: number }>(
      'SELECT device, seq, read FROM receipts_due WHERE friend = ? AND device = ? ORDER BY read, seq LIMIT ?',
    ),
    addDue: sql.statement<never>(
      'INSERT INTO receipts_due (friend, device, seq, read) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    deleteDue: sql.statement<never>(
      'DELETE FROM receipts_due WHERE friend = ? AND device = ? AND seq = ? AND read = ?',
    ),
  };
}

/** Envelopes on their way out, those that came in, and receipts that are owed. */
export class MailTable implements MailWrites {
  /** Greatest number of a message in an open envelope, by friend: every message asks, few are ever sealed. */
  readonly #sealed = new Map<FriendNumber, number>();
  readonly #do: ReturnType<typeof statements>;

  constructor(sql: Sql) {
    this.#do = statements(sql);
  }

  open(friend?: FriendNumber): EnvelopeRow[] {
    const rows = friend === undefined ? this.#do.all.all() : this.#do.of.all(friend);
    return rows.map(toRow);
  }

  bytes(id: Uint8Array): Uint8Array | undefined {
    return this.#do.bytes.get(id)?.bytes;
  }

  isSeen(id: Uint8Array): boolean {
    return this.#do.isSeen.get(id) !== undefined;
  }

  sealedUpTo(friend: FriendNumber): number {
    let last = this.#sealed.get(friend);
    if (last === undefined) {
      last = this.#do.sealed.get(friend)?.last ?? 0;
      this.#sealed.set(friend, last);
    }
    return last;
  }

  custodyOf(friend: FriendNumber, seq: number): CustodyRow | undefined {
    return seq > this.sealedUpTo(friend) ? undefined : this.#do.custodyOf.get(friend, seq);
  }

  custodyOfKind(friend: FriendNumber, kind: StoredMailKind): CustodyRow | undefined {
    return this.#do.custodyOfKind.get(friend, MAIL_KINDS[kind]);
  }

  friendsDue(): FriendNumber[] {
    return this.#do.friendsDue.all().map((row) => row.friend);
  }

  due(friend: FriendNumber, device: DeviceNumber, limit: number): DueRow[] {
    return this.#do.due.all(friend, device, limit).map((row) => ({ ...row, read: row.read === 1 }));
  }

  add(envelope: NewEnvelope): EnvelopeRow {
    const { id, friend, kind, firstSeq, lastSeq, createdAt, expiresAt, bytes } = envelope;
    this.#sealed.delete(friend);
    const [first, last] = kind === 'messages' ? [firstSeq, lastSeq] : [null, null];
    const raw = this.#do.insert.all(id, friend, MAIL_KINDS[kind], first, last, createdAt, expiresAt, bytes)[0]!;
    return toRow(raw);
  }

  replaceBytes(id: Uint8Array, bytes: Uint8Array): void {
    this.#do.replace.run(bytes, id);
  }

  noteCustody(id: Uint8Array, { holders, storedUntil }: { holders: number; storedUntil: number | undefined }): boolean {
    return this.#do.custody.run(holders, storedUntil ?? null, id).changes > 0;
  }

  delete(id: Uint8Array): void {
    this.#sealed.clear();
    this.#do.delete.run(id);
  }

  see(id: Uint8Array, until: number): void {
    this.#do.see.run(id, until);
  }

  unsee(id: Uint8Array): void {
    this.#do.unsee.run(id);
  }

  forgetSeen(before: number): void {
    this.#do.forgetSeen.run(before);
  }

  addDue(friend: FriendNumber, { device, seq, read }: DueRow): void {
    this.#do.addDue.run(friend, device, seq, read ? 1 : 0);
  }

  /** After a roll-back. */
  forget(): void {
    this.#sealed.clear();
  }

  deleteDue(friend: FriendNumber, due: readonly DueRow[]): void {
    for (const { device, seq, read } of due) this.#do.deleteDue.run(friend, device, seq, read ? 1 : 0);
  }
}
