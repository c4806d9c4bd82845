import type { FriendView } from '../../../core/api/views.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { IconButton } from '../../components/Button.tsx';
import { Menu, type MenuItem } from '../../components/Menu.tsx';
import { type App, useApp } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { awayText, presenceText } from '../../lib/delivery.ts';
import { displayName, plainLine } from '../../lib/safe-text.ts';
import { CallButton } from '../calls/CallButton.tsx';

/** Who this is, where they are, and what can be done about it. */
export function ChatHeader({ friend }: { friend: FriendView }) {
  const app = useApp();
  const now = useNow(30_000);
  const name = displayName(friend);
  const ownName = plainLine(friend.name);
  const away = awayText(friend);
  return (
    <header className="page-header chat-header">
      <IconButton
        icon="back"
        label="Back to the list"
        className="only-narrow"
        onClick={() => app.stores.ui.getState().show({ kind: 'home' })}
      />
      <Avatar id={friend.key} name={name} presence={friend.state === 'friend' ? friend.presence : undefined} />
      <div className="chat-title">
        <h1 dir="auto">{name}</h1>
        <p className="muted" data-testid="presence">
          {friend.typing ? 'typing…' : presenceText(friend, now)}
          {away && ` · ${away}`}
          {ownName !== '' && ownName !== name && (
            <>
              {' · calls themselves '}
              <bdi>{ownName}</bdi>
            </>
          )}
        </p>
      </div>
      {friend.state === 'friend' && <CallButton friend={friend} />}
      <Menu label="Chat options" items={menuItems(app, friend, name)} />
    </header>
  );
}

function menuItems({ stores, shell }: App, friend: FriendView, name: string): MenuItem[] {
  const { openDialog, toast } = stores.ui.getState();
  const { block, unblock, remove } = stores.friends.getState();
  const copyId = async () => {
    if (await shell.copy(friend.publicId)) toast({ text: 'The public ID was copied.', tone: 'info' });
  };
  return [
    { label: 'Rename', icon: 'edit', run: () => openDialog({ kind: 'rename', key: friend.key }) },
    { label: 'Copy public ID', icon: 'copy', run: () => void copyId() },
    friend.state === 'blocked'
      ? { label: 'Unblock', icon: 'undo', run: () => void unblock(friend.key) }
      : { label: 'Block', icon: 'block', danger: true, run: () => void block(friend.key, name) },
    { label: 'Remove', icon: 'trash', danger: true, run: () => void remove(friend.key) },
  ];
}
