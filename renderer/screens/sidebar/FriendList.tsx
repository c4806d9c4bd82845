import { useMemo, useRef } from 'react';
import { Button } from '../../components/Button.tsx';
import { ContextMenu, type ContextMenuPlace, useContextMenu } from '../../components/ContextMenu.tsx';
import { EmptyState, Loading, Remark } from '../../components/Notice.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { useOpenChat } from '../../hooks/use-open-chat.ts';
import { rowRoom, useShownRows } from '../../hooks/use-shown-rows.ts';
import { useSteadyRows } from '../../hooks/use-steady-rows.ts';
import { displayName } from '../../lib/safe-text.ts';
import { hasFriends, sortedFriends } from '../../stores/friends.ts';
import { CallButton } from '../calls/CallButton.tsx';
import { rowCommands } from '../chat/friend-commands.ts';
import { FriendRow } from './FriendRow.tsx';

/** Labels such as “Yesterday” are looked at again this often. */
const REFRESH_MS = 60_000;

/** All friends, latest activity first. */
export function FriendList() {
  const { stores } = useApp();
  const status = useAppStore('friends', (state) => state.status);
  const error = useAppStore('friends', (state) => state.error);
  const nobody = useAppStore('friends', ({ friends }) => !hasFriends(friends));
  if (status === 'loading') return <Loading label="Loading your friends…" />;
  if (status === 'failed') {
    return (
      <div className="padded">
        <Remark tone="error">{error?.message}</Remark>
        <Button onClick={() => void stores.friends.getState().load()}>Try again</Button>
      </div>
    );
  }
  if (nobody) {
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
  return <Rows />;
}

/** There as long as the list itself, whose rows its hooks hold on to. */
function Rows() {
  const friends = useAppStore('friends', (state) => state.friends);
  const openKey = useAppStore('ui', ({ view }) => (view.kind === 'chat' ? view.key : null));
  const lastChat = useAppStore('ui', (ui) => ui.lastChat);
  const known = useAppStore('ui', (ui) => !ui.coreLost);
  const sorted = useMemo(() => sortedFriends(friends), [friends]);
  const list = useRef<HTMLUListElement>(null);
  const keys = useMemo(() => sorted.map(({ key }) => key), [sorted]);
  useSteadyRows(list, keys);
  const open = useOpenChat();
  const now = useNow(REFRESH_MS);
  const menu = useContextMenu();
  // Tab enters the list at one row and leaves it from there: the arrows go on to the others.
  const entry = sorted.some(({ key }) => key === openKey) ? openKey : sorted[0]?.key;
  // The focus goes to the row of the chat that is left.
  const rows = useShownRows(list, keys, [lastChat, entry]);
  return (
    <>
      <ul
        ref={list}
        className="friend-list"
        aria-label="Friends"
        data-testid="friends"
        onContextMenu={(event) => {
          const row = rowAt(event.target);
          if (row !== null) menu.open(event, row);
        }}
      >
        {rows.map(({ at, gap }) => {
          const friend = sorted[at]!;
          const tabIndex = friend.key === entry ? 0 : -1;
          return (
            <li key={friend.key} aria-setsize={sorted.length} aria-posinset={at + 1} style={rowRoom(gap)}>
              <FriendRow
                friend={friend}
                current={friend.key === openKey}
                now={now}
                known={known}
                tabIndex={tabIndex}
                onOpen={open}
              />
              {friend.state === 'friend' && <CallButton friend={friend} className="row-call" tabIndex={tabIndex} />}
            </li>
          );
        })}
      </ul>
      {menu.place && <RowMenu place={menu.place} onClose={menu.close} />}
    </>
  );
}

function rowAt(target: EventTarget): HTMLElement | null {
  const item = target instanceof Element ? target.closest('li') : null;
  return item?.querySelector<HTMLElement>('[data-key]') ?? null;
}

/** What can be done about the friend of the row that was pressed; gone with the friend. */
function RowMenu({ place, onClose }: { place: ContextMenuPlace; onClose: () => void }) {
  const app = useApp();
  const friend = useAppStore('friends', ({ friends }) => friends.get(place.opener.dataset.key ?? ''));
  if (friend === undefined) return null;
  return <ContextMenu place={place} label={displayName(friend)} items={rowCommands(app, friend)} onClose={onClose} />;
}
