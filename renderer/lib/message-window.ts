import type { MessageView } from '../../core/api/views.ts';

/** Messages asked for at once. */
export const PAGE_SIZE = 100;
/** Most messages kept in memory. */
export const MAX_ROWS = 1_000;
/** Above the bound so many are kept and the far end is dropped: at once, since each drop moves the list. */
export const KEPT_ROWS = 500;
/** Index of the first row of a fresh window: far from zero, so that there is room for a lifetime of earlier rows. */
export const FIRST_INDEX = 100_000_000;

/** A piece of a chat's history: consecutive messages, oldest first, without gaps. */
export interface MessageWindow {
  readonly rows: readonly MessageView[];
  /** Index of `rows[0]` in the virtual list. It moves with what is put before or dropped, so rows keep their index. */
  readonly firstIndex: number;
  /** Nothing older exists. */
  readonly atStart: boolean;
  /** Nothing newer exists. */
  readonly atEnd: boolean;
}

export const EMPTY_WINDOW: MessageWindow = { rows: [], firstIndex: FIRST_INDEX, atStart: true, atEnd: true };

/** The window after the newest page was loaded. */
export function newestWindow(page: readonly MessageView[], limit: number): MessageWindow {
  return { rows: page, firstIndex: FIRST_INDEX, atStart: page.length < limit, atEnd: true };
}

/** The window after a page around a message: whether it touches an end is found out by paging on. */
export function aroundWindow(page: readonly MessageView[]): MessageWindow {
  return { rows: page, firstIndex: FIRST_INDEX, atStart: false, atEnd: false };
}

/** Puts an older page in front; above the bound the newest rows are dropped. */
export function prependPage(window: MessageWindow, page: readonly MessageView[], limit: number): MessageWindow {
  const first = window.rows[0];
  const older = first === undefined ? page : page.filter((row) => row.order < first.order);
  const rows = [...older, ...window.rows];
  return {
    rows: rows.length > MAX_ROWS ? rows.slice(0, KEPT_ROWS) : rows,
    firstIndex: window.firstIndex - older.length,
    atStart: page.length < limit,
    atEnd: window.atEnd && rows.length <= MAX_ROWS,
  };
}

/** Puts a newer page behind; above the bound the oldest rows are dropped. */
export function appendPage(window: MessageWindow, page: readonly MessageView[], limit: number): MessageWindow {
  const last = window.rows[window.rows.length - 1];
  const newer = last === undefined ? page : page.filter((row) => row.order > last.order);
  const rows = [...window.rows, ...newer];
  return { ...dropOldest({ ...window, rows }), atEnd: page.length < limit };
}

function dropOldest(window: MessageWindow): MessageWindow {
  const dropped = window.rows.length > MAX_ROWS ? window.rows.length - KEPT_ROWS : 0;
  if (dropped === 0) return window;
  return { ...window, rows: window.rows.slice(dropped), firstIndex: window.firstIndex + dropped, atStart: false };
}

/**
 * The window after messages arrived, changed or were removed. New ones join only where they continue the window
 * (at its end, or between its rows); elsewhere they are found by paging.
 */
export function mergeMessages(
  window: MessageWindow,
  changed: readonly MessageView[],
  removed: readonly string[] = [],
): MessageWindow {
  const byId = new Map(changed.map((message) => [message.id, message]));
  const gone = new Set(removed);
  const kept = window.rows.filter((row) => !gone.has(row.id)).map((row) => take(byId, row));
  const fresh = [...byId.values()].filter((message) => belongs(window, message) && !gone.has(message.id));
  if (fresh.length === 0) return { ...window, rows: kept };
  const rows = [...kept, ...fresh].sort((a, b) => a.order - b.order);
  return dropOldest({ ...window, rows });
}

function take(byId: Map<string, MessageView>, row: MessageView): MessageView {
  const changed = byId.get(row.id);
  if (changed === undefined) return row;
  byId.delete(row.id);
  return changed;
}

function belongs(window: MessageWindow, message: MessageView): boolean {
  const first = window.rows[0];
  const last = window.rows[window.rows.length - 1];
  if (first === undefined || last === undefined) return window.atEnd;
  if (message.order > last.order) return window.atEnd;
  return message.order > first.order || window.atStart;
}
