import { useEffect } from 'react';
import { unreadTotal } from '../stores/friends.ts';
import { useApp, useAppStore } from './app-context.ts';

/** How many messages are unread, in the title of window or tab and wherever else the shell can show it. */
export function useUnreadSign(): void {
  const { shell } = useApp();
  const unread = useAppStore('friends', ({ friends }) => unreadTotal(friends));
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Parley` : 'Parley';
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
