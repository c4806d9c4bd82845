import { useMemo } from 'react';
import { Button } from '../../components/Button.tsx';
import { EmptyState, Loading, Remark } from '../../components/Notice.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { useOpenChat } from '../../hooks/use-open-chat.ts';
import { sortedFriends } from '../../stores/friends.ts';
import { CallButton } from '../calls/CallButton.tsx';
import { FriendRow } from './FriendRow.tsx';

/** Labels such as “Yesterday” are looked at again this often. */
const REFRESH_MS = 60_000;

/** All friends, latest activity first. */
export function FriendList() {
  const { stores } = useApp();
  const friends = useAppStore('friends', (state) => state.friends);
  const status = useAppStore('friends', (state) => state.status);
  const error = useAppStore('friends', (state) => state.error);
  const openKey = useAppStore('ui', ({ view }) => (view.kind === 'chat' ? view.key : null));
  const sorted = useMemo(() => sortedFriends(friends), [friends]);
  const open = useOpenChat();
  const now = useNow(REFRESH_MS);
  if (status === 'loading') return <Loading label="Loading your friends…" />;
  if (status === 'failed') {
    return (
      <div className="padded">
        <Remark tone="error">{error?.message}</Remark>
        <Button onClick={() => void stores.friends.getState().load()}>Try again</Button>
      </div>
    );
  }
  if (sorted.length === 0) {
    return (
      <EmptyState icon="add-person" title="No friends yet">
        <p>Add somebody with their public ID, or give them yours.</p>
        <Button kind="primary" onClick={() => stores.ui.getState().openDialog({ kind: 'add-friend', text: '' })}>
          Add a friend
        </Button>
        <Button onClick={() => stores.ui.getState().openDialog({ kind: 'own-id' })}>Show my ID</Button>
      </EmptyState>
    );
  }
  return (
    <ul className="friend-list" aria-label="Friends" data-testid="friends">
      {sorted.map((friend) => (
        <li key={friend.key}>
          <FriendRow friend={friend} current={friend.key === openKey} now={now} onOpen={open} />
          {friend.state === 'friend' && <CallButton friend={friend} className="row-call" />}
        </li>
      ))}
    </ul>
  );
}
