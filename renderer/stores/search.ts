import { createStore, type StoreApi } from 'zustand/vanilla';
import type { SearchHit } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';

/** Typing pauses this long before messages are searched; names are filtered at once. */
export const SEARCH_PAUSE_MS = 150;
/** More are not asked for; a longer query finds fewer. */
export const MAX_HITS = 50;

export interface SearchState {
  readonly query: string;
  /** The friend whose chat alone is searched, or null. */
  readonly within: string | null;
  readonly hits: readonly SearchHit[];
  readonly status: 'idle' | 'searching' | 'done' | 'failed';
  setQuery(query: string): void;
  /** Searches now for what is typed, instead of after the pause. */
  searchNow(): void;
  /** Searches once more for what is found or was not, e.g. after a reconnection; what is shown stays until then. */
  searchAgain(): Promise<void>;
  /** Searches one chat, or all of them; what was looked for stays. */
  setWithin(friend: string | null): void;
  /** These messages are gone. */
  removed(ids: readonly string[]): void;
  reset(): void;
}

export type SearchStore = StoreApi<SearchState>;

export function createSearchStore(client: ParleyClient): SearchStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return createStore<SearchState>((set, get) => {
    const search = async (): Promise<void> => {
      timer = undefined;
      const { within } = get();
      const query = get().query.trim();
      const scope = within === null ? {} : { friend: within };
      const outcome = await client.request('messages.search', { query, ...scope, limit: MAX_HITS });
      if (get().query.trim() !== query || get().within !== within) return;
      set(outcome.ok ? { hits: outcome.value, status: 'done' } : { hits: [], status: 'failed' });
    };
    return {
      query: '',
      within: null,
      hits: [],
      status: 'idle',
      setQuery: (query) => {
        clearTimeout(timer);
        timer = undefined;
        if (query.trim() === '') return set({ query, hits: [], status: 'idle' });
        set({ query, status: 'searching' });
        timer = setTimeout(search, SEARCH_PAUSE_MS);
      },
      searchNow: () => {
        if (timer === undefined) return;
        clearTimeout(timer);
        void search();
      },
      searchAgain: async () => {
        if (get().status === 'done' || get().status === 'failed') await search();
      },
      setWithin: (within) => {
        if (within === get().within) return;
        set({ within, hits: [] });
        get().setQuery(get().query);
      },
      removed: (ids) => {
        const hits = get().hits.filter(({ message }) => !ids.includes(message.id));
        if (hits.length < get().hits.length) set({ hits });
      },
      reset: () => {
        clearTimeout(timer);
        timer = undefined;
        set({ query: '', within: null, hits: [], status: 'idle' });
      },
    };
  });
}
