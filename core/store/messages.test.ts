import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { openDatabase } from './open-database.ts';
import { addFriend, KEY, newId, receive, StoreFolder, send } from './testing/store-folder.ts';
import { MESSAGE_STATES, type SettleQuery } from './types.ts';

let folder: string;
let stores: StoreFolder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  stores = new StoreFolder({ folder, copy: (from, to) => existsSync(from) && copyFileSync(from, to) });
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('messages', () => {
  it('list in pages from either end and round a place', () => {
    const store = stores.open();
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
    const store = stores.open();
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
    const store = stores.open();
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

  it("in the friend's database are delivered to the eye and wait in the outbox, whatever else is told", () => {
    let store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => ['a', 'b', 'c'].map((text) => send(write, friend, text)));
    const settle = (state: SettleQuery['state'], last = 2) =>
      store.batch((write) => write.messages.settle({ friend, first: 1, last, state }).map((row) => row.state));
    const shown = () => store.read.messages.page({ friend, limit: 9 }).map((row) => row.state);
    const waiting = () => store.read.messages.outbox(friend, 0, 9).map((row) => row.text);
    const { delivered, sending, stored, read } = MESSAGE_STATES;
    expect(settle('written', 1)).toEqual([delivered]);
    for (const where of ['in memory', 'from the disk']) {
      if (where === 'from the disk') store = stores.afterPowerCut(store);
      for (const state of ['written', 'stored', 'expired', 'failed', 'read'] as const) {
        expect(settle(state, 1)).toEqual([]);
        expect([shown(), waiting()]).toEqual([
          [delivered, sending, sending],
          ['a', 'b', 'c'],
        ]);
      }
    }
    expect(settle('stored', 3)).toEqual([stored, stored]);
    expect(settle('delivered')).toEqual([delivered]);
    expect([shown(), waiting()]).toEqual([[delivered, delivered, stored], ['c']]);
    expect(settle('written')).toEqual([]);
    expect(settle('read')).toEqual([read, read]);
    expect(store.search({ query: 'a', limit: 5, marker: 'abcdefgh' }).map((hit) => hit.message.state)).toEqual([read]);
  });

  it('come in once by ID, and are kept when only their number is known', () => {
    const store = stores.open();
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
    const store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (let i = 1; i <= 6; i++) send(write, friend, String(i));
      write.messages.settle({ friend, first: 1, last: 3, state: 'delivered' });
      write.messages.renumber(friend, 5);
      expect(send(write, friend, '7').seq).toBe(10);
    });
    expect(store.read.messages.outbox(friend, 0, 9).map((row) => [row.seq, row.text])).toEqual([
      [7, '4'],
      [8, '5'],
      [9, '6'],
      [10, '7'],
    ]);
    store.batch((write) => write.messages.renumber(friend, 3));
    expect(store.read.messages.outbox(friend, 0, 1)[0]!.seq).toBe(7);
  });

  it('get new numbers also where later ones arrived or were given up', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => {
      for (let i = 1; i <= 3; i++) send(write, friend, String(i));
      write.messages.settle({ friend, first: 2, last: 2, state: 'delivered' });
      write.messages.settle({ friend, first: 3, last: 3, state: 'expired' });
      write.messages.renumber(friend, 1);
    });
    expect(store.read.messages.outbox(friend, 0, 9).map((row) => [row.seq, row.text])).toEqual([[4, '1']]);
    expect(store.read.messages.page({ friend, limit: 9 }).map(({ seq }) => seq)).toEqual([4, 2, 3]);
  });

  it('count as unread until marked, and tell the prefix that is read', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    const rows = store.batch((write) => [1, 2, 3, 4].map((seq) => receive(write, friend, String(seq), seq)));
    expect(store.read.friends.byId(friend)!.unread).toBe(4);
    const marked = store.batch((write) => write.messages.markRead(friend, rows[2]!.id, 9));
    expect(marked.map((row) => row.seq)).toEqual([1, 2, 3]);
    expect(store.batch((write) => write.messages.markRead(friend, rows[1]!.id, 9))).toEqual([]);
    expect(store.read.friends.byId(friend)!.unread).toBe(1);
    const device = store.read.devices.of(friend)[0]!;
    expect(store.read.messages.readUpTo(friend, device)).toBe(3);
    store.batch((write) => write.messages.markRead(friend, rows[3]!.id, 9));
    expect(store.read.messages.readUpTo(friend, device)).toBe(4);
    expect(store.read.messages.last(friend)!.state).toBe(MESSAGE_STATES.read);
  });

  it('are counted right over any number of power cuts, however many there are', () => {
    let store = stores.open();
    const { id: friend } = addFriend(store);
    for (const round of [1, 2, 3]) {
      store.batch((write) => {
        for (let i = 0; i < 700; i++) receive(write, friend, 'x');
        send(write, friend, 'y');
      });
      store = stores.afterPowerCut(store);
      expect(store.read.friends.byId(friend)!.unread).toBe(700 * round);
      store.batch((write) => write.friends.update(friend, { lastSeen: round }));
      store = stores.afterPowerCut(store);
      expect(store.read.friends.byId(friend)!.unread).toBe(700 * round);
    }
  });

  it.each(['an end', 'a power cut and an end'])('need not be counted again after %s', (ending) => {
    let store = stores.open();
    const { id: friend } = addFriend(store);
    store.batch((write) => [receive(write, friend, 'x'), send(write, friend, 'y')]);
    let { path } = stores;
    if (ending !== 'an end') {
      store = stores.afterPowerCut(store);
      path = stores.pathOf(store);
      expect(store.read.friends.byId(friend)!.unread).toBe(1);
    }
    store.close();
    const sql = openDatabase({ path, key: KEY });
    const counted = 'SELECT unread, unread_up_to = (SELECT max(id) FROM messages) AS up_to_last FROM friends';
    expect(sql.statement(counted).all()).toEqual([{ unread: 1, up_to_last: 1 }]);
    sql.close();
    store = stores.open(path);
    store.batch((write) => receive(write, friend, 'z'));
    expect(store.read.friends.byId(friend)!.unread).toBe(2);
  });

  it('never take the place of a deleted one', () => {
    const store = stores.open();
    const { id: friend } = addFriend(store);
    const first = store.batch((write) => send(write, friend, 'a'));
    store.batch((write) => write.messages.delete(first));
    expect(store.batch((write) => send(write, friend, 'b')).id).toBeGreaterThan(first.id);
  });

  it('go with a friend who is purged, in steps', () => {
    const store = stores.open();
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
