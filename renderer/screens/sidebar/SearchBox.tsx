import { useEffect, useState } from 'react';
import { IconButton } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { searchEverywhere } from '../../hooks/use-shortcuts.ts';
import { displayName } from '../../lib/safe-text.ts';

/** Filters friends and searches all messages while typing. The search in one chat has its field there, and its list here. */
export function SearchBox() {
  const app = useApp();
  const query = useAppStore('search', ({ query, within }) => (within === null ? query : ''));
  const scope = useAppStore('search', ({ query, within }) => (query.trim() === '' ? null : within));
  const friend = useAppStore('friends', ({ friends }) => (scope === null ? undefined : friends.get(scope)));
  const { setQuery, setWithin, reset } = app.stores.search.getState();
  const openFirst = useOpenFirst();
  return (
    <search className="search-box" aria-label="People and messages">
      <div className="search-field">
        <Icon name="search" size={18} />
        <input
          type="text"
          inputMode="search"
          className="input"
          aria-label="Search people and messages"
          placeholder="Search"
          dir="auto"
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
          value={query}
          onChange={(event) => {
            openFirst.cancel();
            setWithin(null);
            setQuery(event.target.value);
          }}
          onBlur={openFirst.cancel}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
              // Else the composer of the chat that opens would get the key.
              event.preventDefault();
              openFirst.start();
            }
            if (event.key !== 'Escape' || query === '') return;
            event.preventDefault();
            reset();
          }}
        />
        {query !== '' && <IconButton icon="close" label="Clear search" size={16} onClick={reset} />}
      </div>
      {friend && (
        <button type="button" className="search-scope" onClick={() => searchEverywhere(app)}>
          Only in the chat with <bdi>{displayName(friend)}</bdi>. <strong>Search everywhere</strong>
        </button>
      )}
    </search>
  );
}

/**
 * Opens what is found first: somebody of that name at once, a message when the hits of what is typed are there, since
 * those of the letters before are shown until then.
 */
function useOpenFirst(): { readonly start: () => void; readonly cancel: () => void } {
  const { stores } = useApp();
  const searching = useAppStore('search', ({ status }) => status === 'searching');
  const [waits, setWaits] = useState(false);
  useEffect(() => {
    if (!waits || searching) return;
    setWaits(false);
    firstFound()?.click();
  }, [waits, searching]);
  return {
    start: () => {
      const person = firstFound('[aria-labelledby=found-people]');
      if (person !== null) return person.click();
      setWaits(true);
      stores.search.getState().searchNow();
    },
    cancel: () => setWaits(false),
  };
}

function firstFound(among = ''): HTMLElement | null {
  return document.querySelector(`[aria-label="Search results"] ${among} [data-list-item]`);
}
