import { type ComponentProps, type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { type Components, Virtuoso } from 'react-virtuoso';
import { IconButton } from '../../components/Button.tsx';
import { useContextMenu } from '../../components/ContextMenu.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { isChord } from '../../hooks/use-list-keys.ts';
import { useNow } from '../../hooks/use-now.ts';
import { useWindowActive } from '../../hooks/use-window-active.ts';
import { fitsBelow, type ViewSize } from '../../lib/fits-below.ts';
import { plural, signNumber } from '../../lib/format.ts';
import type { TextPlace } from '../../lib/hit-places.ts';
import { rowHeight } from '../../lib/row-height.ts';
import { type Row, rowsOf } from '../../lib/rows.ts';
import type { Anchor } from '../../stores/chat.ts';
import { DeliveryDetails } from './DeliveryDetails.tsx';
import { isSelectedIn, MessageMenu, messageAt } from './MessageMenu.tsx';
import { MessageRow } from './MessageRow.tsx';
import { ScrolledDay } from './ScrolledDay.tsx';
import { useDetails } from './use-details.ts';
import { useDivider } from './use-divider.ts';
import { useFold } from './use-fold.ts';
import { useFollowEnd } from './use-follow-end.ts';
import { useLeave } from './use-leave.ts';
import { useMessageActions } from './use-message-actions.ts';
import { useShowHit } from './use-show-hit.ts';

/** Rendered beyond the view, so that fast scrolling meets no blank. */
const OVERSCAN_PX = 800;
/** Nearer to the end than this counts as being there. */
const AT_BOTTOM_PX = 60;

const NO_HITS: readonly TextPlace[] = [];

const COMPONENTS: Components<Row> = {
  List: ({ context: _, ...props }: ComponentProps<'div'> & { context?: unknown }) => (
    // biome-ignore lint/a11y/useSemanticElements: the virtual list measures plain blocks
    <div {...props} role="list" className="message-list" />
  ),
  Item: ({ item: _, context: __, ...props }: ComponentProps<'div'> & { item?: unknown; context?: unknown }) => (
    // biome-ignore lint/a11y/useSemanticElements: as above
    <div {...props} role="listitem" className="message-item" />
  ),
};

/** The history: virtual, paged in at both ends, following new messages while one is at the end. */
export function MessageList({ friend, name }: { friend: string; name: string }) {
  const { stores } = useApp();
  const window = useAppStore('chat', (chat) => chat.window);
  const epoch = useAppStore('chat', (chat) => chat.epoch);
  const firstUnread = useAppStore('chat', (chat) => chat.firstUnread);
  const highlight = useAppStore('chat', (chat) => chat.highlight);
  const hits = useAppStore('chat', (chat) => chat.hits);
  const marks = useAppStore('chat', (chat) => chat.marks) ?? hits;
  const unfolded = useAppStore('chat', (chat) => chat.unfolded);
  const sent = useAppStore('chat', (chat) => chat.sent);
  const rows = useMemo(() => rowsOf(window.rows, firstUnread), [window.rows, firstUnread]);
  const active = useWindowActive();
  const actions = useMessageActions();
  const details = useDetails(window.rows);
  const menu = useContextMenu();
  const [entered, setEntered] = useState<string | null>(null);
  const today = Math.floor(useNow(60_000) / 60_000) * 60_000;
  const [atBottom, setAtBottom] = useState(true);
  const { loadOlder, loadNewer } = stores.chat.getState();
  const { anchor, heights } = useBeginning(epoch, rows);
  const { scroller, scrollerRef, isFollowing, stay, rejoin } = useFollowEnd({
    epoch,
    atEnd: window.atEnd,
    startsAtEnd: anchor.kind === 'end',
    rows,
    complete: window.atStart && window.atEnd,
    sent,
    watched: active,
  });
  useDivider(active, window.rows);
  const fold = useFold({ scroller, stay, rejoin });
  useShowHit({ scroller, epoch, highlight, hits, stay });
  useLeave(friend, scroller, isFollowing);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys only move the focus between messages inside
    <div
      className="history"
      data-anchor={anchor.kind}
      onKeyDown={(event) => moveBetweenMessages(event, scroller, stay)}
      onFocus={({ target }) => setEntered(messageAt(target)?.dataset.message ?? null)}
      onContextMenu={(event) => {
        const message = messageAt(event.target);
        if (message !== null && !isSelectedIn(message)) menu.open(event, message);
      }}
    >
      <Virtuoso
        key={epoch}
        scrollerRef={scrollerRef}
        className="history-scroller"
        data-testid="history"
        aria-label={`Messages with ${name}`}
        role="region"
        data={rows}
        components={COMPONENTS}
        firstItemIndex={window.firstIndex}
        initialTopMostItemIndex={initialPlace(anchor, rows)}
        computeItemKey={(_, row) => row.message.id}
        heightEstimates={heights}
        alignToBottom
        increaseViewportBy={OVERSCAN_PX}
        atBottomThreshold={AT_BOTTOM_PX}
        atBottomStateChange={setAtBottom}
        startReached={() => {
          // While rows are dropped at the start the list may say so although the person stands at the end.
          if (!isFollowing()) void loadOlder();
        }}
        endReached={() => void loadNewer()}
        itemContent={(_, row) => (
          <MessageRow
            {...row}
            name={name}
            now={today}
            watched={active}
            highlighted={row.message.id === highlight}
            hits={row.message.id === highlight ? marks : NO_HITS}
            unfolded={unfolded.has(row.message.id)}
            onFold={fold}
            actions={actions}
            detailed={row.message.id === details.shown?.message.id}
            onDetails={details.toggle}
            entered={row.message.id === entered}
          />
        )}
      />
      <ScrolledDay key={`day ${epoch}`} scroller={scroller} rows={rows} now={today} />
      {details.shown && (
        <DeliveryDetails
          key={details.shown.message.id}
          {...details.shown}
          name={name}
          actions={actions}
          onClose={details.close}
        />
      )}
      {menu.place && (
        <MessageMenu
          place={menu.place}
          rows={window.rows}
          actions={actions}
          details={details.toggle}
          onClose={menu.close}
        />
      )}
      {(!atBottom || !window.atEnd) && <JumpButton />}
    </div>
  );
}

interface Beginning {
  readonly epoch: number;
  readonly anchor: Anchor;
  /** Of its rows, about; asked for once. */
  readonly heights: number[];
}

/**
 * Where a window of history begins. Few new messages are all in view at its end, where the list is there at once: elsewhere
 * it hides until it has measured its rows and found its place.
 */
function useBeginning(epoch: number, rows: readonly Row[]): Beginning {
  const anchor = useAppStore('chat', (chat) => chat.anchor);
  const beginning = useRef<Beginning>(undefined);
  if (beginning.current?.epoch !== epoch) {
    const view = viewSize();
    const atEnd = anchor.kind === 'unread' && fitsBelow(rows, anchor.id, view);
    const heights = rows.map((row) => rowHeight(row, view));
    beginning.current = { epoch, anchor: atEnd ? { kind: 'end' } : anchor, heights };
  }
  return beginning.current;
}

function viewSize(): ViewSize {
  const letter = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return { width: window.innerWidth, height: window.innerHeight, letter };
}

/** Back to the newest message, with the number of those that came in meanwhile. */
function JumpButton() {
  const { stores } = useApp();
  const key = useAppStore('chat', (chat) => chat.key);
  const unread = useAppStore('friends', ({ friends }) => friends.get(key ?? '')?.unread ?? 0);
  const label = unread > 0 ? `Jump to newest (${plural(unread, 'unread message')})` : 'Jump to newest';
  return (
    <div className="jump">
      {unread > 0 && (
        <span className="badge" aria-hidden="true">
          {signNumber(unread)}
        </span>
      )}
      <IconButton icon="down" label={label} onClick={() => void stores.chat.getState().jumpToNewest()} />
    </div>
  );
}

function initialPlace(anchor: Anchor, rows: readonly Row[]) {
  const index = anchor.kind === 'end' ? -1 : rows.findIndex((row) => row.message.id === anchor.id);
  if (index < 0) return { index: 'LAST' as const, align: 'end' as const };
  if (anchor.kind === 'place') return { index, align: 'start' as const, offset: -anchor.offsetPx };
  if (anchor.kind === 'message') return { index, align: 'center' as const };
  return { index, align: 'start' as const, offset: -72 };
}

/**
 * Up and Down go from message to message; from the list itself they start at what was searched for, else at the last one
 * in view. Whoever comes to one
 * that was out of view, if by a part only, stays there.
 */
function moveBetweenMessages(event: KeyboardEvent<HTMLElement>, scroller: HTMLElement | null, stay: () => void): void {
  if ((event.key !== 'ArrowUp' && event.key !== 'ArrowDown') || isChord(event)) return;
  const messages = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-message]')];
  const at = messages.findIndex((message) => message.contains(document.activeElement));
  const next =
    at >= 0 ? messages[at + (event.key === 'ArrowUp' ? -1 : 1)] : firstToEnter(event.currentTarget, messages);
  if (next === undefined) return;
  event.preventDefault();
  const before = scroller?.scrollTop ?? 0;
  next.focus();
  if (scroller !== null && scroller.scrollTop < before) stay();
}

function firstToEnter(list: HTMLElement, messages: readonly HTMLElement[]): HTMLElement | undefined {
  const { top, bottom } = list.getBoundingClientRect();
  const shown = messages.filter((message) => message.getBoundingClientRect().bottom <= bottom + 1);
  const found = shown.find((message) => message.matches('.highlighted'));
  return found !== undefined && found.getBoundingClientRect().bottom > top ? found : shown.at(-1);
}
