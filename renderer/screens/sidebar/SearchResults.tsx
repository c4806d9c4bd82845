import { memo, useCallback, useEffect, useMemo, useRef } from 'react';
import type { FriendView, SearchHit } from '../../../core/api/views.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { EmptyState, Loading, Remark } from '../../components/Notice.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useGrownRows } from '../../hooks/use-grown-rows.ts';
import { useNow } from '../../hooks/use-now.ts';
import { useOpenChat } from '../../hooks/use-open-chat.ts';
import { listTime, plural } from '../../lib/format.ts';
import { hitPlaces } from '../../lib/hit-places.ts';
import { displayName, plainLines } from '../../lib/safe-text.ts';
import { matchingFriends, sortedFriends } from '../../stores/friends.ts';
import { FriendRow } from './FriendRow.tsx';

/** People by name and messages by text, for what stands in the search box. */
export function SearchResults() {
  const { stores } = useApp();
  const query = useAppStore('search', (state) => state.query);
  const more = useAppStore('search', (state) => state.more);
  const current = useAppStore('search', (state) => state.current);
  const hits = useAppStore('search', (state) => state.hits);
  const status = useAppStore('search', (state) => state.status);
  const friends = useAppStore('friends', (state) => state.friends);
  const within = useAppStore('search', (state) => state.within);
  const people = useMemo(
    () => (within === null ? matchingFriends(sortedFriends(friends), query) : []),
    [friends, query, within],
  );
  const list = useRef<HTMLUListElement>(null);
  const rows = useGrownRows(list, people.length);
  const open = useOpenChat();
  const openHit = useCallback(
    (hit: SearchHit) => {
      const { within, goTo } = stores.search.getState();
      if (within === null) open(hit.message.friend, hit.message.id, hitPlaces(hit));
      else goTo(hit.message.id);
    },
    [stores, open],
  );
  const now = useNow(60_000);
  const nothing = people.length === 0 && hits.length === 0 && status === 'done';
  return (
    <nav className="sidebar-scroll" aria-label="Search results">
      {people.length > 0 && (
        <section aria-labelledby="found-people">
          <h2 className="list-heading" id="found-people">
            People
          </h2>
          <ul ref={list} className="friend-list">
            {people.slice(0, rows).map((friend, at) => (
              <li key={friend.key} aria-setsize={people.length} aria-posinset={at + 1}>
                <FriendRow friend={friend} current={false} now={now} onOpen={open} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {hits.length > 0 && (
        <section aria-labelledby="found-messages">
          <h2 className="list-heading" id="found-messages">
            Messages
          </h2>
          <ul className="friend-list">
            {hits.map((hit) => (
              <li key={hit.message.id}>
                <HitRow
                  hit={hit}
                  friend={friends.get(hit.message.friend)}
                  now={now}
                  current={hit.message.id === current}
                  onOpen={openHit}
                />
              </li>
            ))}
          </ul>
        </section>
      )}
      {more && <p className="padded muted">These are the {hits.length} newest. More letters find fewer.</p>}
      {status === 'searching' && hits.length === 0 && <Loading label="Searching…" />}
      {status === 'failed' && (
        <div className="padded">
          <Remark tone="error">The messages could not be searched. Try again in a moment.</Remark>
        </div>
      )}
      {nothing && <EmptyState icon="search" title="Nothing found" />}
      <p className="visually-hidden" role="status">
        {status === 'done' &&
          within === null &&
          `${plural(people.length, 'friend')}, ${plural(hits.length, 'message')} found`}
      </p>
    </nav>
  );
}

const HitRow = memo(function HitRow({
  hit,
  friend,
  now,
  current,
  onOpen,
}: {
  hit: SearchHit;
  friend: FriendView | undefined;
  now: number;
  /** The walk through the hits of one chat stands here. */
  current: boolean;
  onOpen: (hit: SearchHit) => void;
}) {
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (current) row.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const { message, snippet } = hit;
  const name = friend ? displayName(friend) : displayName({ key: message.friend });
  return (
    <button
      ref={row}
      type="button"
      className="list-row friend-row"
      data-list-item
      data-testid="hit"
      aria-current={current || undefined}
      onClick={() => onOpen(hit)}
    >
      <Avatar id={message.friend} name={name} size="small" />
      <span className="row-main">
        <span className="row-line">
          <span className="row-title" dir="auto">
            {message.direction === 'out' ? `You to ${name}` : name}
          </span>
          <span className="row-time">{listTime(message.storedAt, now)}</span>
        </span>
        <span className="row-snippet" dir="auto">
          {snippet.map((piece, i) => {
            const text = plainLines(piece.text);
            return piece.match ? <mark key={i}>{text}</mark> : <span key={i}>{text}</span>;
          })}
        </span>
      </span>
    </button>
  );
});
