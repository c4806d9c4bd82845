import { CallTable } from './call-table.ts';
import { DeletionTable } from './deletion-table.ts';
import { DeviceTable } from './device-table.ts';
import { FriendTable } from './friend-table.ts';
import { MailKeyTable } from './mail-key-table.ts';
import { MailTable } from './mail-table.ts';
import { MessageCounters, SKIPPED_SEQS } from './message-counters.ts';
import { MessageTable } from './message-table.ts';
import { type DatabaseOptions, openDatabase } from './open-database.ts';
import { PlaceTable } from './place-table.ts';
import { SearchIndex } from './search-index.ts';
import { DraftTable, KeyValueTable, RequestTable, SettingTable } from './small-tables.ts';
import type { Sql } from './sql.ts';
import type { HitQuery, MessageRow, SearchQuery, SearchRow, StoreReads, StoreWrites, TextPlace } from './types.ts';
import { WalDisk } from './wal-disk.ts';

/** Messages indexed per transaction when a search has to wait for them. */
const CATCH_UP_MESSAGES = 5_000;
/** There while nobody has the database open, if whoever had it last closed it. */
const ENDED_WELL = 'store.ended-well';
const IN_MEMORY = ':memory:';

export interface StoreOptions extends DatabaseOptions {
  /** Makes the 8-byte tag of this device when the database has none yet. */
  readonly deviceTag: () => Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly wall: () => number;
}

interface FirstTables {
  readonly devices: DeviceTable;
  readonly keyValues: KeyValueTable;
}

/**
 * The encrypted profile database. Synchronous: when `batch` returns, its changes are on the disk; `write` and `flush` are
 * its two halves, for whoever can do something else while the disk works. One instance per database at a time.
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
  readonly #deletions: DeletionTable;
  readonly #messages: MessageTable;
  readonly #mail: MailTable;
  /** Undefined: every commit is on the disk when it returns, or there is no disk. */
  readonly #disk: WalDisk | undefined;
  /** `ENDED_WELL` is still there from the run before: the first commit takes it away, before anything leaves by it. */
  #endIsNoted: boolean;

  constructor(options: StoreOptions) {
    const { path, openFlusher } = options;
    const sql = openDatabase(options);
    this.#sql = sql;
    this.#friends = new FriendTable(sql);
    this.#search = new SearchIndex(sql);
    const devices = new DeviceTable(sql);
    const keyValues = new KeyValueTable(sql);
    try {
      this.#disk = openFlusher === undefined || path === IN_MEMORY ? undefined : new WalDisk(sql, path, openFlusher);
    } catch (error) {
      sql.close();
      throw error;
    }
    const { own, endedWell } = this.#begin({ ...options, devices, keyValues });
    this.deviceTag = own.tag;
    this.#endIsNoted = endedWell;
    this.#counters = new MessageCounters(sql, { ownDevice: own.id, skipped: endedWell ? 0 : SKIPPED_SEQS });
    this.#places = new PlaceTable(sql, this.#counters);
    this.#deletions = new DeletionTable(sql, this.#friends);
    this.#messages = new MessageTable(sql, {
      friends: this.#friends,
      search: this.#search,
      counters: this.#counters,
      places: this.#places,
      deletions: this.#deletions,
      ownDevice: () => own.id,
    });
    this.#mail = new MailTable(sql);
    this.#writes = {
      friends: this.#friends,
      devices,
      messages: this.#messages,
      calls: new CallTable(sql, {
        friends: this.#friends,
        counters: this.#counters,
        deletions: this.#deletions,
        ownDevice: () => own.id,
      }),
      drafts: new DraftTable(sql),
      requests: new RequestTable(sql),
      settings: new SettingTable(sql),
      keyValues,
      deletions: this.#deletions,
      places: this.#places,
      mail: this.#mail,
      mailKeys: new MailKeyTable(sql),
    };
    this.read = this.#writes;
  }

  /** Writes nothing where the device is known, so that a full disk keeps nobody from reading. */
  #begin({ deviceTag, wall, devices, keyValues }: Pick<StoreOptions, 'deviceTag' | 'wall'> & FirstTables) {
    try {
      const endedWell = keyValues.get(ENDED_WELL) !== undefined;
      return { own: devices.own(deviceTag, Math.floor(wall())), endedWell };
    } catch (error) {
      // A damaged page: nobody else gets to close it.
      this.#disk?.close();
      this.#sql.close();
      throw error;
    }
  }

  /**
   * One transaction: all of `work` or nothing, and on the disk when this returns. Not to be nested; `work` must not
   * wait for anything.
   * @throws what `work` throws, and {DiskFullError}, {StoreError}; nothing has changed then, but for one case: the
   * disk took the changes and then failed to keep them. They may or may not be there after a power cut.
   */
  batch<T>(work: (write: StoreWrites) => T): T {
    const result = this.write(work);
    this.flushNow();
    return result;
  }

  /**
   * Like `batch`, but a power cut may undo it until a `flush` that began later is done; then also everything written
   * after it is undone. A killed process loses nothing.
   */
  write<T>(work: (write: StoreWrites) => T): T {
    try {
      const result = this.#sql.transaction(() => {
        this.#friends.load();
        if (this.#endIsNoted) this.#writes.keyValues.delete(ENDED_WELL);
        return work(this.#writes);
      });
      this.#endIsNoted = false;
      return result;
    } catch (error) {
      this.#friends.forget();
      this.#search.reread();
      this.#counters.forget();
      this.#places.forget();
      this.#deletions.forget();
      this.#messages.forget();
      this.#mail.forget();
      throw error;
    }
  }

  /**
   * `done` comes, perhaps at once, when everything written before this call is on the disk. Its error, {DiskFullError}
   * or {StoreError}, means that this is not known; the next flush tries to write it anew.
   */
  flush(done: (error?: unknown) => void): void {
    if (this.#disk === undefined) done();
    else this.#disk.flush(done);
  }

  /** The same, blocking. @throws {DiskFullError}, {StoreError} */
  flushNow(): void {
    this.#disk?.flushNow();
  }

  /**
   * Makes room in the write-ahead log, a small step a call: with it a commit is flushed in about half the time. `done`
   * tells, perhaps at once, whether there is more to do.
   */
  growLog(done: (more: boolean) => void): void {
    if (this.#disk === undefined) done(false);
    else this.#disk.grow(done);
  }

  /** Takes up to `limit` messages into the full-text index. @returns false when there was nothing to do. */
  index(limit: number): boolean {
    return this.write(() => this.#search.advance(limit));
  }

  /** Finishes the index first, so every message stored is found. Newest first; with `after` the oldest of the newer ones. */
  search(query: SearchQuery): SearchRow[] {
    while (this.index(CATCH_UP_MESSAGES));
    return this.#search.find(query);
  }

  /** How many there are to be found; of a hundred thousand hits that takes some hundredths of a second. */
  countHits(query: HitQuery): number {
    while (this.index(CATCH_UP_MESSAGES));
    return this.#search.count(query);
  }

  /** Where in a message stands what was searched for; nothing where it is no hit. */
  hitPlaces(query: Pick<SearchQuery, 'query' | 'marker'>, message: Pick<MessageRow, 'id' | 'text'>): TextPlace[] {
    return this.#search.places(query, message);
  }

  /** Moves the write-ahead log into the database; SQLite does it by itself when the log is long. Waits for the disk. */
  checkpoint(): void {
    this.#sql.pragma('wal_checkpoint(PASSIVE)');
    // The next commit begins the log anew, for which SQLite waits for the disk once more: better now than with a message.
    this.#sql.transaction(() => this.#sql.exec('UPDATE used_ids SET last_id = last_id'));
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
    if (!this.isOpen) return;
    try {
      this.write((write) => {
        this.#friends.saveCounts();
        write.keyValues.set(ENDED_WELL, new Uint8Array([1]));
      });
    } catch {
      // A full or damaged disk: the next run takes this for a power cut, which costs some numbers.
    }
    this.#disk?.close();
    this.#sql.close();
  }
}
