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
  return (
    <search className="search-box">
      <div className="search-field">
        <Icon name="search" size={18} />
        <input
          type="text"
          inputMode="search"
          className="input"
          aria-label={name === undefined ? 'Search people and messages' : `Search in the chat with ${name}`}
          placeholder={name === undefined ? 'Search' : `Search in the chat with ${name}`}
          data-testid="search"
          dir="auto"
          autoComplete="off"
          spellCheck={false}
          maxLength={512}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
              // Else the composer of the chat that opens would get the key.
              event.preventDefault();
              firstFound()?.click();
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

function firstFound(): HTMLElement | null {
  return document.querySelector('[aria-label="Search results"] [data-list-item]');
}
