import type { FriendView } from '../../../core/api/views.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { IconButton } from '../../components/Button.tsx';
import { Menu } from '../../components/Menu.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { awayText, presenceText } from '../../lib/delivery.ts';
import { displayName, plainLine } from '../../lib/safe-text.ts';
import { CallButton } from '../calls/CallButton.tsx';
import { friendCommands } from './friend-commands.ts';

/** Who this is, where they are, and what can be done about it. */
export function ChatHeader({ friend }: { friend: FriendView }) {
  const app = useApp();
  const now = useNow(30_000);
  // The menu offers to bring back what was deleted.
  useAppStore('chat', (chat) => chat.deleted);
  const known = useAppStore('ui', (ui) => !ui.coreLost);
  const name = displayName(friend);
  const ownName = plainLine(friend.name);
  const away = awayText(friend, known);
  return (
    <header className="page-header chat-header">
      <IconButton
        icon="back"
        label="Back to the list"
        className="only-narrow"
        onClick={() => app.stores.ui.getState().show({ kind: 'home' })}
      />
      <Avatar id={friend.key} name={name} presence={known && friend.state === 'friend' ? friend.presence : undefined} />
      <div className="chat-title">
        <h1 dir="auto">{name}</h1>
        <p className="muted" data-testid="presence">
          {known && friend.typing ? 'typing…' : presenceText(friend, now, known)}
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
      <Menu label="Chat options" items={friendCommands(app, friend)} />
    </header>
  );
}
