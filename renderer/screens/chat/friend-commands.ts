import type { FriendView } from '../../../core/api/views.ts';
import type { MenuItem } from '../../components/MenuItems.tsx';
import type { App } from '../../hooks/app-context.ts';
import { focusSearch } from '../../hooks/use-shortcuts.ts';
import { displayName } from '../../lib/safe-text.ts';

/** What can be done about a friend, from the chat's own menu and from the list. */
export function friendCommands({ stores, shell }: App, friend: FriendView): MenuItem[] {
  const { openDialog, toast } = stores.ui.getState();
  const { block, unblock, remove } = stores.friends.getState();
  const copyId = async () => {
    if (await shell.copy(friend.publicId)) toast({ text: 'The public ID was copied.', tone: 'info' });
  };
  return [
    { label: 'Search in chat', icon: 'search', run: () => searchIn(stores, friend.key) },
    { label: 'Details', icon: 'key', run: () => openDialog({ kind: 'friend', key: friend.key }) },
    { label: 'Rename', icon: 'edit', run: () => openDialog({ kind: 'rename', key: friend.key }) },
    { label: 'Copy public ID', icon: 'copy', run: () => void copyId() },
    friend.state === 'blocked'
      ? { label: 'Unblock', icon: 'undo', run: () => void unblock(friend.key) }
      : { label: 'Block', icon: 'block', danger: true, run: () => void block(friend.key, displayName(friend)) },
    { label: 'Remove', icon: 'trash', danger: true, run: () => void remove(friend.key) },
  ];
}

function searchIn({ search, ui }: App['stores'], friend: string): void {
  search.getState().setWithin(friend);
  focusSearch(ui.getState());
}

/** In the list also what one would open the chat for. */
export function rowCommands(app: App, friend: FriendView): MenuItem[] {
  const { friends, calls } = app.stores;
  const commands: MenuItem[] = [];
  if (friend.unread > 0) {
    commands.push({ label: 'Mark as read', icon: 'check', run: () => void friends.getState().markRead(friend.key) });
  }
  if (friend.state === 'friend') {
    commands.push({ label: 'Call', icon: 'call', run: () => void calls.getState().start(friend.key) });
  }
  return [...commands, ...friendCommands(app, friend)];
}
