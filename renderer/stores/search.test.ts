import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeApp } from '../testing/make-app.ts';
import { currentPlace, MAX_CHAT_HITS, MAX_HITS, SEARCH_PAUSE_MS } from './search.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Two chats; in the first one the words "horn 1" to "horn `count`". Newest first, `ids[0]` is that of the last one. */
async function walkable(count: number) {
  const app = makeApp(({ core }) => {
    core.put('Ada');
    core.put('Bob');
  });
  await vi.waitFor(() => expect(app.stores.ui.getState().loaded).toBe(true));
  const [ada, bob] = [...app.core.friends.keys()] as [string, string];
  const said = { direction: 'in', state: 'read' } as const;
  const ids: string[] = [];
  for (let i = 1; i <= count; i++) {
    ids.unshift(app.core.history.append({ ...said, friend: ada, text: `horn ${i}`, at: i }).id);
  }
  app.core.history.append({ ...said, friend: bob, text: 'a horn elsewhere', at: count + 1 });
  const search = app.stores.search.getState;
  const seek = async (query: string) => {
    search().setQuery(query);
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
  };
  return { ...app, ada, ids, search, seek };
}

describe('the walk through the hits of one chat', () => {
  it('begins at the newest, goes to older and newer ones, and stays at either end', async () => {
    const { ada, ids, search, seek } = await walkable(3);
    search().setWithin(ada);
    await seek('horn');
    expect(search()).toMatchObject({ current: ids[0], more: false });
    const passed: number[] = [];
    for (const to of ['newer', 'older', 'older', 'older', 'newer'] as const) {
      search().step(to);
      passed.push(currentPlace(search()));
    }
    expect(passed).toEqual([0, 1, 2, 2, 1]);
    search().goTo(ids[2]!);
    expect(currentPlace(search())).toBe(2);
  });

  it('stays at a message that is still a hit, and begins at the one that is looked at', async () => {
    const { ada, ids, search, seek } = await walkable(12);
    await seek('horn');
    search().setWithin(ada, ids[9]);
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(search().current).toBe(ids[9]);
    search().goTo(ids[1]!);
    await seek('horn 1');
    expect(search().hits).toHaveLength(4);
    expect(search().current).toBe(ids[1]);
    await seek('horn 2');
    expect(search().current).toBe(ids[10]);
    await seek('no such word');
    expect(search()).toMatchObject({ status: 'done', hits: [], current: null });
  });

  it('asks to be shown for each act of the person, also when it stays, but not for a reconnection', async () => {
    const { ada, ids, search, seek } = await walkable(12);
    search().setWithin(ada);
    const asked: number[] = [];
    const act = async (what: () => unknown) => {
      const before = search().asked;
      await what();
      asked.push(search().asked - before);
    };
    await act(() => seek('horn'));
    await act(() => seek('horn 1'));
    await act(() => search().goTo(ids[0]!));
    await act(() => search().step('newer'));
    await act(() => search().searchAgain());
    expect(asked).toEqual([1, 1, 1, 0, 0]);
    expect(search().current).toBe(ids[0]);
  });

  it('goes on at the next older one when its message is deleted, else at the newer one', async () => {
    const { ada, ids, search, seek } = await walkable(4);
    search().setWithin(ada);
    await seek('horn');
    search().goTo(ids[2]!);
    search().removed([ids[0]!, ids[2]!]);
    expect(search().current).toBe(ids[3]);
    search().removed([ids[3]!]);
    expect(search().current).toBe(ids[1]);
    search().removed([ids[1]!]);
    expect(search()).toMatchObject({ hits: [], current: null });
  });

  it('tells when there are more hits than are shown', async () => {
    const { ada, core, search, seek } = await walkable(MAX_CHAT_HITS);
    search().setWithin(ada);
    await seek('horn');
    expect(search().hits).toHaveLength(MAX_CHAT_HITS);
    expect(search().more).toBe(false);
    core.history.append({ friend: ada, direction: 'in', text: 'horn', state: 'read' });
    await search().searchAgain();
    expect(search().hits).toHaveLength(MAX_CHAT_HITS);
    expect(search().more).toBe(true);
  });

  it('is none where all chats are searched', async () => {
    const { ada, search, seek } = await walkable(MAX_HITS);
    search().setWithin(ada);
    await seek('horn');
    search().setWithin(null);
    expect(search()).toMatchObject({ query: 'horn', current: null });
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(search().hits).toHaveLength(MAX_HITS);
    expect(search()).toMatchObject({ more: true, current: null });
    search().step('older');
    expect(search().current).toBeNull();
  });
});
