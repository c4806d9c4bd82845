import { useEffect, useState } from 'react';
import type { RemovedFriend } from '../../../core/api/views.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { Button } from '../../components/Button.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { timeOfDay } from '../../lib/format.ts';
import { displayName } from '../../lib/safe-text.ts';

/** What can no longer be brought back goes within this time. */
const REFRESH_MS = 5_000;

/** Friends who were removed a moment ago, each with the way back; nothing without any. */
export function RemovedFriends() {
  const { client, stores } = useApp();
  const count = useAppStore('friends', ({ friends }) => friends.size);
  const [removed, setRemoved] = useState<readonly RemovedFriend[]>([]);
  // Whoever is removed or comes back changes the number of friends.
  useEffect(() => {
    let shown = true;
    void client.request('friends.listRemoved', {}).then((outcome) => {
      if (shown && outcome.ok) setRemoved(outcome.value);
    });
    return () => {
      shown = false;
    };
  }, [client, count]);
  const now = useNow(REFRESH_MS);
  const left = removed.filter(({ until }) => until > now);
  if (left.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="set-removed">
      <h2 id="set-removed">Removed friends</h2>
      <p className="muted">They and their chats are erased ten minutes after they were removed.</p>
      <ul className="removed-list" data-testid="removed">
        {left.map((friend) => {
          const name = displayName(friend);
          return (
            <li key={friend.key}>
              <Avatar id={friend.key} name={name} size="small" />
              <span className="blocked-name">
                <bdi>{name}</bdi> <span className="muted">until {timeOfDay(friend.until)}</span>
              </span>
              <Button
                aria-label={`Bring ${name} back`}
                onClick={() => void stores.friends.getState().undoRemove(friend.key)}
              >
                Bring back
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
