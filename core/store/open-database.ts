import { hash32 } from '../crypto/crypto.ts';
import { toHex } from '../ids/bytes.ts';
import type { OpenFlusher } from '../ports/flusher.ts';
import { StoreError } from './errors.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { Sql } from './sql.ts';

const DATABASE_KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Pages in the write-ahead log before they are moved into the database: 16 MiB of those of the profile. */
const CHECKPOINT_PAGES = 8_192;
const CACHE_KIB = 16_384;
/** A process that is just ending may still hold it. */
const BUSY_TIMEOUT_MS = 1_000;

/** What differs between the databases of a profile. */
export interface DatabaseKind {
  readonly migrations: readonly string[];
  readonly pageBytes: number;
  /**
   * What a commit survives when it returns: FULL also a power cut, NORMAL the end of the process only (and never half of
   * it). With a flusher it is NORMAL.
   */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Overwrite what is deleted. */
  readonly secureDelete: boolean;
}

export const PROFILE_DATABASE: DatabaseKind = {
  migrations: MIGRATIONS,
  // Half of the usual: a lone message touches five pages, and each is encrypted and written whole.
  pageBytes: 2_048,
  // Where nobody else flushes the log, nothing that was committed is undone by a power cut.
  synchronous: 'FULL',
  secureDelete: true,
};

export interface DatabaseOptions {
  /** A file of the host, or `:memory:`. */
  readonly path: string;
  /** 32 random bytes, used as they are: no password hashing here. */
  readonly key: Uint8Array;
  /**
   * Flushes the write-ahead log beside a database on disk. Without one SQLite itself waits for the disk at every commit,
   * and the host with it.
   */
  readonly openFlusher?: OpenFlusher;
  /** One that nothing was ever written to is not begun. */
  readonly expected?: boolean;
  /**
   * Called in the midst of whatever was to be read or written when it turned out that the content is damaged, maybe again
   * and again: so nobody has to look at the errors of work that nobody waits for.
   */
  readonly damaged?: () => void;
}

/**
 * Opens or makes the encrypted database and brings its schema up to date. Every page is encrypted with AES-256 and
 * authenticated by HMAC-SHA512 (SQLCipher 4), so a flipped bit is found when its page is read.
 *
 * @throws {StoreError} `database-empty`, `wrong-key`, `database-corrupt`, `database-too-new`, `database-busy`, `io`
 * @throws {DiskFullError}
 */
export function openDatabase(options: DatabaseOptions, kind: DatabaseKind = PROFILE_DATABASE): Sql {
  if (options.key.length !== DATABASE_KEY_BYTES)
    throw new RangeError(`the database key must have ${DATABASE_KEY_BYTES} bytes`);
  const sql = new Sql(options.path, options.damaged);
  try {
    unlock(sql, options, kind.pageBytes);
    if (options.expected === true) refuseEmpty(sql);
    configure(sql, options.openFlusher === undefined ? kind : { ...kind, synchronous: 'NORMAL' });
    migrate(sql, kind.migrations);
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

/**
 * The salt at the start of the file comes from the key by a one-way function instead of chance: so a wrong key (other
 * salt) and a damaged first page (right salt, failing HMAC) can be told apart. With a raw 256-bit key the salt only
 * serves to derive the HMAC key, which needs no second source of randomness.
 */
function unlock(sql: Sql, options: DatabaseOptions, pageBytes: number): void {
  const salt = toHex(hash32('parley database salt', options.key).subarray(0, SALT_BYTES));
  // Logging first: SQLCipher writes to stderr about every page it cannot open. Exclusive before the first page is read: so
  // the index of the log stays in memory, and needs neither room on a full disk nor a file that others may have left.
  sql.exec(
    `PRAGMA cipher_log_level = NONE; PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA key = "x'${toHex(options.key)}${salt}'"; PRAGMA cipher_page_size = ${pageBytes}`,
  );
  try {
    sql.exec('SELECT count(*) FROM sqlite_master');
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'database-corrupt') throw error;
    if (saltOnDisk(options) === salt) throw error;
    throw new StoreError('wrong-key', 'the profile database belongs to another key', error);
  }
}

/** SQLCipher reads the salt from the file when it is not given one; that takes a connection of its own. */
function saltOnDisk(options: DatabaseOptions): string {
  const sql = new Sql(options.path);
  try {
    sql.exec(`PRAGMA key = "x'${toHex(options.key)}'"`);
    return String(sql.pragma('cipher_salt')[0]?.cipher_salt);
  } finally {
    sql.close();
  }
}

/**
 * Until the first checkpoint all is in the write-ahead log. Where that is lost, as by a copy of the database alone, SQLite
 * sees an empty one, and a profile in it would seem to have no friends.
 */
function refuseEmpty(sql: Sql): void {
  const [{ user_version: version } = {}] = sql.pragma('user_version');
  if (version === 0) throw new StoreError('database-empty', 'nothing was ever written to the profile database');
}

/**
 * EXCLUSIVE: rows are kept in memory and numbers counted there, so no other process may write; it finds the database
 * busy. NORMAL: a commit is in the write-ahead log, where a killed process loses nothing, and on the disk when the log
 * was flushed (`wal-disk.ts`); SQLite itself flushes only round a checkpoint.
 */
function configure(sql: Sql, { pageBytes, synchronous, secureDelete }: DatabaseKind): void {
  sql.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${synchronous};
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${2 * CHECKPOINT_PAGES * pageBytes};
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ${secureDelete ? 'ON' : 'OFF'};
    PRAGMA temp_store = MEMORY;
  `);
  sql.initTokenizer();
}
