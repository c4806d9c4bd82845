import { createStore, type StoreApi } from 'zustand/vanilla';
import type { SearchHit } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';

/** Typing pauses this long before messages are searched; names are filtered at once. */
export const SEARCH_PAUSE_MS = 150;
/** More are not shown; a longer query finds fewer. */
export const MAX_HITS = 50;
/** In one chat there are more, since they are walked there. The core answers with 500 at most. */
export const MAX_CHAT_HITS = 300;

export interface SearchState {
  readonly query: string;
  /** The friend whose chat alone is searched, or null. */
  readonly within: string | null;
  /** Newest first. */
  readonly hits: readonly SearchHit[];
  /** There are more than `hits`, all of them older. */
  readonly more: boolean;
  /** Where the walk through the hits of one chat stands: the message of one of them, or null where there is none. */
  readonly current: string | null;
  /** Grows whenever the current hit is to be shown, which may be the same once more. */
  readonly asked: number;
  readonly status: 'idle' | 'searching' | 'done' | 'failed';
  setQuery(query: string): void;
  /** Searches now for what is typed, instead of after the pause. */
  searchNow(): void;
  /** Searches once more for what is found or was not, e.g. after a reconnection; what is shown stays until then. */
  searchAgain(): Promise<void>;
  /**
   * Searches one chat, or all of them; what was looked for stays. The walk begins at this message if it is a hit, else
   * at the newest one.
   */
  setWithin(friend: string | null, from?: string | null): void;
  /** Goes on to the next older or newer hit in one chat; at the last one it stays. */
  step(to: 'older' | 'newer'): void;
  /** Goes to the hit with this message. */
  goTo(id: string): void;
  /** These messages are gone. */
  removed(ids: readonly string[]): void;
  reset(): void;
}

export type SearchStore = StoreApi<SearchState>;

const NOTHING = { hits: [], more: false, current: null } as const;

/** How many hits are newer than the current one; -1 where there is none. */
export function currentPlace({ hits, current }: Pick<SearchState, 'hits' | 'current'>): number {
  return hits.findIndex(({ message }) => message.id === current);
}

export function createSearchStore(client: ParleyClient): SearchStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return createStore<SearchState>((set, get) => {
    const search = async (again = false): Promise<void> => {
      timer = undefined;
      const { within } = get();
      const query = get().query.trim();
      const scope = within === null ? {} : { friend: within };
      const most = within === null ? MAX_HITS : MAX_CHAT_HITS;
      // One more tells whether there are more.
      const outcome = await client.request('messages.search', { query, ...scope, limit: most + 1 });
      if (get().query.trim() !== query || get().within !== within) return;
      if (!outcome.ok) return set({ ...NOTHING, status: 'failed' });
      const hits = outcome.value.slice(0, most);
      const more = outcome.value.length > most;
      const stays = currentPlace({ hits, current: get().current }) >= 0;
      const newest = within === null ? null : (hits[0]?.message.id ?? null);
      // Whoever has scrolled away since is not taken back by a reconnection.
      const asked = get().asked + (again ? 0 : 1);
      set({ hits, more, current: stays ? get().current : newest, asked, status: 'done' });
    };
    return {
      query: '',
      within: null,
      ...NOTHING,
      asked: 0,
      status: 'idle',
      setQuery: (query) => {
        clearTimeout(timer);
        timer = undefined;
        if (query.trim() === '') return set({ query, ...NOTHING, status: 'idle' });
        set({ query, status: 'searching' });
        timer = setTimeout(() => void search(), SEARCH_PAUSE_MS);
      },
      searchNow: () => {
        if (timer === undefined) return;
        clearTimeout(timer);
        void search();
      },
      searchAgain: async () => {
        if (get().status === 'done' || get().status === 'failed') await search(true);
      },
      setWithin: (within, from = null) => {
        if (within === get().within) return;
        set({ within, ...NOTHING, current: within === null ? null : from });
        get().setQuery(get().query);
      },
      step: (to) => {
        const { hits, within, asked } = get();
        const place = currentPlace(get());
        const next = hits[place + (to === 'older' ? 1 : -1)];
        if (within !== null && place >= 0 && next) set({ current: next.message.id, asked: asked + 1 });
      },
      goTo: (id) => set({ current: id, asked: get().asked + 1 }),
      removed: (ids) => {
        const stays = ({ message }: SearchHit) => !ids.includes(message.id);
        const hits = get().hits.filter(stays);
        if (hits.length === get().hits.length) return;
        const place = currentPlace(get());
        const newer = get().hits.slice(0, Math.max(0, place)).filter(stays).length;
        // What comes after the one that is gone takes its place.
        const next = place < 0 ? undefined : (hits[newer] ?? hits[newer - 1]);
        set({ hits, current: next?.message.id ?? null });
      },
      reset: () => {
        clearTimeout(timer);
        timer = undefined;
        set({ query: '', within: null, ...NOTHING, status: 'idle' });
      },
    };
  });
}
