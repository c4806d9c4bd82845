import { CallTable } from './call-table.ts';
import { DeviceTable } from './device-table.ts';
import { FriendTable } from './friend-table.ts';
import { MailKeyTable } from './mail-key-table.ts';
import { MailTable } from './mail-table.ts';
import { MessageCounters } from './message-counters.ts';
import { MessageTable } from './message-table.ts';
import { type DatabaseOptions, openDatabase } from './open-database.ts';
import { PlaceTable } from './place-table.ts';
import { SearchIndex } from './search-index.ts';
import { DraftTable, KeyValueTable, RequestTable, SettingTable } from './small-tables.ts';
import type { Sql } from './sql.ts';
import type { SearchQuery, SearchRow, StoreReads, StoreWrites } from './types.ts';

/** Messages indexed per transaction when a search has to wait for them. */
const CATCH_UP_MESSAGES = 5_000;

export interface StoreOptions extends DatabaseOptions {
  /** Makes the 8-byte tag of this device when the database has none yet. */
  readonly deviceTag: () => Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly wall: () => number;
}

/**
 * The encrypted profile database. Synchronous: when `batch` returns, its changes are on the disk. One instance per
 * database at a time.
 *
 * @throws everything of `openDatabase`, later `StoreError` and `DiskFullError` from any call
 */
export class Store {
  readonly read: StoreReads;
  /** Tag of this device, 8 bytes. */
  readonly deviceTag: Uint8Array;
  readonly #sql: Sql;
  readonly #writes: StoreWrites;
  readonly #friends: FriendTable;
  readonly #search: SearchIndex;
  readonly #counters: MessageCounters;
  readonly #places: PlaceTable;

  constructor(options: StoreOptions) {
    const sql = openDatabase(options);
    this.#sql = sql;
    this.#friends = new FriendTable(sql);
    this.#search = new SearchIndex(sql);
    const devices = new DeviceTable(sql);
    const own = sql.transaction(() => devices.own(options.deviceTag, Math.floor(options.wall())));
    this.deviceTag = own.tag;
    this.#counters = new MessageCounters(sql, () => own.id);
    this.#places = new PlaceTable(sql, this.#counters);
    this.#writes = {
      friends: this.#friends,
      devices,
      messages: new MessageTable(sql, {
        friends: this.#friends,
        search: this.#search,
        counters: this.#counters,
        places: this.#places,
        ownDevice: () => own.id,
      }),
      calls: new CallTable(sql, { friends: this.#friends, counters: this.#counters, ownDevice: () => own.id }),
      drafts: new DraftTable(sql),
      requests: new RequestTable(sql),
      settings: new SettingTable(sql),
      keyValues: new KeyValueTable(sql),
      places: this.#places,
      mail: new MailTable(sql),
      mailKeys: new MailKeyTable(sql),
    };
    this.read = this.#writes;
  }

  /**
   * One transaction: all of `work` or nothing, and on the disk when this returns. Not to be nested; `work` must not
   * wait for anything.
   * @throws what `work` throws, and {DiskFullError}, {StoreError}; nothing has changed then.
   */
  batch<T>(work: (write: StoreWrites) => T): T {
    try {
      return this.#sql.transaction(() => work(this.#writes));
    } catch (error) {
      this.#friends.forget();
      this.#search.reread();
      this.#counters.forget();
      this.#places.forget();
      throw error;
    }
  }

  /** Takes up to `limit` messages into the full-text index. @returns false when there was nothing to do. */
  index(limit: number): boolean {
    return this.batch(() => this.#search.advance(limit));
  }

  /** Finishes the index first, so every message stored is found. Newest first. */
  search(query: SearchQuery): SearchRow[] {
    while (this.index(CATCH_UP_MESSAGES));
    return this.#search.find(query);
  }

  /** Moves the write-ahead log into the database as far as possible; SQLite does it by itself when the log is long. */
  checkpoint(): void {
    this.#sql.pragma('wal_checkpoint(PASSIVE)');
  }

  /** Reads every page and checks every HMAC and B-tree; slow. @returns what is wrong, empty when all is well. */
  verify(): string[] {
    const pages = this.#sql.pragma('cipher_integrity_check').map((row) => String(Object.values(row)[0]));
    if (pages.length > 0) return pages;
    const trees = this.#sql.pragma('integrity_check').map((row) => String(Object.values(row)[0]));
    return trees.filter((line) => line !== 'ok');
  }

  get isOpen(): boolean {
    return this.#sql.isOpen;
  }

  /** Idempotent. */
  close(): void {
    this.#sql.close();
  }
}
