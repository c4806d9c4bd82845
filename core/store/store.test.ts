import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { DiskFullError } from '../ports/files.ts';
import { StoreError } from './errors.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { openDatabase, PROFILE_DATABASE } from './open-database.ts';
import { Store } from './store.ts';
import { addFriend, KEY, key, receive, StoreFolder, send, TAG } from './testing/store-folder.ts';

let folder: string;
let stores: StoreFolder;
let path: string;

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  path = join(folder, 'profile.db');
  stores = new StoreFolder({ folder, copy: (from, to) => existsSync(from) && copyFileSync(from, to) });
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('opening', () => {
  it('tells a wrong key from a damaged file, and says when the file is from the future', () => {
    addFriend(stores.open());
    stores.close();
    expect(codeOf(() => stores.open(path, new Uint8Array(32).fill(8)))).toBe('wrong-key');
    expect(stores.open().read.friends.all()).toHaveLength(1);
    stores.close();
    flip(path, 2_000);
    expect(codeOf(() => stores.open())).toBe('database-corrupt');
    flip(path, 2_000);
    const sql = openDatabase({ path, key: KEY });
    sql.exec('PRAGMA user_version = 99');
    sql.close();
    expect(codeOf(() => stores.open())).toBe('database-too-new');
    writeFileSync(path, new Uint8Array(8_192).fill(1));
    expect(codeOf(() => stores.open())).toBe('wrong-key');
  });

  it('finds a flipped bit in any page when that page is read', () => {
    const store = stores.open();
    const friend = addFriend(store);
    store.batch((write) => {
      for (let i = 0; i < 300; i++) send(write, friend.id, `text ${i} ${'x'.repeat(1_000)}`);
    });
    expect(store.verify()).toEqual([]);
    store.close();
    flip(path, 2_048 * 60 + 77);
    const damaged = stores.open();
    expect(damaged.verify().join()).toMatch(/page 61/);
    expect(codeOf(() => damaged.read.messages.page({ friend: friend.id, limit: 500 }))).toBe('database-corrupt');
  });

  it('refuses a folder that is not there and a key of another length', () => {
    expect(codeOf(() => stores.open(join(folder, 'no', 'such.db')))).toBe('io');
    expect(() => openDatabase({ path, key: new Uint8Array(16) })).toThrow(RangeError);
  });

  it('finds the database busy while another has it open, and free afterwards', () => {
    const store = stores.open();
    addFriend(store);
    expect(codeOf(() => stores.open())).toBe('database-busy');
    store.close();
    expect(stores.open().read.friends.all()).toHaveLength(1);
  });

  it("keeps the index of the log in memory: a file of it that cannot be used is in nobody's way", () => {
    const store = stores.open();
    addFriend(store);
    const path = `${folder}/crashed.db`;
    for (const suffix of ['', '-wal']) copyFileSync(stores.pathOf(store) + suffix, path + suffix);
    mkdirSync(`${path}-shm`);
    expect(stores.open(path).read.friends.all()).toHaveLength(1);
  });

  it('leaves nothing readable on the disk', () => {
    const store = stores.open();
    const friend = addFriend(store);
    store.batch((write) => send(write, friend.id, 'a very secret sentence'));
    store.index(10);
    for (const suffix of ['', '-wal']) {
      const bytes = readFileSync(path + suffix).toString('latin1');
      for (const word of ['secret', 'SQLite', 'friends']) expect(bytes).not.toContain(word);
    }
  });

  it('makes one tag for this device and keeps it', () => {
    expect([...stores.open().deviceTag]).toEqual([...new Uint8Array(8).fill(9)]);
    stores.close();
    const again = new Store({ path, key: KEY, deviceTag: () => new Uint8Array(8).fill(1), wall: () => 1 });
    expect([...again.deviceTag]).toEqual([...new Uint8Array(8).fill(9)]);
    again.close();
  });
});

function flip(file: string, offset: number): void {
  const byte = readFileSync(file)[offset]! ^ 1;
  const handle = openSync(file, 'r+');
  writeSync(handle, new Uint8Array([byte]), 0, 1, offset);
  closeSync(handle);
}

describe('migrations', () => {
  it('bring an old sample up, keep its rows, and stop at whole steps when one fails', () => {
    const sample = new Uint8Array(readFileSync(new URL('./migrations/sample-0001.db', import.meta.url)));
    writeFileSync(path, sample);
    const sql = openDatabase({ path, key: KEY }, { ...PROFILE_DATABASE, migrations: MIGRATIONS.slice(0, 7) });
    sql.exec("INSERT INTO drafts SELECT id, 'half a thought' FROM friends");
    sql.exec("INSERT INTO own_policy VALUES (1, 70, zeroblob(32), x'01020304', zeroblob(32))");
    sql.exec('INSERT INTO capabilities SELECT id, zeroblob(168), zeroblob(32), 70, 1 FROM friends');
    sql.exec(`INSERT INTO envelopes (id, friend, kind, created_at, expires_at, bytes)
      SELECT zeroblob(16), id, 1, 1, 2, zeroblob(9) FROM friends`);
    expect(() => migrate(sql, [...MIGRATIONS, 'CREATE TABLE later (a) STRICT; nonsense'])).toThrow();
    expect(sql.pragma('user_version')).toEqual([{ user_version: MIGRATIONS.length }]);
    migrate(sql, [...MIGRATIONS, 'CREATE TABLE later (a INTEGER) STRICT; INSERT INTO later VALUES (1)']);
    expect(sql.pragma('user_version')).toEqual([{ user_version: MIGRATIONS.length + 1 }]);
    sql.exec(`DROP TABLE later; PRAGMA user_version = ${MIGRATIONS.length}`);
    sql.close();
    const store = stores.open();
    expect(store.read.friends.all()).toMatchObject([{ alias: 'f1', state: 'friend', unread: 1, home: undefined }]);
    expect(store.read.mailKeys.ownPolicy()).toMatchObject({ number: 71 });
    const { id } = store.read.friends.all()[0]!;
    const capability = { policy: undefined, seed: undefined, toldNumber: 70, acceptDue: true };
    expect(store.read.mailKeys.capability(id)).toEqual(capability);
    expect(store.search({ query: 'second', limit: 5, marker: 'abcdefgh' })).toHaveLength(1);
    expect(store.read.mail.open()).toEqual([]);
    expect([...store.read.drafts.all().values()]).toEqual(['half a thought']);
    expect(store.verify()).toEqual([]);
  });
});

describe('a batch', () => {
  it('is on the disk when it returns, and survives a power cut', () => {
    const store = stores.open();
    const friend = addFriend(store);
    store.batch((write) => {
      send(write, friend.id, 'one');
      receive(write, friend.id, 'two');
    });
    const copy = stores.afterPowerCut(store);
    expect(copy.read.messages.page({ friend: friend.id, limit: 9 }).map((row) => row.text)).toEqual(['one', 'two']);
    expect(copy.read.friends.byId(friend.id)).toMatchObject({ unread: 1 });
  });

  it('changes nothing when it fails, in memory neither', () => {
    const store = stores.open();
    const friend = addFriend(store);
    expect(() =>
      store.batch((write) => {
        send(write, friend.id, 'gone');
        write.friends.update(friend.id, { alias: 'gone' });
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(store.read.friends.byId(friend.id)).toMatchObject({ alias: 'f1' });
    expect(store.read.messages.last(friend.id)).toBeUndefined();
    expect(store.batch((write) => send(write, friend.id, 'first')).seq).toBe(1);
  });

  it('says when the disk is full, and works again when it is not', () => {
    const sql = openDatabase({ path: ':memory:', key: KEY });
    sql.exec('PRAGMA max_page_count = 60; CREATE TABLE t (a)');
    const fill = sql.statement('INSERT INTO t VALUES (?)');
    expect(() =>
      sql.transaction(() => {
        for (let i = 0; i < 100; i++) fill.run('x'.repeat(5_000));
      }),
    ).toThrow(DiskFullError);
    sql.transaction(() => fill.run('fits'));
    expect(sql.statement<{ a: string }>('SELECT a FROM t').all()).toEqual([{ a: 'fits' }]);
    sql.close();
  });

  it('refuses values over the limits of the schema', () => {
    const store = stores.open();
    const friend = addFriend(store);
    expect(codeOf(() => store.batch((write) => send(write, friend.id, 'é'.repeat(8_193))))).toBe('constraint');
    expect(codeOf(() => store.batch((write) => write.friends.update(friend.id, { alias: 'a'.repeat(129) })))).toBe(
      'constraint',
    );
    expect(codeOf(() => store.batch((write) => send(write, 77, 'x')))).toBe('RangeError: no friend 77');
  });
});

describe('the small tables', () => {
  it('keep requests: once a person, oldest dropped, ignored ones apart', () => {
    const store = stores.open();
    const put = (n: number, greeting: string) =>
      store.batch((write) => {
        const home = new Uint8Array(32).fill(n);
        write.requests.put({ key: key(n), tag: TAG, home, name: 'n', greeting, receivedAt: n });
      });
    for (let n = 1; n <= 4; n++) put(n, 'hi');
    put(1, 'again');
    expect(store.read.requests.byKey(key(1))).toMatchObject({ greeting: 'again', receivedAt: 1, ignored: false });
    store.batch((write) => write.requests.setIgnored(key(2), true));
    expect(store.read.requests.waiting().map((row) => row.receivedAt)).toEqual([1, 3, 4]);
    const dropped = store.batch((write) => write.requests.trim({ waiting: 2, ignored: 0 }));
    expect(dropped.map(toHex)).toEqual([toHex(key(1))]);
    expect(store.read.requests.byKey(key(2))).toBeUndefined();
    store.batch((write) => write.requests.delete(key(3)));
    expect(store.read.requests.waiting().map((row) => row.receivedAt)).toEqual([4]);
  });

  it('keep drafts, settings and values', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      write.drafts.set(friend, 'one');
      write.drafts.set(friend, 'two');
      write.settings.set('theme', '"dark"');
      write.keyValues.set('a.b', new Uint8Array([1]));
      write.keyValues.set('a.c', new Uint8Array([2]));
      write.keyValues.delete('a.c');
    });
    expect(store.read.drafts.of(friend)).toBe('two');
    const longest = 'é'.repeat(65_536);
    store.batch((write) => write.drafts.set(friend, longest));
    expect(store.read.drafts.of(friend)).toBe(longest);
    store.batch((write) => write.drafts.set(friend, ''));
    expect(store.read.drafts.of(friend)).toBe('');
    expect([...store.read.settings.all()]).toEqual([['theme', '"dark"']]);
    expect(store.read.settings.get('none')).toBeUndefined();
    expect([...store.read.keyValues.get('a.b')!]).toEqual([1]);
    expect(store.read.keyValues.get('a.c')).toBeUndefined();
  });
});
