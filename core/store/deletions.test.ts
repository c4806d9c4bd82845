import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './open-database.ts';
import type { Store } from './store.ts';
import { addFriend, KEY, newId, receive, StoreFolder, send } from './testing/store-folder.ts';
import { type FriendNumber, MESSAGE_STATES, type MessageRow } from './types.ts';

let folder: string;
let stores: StoreFolder;
let store: Store;
let friend: FriendNumber;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-deletions-'));
  stores = new StoreFolder({ folder, copy: (from, to) => existsSync(from) && copyFileSync(from, to) });
  store = stores.open();
  friend = addFriend(store).id;
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true, force: true });
});

const hide = (row: MessageRow, deletedAt = 100) =>
  store.batch((write) => write.deletions.hide(row, { deletedAt, withdrawn: false }));
/** For good. */
function erase(row: MessageRow): void {
  if (!store.read.deletions.hides(row.id)) hide(row);
  store.batch((write) => write.messages.erase(row));
}
const texts = (query = {}) => store.read.messages.page({ friend, limit: 9, ...query }).map((row) => row.text);
const found = (query: string) => store.search({ query, limit: 9, marker: 'abcdefgh' }).map((hit) => hit.message.text);
const unread = () => store.read.friends.byId(friend)!.unread;

/** Three messages of the friend under the numbers 1 to 3. */
function three(): MessageRow[] {
  return store.batch((write) => ['one', 'two', 'three'].map((text, i) => receive(write, friend, text, i + 1)));
}

/** Comes again as it came first. */
function again({ device, messageId, text }: MessageRow, seq: number) {
  return store.batch((write) =>
    write.messages.addIncoming({ friend, device, seq, messageId, sentAt: 1, storedAt: 2, text }),
  );
}

describe('a deleted message', () => {
  it.each(['before', 'after'])('is gone from everywhere, and comes back %s it is in the index', (when) => {
    const [one, two, last] = three();
    if (when === 'after') expect(found('three')).toEqual(['three']);
    hide(last!);
    for (const where of ['in this run', 'after a restart']) {
      if (where === 'after a restart') store = stores.afterPowerCut(store);
      expect([unread(), texts()]).toEqual([2, ['one', 'two']]);
      expect(texts({ before: last!.id })).toEqual(['one', 'two']);
      expect(texts({ after: two!.id })).toEqual([]);
      expect(texts({ around: two!.id })).toEqual(['one', 'two']);
      expect(store.read.messages.last(friend)!.text).toBe('two');
      expect(store.read.messages.lastOfEach().map((row) => row.text)).toEqual(['two']);
      if (when === 'after') expect(found('three')).toEqual([]);
    }
    store.batch((write) => write.deletions.show(last!.id));
    expect([texts(), found('three')]).toEqual([['one', 'two', 'three'], ['three']]);
    // It counted as read when it was deleted, and stays so.
    expect(unread()).toBe(2);
    expect(store.batch((write) => write.messages.markRead(friend, last!.id, 9)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect([unread(), one!.seq]).toEqual([0, 1]);
  });

  it('does not come back when it is sent again, before or after it is erased, nor is it waited for', () => {
    const rows = three();
    const [, two, three_] = rows;
    const { device } = two!;
    hide(two!);
    expect(again(two!, 2)).toBeUndefined();
    erase(two!);
    erase(three_!);
    store = stores.afterPowerCut(store);
    expect(again(two!, 2)).toBeUndefined();
    expect(again(three_!, 9)).toBeUndefined();
    expect(texts()).toEqual(['one']);
    expect(store.read.places.missing(friend, device, 1, 4)).toBe(0);
    expect(store.read.places.missing(friend, device, 1, 6)).toBe(2);
    expect(store.read.devices.of(friend)[0]!.receivedUpTo).toBe(3);
    store.batch((write) => write.places.reserve(friend, device, 1, 6));
    expect(store.read.places.missing(friend, device, 1, 6)).toBe(0);
    const next = store.batch((write) => receive(write, friend, 'five', 5));
    // The places of 4 and 5 were kept, none for what is erased.
    expect(next.id).toBe(three_!.id + 2);
  });

  it('leaves its number to nobody: another message under it is stored without one', () => {
    const [one] = three();
    erase(one!);
    const other = again({ ...one!, messageId: newId(), text: 'other' }, 1);
    expect(other).toMatchObject({ seq: null, text: 'other' });
    expect(store.read.places.missing(friend, one!.device, 1, 4)).toBe(0);
  });

  it('is still sent, and erased when the friend has it', () => {
    const [out, late] = store.batch((write) => [send(write, friend, 'out'), send(write, friend, 'late')]);
    hide(out!, 100);
    hide(late!, 200);
    const due = (after: number, upTo = 500) => store.read.deletions.due({ after, upTo }, 9).map((row) => row.text);
    const next = (after: number, upTo = 500) => store.read.deletions.next({ after, upTo });
    expect(store.read.messages.outbox(friend, 0, 9).map((row) => row.text)).toEqual(['out', 'late']);
    expect(due(300)).toEqual([]);
    // In the friend's database, but not on their disk.
    store.batch((write) => write.messages.settle({ friend, first: 1, last: 2, state: 'written' }));
    expect(due(300)).toEqual([]);
    store.batch((write) => write.messages.settle({ friend, first: 1, last: 2, state: 'delivered' }));
    expect([due(99), due(100), due(300)]).toEqual([[], ['out'], ['out', 'late']]);
    expect([next(0), next(100), next(200)]).toEqual([100, 200, undefined]);
    // Of before the clock was set back.
    expect([due(50, 150), next(50, 150), next(50, 99)]).toEqual([['late'], 100, undefined]);
    erase(out!);
    erase(late!);
    expect(store.read.deletions.any()).toBe(false);
    store = stores.afterPowerCut(store);
    // Its number is not given again.
    expect(store.batch((write) => send(write, friend, 'next')).seq).toBeGreaterThan(2);
  });

  it('leaves nothing of its text in the database', () => {
    const [one] = three();
    found('one');
    hide(one!);
    erase(one!);
    store.close();
    const sql = openDatabase({ path: stores.path, key: KEY });
    const count = (table: string) =>
      sql.statement<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).get()!.count;
    expect([count('messages'), count('deleted_messages'), count('erased_messages')]).toEqual([2, 0, 1]);
    expect(sql.statement("SELECT rowid FROM search WHERE search MATCH 'one'").all()).toEqual([]);
    expect(sql.pragma('secure_delete')[0]).toEqual({ secure_delete: 1 });
    expect(sql.pragma('integrity_check')[0]).toEqual({ integrity_check: 'ok' });
    sql.close();
  });

  it('that was a call is gone with its outcome, and is not entered again', () => {
    const call = { friend, callId: newId(), startedAt: 1, endedAt: 2, durationMs: 0 };
    const missed = { ...call, direction: 'in', outcome: 'missed', owed: false } as const;
    const row = store.batch((write) => write.calls.add(missed))!;
    expect(unread()).toBe(1);
    hide(row);
    expect([unread(), texts()]).toEqual([0, []]);
    erase(row);
    expect(store.batch((write) => write.calls.add(missed))).toBeUndefined();
    const owed = store.batch((write) =>
      write.calls.add({ ...call, callId: newId(), direction: 'out', outcome: 'unanswered', owed: true }),
    )!;
    hide(owed, 100);
    expect(store.read.deletions.due({ after: 300, upTo: 500 }, 9)).toEqual([]);
    store.batch((write) => write.calls.noted(friend, owed.messageId));
    expect(store.read.deletions.due({ after: 300, upTo: 500 }, 9)).toHaveLength(1);
  });

  it('goes with its friend', () => {
    const [one, two] = three();
    hide(one!);
    erase(two!);
    store.batch((write) => {
      while (write.messages.purge(friend, 2) > 0);
      write.friends.delete(friend);
    });
    expect(store.read.deletions.any()).toBe(false);
    expect(store.verify()).toEqual([]);
  });

  it('is there as before when its transaction fails', () => {
    const [one] = three();
    const failing = () =>
      store.batch((write) => {
        write.deletions.hide(one!, { deletedAt: 1, withdrawn: false });
        throw new Error('the disk');
      });
    expect(failing).toThrow('the disk');
    expect([store.read.deletions.hides(one!.id), texts(), unread()]).toEqual([false, ['one', 'two', 'three'], 3]);
    expect(one!.state).toBe(MESSAGE_STATES.received);
  });
});
