import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InviteTag, type MessageId, type ProfileKey, toHex } from '../ids/bytes.ts';
import { DiskFullError } from '../ports/files.ts';
import { StoreError } from './errors.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { openDatabase } from './open-database.ts';
import { Store } from './store.ts';
import { MESSAGE_STATES, type StoreWrites } from './types.ts';

const KEY = new Uint8Array(32).fill(7);
const TAG = new Uint8Array([1, 2, 3, 4]) as InviteTag;
const key = (n: number) => new Uint8Array(32).fill(n) as ProfileKey;
let counter = 0;
function newId(): MessageId {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, ++counter);
  return id as MessageId;
}

let folder: string;
let path: string;
let stores: Store[] = [];
const paths = new WeakMap<Store, string>();

function open(at = path, databaseKey = KEY): Store {
  const store = new Store({
    path: at,
    key: databaseKey,
    deviceTag: () => new Uint8Array(8).fill(9),
    wall: () => 1_000,
  });
  stores.push(store);
  paths.set(store, at);
  return store;
}

/** The database as a power cut would leave it: what is in the files now, in another place. */
function afterPowerCut(store: Store): Store {
  const from = paths.get(store)!;
  const copy = join(folder, `copy-${++counter}.db`);
  for (const suffix of ['', '-wal']) if (existsSync(from + suffix)) copyFileSync(from + suffix, copy + suffix);
  return open(copy);
}

function addFriend(store: Store, n = 1) {
  return store.batch((write) =>
    write.friends.add({ key: key(n), tag: TAG, alias: `f${n}`, state: 'friend', addedAt: 5 }),
  );
}

const send = (write: StoreWrites, friend: number, text: string) =>
  write.messages.addOutgoing({ friend, messageId: newId(), text, at: 10 });

function receive(write: StoreWrites, friend: number, text: string, seq = ++counter) {
  const device = write.devices.seen(friend, new Uint8Array(8).fill(3), 1);
  const row = write.messages.addIncoming({
    friend,
    device: device.id,
    seq,
    messageId: newId(),
    sentAt: 1,
    storedAt: 2,
    text,
  });
  return row!;
}

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
});
afterEach(() => {
  for (const store of stores) store.close();
  stores = [];
  rmSync(folder, { recursive: true, force: true });
});

describe('opening', () => {
  it('tells a wrong key from a damaged file, and says when the file is from the future', () => {
    addFriend(open());
    stores[0]!.close();
    expect(codeOf(() => open(path, new Uint8Array(32).fill(8)))).toBe('wrong-key');
    expect(open().read.friends.all()).toHaveLength(1);
    stores.at(-1)!.close();
    flip(path, 2_000);
    expect(codeOf(() => open())).toBe('database-corrupt');
    flip(path, 2_000);
    const sql = openDatabase({ path, key: KEY });
    sql.exec('PRAGMA user_version = 99');
    sql.close();
    expect(codeOf(() => open())).toBe('database-too-new');
    writeFileSync(path, new Uint8Array(8_192).fill(1));
    expect(codeOf(() => open())).toBe('wrong-key');
  });

  it('finds a flipped bit in any page when that page is read', () => {
    const store = open();
    const friend = addFriend(store);
    store.batch((write) => {
      for (let i = 0; i < 300; i++) send(write, friend.id, `text ${i} ${'x'.repeat(1_000)}`);
    });
    expect(store.verify()).toEqual([]);
    store.close();
    flip(path, 2_048 * 60 + 77);
    const damaged = open();
    expect(damaged.verify().join()).toMatch(/page 61/);
    expect(codeOf(() => damaged.read.messages.page({ friend: friend.id, limit: 500 }))).toBe('database-corrupt');
  });

  it('refuses a folder that is not there and a key of another length', () => {
    expect(codeOf(() => open(join(folder, 'no', 'such.db')))).toBe('io');
    expect(() => openDatabase({ path, key: new Uint8Array(16) })).toThrow(RangeError);
  });

  it('finds the database busy while another has it open, and free afterwards', () => {
    const store = open();
    addFriend(store);
    expect(codeOf(() => open())).toBe('database-busy');
    store.close();
    expect(open().read.friends.all()).toHaveLength(1);
  });

  it('leaves nothing readable on the disk', () => {
    const store = open();
    const friend = addFriend(store);
    store.batch((write) => send(write, friend.id, 'a very secret sentence'));
    store.index(10);
    for (const suffix of ['', '-wal']) {
      const bytes = readFileSync(path + suffix).toString('latin1');
      for (const word of ['secret', 'SQLite', 'friends']) expect(bytes).not.toContain(word);
    }
  });

  it('makes one tag for this device and keeps it', () => {
    expect([...open().deviceTag]).toEqual([...new Uint8Array(8).fill(9)]);
    stores[0]!.close();
    const again = new Store({ path, key: KEY, deviceTag: () => new Uint8Array(8).fill(1), wall: () => 1 });
    stores.push(again);
    expect([...again.deviceTag]).toEqual([...new Uint8Array(8).fill(9)]);
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
    const sql = openDatabase({ path, key: KEY });
    expect(() => migrate(sql, [...MIGRATIONS, 'CREATE TABLE later (a) STRICT; nonsense'])).toThrow();
    expect(sql.pragma('user_version')).toEqual([{ user_version: MIGRATIONS.length }]);
    migrate(sql, [...MIGRATIONS, 'CREATE TABLE later (a INTEGER) STRICT; INSERT INTO later VALUES (1)']);
    expect(sql.pragma('user_version')).toEqual([{ user_version: MIGRATIONS.length + 1 }]);
    sql.exec(`DROP TABLE later; PRAGMA user_version = ${MIGRATIONS.length}`);
    sql.close();
    const store = open();
    expect(store.read.friends.all()).toMatchObject([{ alias: 'f1', state: 'friend', unread: 1 }]);
    expect(store.search({ query: 'second', limit: 5, marker: 'abcdefgh' })).toHaveLength(1);
    expect(store.read.mail.open()).toEqual([]);
    expect(store.verify()).toEqual([]);
  });
});

describe('a batch', () => {
  it('is on the disk when it returns, and survives a power cut', () => {
    const store = open();
    const friend = addFriend(store);
    store.batch((write) => {
      send(write, friend.id, 'one');
      receive(write, friend.id, 'two');
    });
    const copy = afterPowerCut(store);
    expect(copy.read.messages.page({ friend: friend.id, limit: 9 }).map((row) => row.text)).toEqual(['one', 'two']);
    expect(copy.read.friends.byId(friend.id)).toMatchObject({ unread: 1 });
  });

  it('changes nothing when it fails, in memory neither', () => {
    const store = open();
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
    const store = open();
    const friend = addFriend(store);
    expect(codeOf(() => store.batch((write) => send(write, friend.id, 'é'.repeat(8_193))))).toBe('constraint');
    expect(codeOf(() => store.batch((write) => write.friends.update(friend.id, { alias: 'a'.repeat(129) })))).toBe(
      'constraint',
    );
    expect(codeOf(() => store.batch((write) => send(write, 77, 'x')))).toBe('RangeError: no friend 77');
  });
});

describe('messages', () => {
  it('list in pages from either end and round a place', () => {
    const store = open();
    const [a, b] = [addFriend(store, 1), addFriend(store, 2)];
    store.batch((write) => {
      for (let i = 0; i < 20; i++) send(write, i % 2 === 0 ? a.id : b.id, String(i));
    });
    const page = (query: object) => store.read.messages.page({ friend: a.id, limit: 3, ...query });
    const texts = (query: object) => page(query).map((row) => Number(row.text));
    expect(texts({})).toEqual([14, 16, 18]);
    const middle = page({})[0]!.id;
    expect(texts({ before: middle })).toEqual([8, 10, 12]);
    expect(texts({ after: middle })).toEqual([16, 18]);
    expect(texts({ around: middle })).toEqual([12, 14, 16]);
    expect(store.read.messages.lastOfEach().map((row) => row.text)).toEqual(['18', '19']);
  });

  it('only go forward, and leave the outbox when delivered', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (let i = 1; i <= 5; i++) send(write, friend, String(i));
    });
    const settle = (first: number, last: number, state: 'delivered' | 'read' | 'stored' | 'failed') =>
      store.batch((write) => write.messages.settle({ friend, first, last, state })).map((row) => row.seq);
    expect(settle(1, 2, 'delivered')).toEqual([1, 2]);
    // A friend who says to have read more than arrived takes nothing out of the outbox.
    expect(settle(1, 3, 'read')).toEqual([1, 2]);
    expect(store.read.messages.outbox(friend, 0, 10).map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(settle(1, 5, 'delivered')).toEqual([3, 4, 5]);
    expect(settle(1, 5, 'read')).toEqual([3, 4, 5]);
    expect(settle(1, 5, 'stored')).toEqual([]);
    expect(settle(1, 5, 'failed')).toEqual([]);
    expect(store.read.messages.outbox(friend, 0, 10)).toEqual([]);
  });

  it('that did not arrive go out again in their place, under the next number', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    const [first, second] = store.batch((write) => [send(write, friend, 'a'), send(write, friend, 'b')]);
    const resend = (id: number) => store.batch((write) => write.messages.resend(id));
    expect(resend(first!.id)).toBeUndefined();
    store.batch((write) => write.messages.settle({ friend, first: 1, last: 1, state: 'expired' }));
    expect(resend(first!.id)).toMatchObject({ id: first!.id, seq: 3, state: MESSAGE_STATES.sending, text: 'a' });
    expect(store.read.messages.outbox(friend, 0, 9).map((row) => row.text)).toEqual(['b', 'a']);
    expect(store.read.messages.page({ friend, limit: 9 }).map((row) => row.text)).toEqual(['a', 'b']);
    store.batch((write) => write.messages.settle({ friend, first: 1, last: 3, state: 'delivered' }));
    expect([second!.id, 99].map(resend)).toEqual([undefined, undefined]);
  });

  it('come in once by ID, and are kept when only their number is known', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      const device = write.devices.seen(friend, new Uint8Array(8), 1).id;
      const message = { friend, device, seq: 1, messageId: newId(), sentAt: 1, storedAt: 2, text: 'a' };
      expect(write.messages.addIncoming(message)).toMatchObject({ seq: 1 });
      expect(write.messages.addIncoming(message)).toBeUndefined();
      expect(write.messages.addIncoming({ ...message, seq: 9 })).toBeUndefined();
      const other = { ...message, messageId: newId(), text: 'b' };
      expect(write.messages.addIncoming(other)).toMatchObject({ seq: null, text: 'b' });
      expect(write.messages.addIncoming(other)).toBeUndefined();
    });
    expect(store.read.messages.page({ friend, limit: 9 }).map((row) => row.text)).toEqual(['a', 'b']);
  });

  it('get new numbers above those the other side has seen, in the same order', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (let i = 1; i <= 6; i++) send(write, friend, String(i));
      write.messages.settle({ friend, first: 1, last: 3, state: 'delivered' });
      write.messages.renumber(friend, 5);
      expect(send(write, friend, '7').seq).toBe(9);
    });
    expect(store.read.messages.outbox(friend, 0, 9).map((row) => [row.seq, row.text])).toEqual([
      [6, '4'],
      [7, '5'],
      [8, '6'],
      [9, '7'],
    ]);
    store.batch((write) => write.messages.renumber(friend, 3));
    expect(store.read.messages.outbox(friend, 0, 1)[0]!.seq).toBe(6);
  });

  it('count as unread until marked, and tell the prefix that is read', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    const rows = store.batch((write) => [1, 2, 3, 4].map((seq) => receive(write, friend, String(seq), seq)));
    expect(store.read.friends.byId(friend)!.unread).toBe(4);
    const marked = store.batch((write) => write.messages.markRead(friend, rows[2]!.id));
    expect(marked.map((row) => row.seq)).toEqual([1, 2, 3]);
    expect(store.batch((write) => write.messages.markRead(friend, rows[1]!.id))).toEqual([]);
    expect(store.read.friends.byId(friend)!.unread).toBe(1);
    const device = store.read.devices.of(friend)[0]!;
    expect(store.read.messages.readUpTo(friend, device)).toBe(3);
    store.batch((write) => write.messages.markRead(friend, rows[3]!.id));
    expect(store.read.messages.readUpTo(friend, device)).toBe(4);
    expect(store.read.messages.last(friend)!.state).toBe(MESSAGE_STATES.read);
  });

  it('are counted right over any number of power cuts, however many there are', () => {
    let store = open();
    const { id: friend } = addFriend(store);
    for (const round of [1, 2, 3]) {
      store.batch((write) => {
        for (let i = 0; i < 700; i++) receive(write, friend, 'x');
        send(write, friend, 'y');
      });
      store = afterPowerCut(store);
      expect(store.read.friends.byId(friend)!.unread).toBe(700 * round);
      store.batch((write) => write.friends.update(friend, { lastSeen: round }));
      store = afterPowerCut(store);
      expect(store.read.friends.byId(friend)!.unread).toBe(700 * round);
    }
  });

  it('never take the place of a deleted one', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    const first = store.batch((write) => send(write, friend, 'a'));
    store.batch((write) => write.messages.delete(first));
    expect(store.batch((write) => send(write, friend, 'b')).id).toBeGreaterThan(first.id);
  });

  it('go with a friend who is purged, in steps', () => {
    const store = open();
    const [a, b] = [addFriend(store, 1), addFriend(store, 2)];
    store.batch((write) => {
      for (let i = 0; i < 5; i++) receive(write, a.id, 'apple');
      receive(write, b.id, 'apple');
      write.drafts.set(a.id, 'draft');
    });
    store.index(3);
    expect(store.batch((write) => write.messages.purge(a.id, 4))).toBe(4);
    expect(store.batch((write) => write.messages.purge(a.id, 4))).toBe(1);
    store.batch((write) => write.friends.delete(a.id));
    expect(store.read.friends.byHex(toHex(a.key))).toBeUndefined();
    expect(store.read.drafts.all().size).toBe(0);
    expect(store.search({ query: 'apple', limit: 9, marker: 'abcdefgh' })).toHaveLength(1);
    expect(store.verify()).toEqual([]);
  });
});

describe('search', () => {
  const find = (store: Store, query: string, friend?: number) =>
    store.search({ query, friend, limit: 10, marker: 'k3v9x2q1' });

  it('finds words without regard to case and accents, beginnings of the last word, and ideographs', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (const text of ['Hello Wörld', 'the naïve world', '東京都に住んでいます', 'привет мир'])
        send(write, friend, text);
    });
    const texts = (query: string) => find(store, query).map((hit) => hit.message.text);
    expect(texts('WORLD')).toEqual(['the naïve world', 'Hello Wörld']);
    expect(texts('hello wor')).toEqual(['Hello Wörld']);
    expect(texts('hel world')).toEqual([]);
    expect(texts('京都')).toEqual(['東京都に住んでいます']);
    expect(texts('ПРИ')).toEqual(['привет мир']);
    expect(find(store, 'world naive')[0]!.snippet).toEqual([
      { text: 'the ', match: false },
      { text: 'naïve', match: true },
      { text: ' ', match: false },
      { text: 'world', match: true },
    ]);
  });

  it('takes no word for its query language, and no text for its marks', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    store.batch((write) => send(write, friend, 'say "hi" AND <b>x</b> OR NEAR(text:hi) <k3v9x2q1> end'));
    for (const query of ['"hi', 'AND', 'NEAR(', 'text:hi', 'hi" OR "x', '^hi', 'hi*', '-hi', '{hi}', 'x\0'])
      expect(find(store, query)).toHaveLength(1);
    for (const query of ['', ' ', '***', '"', '!?']) expect(find(store, query)).toHaveLength(0);
    const whole = find(store, 'end')[0]!
      .snippet.map((piece) => piece.text)
      .join('');
    expect(whole).toContain('<b>x</b>');
  });

  it('never fails, whatever is typed', () => {
    const store = open(':memory:');
    const { id: friend } = addFriend(store);
    store.batch((write) => send(write, friend, 'some text'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (query) => {
        expect(Array.isArray(find(store, query))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('sees what was stored a moment ago, forgets what was deleted, and skips removed friends', () => {
    const store = open();
    const [a, b] = [addFriend(store, 1), addFriend(store, 2)];
    const row = store.batch((write) => send(write, a.id, 'apple one'));
    store.batch((write) => receive(write, b.id, 'apple two'));
    expect(find(store, 'apple')).toHaveLength(2);
    expect(find(store, 'apple', a.id).map((hit) => hit.message.text)).toEqual(['apple one']);
    store.batch((write) => write.messages.delete(row));
    expect(find(store, 'apple').map((hit) => hit.message.text)).toEqual(['apple two']);
    store.batch((write) => write.friends.update(b.id, { removedAt: 5 }));
    expect(find(store, 'apple')).toEqual([]);
  });

  it('goes on where it was after a restart', () => {
    const store = open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (let i = 0; i < 10; i++) send(write, friend, `word${i}`);
    });
    expect(store.index(4)).toBe(true);
    const copy = afterPowerCut(store);
    expect(copy.index(4)).toBe(true);
    expect(copy.index(4)).toBe(true);
    expect(copy.index(4)).toBe(false);
    expect(find(copy, 'word9')).toHaveLength(1);
    expect(find(copy, 'word')).toHaveLength(10);
  });
});

describe('the small tables', () => {
  it('keep requests: once a person, oldest dropped, ignored ones apart', () => {
    const store = open();
    const put = (n: number, greeting: string) =>
      store.batch((write) => write.requests.put({ key: key(n), tag: TAG, name: 'n', greeting, receivedAt: n }));
    for (let n = 1; n <= 4; n++) put(n, 'hi');
    put(1, 'again');
    expect(store.read.requests.byKey(key(1))).toMatchObject({ greeting: 'again', receivedAt: 1, ignored: false });
    store.batch((write) => write.requests.ignore(key(2)));
    expect(store.read.requests.waiting().map((row) => row.receivedAt)).toEqual([1, 3, 4]);
    const dropped = store.batch((write) => write.requests.trim({ waiting: 2, ignored: 0 }));
    expect(dropped.map(toHex)).toEqual([toHex(key(1))]);
    expect(store.read.requests.byKey(key(2))).toBeUndefined();
    store.batch((write) => write.requests.delete(key(3)));
    expect(store.read.requests.waiting().map((row) => row.receivedAt)).toEqual([4]);
  });

  it('keep drafts, settings and values', () => {
    const store = open();
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
    store.batch((write) => write.drafts.set(friend, ''));
    expect(store.read.drafts.of(friend)).toBe('');
    expect([...store.read.settings.all()]).toEqual([['theme', '"dark"']]);
    expect(store.read.settings.get('none')).toBeUndefined();
    expect([...store.read.keyValues.get('a.b')!]).toEqual([1]);
    expect(store.read.keyValues.get('a.c')).toBeUndefined();
  });
});
