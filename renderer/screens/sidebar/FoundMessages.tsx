import { memo, type RefObject, useCallback, useEffect, useRef } from 'react';
import type { FriendView, SearchHit } from '../../../core/api/views.ts';
import { Avatar } from '../../components/Avatar.tsx';
import { Button } from '../../components/Button.tsx';
import { Remark } from '../../components/Notice.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useOpenChat } from '../../hooks/use-open-chat.ts';
import { listTime } from '../../lib/format.ts';
import { toMark } from '../../lib/hit-places.ts';
import { displayName, plainLines } from '../../lib/safe-text.ts';
import { type Direction, hasMore } from '../../stores/search-pages.ts';

/** More come before the end of the list is seen. */
const AHEAD_PX = 800;

/** The messages that were found, a part of them at first: whoever scrolls on gets the others. */
export function FoundMessages({ now }: { now: number }) {
  const { stores } = useApp();
  const current = useAppStore('search', (state) => state.current);
  const hits = useAppStore('search', (state) => state.hits);
  const newer = useAppStore('search', (state) => state.newer);
  const total = useAppStore('search', (state) => state.total);
  const friends = useAppStore('friends', (state) => state.friends);
  const open = useOpenChat();
  const openHit = useCallback(
    (hit: SearchHit) => {
      const { within, query, goTo } = stores.search.getState();
      if (within === null) open(hit.message.friend, hit.message.id, toMark(hit, query));
      else goTo(hit.message.id);
    },
    [stores, open],
  );
  const list = useRef<HTMLUListElement>(null);
  return (
    <section aria-labelledby="found-messages">
      <h2 className="list-heading" id="found-messages">
        Messages
      </h2>
      <MoreHits to="newer" list={list} />
      <ul ref={list} className="friend-list hit-list">
        {hits.map((hit, at) => (
          <li key={hit.message.id} aria-setsize={total} aria-posinset={newer + at + 1}>
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
      <MoreHits to="older" list={list} />
    </section>
  );
}

/** Brings more when it is pressed, and at the end of the list when that is nearly in view. */
function MoreHits({ to, list }: { to: Direction; list: RefObject<HTMLUListElement | null> }) {
  const { stores } = useApp();
  const more = useAppStore('search', (state) => hasMore(state, to));
  const busy = useAppStore('search', (state) => state.loading === to);
  const failed = useAppStore('search', (state) => state.moreFailed);
  const edge = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!more || to === 'newer' || edge.current === null) return;
    const near = ([entry]: IntersectionObserverEntry[]) =>
      entry?.isIntersecting && void stores.search.getState().more(to);
    const root = edge.current.closest('.sidebar-scroll');
    const observer = new IntersectionObserver(near, { root, rootMargin: `${AHEAD_PX}px 0px` });
    observer.observe(edge.current);
    return () => observer.disconnect();
  }, [more, to, stores]);
  if (!more) return null;
  return (
    <div ref={edge} className="padded more-hits">
      {failed && to === 'older' && <Remark tone="error">The next messages did not come.</Remark>}
      <Button kind="quiet" busy={busy} onClick={() => void showMore(stores.search.getState().more, to, list.current)}>
        {to === 'older' ? 'Show older ones' : 'Show newer ones'}
      </Button>
    </div>
  );
}

/** The keyboard goes on at the first of those that came, beside what was there. */
async function showMore(
  more: (to: Direction) => Promise<boolean>,
  to: Direction,
  list: HTMLUListElement | null,
): Promise<void> {
  const edge = to === 'older' ? list?.lastElementChild : list?.firstElementChild;
  if (!(await more(to))) return;
  const next = to === 'older' ? edge?.nextElementSibling : edge?.previousElementSibling;
  next?.querySelector<HTMLElement>('[data-list-item]')?.focus();
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
      data-hit={message.id}
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
