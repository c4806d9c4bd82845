import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { DeletionTable } from './deletion-table.ts';
import { FriendTable } from './friend-table.ts';
import { MessageCounters } from './message-counters.ts';
import { MessageTable } from './message-table.ts';
import { openDatabase } from './open-database.ts';
import { PlaceTable } from './place-table.ts';
import { SearchIndex } from './search-index.ts';
import type { Sql } from './sql.ts';
import { KEY, key, newId, TAG } from './testing/store-folder.ts';
import { MESSAGE_STATES, type MessageRow } from './types.ts';
import { WaitingRows } from './waiting-rows.ts';

const FRIENDS = [1, 2];

function messages(
  sql: Sql,
  friends: FriendTable,
  counters = new MessageCounters(sql, { ownDevice: 1, skipped: 1 }),
): MessageTable {
  const places = new PlaceTable(sql, counters);
  const parts = { places, deletions: new DeletionTable(sql, friends), search: new SearchIndex(sql) };
  return new MessageTable(sql, { friends, counters, ...parts, ownDevice: () => 1 });
}

const friend = fc.constantFrom(...FRIENDS);
const range = fc.record({ first: fc.nat(16), length: fc.nat(10) });
const state = fc.constantFrom('stored', 'written', 'delivered', 'read', 'expired', 'failed');
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('add' as const), friend }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('settle' as const), friend, range, state }) },
  fc.record({ kind: fc.constant('resend' as const), friend, back: fc.nat(3) }),
  fc.record({ kind: fc.constant('renumber' as const), friend, above: fc.nat(12) }),
  fc.record({ kind: fc.constant('delete' as const), friend }),
  fc.record({ kind: fc.constant('purge' as const), friend }),
  fc.record({ kind: fc.constant('roll back' as const), friend }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class Undone extends Error {}

/** One step; inside a transaction. @returns rows that settled */
function take(table: MessageTable, step: Step): MessageRow[] {
  switch (step.kind) {
    case 'add':
    case 'roll back':
      table.addOutgoing({ friend: step.friend, messageId: newId(), text: 'text', at: 1 });
      if (step.kind === 'roll back') throw new Undone();
      return [];
    case 'settle': {
      const { first, length } = step.range;
      return table.settle({ friend: step.friend, first, last: first + length, state: step.state });
    }
    case 'resend':
      table.resend((table.last(step.friend)?.id ?? 0) - step.back);
      return [];
    case 'renumber':
      table.renumber(step.friend, step.above);
      return [];
    case 'delete': {
      const last = table.last(step.friend);
      if (last !== undefined) table.delete(last);
      return [];
    }
    case 'purge':
      table.purge(step.friend, 2);
      return [];
  }
}

const waiting = (table: MessageTable, friend: number, after: number) =>
  table.outbox(friend, after, 5).map(({ id, seq, messageId, text }) => `${id} ${seq} ${toHex(messageId)} ${text}`);
const shown = (row: MessageRow | undefined) => row && { ...row, messageId: toHex(row.messageId) };

describe('messages that wait for a receipt', () => {
  it('are the same in memory as in the database, whatever happens to them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), fc.nat(30), (steps, after) => {
        const sql = openDatabase({ path: ':memory:', key: KEY });
        const friends = new FriendTable(sql);
        for (const n of FRIENDS) friends.add({ key: key(n), tag: TAG, alias: '', state: 'friend', addedAt: 1 });
        sql.exec("INSERT INTO devices (tag, first_seen, last_seen) VALUES (x'0909090909090909', 1, 1)");
        const counters = new MessageCounters(sql, { ownDevice: 1, skipped: 1 });
        const table = messages(sql, friends, counters);
        for (const step of steps) {
          try {
            const settled = sql.transaction(() => take(table, step));
            // One that wrote nothing itself knows the database only.
            const fresh = messages(sql, friends);
            for (const row of settled) expect(shown(fresh.byMessageId(row.messageId, row.friend))).toEqual(shown(row));
          } catch (error) {
            if (!(error instanceof Undone)) throw error;
            friends.forget();
            counters.forget();
            table.forget();
          }
          for (const id of FRIENDS)
            for (const seq of [0, after]) {
              expect(waiting(table, id, seq)).toEqual(waiting(messages(sql, friends), id, seq));
            }
        }
        sql.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('waiting rows', () => {
  const row = (seq: number) => ({
    ...{ id: seq, friend: 1, direction: 1 as const, device: 1, seq, messageId: newId(), sentAt: 1, storedAt: 1 },
    ...{ state: MESSAGE_STATES.sending, text: String(seq) },
  });
  const seqs = (rows: WaitingRows, after: number, limit = 10) => rows.after(1, after, limit)?.map(({ seq }) => seq);
  const deliver = (rows: WaitingRows, seq: number) =>
    rows.settle(1, seq, { state: MESSAGE_STATES.delivered, waits: false })?.state;

  it('know nothing before the first they were told of, and everything after it', () => {
    const rows = new WaitingRows();
    expect(seqs(rows, 0)).toBeUndefined();
    for (const seq of [7, 8, 9]) rows.add(row(seq));
    expect([seqs(rows, 5), seqs(rows, 6), seqs(rows, 7, 1), seqs(rows, 9)]).toEqual([undefined, [7, 8, 9], [8], []]);
    expect([deliver(rows, 8), deliver(rows, 8), deliver(rows, 6), deliver(rows, 10)]).toEqual([
      MESSAGE_STATES.delivered,
      undefined,
      undefined,
      undefined,
    ]);
    expect(seqs(rows, 6)).toEqual([7, 9]);
  });

  it('begin anew where numbers are left out, and after anything else', () => {
    const rows = new WaitingRows();
    rows.add(row(7));
    rows.add(row(72));
    expect([seqs(rows, 6), seqs(rows, 71)]).toEqual([undefined, [72]]);
    rows.forget(1);
    expect(seqs(rows, 71)).toBeUndefined();
  });

  it('keep so much text of the last ones, and count none that arrived', () => {
    const rows = new WaitingRows();
    const text = 'x'.repeat(2 ** 20);
    for (let seq = 1; seq <= 4; seq++) rows.add({ ...row(seq), text });
    expect(seqs(rows, 0)).toEqual([1, 2, 3, 4]);
    rows.add({ ...row(5), text });
    expect([seqs(rows, 0), seqs(rows, 2)]).toEqual([undefined, [3, 4, 5]]);
    deliver(rows, 3);
    for (let seq = 6; seq <= 7; seq++) rows.add({ ...row(seq), text });
    expect(seqs(rows, 2)).toEqual([4, 5, 6, 7]);
    rows.add({ ...row(8), text });
    expect(seqs(rows, 2)).toBeUndefined();
  });

  it('keep so many of the last ones, and none that arrived', () => {
    const rows = new WaitingRows();
    for (let seq = 1; seq <= 10_000; seq++) rows.add(row(seq));
    expect(seqs(rows, 100)).toBeUndefined();
    expect(seqs(rows, 9_000, 3)).toEqual([9_001, 9_002, 9_003]);
    for (let seq = 9_000; seq > 4_000; seq--) deliver(rows, seq);
    for (let seq = 9_001; seq <= 9_500; seq++) expect(deliver(rows, seq)).toBe(MESSAGE_STATES.delivered);
    expect(seqs(rows, 9_499, 2)).toEqual([9_501, 9_502]);
  });
});
