import type { FriendView, UndoableMessage } from '../../../core/api/views.ts';
import type { MenuItem } from '../../components/MenuItems.tsx';
import type { App } from '../../hooks/app-context.ts';
import { searchInChat } from '../../hooks/chat-search.ts';
import { openChat } from '../../hooks/use-open-chat.ts';
import { displayName } from '../../lib/safe-text.ts';

/** What can be done about a friend and the chat, from the chat's own menu and from the list. */
export function friendCommands(app: App, friend: FriendView): MenuItem[] {
  const { stores, shell } = app;
  const deleted = undoable(stores, friend.key);
  const { openDialog, toast } = stores.ui.getState();
  const { block, unblock, remove } = stores.friends.getState();
  const copyId = async () => {
    if (await shell.copy(friend.publicId)) toast({ text: 'The public ID was copied.', tone: 'info' });
  };
  return [
    { label: 'Search in chat', icon: 'search', run: () => searchInChat(app, friend.key) },
    ...(deleted.length > 0 ? [bringBack(app, deleted)] : []),
    { label: 'Details', icon: 'key', run: () => openDialog({ kind: 'friend', key: friend.key }) },
    { label: 'Rename', icon: 'edit', run: () => openDialog({ kind: 'rename', key: friend.key }) },
    { label: 'Copy public ID', icon: 'copy', run: () => void copyId() },
    friend.state === 'blocked'
      ? { label: 'Unblock', icon: 'undo', run: () => void unblock(friend.key) }
      : { label: 'Block', icon: 'block', danger: true, run: () => void block(friend.key, displayName(friend)) },
    { label: 'Remove', icon: 'trash', danger: true, run: () => void remove(friend.key) },
  ];
}

/** What was deleted in this chat and can be brought back still. */
function undoable({ chat }: App['stores'], friend: string): UndoableMessage[] {
  const now = Date.now();
  return chat.getState().deleted.filter((message) => message.friend === friend && message.until > now);
}

/** The one that was deleted last comes first; it is shown in its place. */
function bringBack(app: App, deleted: readonly UndoableMessage[]): MenuItem {
  const last = deleted[0]!;
  const run = async () => {
    if (await app.stores.chat.getState().undoRemove(last)) openChat(app, last.friend, last.id);
  };
  const label = deleted.length === 1 ? 'Bring back deleted message' : 'Bring back last deleted message';
  return { label, icon: 'undo', run: () => void run() };
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
