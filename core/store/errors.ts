import { DiskFullError } from '../ports/files.ts';

/**
 * `database-empty`: nothing was ever written to one that was to be there. `wrong-key`: the database belongs to another key. `database-corrupt`: the key fits, the content is damaged, or the
 * file is no database of ours. `database-too-new`: a later version of Parley wrote it. `database-busy`: another
 * process holds it. `constraint`: a value over a limit of the schema, a bug of ours.
 */
export type StoreErrorCode =
  | 'database-empty'
  | 'wrong-key'
  | 'database-corrupt'
  | 'database-too-new'
  | 'database-busy'
  | 'constraint'
  | 'io';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

const CORRUPT = 'the profile database is damaged';

/** What SQLite's result codes mean to us; the message of SQLite stays in `cause`, since it may quote SQL. */
const MEANINGS: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  SQLITE_CORRUPT: ['database-corrupt', CORRUPT],
  SQLITE_NOTADB: ['database-corrupt', CORRUPT],
  SQLITE_FORMAT: ['database-corrupt', CORRUPT],
  SQLITE_BUSY: ['database-busy', 'another program uses the profile database'],
  SQLITE_LOCKED: ['database-busy', 'another program uses the profile database'],
  SQLITE_CONSTRAINT: ['constraint', 'a value does not fit the schema'],
  SQLITE_TOOBIG: ['constraint', 'a value is too large'],
  SQLITE_IOERR: ['io', 'the disk reports an error'],
  SQLITE_CANTOPEN: ['io', 'the profile database cannot be opened'],
  SQLITE_READONLY: ['io', 'the profile database is read-only'],
  SQLITE_PERM: ['io', 'the profile database cannot be opened'],
};

/** An error of SQLite as one of ours; anything else comes back as it is. Extended codes count as their family. */
export function translateError(error: unknown): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !(error instanceof Error) || error instanceof StoreError) return error;
  if (code === 'SQLITE_FULL') return new DiskFullError();
  const family = code.match(/^SQLITE_[A-Z]+/)?.[0] ?? code;
  const meaning = MEANINGS[family];
  return meaning === undefined ? error : new StoreError(meaning[0], meaning[1], error);
}
