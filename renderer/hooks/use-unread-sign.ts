import { useEffect } from 'react';
import { signNumber } from '../lib/format.ts';
import { unreadOf, unreadTotal } from '../stores/friends.ts';
import { useApp, useAppStore } from './app-context.ts';
import { useLasting } from './use-lasting.ts';

/** What comes into the open chat and is read at once is not shown as unread for those moments. */
const READING_MS = 1_000;

/** How many messages are unread, in the title of window or tab and wherever else the shell can show it. */
export function useUnreadSign(): void {
  const { shell } = useApp();
  const open = useAppStore('ui', ({ view }) => (view.kind === 'chat' ? view.key : null));
  const total = useAppStore('friends', ({ friends }) => unreadTotal(friends));
  const inOpen = useAppStore('friends', ({ friends }) => (open === null ? 0 : unreadOf(friends.get(open))));
  const unread = total - inOpen + useShownUnread(inOpen, true);
  useEffect(() => {
    document.title = unread > 0 ? `(${signNumber(unread)}) Parley` : 'Parley';
    shell.showUnread(unread);
  }, [unread, shell]);
  // A locked profile shows nothing of it.
  useEffect(
    () => () => {
      document.title = 'Parley';
      shell.showUnread(0);
    },
    [shell],
  );
}

/** Of so many unread messages of one chat, those to be shown beside it. */
export function useShownUnread(unread: number, isOpen: boolean): number {
  const lasting = useLasting(unread > 0, READING_MS);
  return isOpen && !lasting ? 0 : unread;
}
