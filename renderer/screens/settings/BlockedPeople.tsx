import { useMemo } from 'react';
import { Avatar } from '../../components/Avatar.tsx';
import { Button } from '../../components/Button.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { displayName, shortKey } from '../../lib/safe-text.ts';
import { blockedFriends } from '../../stores/friends.ts';

/** Those we hear nothing of. */
export function BlockedPeople() {
  const { stores } = useApp();
  const friends = useAppStore('friends', (state) => state.friends);
  const blocked = useMemo(() => blockedFriends(friends), [friends]);
  return (
    <section className="panel" aria-labelledby="set-blocked">
      {/* Here the keyboard goes on when the last one is unblocked. */}
      <h2 id="set-blocked" tabIndex={-1}>
        Blocked people
      </h2>
      {blocked.length === 0 ? (
        <p className="muted">Nobody is blocked.</p>
      ) : (
        <ul className="blocked-list" data-testid="blocked">
          {blocked.map((friend) => {
            const name = displayName(friend);
            return (
              <li key={friend.key}>
                <Avatar id={friend.key} name={name} size="small" />
                <span className="blocked-name">
                  <bdi>{name}</bdi> <span className="muted mono">{shortKey(friend.key)}…</span>
                </span>
                <Button
                  aria-label={`Unblock ${name}`}
                  onClick={() => void stores.friends.getState().unblock(friend.key)}
                >
                  Unblock
                </Button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
