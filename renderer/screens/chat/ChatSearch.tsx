import type { KeyboardEvent } from 'react';
import type { FriendView } from '../../../core/api/views.ts';
import { IconButton } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { type App, useApp, useAppStore } from '../../hooks/app-context.ts';
import { closeChatSearch } from '../../hooks/chat-search.ts';
import { useLasting } from '../../hooks/use-lasting.ts';
import { isChord } from '../../hooks/use-list-keys.ts';
import { fullTime } from '../../lib/format.ts';
import { displayName, plainLine } from '../../lib/safe-text.ts';
import { currentHit, currentPlace } from '../../stores/search.ts';
import { useShowCurrent } from './use-show-current.ts';

/** Whoever waits longer for the hits is told so. */
const PATIENCE_MS = 500;

/** Searches the open chat and walks through the hits, which a wide window lists on the left. */
export function ChatSearch({ friend }: { friend: FriendView }) {
  const here = useAppStore('search', ({ within }) => within === friend.key);
  return here ? <SearchBar friend={friend.key} name={displayName(friend)} /> : null;
}

function SearchBar({ friend, name }: { friend: string; name: string }) {
  const app = useApp();
  const query = useAppStore('search', (search) => search.query);
  const total = useAppStore('search', (search) => search.total);
  const place = useAppStore('search', currentPlace);
  const { setQuery, step } = app.stores.search.getState();
  useShowCurrent(friend);
  return (
    <search className="chat-search" aria-label={`Search in the chat with ${name}`}>
      <div className="chat-search-field">
        <Icon name="search" size={18} />
        <input
          type="text"
          inputMode="search"
          className="input"
          aria-label={`Search in the chat with ${name}`}
          placeholder="Search in this chat"
          dir="auto"
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => walk(event, app)}
        />
      </div>
      <Found name={name} />
      <IconButton
        icon="chevron-up"
        label="Older match"
        disabled={place < 0 || place === total - 1}
        onClick={() => step('older')}
      />
      <IconButton icon="chevron-down" label="Newer match" disabled={place <= 0} onClick={() => step('newer')} />
      <IconButton icon="close" label="Close search" onClick={() => closeChatSearch(app)} />
    </search>
  );
}

/** Enter and Up go to what is older, as the history goes upwards; with Shift, and Down, back. */
function walk(event: KeyboardEvent, { stores }: App): void {
  if (event.nativeEvent.isComposing || isChord(event)) return;
  const { key, shiftKey } = event;
  const older = key === 'ArrowUp' || (key === 'Enter' && !shiftKey);
  if (!older && key !== 'ArrowDown' && key !== 'Enter') return;
  event.preventDefault();
  const search = stores.search.getState();
  // The hits that are there are those of the letters before.
  if (search.status === 'searching') return search.searchNow();
  if (search.status === 'failed') return void search.searchAgain();
  if (search.step(older ? 'older' : 'newer') || search.hits.length === 0) return;
  stores.ui.getState().announce(`No ${older ? 'older' : 'newer'} match.`);
}

/** How many hits there are and which of them is shown; screen readers also hear what it says. */
function Found({ name }: { name: string }) {
  const status = useAppStore('search', (search) => search.status);
  const total = useAppStore('search', (search) => search.total);
  const failed = useAppStore('search', (search) => search.status === 'failed' || search.moreFailed);
  const place = useAppStore('search', currentPlace);
  const hit = useAppStore('search', currentHit);
  const slow = useLasting(status === 'searching' && total === 0, PATIENCE_MS);
  return (
    <p className="chat-search-found" role="status" data-testid="found">
      {slow && 'Searching…'}
      {failed && <span className="failure">The search failed </span>}
      {status === 'done' && total === 0 && 'Nothing found'}
      {total > 0 && `${(place + 1).toLocaleString()} of ${total.toLocaleString()}`}
      {hit && (
        <span className="visually-hidden">
          {`. ${hit.message.direction === 'out' ? 'You' : name}, ${fullTime(hit.message.storedAt)}: `}
          {plainLine(hit.snippet.map(({ text }) => text).join(''))}
        </span>
      )}
    </p>
  );
}
