import { Database } from '@signalapp/sqlcipher';
import { StoreError, translateError } from './errors.ts';

export type SqlValue = string | number | null | Uint8Array;
type Parameters = readonly SqlValue[];
/** The binding wants arrays over an ArrayBuffer; ours are never shared memory. */
type Bound = readonly (string | number | null | Uint8Array<ArrayBuffer>)[];

/** A prepared statement; errors come translated (`errors.ts`). */
export interface Statement<Row> {
  run(...values: Parameters): { readonly changes: number; readonly lastInsertRowid: number };
  get(...values: Parameters): Row | undefined;
  all(...values: Parameters): Row[];
}

/** A prepared statement with a single column of results: no row is made of each. */
export interface ColumnStatement<Value extends SqlValue> {
  all(...values: Parameters): Value[];
}

/** A connection with prepared statements kept and errors translated. Synchronous. */
export class Sql {
  readonly #database: Database;
  /** Every message pays for them: to have them parsed again takes longer than to run them. */
  readonly #begin = this.statement('BEGIN IMMEDIATE');
  readonly #commit = this.statement('COMMIT');
  readonly #damaged: () => void;
  #open = true;

  /** `damaged` hears of every statement that fails since the content is. */
  constructor(path: string, damaged: () => void = () => {}) {
    this.#damaged = damaged;
    try {
      this.#database = new Database(path, { cacheStatements: true });
    } catch (error) {
      // The binding gives no code here.
      throw new StoreError('io', 'the profile database cannot be opened', error);
    }
  }

  get isOpen(): boolean {
    return this.#open;
  }

  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  pragma(source: string): Record<string, unknown>[] {
    return this.#guard(() => this.#database.pragma(source));
  }

  /** Needed once per connection, before a table with `signal_tokenizer` is touched. */
  initTokenizer(): void {
    this.#database.initTokenizer();
  }

  /** Prepared on first use, so that opening does not pay for statements nobody needs. */
  statement<Row = never>(sql: string): Statement<Row> {
    let prepared: ReturnType<Database['prepare']> | undefined;
    const ready = () => {
      prepared ??= this.#database.prepare(sql);
      return prepared;
    };
    // The binding wants `?1` by name.
    const bind = (/\?\d/.test(sql) ? byNumber : (values: Parameters) => values) as (values: Parameters) => Bound;
    return {
      run: (...values) => this.#guard(() => ready().run(bind(values))),
      get: (...values) => this.#guard(() => ready().get(bind(values)) as Row | undefined),
      all: (...values) => this.#guard(() => ready().all(bind(values)) as Row[]),
    };
  }

  /** The same for a statement with one column and no `?1`. */
  column<Value extends SqlValue>(sql: string): ColumnStatement<Value> {
    let prepared: ReturnType<Database['prepare']> | undefined;
    return {
      all: (...values) =>
        this.#guard(() => {
          prepared ??= this.#database.prepare(sql, { pluck: true });
          return prepared.all(values as Bound) as unknown[] as Value[];
        }),
    };
  }

  /** All or nothing; not to be nested. @throws what `work` throws, after rolling back. */
  transaction<T>(work: () => T): T {
    if (!this.#open) throw new StoreError('io', 'the profile database is closed');
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** No error without a transaction: after SQLITE_FULL and the like SQLite has rolled back by itself. */
  rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_ERROR') throw translateError(error);
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const failure = translateError(error);
      if (failure instanceof StoreError && failure.code === 'database-corrupt') this.#damaged();
      throw failure;
    }
  }

  /** Idempotent. Moves the write-ahead log into the database. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#guard(() => this.#database.close());
  }
}

function byNumber(values: Parameters): Record<string, SqlValue> {
  return Object.fromEntries(values.map((value, i) => [i + 1, value]));
}
