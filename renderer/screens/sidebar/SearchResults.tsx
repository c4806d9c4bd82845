import { useMemo, useRef } from 'react';
import { EmptyState, Loading, Remark } from '../../components/Notice.tsx';
import { useAppStore } from '../../hooks/app-context.ts';
import { useNow } from '../../hooks/use-now.ts';
import { useOpenChat } from '../../hooks/use-open-chat.ts';
import { rowRoom, useShownRows } from '../../hooks/use-shown-rows.ts';
import { plural } from '../../lib/format.ts';
import { plainLine } from '../../lib/safe-text.ts';
import { matchingFriends, sortedFriends } from '../../stores/friends.ts';
import { FoundMessages } from './FoundMessages.tsx';
import { FriendRow } from './FriendRow.tsx';

/** People by name and messages by text, for what stands in the search box. */
export function SearchResults() {
  const query = useAppStore('search', (state) => state.query);
  const found = useAppStore('search', (state) => state.total);
  const status = useAppStore('search', (state) => state.status);
  const friends = useAppStore('friends', (state) => state.friends);
  const known = useAppStore('ui', (ui) => !ui.coreLost);
  const within = useAppStore('search', (state) => state.within);
  const people = useMemo(
    () => (within === null ? matchingFriends(sortedFriends(friends), query) : []),
    [friends, query, within],
  );
  const list = useRef<HTMLUListElement>(null);
  const rows = useShownRows(
    list,
    useMemo(() => people.map(({ key }) => key), [people]),
  );
  const open = useOpenChat();
  const now = useNow(60_000);
  const nothing = people.length === 0 && found === 0 && status === 'done';
  return (
    <nav className="sidebar-scroll" aria-label="Search results">
      {people.length > 0 && (
        <section aria-labelledby="found-people">
          <h2 className="list-heading" id="found-people">
            People
          </h2>
          <ul ref={list} className="friend-list">
            {rows.map(({ at, gap }) => {
              const friend = people[at]!;
              return (
                <li key={friend.key} aria-setsize={people.length} aria-posinset={at + 1} style={rowRoom(gap)}>
                  <FriendRow friend={friend} current={false} now={now} known={known} onOpen={open} />
                </li>
              );
            })}
          </ul>
        </section>
      )}
      {found > 0 && <FoundMessages now={now} />}
      {status === 'searching' && found === 0 && <Loading label="Searching…" />}
      {status === 'failed' && (
        <div className="padded">
          <Remark tone="error">The messages could not be searched. Try again in a moment.</Remark>
        </div>
      )}
      {nothing && <EmptyState icon="search" title={<NothingFor query={query} />} />}
      <p className="visually-hidden" role="status">
        {status === 'done' &&
          within === null &&
          `${plural(people.length, 'friend')}, ${plural(found, 'message')} found`}
      </p>
    </nav>
  );
}

function NothingFor({ query }: { query: string }) {
  return (
    <span className="looked-for">
      Nothing found for “<bdi>{plainLine(query)}</bdi>”
    </span>
  );
}
