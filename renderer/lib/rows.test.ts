import { expect, it } from 'vitest';
import { makeMessage } from '../testing/fake-data.ts';
import { dayOf } from './format.ts';
import { GROUP_GAP_MS, rowsOf } from './rows.ts';

const NOON = new Date(2026, 2, 20, 12).getTime();
const message = (order: number, change: { direction?: 'in' | 'out'; storedAt: number }) =>
  makeMessage({ friend: 'f', order, ...change });

it('groups what one side says within a few minutes', () => {
  const rows = rowsOf(
    [
      message(1, { storedAt: NOON }),
      message(2, { storedAt: NOON + GROUP_GAP_MS - 1 }),
      message(3, { storedAt: NOON + GROUP_GAP_MS, direction: 'out' }),
      message(4, { storedAt: NOON + 3 * GROUP_GAP_MS, direction: 'out' }),
    ],
    null,
  );
  expect(rows.map((row) => [row.startsGroup, row.endsGroup])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
  ]);
});

it('puts a heading where a day begins, also above the first row', () => {
  const midnight = dayOf(NOON) + 86_400_000;
  const rows = rowsOf([message(1, { storedAt: midnight - 1 }), message(2, { storedAt: midnight })], null);
  expect(rows.map((row) => row.day)).toEqual([dayOf(NOON), dayOf(midnight)]);
  expect(rows[1]?.startsGroup).toBe(true);
});

it('parts a group at the divider of unread messages', () => {
  const messages = [message(1, { storedAt: NOON }), message(2, { storedAt: NOON + 1 })];
  const rows = rowsOf(messages, messages[1]!.id);
  expect(rows.map((row) => row.firstUnread)).toEqual([false, true]);
  expect(rows[0]?.endsGroup).toBe(true);
});

it('has nothing to show for nothing', () => {
  expect(rowsOf([], null)).toEqual([]);
});
