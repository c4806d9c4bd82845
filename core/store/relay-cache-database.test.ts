import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheCompliance } from '../testing/cache-compliance.ts';
import { StoreError } from './errors.ts';
import { openDatabase } from './open-database.ts';
import { openRelayCache, RelayCacheDatabase } from './relay-cache-database.ts';
import { Sql } from './sql.ts';

const KEY = new Uint8Array(32).fill(7);
let folder: string;
let opened: { close(): unknown }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-cache-'));
});
afterEach(() => {
  for (const one of opened) one.close();
  opened = [];
  rmSync(folder, { recursive: true });
});

/** A disk whose kill is a copy of the files as they are at that moment. */
class Disk {
  #path = join(folder, '0.db');
  #copies = 0;
  #sql: Sql | undefined;

  open(): RelayCacheDatabase {
    // Made by the real way in, then opened again so that the test can reach the connection.
    opened.push(openRelayCache({ path: this.#path, key: KEY }));
    opened.pop()!.close();
    this.#sql = openDatabase(
      { path: this.#path, key: KEY },
      { migrations: [''], pageBytes: 4_096, synchronous: 'NORMAL', secureDelete: false },
    );
    opened.push(this.#sql);
    return new RelayCacheDatabase(this.#sql);
  }

  kill(): void {
    const copy = join(folder, `${++this.#copies}.db`);
    for (const end of ['', '-wal']) if (existsSync(this.#path + end)) copyFileSync(this.#path + end, copy + end);
    this.#path = copy;
  }

  fill(): void {
    this.#sql!.exec('PRAGMA max_page_count = 1');
  }
}

describe('the relay cache in SQLite', () => {
  it.each(cacheCompliance)('$rule', async ({ run }) => {
    const disk = new Disk();
    await run({ open: () => disk.open(), kill: () => disk.kill(), fill: () => disk.fill() });
  });

  it('commits when it is told to, not before', async () => {
    const tasks: (() => void)[] = [];
    const path = join(folder, 'later.db');
    const cache = openRelayCache({ path, key: KEY }, (task) => tasks.push(task));
    opened.push(cache);
    for (let i = 0; i < 3; i++) cache.putNote({ kind: 'receipt', key: Uint8Array.of(i), bytes: KEY, expiresAt: 1 });
    let saved = false;
    const promise = cache.saved().then(() => {
      saved = true;
    });
    await Promise.resolve();
    expect([saved, tasks.length]).toEqual([false, 1]);
    tasks[0]!();
    await promise;
    expect(saved).toBe(true);
  });

  it('is encrypted, and opens with its key only', async () => {
    const path = join(folder, 'other.db');
    await openRelayCache({ path, key: KEY }).close();
    expect(() => openRelayCache({ path, key: new Uint8Array(32) })).toThrow(StoreError);
    const bare = new Sql(path);
    opened.push(bare);
    expect(() => bare.exec('SELECT * FROM envelopes')).toThrow(StoreError);
  });
});
