import { DiskFullError } from '../ports/files.ts';
import type { Flusher, OpenFlusher } from '../ports/flusher.ts';
import { StoreError } from './errors.ts';
import type { Sql } from './sql.ts';

/**
 * Length the log is brought to while nothing else is going on: some 300 lone messages, more than come between two quiet
 * times. Longer floods lengthen it themselves.
 */
const LOG_BYTES = 4 * 2 ** 20;
/** Lengthened by at a time: a message that comes meanwhile waits for it to be flushed. */
const STEP_BYTES = 256 * 1024;

/**
 * When commits are on the disk. A commit is a run of frames at the end of the write-ahead log, each with a checksum over
 * all before it: whatever part of an unflushed end a power cut leaves, SQLite finds a whole number of commits, in order.
 * So one flush of that file makes every commit before it durable, and one durable commit means that all before it are.
 *
 * - A checkpoint moves commits from the log into the database. SQLite flushes the log before, the database after, and
 *   the log's new header before the first commit that overwrites old frames (`synchronous` NORMAL). At any moment each
 *   commit is thus in a database that was flushed, or in the log, which we flush.
 * - The log is made when the database is opened (the folder is flushed with the first header) and removed when it is
 *   closed; in between it is cut or overwritten, never replaced, so one handle serves all the time.
 * - Zeros behind its end are no frames: SQLite knows its frames by the salt of the header and stops at the first that has
 *   another, has page number 0 or does not fit the checksum.
 * - POSIX drops all locks of a process on a file when it closes any handle of that file. SQLite's locks are on the
 *   database, none are on the log (its index is in memory, the lock being exclusive): so this opens the log only.
 */
export class WalDisk {
  readonly #sql: Sql;
  readonly #flusher: Flusher;
  /** The last flush failed; what the log holds on the disk is unknown. */
  #doubtful = false;

  constructor(sql: Sql, databasePath: string, openFlusher: OpenFlusher) {
    this.#sql = sql;
    try {
      this.#flusher = openFlusher(`${databasePath}-wal`);
    } catch (error) {
      throw meaningOf(error);
    }
  }

  /** `done` comes when all commits so far are on the disk. Its error: {DiskFullError}, {StoreError} `io`. */
  flush(done: (error?: unknown) => void): void {
    if (this.#doubtful) return this.#settleThen(done);
    this.#flusher.flush((error) => {
      if (error === undefined) return done();
      this.#doubtful = true;
      done(meaningOf(error));
    });
  }

  /** The same, blocking. @throws {DiskFullError}, {StoreError} `io` */
  flushNow(): void {
    if (this.#doubtful) this.#settle();
    else this.#flushNow();
  }

  #flushNow(): void {
    try {
      this.#flusher.flushNow();
    } catch (error) {
      this.#doubtful = true;
      throw meaningOf(error);
    }
  }

  /** Lengthens the log a step, so that commits are flushed in less time. `done` tells whether there is more to do. */
  grow(done: (more: boolean) => void): void {
    if (this.#doubtful || !this.#flusher.lengthen(LOG_BYTES, STEP_BYTES)) return done(false);
    this.flush((error) => done(error === undefined));
  }

  close(): void {
    this.#flusher.close();
  }

  #settleThen(done: (error?: unknown) => void): void {
    try {
      this.#settle();
    } catch (error) {
      return done(error);
    }
    done();
  }

  /**
   * Writes everything anew, into the database, and begins the log from its start. That the log can be flushed then shows
   * that both are still there.
   */
  #settle(): void {
    const busy = this.#sql.pragma('wal_checkpoint(TRUNCATE)')[0]?.busy;
    if (busy !== 0) throw new StoreError('io', 'the profile database could not be written');
    this.#flushNow();
    this.#doubtful = false;
  }
}

function meaningOf(error: unknown): unknown {
  if (error instanceof DiskFullError) return error;
  return new StoreError('io', 'the disk reports an error', error);
}
