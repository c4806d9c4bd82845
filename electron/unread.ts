import type { App, Tray } from 'electron';

export interface UnreadSigns {
  readonly app: Pick<App, 'setBadgeCount'>;
  /** Undefined where the desktop has no place for one. */
  readonly tray: Pick<Tray, 'setToolTip'> | undefined;
}

/**
 * Shows how many messages are unread where a hidden window does not: at the tray, and as a badge in the dock of macOS and
 * in launchers of Linux that have one. (The window's title is the page's.) Total: what is no count is dropped.
 */
export function showUnread(count: unknown, { app, tray }: UnreadSigns): void {
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) return;
  tray?.setToolTip(count === 0 ? 'Parley' : `Parley: ${count} unread ${count === 1 ? 'message' : 'messages'}`);
  app.setBadgeCount(count);
}
