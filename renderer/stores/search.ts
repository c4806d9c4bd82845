import { createStore, type StoreApi } from 'zustand/vanilla';
import type { SearchHit } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';
import {
  countAgain,
  type Direction,
  type Found,
  findAgain,
  findHits,
  hasMore,
  moreHits,
  type SearchScope,
} from './search-pages.ts';

/** Typing pauses this long before messages are searched; names are filtered at once. */
export const SEARCH_PAUSE_MS = 150;
/** So many hits before the walk comes to the last one that is known, the next are asked for. */
const LOOK_AHEAD = 30;

export interface SearchState extends Found {
  readonly query: string;
  /** The friend whose chat alone is searched, or null. */
  readonly within: string | null;
  /** More of these are being asked for. */
  readonly loading: Direction | null;
  /** More were asked for, and did not come. */
  readonly moreFailed: boolean;
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
  /** Brings the next older or newer hits beside those that are there. @returns whether there are others now. */
  more(to: Direction): Promise<boolean>;
  /** Goes on to the next older or newer hit in one chat. @returns false at the last one, where it stays. */
  step(to: Direction): boolean;
  /** Goes to the hit with this message. */
  goTo(id: string): void;
  /** These messages are gone. */
  removed(ids: readonly string[]): void;
  reset(): void;
}

export type SearchStore = StoreApi<SearchState>;

const NOTHING = { hits: [], newer: 0, total: 0, current: null, loading: null, moreFailed: false } as const;

/** The hit at which the walk stands. */
export function currentHit(search: Pick<SearchState, 'hits' | 'current'>): SearchHit | undefined {
  return search.hits[currentIndex(search)];
}

/** How many hits are newer than the current one; -1 where there is none. */
export function currentPlace(search: Pick<SearchState, 'hits' | 'newer' | 'current'>): number {
  const index = currentIndex(search);
  return index < 0 ? -1 : search.newer + index;
}

function currentIndex({ hits, current }: Pick<SearchState, 'hits' | 'current'>): number {
  return current === null ? -1 : hits.findIndex(({ message }) => message.id === current);
}

function scopeOf({ query, within }: SearchState): SearchScope {
  return { query: query.trim(), ...(within === null ? {} : { friend: within }) };
}

export function createSearchStore(client: ParleyClient): SearchStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Of the search whose hits are there, or awaited: what an earlier one brings is dropped. */
  let turn = 0;
  let loading: { readonly to: Direction; readonly turn: number; readonly done: Promise<boolean> } | undefined;
  return createStore<SearchState>((set, get) => {
    const search = async (again = false): Promise<void> => {
      timer = undefined;
      const mine = ++turn;
      set({ loading: null });
      const { current, within } = get();
      const at = within === null ? null : current;
      const scope = scopeOf(get());
      const found = await (again ? findAgain(client, scope, get()) : findHits(client, scope, { at }));
      if (mine !== turn) return;
      if (found === undefined) return set({ ...NOTHING, status: 'failed' });
      const stays = currentHit({ hits: found.hits, current: get().current }) !== undefined;
      // Of one that is gone the next older one takes the place.
      const place = again ? Math.max(0, Math.min(currentIndex(get()), found.hits.length - 1)) : 0;
      const other = within === null ? null : (found.hits[place]?.message.id ?? null);
      // Whoever has scrolled away since is not taken back by a reconnection.
      const asked = get().asked + (again ? 0 : 1);
      set({ ...found, moreFailed: false, current: stays ? get().current : other, asked, status: 'done' });
    };
    const load = async (to: Direction): Promise<boolean> => {
      const mine = turn;
      set({ loading: to, moreFailed: false });
      const found = await moreHits(client, scopeOf(get()), { to, now: get });
      if (mine !== turn) return false;
      const edge = to === 'older' ? -1 : 0;
      const grown = found !== undefined && found.hits.at(edge) !== get().hits.at(edge);
      set({ ...found, loading: null, moreFailed: found === undefined });
      return grown;
    };
    const count = async (): Promise<void> => {
      const mine = turn;
      const counted = await countAgain(client, scopeOf(get()), get());
      if (mine === turn && counted !== undefined) set(counted);
    };
    const drop = (): void => {
      clearTimeout(timer);
      timer = undefined;
      turn++;
    };
    return {
      query: '',
      within: null,
      ...NOTHING,
      asked: 0,
      status: 'idle',
      setQuery: (query) => {
        drop();
        if (query.trim() === '') return set({ query, ...NOTHING, status: 'idle' });
        set({ query, loading: null, status: 'searching' });
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
      more: async (to) => {
        if (get().status !== 'done' || get().hits.length === 0 || !hasMore(get(), to)) return false;
        if (loading?.turn === turn && get().loading !== null) {
          const grown = await loading.done;
          return loading?.to === to ? grown : get().more(to);
        }
        loading = { to, turn, done: load(to) };
        return loading.done;
      },
      step: (to) => {
        const { hits, within, asked, current, step, more } = get();
        const index = currentIndex(get());
        if (within === null || index < 0) return false;
        const next = hits[index + (to === 'older' ? 1 : -1)];
        const ahead = to === 'older' ? hits.length - 1 - index : index;
        const beyond = hasMore(get(), to);
        if (next) set({ current: next.message.id, asked: asked + 1 });
        if (next === undefined && beyond) void more(to).then((grown) => grown && get().current === current && step(to));
        else if (beyond && ahead <= LOOK_AHEAD) void more(to);
        return next !== undefined || beyond;
      },
      goTo: (id) => set({ current: id, asked: get().asked + 1 }),
      removed: (ids) => {
        const { total } = get();
        const stays = ({ message }: SearchHit) => !ids.includes(message.id);
        const hits = get().hits.filter(stays);
        // Of messages that are not there nobody knows whether they were hits.
        if (ids.length > 0 && get().hits.length < total) void count();
        if (hits.length === get().hits.length) return;
        const index = currentIndex(get());
        const before = get().hits.slice(0, Math.max(0, index)).filter(stays).length;
        // What comes after the one that is gone takes its place.
        const next = index < 0 ? undefined : (hits[before] ?? hits[before - 1]);
        set({ hits, total: total - (get().hits.length - hits.length), current: next?.message.id ?? null });
      },
      reset: () => {
        drop();
        set({ query: '', within: null, ...NOTHING, status: 'idle' });
      },
    };
  });
}
