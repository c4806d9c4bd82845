import { IconButton } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';

/** Filters friends and searches all messages while typing. */
export function SearchBox() {
  const { stores } = useApp();
  const query = useAppStore('search', (state) => state.query);
  const { setQuery, reset } = stores.search.getState();
  return (
    <search className="search-box">
      <Icon name="search" size={18} />
      <input
        type="text"
        inputMode="search"
        className="input"
        aria-label="Search people and messages"
        placeholder="Search"
        data-testid="search"
        dir="auto"
        autoComplete="off"
        spellCheck={false}
        maxLength={512}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || query === '') return;
          event.preventDefault();
          reset();
        }}
      />
      {query !== '' && <IconButton icon="close" label="Clear search" size={16} onClick={reset} />}
    </search>
  );
}
