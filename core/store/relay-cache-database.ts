import { type DatabaseOptions, openDatabase } from './open-database.ts';
import type { KeptNote, KeptRow, RelayCacheStore } from './relay-cache.ts';
import type { Sql, Statement } from './sql.ts';

/**
 * - `envelopes`: in the order they came. Their bytes lie apart, so that a start reads the small rows only.
 * - `notes`: kinds as in NOTE_KINDS.
 */
const SCHEMA = `
CREATE TABLE envelopes (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  destination BLOB NOT NULL CHECK (length(destination) = 32),
  copies INTEGER NOT NULL,
  size INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  stranger INTEGER NOT NULL CHECK (stranger BETWEEN 0 AND 1),
  source TEXT NOT NULL CHECK (octet_length(source) <= 128)
) STRICT;
CREATE TABLE contents (place INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE notes (
  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 1),
  key BLOB NOT NULL,
  bytes BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_by_end ON notes (expires_at);
`;
const NOTE_KINDS: readonly KeptNote['kind'][] = ['receipt', 'policy'];

/** Most of the content is sealed bytes of an envelope's length: one page holds a short one whole. */
const PAGE_BYTES = 4_096;
const ROWS_PER_PAGE = 256;

interface EnvelopeColumns {
  readonly place: number;
  readonly id: Uint8Array;
  readonly destination: Uint8Array;
  readonly copies: number;
  readonly size: number;
  readonly expires_at: number;
  readonly stranger: number;
  readonly source: string;
}

interface NoteColumns {
  readonly kind: number;
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  readonly expires_at: number;
}

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** When what is gathered gets committed: the next microtask, or later in the same turn of the host. */
export type Later = (task: () => void) => void;

/**
 * Opens or makes the encrypted database of a node's relay cache. A commit survives the end of the process at any
 * moment; a power cut may undo the last ones, since other nodes hold copies and a sync a commit would cost more than
 * all the rest.
 * @throws as `openDatabase`
 */
export function openRelayCache(options: DatabaseOptions, later?: Later): RelayCacheDatabase {
  const kind = { migrations: [SCHEMA], pageBytes: PAGE_BYTES, synchronous: 'NORMAL', secureDelete: false } as const;
  return new RelayCacheDatabase(openDatabase(options, kind), later);
}

/** The relay cache in SQLite: the first change of a tick opens a transaction, its end commits it. */
export class RelayCacheDatabase implements RelayCacheStore {
  readonly #sql: Sql;
  readonly #later: Later;
  readonly #statements: Statements;
  #waiting: Waiting[] = [];
  #inTransaction = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param sql with the schema of `openRelayCache` */
  constructor(sql: Sql, later: Later = queueMicrotask) {
    this.#sql = sql;
    this.#later = later;
    this.#statements = statementsOf(sql);
  }

  /** A few at a time: all at once they would take the memory of a start twice. */
  *rows(): Iterable<KeptRow> {
    let last = 0;
    for (;;) {
      const page = this.#statements.rows.all(last, ROWS_PER_PAGE);
      for (const columns of page) yield toRow(columns);
      if (page.length < ROWS_PER_PAGE) return;
      last = page.at(-1)!.place;
    }
  }

  notes(): Iterable<KeptNote> {
    return this.#statements.notes.all().map(toNote);
  }

  bytes(id: Uint8Array): Uint8Array | undefined {
    return this.#sql.isOpen ? this.#statements.bytes.get(id)?.bytes : undefined;
  }

  put(row: KeptRow, bytes: Uint8Array): void {
    const { id, destination, copies, size, expiresAt, stranger, source } = row;
    this.#change(({ put, putBytes }) => {
      const { place } = put.get(id, destination, copies, size, Math.floor(expiresAt), Number(stranger), source)!;
      putBytes.run(place, bytes);
    });
  }

  delete(id: Uint8Array): void {
    this.#change(({ delete: remove, deleteBytes }) => {
      const place = remove.get(id)?.place;
      if (place !== undefined) deleteBytes.run(place);
    });
  }

  putNote({ kind, key, bytes, expiresAt }: KeptNote): void {
    this.#change(({ putNote }) => putNote.run(NOTE_KINDS.indexOf(kind), key, bytes, Math.floor(expiresAt)));
  }

  deleteNote(kind: KeptNote['kind'], key: Uint8Array): void {
    this.#change(({ deleteNote }) => deleteNote.run(NOTE_KINDS.indexOf(kind), key));
  }

  expireNotes(wallMs: number): void {
    this.#change(({ expireNotes }) => expireNotes.run(wallMs));
  }

  saved(): Promise<void> {
    if (!this.#inTransaction && this.#sql.isOpen) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Commits what is gathered. Idempotent. */
  async close(): Promise<void> {
    this.#commit();
    this.#sql.close();
  }

  /** After a failure the other changes of the tick are lost with it: whoever waits for `saved` hears so. */
  #change(work: (statements: Statements) => void): void {
    if (this.#failure !== undefined || !this.#sql.isOpen) return;
    try {
      if (!this.#inTransaction) this.#begin();
      work(this.#statements);
    } catch (error) {
      this.#failure = { error };
      this.#sql.rollBack();
    }
  }

  #begin(): void {
    this.#inTransaction = true;
    this.#later(() => this.#commit());
    this.#sql.exec('BEGIN IMMEDIATE');
  }

  #commit(): void {
    if (!this.#inTransaction) return;
    this.#inTransaction = false;
    const failure = this.#failure ?? this.#tryCommit();
    this.#failure = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve, reject } of waiting) {
      if (failure === undefined) resolve();
      else reject(failure.error);
    }
  }

  #tryCommit(): { readonly error: unknown } | undefined {
    try {
      this.#sql.exec('COMMIT');
      return undefined;
    } catch (error) {
      this.#sql.rollBack();
      return { error };
    }
  }
}

type Statements = ReturnType<typeof statementsOf>;

function statementsOf(sql: Sql) {
  const place = (text: string): Statement<{ place: number }> => sql.statement(text);
  return {
    rows: sql.statement<EnvelopeColumns>('SELECT * FROM envelopes WHERE place > ? ORDER BY place LIMIT ?'),
    notes: sql.statement<NoteColumns>('SELECT * FROM notes'),
    bytes: sql.statement<{ bytes: Uint8Array }>(
      'SELECT bytes FROM contents WHERE place = (SELECT place FROM envelopes WHERE id = ?)',
    ),
    put: place(`
      INSERT INTO envelopes (id, destination, copies, size, expires_at, stranger, source) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET destination = excluded.destination, copies = excluded.copies,
        size = excluded.size, expires_at = excluded.expires_at, stranger = excluded.stranger, source = excluded.source
      RETURNING place`),
    putBytes: sql.statement('INSERT OR REPLACE INTO contents (place, bytes) VALUES (?, ?)'),
    delete: place('DELETE FROM envelopes WHERE id = ? RETURNING place'),
    deleteBytes: sql.statement('DELETE FROM contents WHERE place = ?'),
    putNote: sql.statement('INSERT OR REPLACE INTO notes (kind, key, bytes, expires_at) VALUES (?, ?, ?, ?)'),
    deleteNote: sql.statement('DELETE FROM notes WHERE kind = ? AND key = ?'),
    expireNotes: sql.statement('DELETE FROM notes WHERE expires_at < ?'),
  };
}

function toRow(columns: EnvelopeColumns): KeptRow {
  const { id, destination, copies, size, source } = columns;
  return { id, destination, copies, size, expiresAt: columns.expires_at, stranger: columns.stranger === 1, source };
}

function toNote({ kind, key, bytes, expires_at }: NoteColumns): KeptNote {
  return { kind: NOTE_KINDS[kind]!, key, bytes, expiresAt: expires_at };
}
