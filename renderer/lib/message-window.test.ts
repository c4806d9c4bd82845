import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageView } from '../../core/api/views.ts';
import { makeMessage } from '../testing/fake-data.ts';
import {
  appendPage,
  aroundWindow,
  EMPTY_WINDOW,
  FIRST_INDEX,
  KEPT_ROWS,
  MAX_ROWS,
  type MessageWindow,
  mergeMessages,
  newestWindow,
  prependPage,
} from './message-window.ts';

const message = (order: number): MessageView => makeMessage({ friend: 'f', order });
const range = (from: number, to: number): MessageView[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => message(from + i));
const orders = (window: MessageWindow) => window.rows.map((row) => row.order);
/** The place of an order in the virtual list. */
const indexOf = (window: MessageWindow, order: number) => window.firstIndex + orders(window).indexOf(order);

describe('paging', () => {
  it('knows that a short newest page is the whole chat', () => {
    expect(newestWindow(range(1, 4), 50)).toMatchObject({ atStart: true, atEnd: true, firstIndex: FIRST_INDEX });
    expect(newestWindow(range(1, 51), 50).atStart).toBe(false);
  });

  it('keeps the index of every row when older ones come before it', () => {
    const window = newestWindow(range(100, 150), 50);
    const next = prependPage(window, range(50, 100), 50);
    expect(orders(next)).toEqual(orders({ ...window, rows: range(50, 150) }));
    expect(indexOf(next, 100)).toBe(indexOf(window, 100));
    expect(prependPage(next, [], 50).atStart).toBe(true);
  });

  it('drops the far end above the bound and remembers it', () => {
    let window = newestWindow(range(2_000, 2_000 + MAX_ROWS), MAX_ROWS);
    window = prependPage(window, range(1_900, 2_000), 100);
    expect(orders(window)).toEqual(orders({ ...window, rows: range(1_900, 1_900 + KEPT_ROWS) }));
    expect(window.atEnd).toBe(false);
    let back = window;
    while (back.rows.length >= KEPT_ROWS && back.firstIndex === window.firstIndex) {
      const next = back.rows.at(-1)!.order + 1;
      back = appendPage(back, range(next, next + 100), 100);
    }
    expect(back.rows).toHaveLength(KEPT_ROWS);
    expect(back.atStart).toBe(false);
    const shared = back.rows[0]!.order;
    expect(indexOf(back, shared)).toBe(window.firstIndex + shared - 1_900);
  });

  it('ignores rows it has already, as when a page overlaps', () => {
    const window = newestWindow(range(10, 20), 10);
    expect(orders(prependPage(window, range(5, 15), 10))).toEqual(orders({ ...window, rows: range(5, 20) }));
    expect(orders(appendPage(window, range(15, 25), 10))).toEqual(orders({ ...window, rows: range(10, 25) }));
  });
});

describe('mergeMessages', () => {
  it('adds new messages at the end only when the end is loaded', () => {
    const atEnd = newestWindow(range(1, 5), 50);
    expect(orders(mergeMessages(atEnd, [message(5)]))).toEqual([1, 2, 3, 4, 5]);
    const middle = aroundWindow(range(1, 5));
    expect(mergeMessages(middle, [message(9)])).toEqual(middle);
  });

  it('replaces a changed message in its place', () => {
    const window = newestWindow(range(1, 4), 50);
    const next = mergeMessages(window, [{ ...message(2), state: 'failed' }]);
    expect(next.rows[1]?.state).toBe('failed');
    expect(next.rows[0]).toBe(window.rows[0]);
  });

  it('removes cancelled messages', () => {
    expect(orders(mergeMessages(newestWindow(range(1, 4), 50), [], [message(2).id]))).toEqual([1, 3]);
  });

  it('starts a chat that was empty', () => {
    expect(orders(mergeMessages(EMPTY_WINDOW, [message(1)]))).toEqual([1]);
  });

  it('does not take a message of before the window', () => {
    expect(orders(mergeMessages({ ...aroundWindow(range(10, 12)), atEnd: true }, [message(3)]))).toEqual([10, 11]);
  });

  it('bounds a chat that grows for ever while its end is shown', () => {
    const window = mergeMessages(newestWindow(range(0, 10), 50), range(10, 3 * MAX_ROWS));
    expect(window.rows.length).toBeLessThanOrEqual(MAX_ROWS);
    expect(window.atStart).toBe(false);
    expect(orders(window).at(-1)).toBe(3 * MAX_ROWS - 1);
  });

  it('keeps rows in order and single, whatever comes in whatever order', () => {
    const batch = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(batch), (batches) => {
        let window: MessageWindow = { ...EMPTY_WINDOW };
        for (const one of batches) window = mergeMessages(window, one.map(message));
        const seen = orders(window);
        expect(seen).toEqual([...new Set(batches.flat())].sort((a, b) => a - b));
      }),
    );
  });
});
