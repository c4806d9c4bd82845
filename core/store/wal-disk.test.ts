import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InviteTag, MessageId, ProfileKey } from '../ids/bytes.ts';
import { FileFlusher } from '../node/adapters/file-flusher.ts';
import { DiskFullError } from '../ports/files.ts';
import type { Flusher, OpenFlusher } from '../ports/flusher.ts';
import { StoreError } from './errors.ts';
import { SKIPPED_SEQS } from './message-counters.ts';
import { Store } from './store.ts';

/** Flushes when the test says so. */
class HandDisk implements Flusher {
  readonly opened: string[] = [];
  readonly waiting: ((error?: unknown) => void)[] = [];
  failure: Error | undefined;
  blocking = 0;
  closed = false;
  lengthened = 0;
  flush(done: (error?: unknown) => void): void {
    this.waiting.push(done);
  }
  flushNow(): void {
    this.blocking++;
    if (this.failure !== undefined) throw this.failure;
  }
  lengthen(): boolean {
    this.lengthened++;
    return true;
  }
  close(): void {
    this.closed = true;
  }
}

let folder: string;
let path: string;
let disk: HandDisk;
let stores: Store[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-wal-'));
  path = join(folder, 'p.db');
  disk = new HandDisk();
  stores = [];
});
afterEach(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function handDisk(file: string): Flusher {
  disk.opened.push(file);
  return disk;
}

function open(at = path, openFlusher: OpenFlusher = handDisk): Store {
  const parts = { key: new Uint8Array(32).fill(7), deviceTag: () => new Uint8Array(8), wall: () => 1 };
  const store = new Store({ path: at, ...parts, openFlusher });
  stores.push(store);
  return store;
}

const put = (store: Store, name: string) => store.write((write) => write.settings.set(name, '1'));
const names = (store: Store) => [...store.read.settings.all().keys()];

function reopened(): Store {
  const copy = join(folder, 'copy.db');
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
  return open(copy);
}

function flushed(store: Store): { error?: unknown; done: boolean } {
  const result: { error?: unknown; done: boolean } = { done: false };
  store.flush((error) => Object.assign(result, { error, done: true }));
  return result;
}

describe('a store that flushes by itself', () => {
  it('touches the write-ahead log only, which is there when the database is open', () => {
    open();
    expect(disk.opened).toEqual([`${path}-wal`]);
    expect(statSync(`${path}-wal`).isFile()).toBe(true);
  });

  it('waits for the disk in a batch, not in a write', () => {
    const store = open();
    put(store, 'a');
    expect(disk.blocking).toBe(0);
    store.batch((write) => write.settings.set('b', '1'));
    expect(disk.blocking).toBe(1);
    const first = flushed(store);
    expect(first.done).toBe(false);
    disk.waiting[0]!();
    expect(first).toEqual({ done: true, error: undefined });
  });

  it('loses no write to a killed process', () => {
    const store = open();
    put(store, 'a');
    put(store, 'b');
    expect(names(reopened())).toEqual(['a', 'b']);
  });

  it('tells a full disk and other failures by their kind', () => {
    const store = open();
    disk.failure = new DiskFullError();
    expect(() => store.batch((write) => write.settings.set('a', '1'))).toThrow(DiskFullError);
    const other = open(join(folder, 'other.db'));
    disk.failure = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    expect(() => other.batch((write) => write.settings.set('a', '1'))).toThrow('the disk reports an error');
  });

  it('does not believe a flush after one that failed, but writes all into the database', () => {
    const store = open();
    for (let i = 0; i < 50; i++) put(store, `n${i}`);
    const failed = flushed(store);
    disk.waiting[0]!(new DiskFullError());
    expect(failed.error).toBeInstanceOf(DiskFullError);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    expect(flushed(store)).toEqual({ done: true, error: undefined });
    expect([disk.waiting.length, statSync(`${path}-wal`).size]).toEqual([1, 0]);
    put(store, 'later');
    flushed(store);
    expect(disk.waiting).toHaveLength(2);
    expect(names(reopened())).toHaveLength(51);
  });

  it('does not believe what it wrote into the database either, while the log cannot be flushed', () => {
    const store = open();
    put(store, 'a');
    flushed(store);
    disk.waiting[0]!(new Error('the file was deleted'));
    disk.failure = new Error('the file was deleted');
    for (let i = 0; i < 2; i++) expect(flushed(store).error).toBeInstanceOf(StoreError);
    disk.failure = undefined;
    expect(flushed(store)).toEqual({ done: true, error: undefined });
  });

  it('goes on over checkpoints and a log that begins anew, with the same file', () => {
    const store = open(path, (file) => new FileFlusher(file));
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20; i++) put(store, `r${round} ${i}`);
      store.flushNow();
      store.checkpoint();
    }
    put(store, 'last');
    store.flushNow();
    expect(names(reopened())).toHaveLength(61);
    store.close();
    expect(names(open())).toHaveLength(61);
  });

  it('closes its handle of the log', () => {
    open().close();
    expect(disk.closed).toBe(true);
  });

  it('fails every flush after it was closed, closing twice included', async () => {
    const store = open(path, (file) => new FileFlusher(file));
    put(store, 'a');
    const before = new Promise((resolve) => store.flush(resolve));
    store.close();
    store.close();
    const after = new Promise((resolve) => store.flush(resolve));
    expect(await before).toBeUndefined();
    expect(await after).toBeInstanceOf(StoreError);
    expect(() => store.flushNow()).toThrow('closed');
    expect(await new Promise((resolve) => store.flush(resolve))).toBeInstanceOf(Error);
  });
});

describe('a log with room', () => {
  const LOG_BYTES = 4 * 2 ** 20;

  async function roomy(): Promise<Store> {
    const store = open(path, (file) => new FileFlusher(file));
    while (await new Promise((resolve) => store.growLog(resolve)));
    return store;
  }

  /** What a power cut leaves: of the log the first `bytes`, and behind them what was there before. */
  function reopenedAfter(bytes: number): Store {
    const copy = join(folder, `cut-${stores.length}.db`);
    copyFileSync(path, copy);
    const log = readFileSync(`${path}-wal`);
    writeFileSync(`${copy}-wal`, log.fill(0, bytes));
    return open(copy);
  }

  it('gets no longer by commits', async () => {
    const store = await roomy();
    for (let i = 0; i < 50; i++) put(store, `n${i}`);
    expect(statSync(`${path}-wal`).size).toBe(LOG_BYTES);
    expect(names(reopened())).toHaveLength(50);
  });

  it('holds a whole number of commits, in order, wherever a power cut ends it', async () => {
    const store = await roomy();
    const commits = Array.from({ length: 12 }, (_, i) => `n${String(i).padStart(2, '0')}`);
    for (const name of commits) put(store, name);
    const counts = new Set<number>();
    const end = readFileSync(`${path}-wal`).findLastIndex((byte) => byte !== 0) + 1;
    for (let bytes = Math.max(0, end - 120_000); bytes <= end; bytes += 1_771) {
      const cut = reopenedAfter(bytes);
      const kept = names(cut).sort();
      expect(kept).toEqual(commits.slice(0, kept.length));
      counts.add(kept.length);
      put(cut, 'later');
      cut.close();
    }
    expect(counts.size).toBeGreaterThan(8);
  });

  it('is begun anew after a checkpoint and goes on beyond its room', async () => {
    const store = await roomy();
    const long = JSON.stringify('x'.repeat(60_000));
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 40; i++) store.write((write) => write.settings.set(`r${round} ${i}`, long));
      store.flushNow();
      store.checkpoint();
      put(store, `between ${round}`);
    }
    for (let i = 0; i < 90; i++) store.write((write) => write.settings.set(`more ${i}`, long));
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(LOG_BYTES);
    expect(names(reopened())).toHaveLength(3 * 41 + 90);
    store.close();
    const again = await roomy();
    expect(names(again)).toHaveLength(3 * 41 + 90);
    expect(again.verify()).toEqual([]);
  });

  it('is not made while it is unknown what the log holds', () => {
    const store = open();
    const failed = flushed(store);
    disk.waiting[0]!(new DiskFullError());
    expect(failed.error).toBeInstanceOf(DiskFullError);
    let more: boolean | undefined;
    store.growLog((answer) => {
      more = answer;
    });
    expect(more).toBe(false);
    expect(disk.lengthened).toBe(0);
  });

  it('is not made by a store in memory', () => {
    const store = open(':memory:');
    let more: boolean | undefined;
    store.growLog((answer) => {
      more = answer;
    });
    expect(more).toBe(false);
  });
});

describe('numbers of messages', () => {
  const TAG = new Uint8Array(4) as InviteTag;
  let count = 0;

  function send(store: Store): number {
    const messageId = new Uint8Array(16).fill(++count) as MessageId;
    return store.batch((write) => write.messages.addOutgoing({ friend: 1, messageId, text: 'x', at: 1 })).seq!;
  }

  function withFriend(): Store {
    const store = open();
    const friend = { key: new Uint8Array(32) as ProfileKey, tag: TAG, alias: '', state: 'friend', addedAt: 1 } as const;
    store.batch((write) => write.friends.add(friend));
    return store;
  }

  it('go on where they were after an orderly end', () => {
    const store = withFriend();
    expect([send(store), send(store)]).toEqual([1, 2]);
    store.close();
    const again = open();
    expect([send(again), send(again)]).toEqual([3, 4]);
  });

  it('skip those that a power cut may have undone, once a run', () => {
    const store = withFriend();
    expect([send(store), send(store)]).toEqual([1, 2]);
    const again = reopened();
    expect([send(again), send(again)]).toEqual([2 + SKIPPED_SEQS + 1, 2 + SKIPPED_SEQS + 2]);
  });

  it('skip them also when the run before had ended in order, as soon as anything was written since', () => {
    withFriend().close();
    const store = open();
    expect([send(store), send(store)]).toEqual([1, 2]);
    expect(send(reopened())).toBe(2 + SKIPPED_SEQS + 1);
  });
});
