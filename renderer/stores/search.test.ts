import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../core/api/errors.ts';
import { eventually } from '../../core/testing/eventually.ts';
import { makeApp } from '../testing/make-app.ts';
import { currentHit, currentPlace, SEARCH_PAUSE_MS } from './search.ts';
import { hasMore, MAX_HITS, PAGE_HITS } from './search-pages.ts';

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
  await eventually(() => expect(app.stores.ui.getState().loaded).toBe(true));
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
    expect(search()).toMatchObject({ current: ids[0], newer: 0, total: 3 });
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

  it('comes to every hit of a long chat, and back, and knows its place among all', async () => {
    const count = 3 * PAGE_HITS + 7;
    const { ada, ids, search, seek } = await walkable(count);
    search().setWithin(ada);
    await seek('horn');
    expect(search()).toMatchObject({ total: count });
    expect(search().hits).toHaveLength(PAGE_HITS);
    for (const to of ['older', 'newer'] as const) {
      for (let i = 0; i < count - 1; i++) {
        expect(search().step(to)).toBe(true);
        await vi.advanceTimersByTimeAsync(0);
        expect(ids.indexOf(search().current!)).toBe(currentPlace(search()));
      }
      expect(search().step(to)).toBe(false);
      expect(currentPlace(search())).toBe(to === 'older' ? count - 1 : 0);
    }
    expect(search().hits.map(({ message }) => message.id)).toEqual(ids);
  });

  it('keeps a bounded part of very many hits, with the one at which it stands in it', async () => {
    const count = MAX_HITS + 7 * PAGE_HITS;
    const { ada, ids, search, seek } = await walkable(count);
    const isPart = () => {
      const { hits, newer, total } = search();
      expect(hits.map(({ message }) => message.id)).toEqual(ids.slice(newer, newer + hits.length));
      expect(total).toBe(count);
    };
    search().setWithin(ada);
    await seek('horn');
    for (const to of ['older', 'newer'] as const) {
      for (let i = 0; i < count - 1; i++) {
        search().step(to);
        await vi.advanceTimersByTimeAsync(0);
        expect(search().hits.length).toBeLessThanOrEqual(MAX_HITS);
      }
      isPart();
      expect(currentPlace(search())).toBe(to === 'older' ? count - 1 : 0);
    }
    // Whoever scrolls the list of hits far away from there can still go on from there.
    while (hasMore(search(), 'older')) expect(await search().more('older')).toBe(true);
    isPart();
    expect(currentPlace(search())).toBe(0);
    search().setWithin(null);
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    while (hasMore(search(), 'older')) expect(await search().more('older')).toBe(true);
    expect(search().hits.length).toBeLessThanOrEqual(MAX_HITS);
    expect(search().newer + search().hits.length).toBe(count + 1);
  });

  it('waits at the last hit that is known until the next have come, and takes the step then', async () => {
    const { ada, ids, search, seek } = await walkable(2 * PAGE_HITS);
    search().setWithin(ada);
    await seek('horn');
    search().goTo(ids[PAGE_HITS - 1]!);
    expect(search().step('older')).toBe(true);
    expect(search()).toMatchObject({ current: ids[PAGE_HITS - 1], loading: 'older' });
    await vi.advanceTimersByTimeAsync(0);
    expect(search()).toMatchObject({ current: ids[PAGE_HITS], loading: null });
  });

  it('begins at a hit far down, with others on either side', async () => {
    const count = 6 * PAGE_HITS;
    const { ada, ids, search, seek } = await walkable(count);
    await seek('horn');
    const deep = 3 * PAGE_HITS + 50;
    search().setWithin(ada, ids[deep]);
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(search().current).toBe(ids[deep]);
    expect(currentPlace(search())).toBe(deep);
    expect(search()).toMatchObject({ total: count, newer: deep - PAGE_HITS });
    await search().searchAgain();
    expect(currentPlace(search())).toBe(deep);
    for (const to of ['newer', 'older'] as const) {
      while (hasMore(search(), to)) expect(await search().more(to)).toBe(true);
      expect(currentPlace(search())).toBe(deep);
      expect(await search().more(to)).toBe(false);
    }
    expect(search().hits.map(({ message }) => message.id)).toEqual(ids);
  });

  it('begins at the newest where the message that is looked at is no hit, or is gone', async () => {
    const { ada, ids, core, search, seek } = await walkable(3 * PAGE_HITS);
    const other = core.history.append({ friend: ada, direction: 'in', state: 'read', text: 'a bell', at: 5 }).id;
    await seek('horn');
    for (const from of [other, 'ab'.repeat(16)]) {
      search().setWithin(ada, from);
      await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
      expect(search()).toMatchObject({ current: ids[0], newer: 0, status: 'done' });
      search().setWithin(null);
    }
  });

  it('counts again when messages are deleted that were not shown yet', async () => {
    const { ada, ids, core, search, seek } = await walkable(2 * PAGE_HITS);
    search().setWithin(ada);
    await seek('horn');
    for (const id of [ids[1]!, ids[PAGE_HITS + 5]!]) {
      core.history.remove(id);
      search().removed([id]);
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(search().total).toBe(2 * PAGE_HITS - 2);
    expect(search().hits).toHaveLength(PAGE_HITS - 1);
  });

  it('says when more did not come, and goes on when asked once more', async () => {
    const { ada, ids, core, search, seek } = await walkable(2 * PAGE_HITS);
    search().setWithin(ada);
    await seek('horn');
    vi.spyOn(core.history, 'search').mockImplementationOnce(() => {
      throw new ApiError('internal', 'It did not answer.');
    });
    search().goTo(ids[PAGE_HITS - 1]!);
    search().step('older');
    await vi.advanceTimersByTimeAsync(0);
    expect(search()).toMatchObject({ current: ids[PAGE_HITS - 1], moreFailed: true, loading: null, status: 'done' });
    search().step('older');
    await vi.advanceTimersByTimeAsync(0);
    expect(search()).toMatchObject({ current: ids[PAGE_HITS], moreFailed: false });
  });

  it('drops what comes for an earlier search', async () => {
    const { ada, search, seek } = await walkable(2 * PAGE_HITS);
    search().setWithin(ada);
    await seek('horn');
    const more = search().more('older');
    search().setQuery('horn 7');
    expect(await more).toBe(false);
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(search()).toMatchObject({ total: 11, loading: null });
    expect(search().hits).toHaveLength(11);
  });

  it('keeps the part that was come to over a reconnection, with what came and went meanwhile', async () => {
    const count = MAX_HITS + 7 * PAGE_HITS;
    const { ada, ids, core, search, seek, stores } = await walkable(count);
    const shown = () => search().hits.map(({ message }) => message.id);
    const say = (at: number) =>
      core.history.append({ friend: ada, direction: 'in', state: 'read', text: `horn ${at}`, at }).id;
    await seek('horn');
    for (let page = 0; page < 6; page++) await search().more('older');
    const before = shown();
    expect(before).toHaveLength(7 * PAGE_HITS);
    const [added, gone] = [say(count + 2), ids[50]!];
    core.history.remove(gone);
    await search().searchAgain();
    expect(shown().slice(0, before.length)).toEqual([added, ...before.filter((id) => id !== gone)]);
    expect(search()).toMatchObject({ newer: 0, total: count + 1, status: 'done' });
    // So far down that the newest ones were dropped from the list.
    while (search().newer === 0) await search().more('older');
    const deep = shown();
    const { newer } = search();
    say(count + 3);
    await search().searchAgain();
    expect(shown()).toEqual(deep);
    expect(search()).toMatchObject({ newer: newer + 1, total: count + 2 });
    stores.search.getState().setWithin(ada, deep[70]);
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    core.history.remove(deep[70]!);
    await search().searchAgain();
    expect(search().current).toBe(deep[71]);
  });

  it('is none where all chats are searched', async () => {
    const { ada, search, seek } = await walkable(PAGE_HITS);
    search().setWithin(ada);
    await seek('horn');
    search().setWithin(null);
    expect(search()).toMatchObject({ query: 'horn', current: null });
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(search().hits).toHaveLength(PAGE_HITS);
    expect(search()).toMatchObject({ total: PAGE_HITS + 1, current: null });
    expect(search().step('older')).toBe(false);
    expect(currentHit(search())).toBeUndefined();
    expect(await search().more('older')).toBe(true);
    await search().searchAgain();
    expect(search().hits).toHaveLength(PAGE_HITS + 1);
  });
});
