import { useEffect, useState } from 'react';
import { IconButton } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { displayName } from '../../lib/safe-text.ts';

/** Filters friends and searches all messages while typing. */
export function SearchBox() {
  const { stores } = useApp();
  const query = useAppStore('search', (state) => state.query);
  const within = useAppStore('search', (state) => state.within);
  const friend = useAppStore('friends', ({ friends }) => (within === null ? undefined : friends.get(within)));
  const { setQuery, setWithin, reset } = stores.search.getState();
  const name = friend && displayName(friend);
  const openFirst = useOpenFirst();
  return (
    <search className="search-box">
      <div className="search-field">
        <Icon name="search" size={18} />
        <input
          type="text"
          inputMode="search"
          className="input"
          aria-label={name === undefined ? 'Search people and messages' : `Search in the chat with ${name}`}
          placeholder={name === undefined ? 'Search' : 'Search in this chat'}
          dir="auto"
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
          value={query}
          onChange={(event) => {
            openFirst.cancel();
            setQuery(event.target.value);
          }}
          onBlur={openFirst.cancel}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
              // Else the composer of the chat that opens would get the key.
              event.preventDefault();
              openFirst.start();
            }
            if (event.key !== 'Escape' || (query === '' && within === null)) return;
            event.preventDefault();
            reset();
          }}
        />
        {(query !== '' || within !== null) && (
          <IconButton icon="close" label="Clear search" size={16} onClick={reset} />
        )}
      </div>
      {name !== undefined && (
        <button type="button" className="search-scope" onClick={() => setWithin(null)}>
          Only in the chat with <bdi>{name}</bdi>. <strong>Search everywhere</strong>
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
