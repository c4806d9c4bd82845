import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../core/api/errors.ts';
import { MAX_DRAFT_BYTES } from '../../core/api/views.ts';
import { eventually } from '../../core/testing/eventually.ts';
import { makeApp } from '../testing/make-app.ts';
import { DRAFT_PAUSE_MS } from './drafts.ts';
import { PACE_MS } from './pacer.ts';
import { SEARCH_PAUSE_MS } from './search.ts';
import { createTypingSignal, TYPING_IDLE_MS, TYPING_REPEAT_MS } from './typing.ts';
import { createUiStore } from './ui.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ready = async (prepare?: Parameters<typeof makeApp>[0]) => {
  const app = makeApp(prepare);
  await eventually(() => expect(app.stores.ui.getState().loaded).toBe(true));
  return app;
};

describe('drafts', () => {
  it('are saved after a pause, only the last text', async () => {
    const { core, stores } = await ready((fake) => fake.core.put('Ada'));
    const key = [...core.friends.keys()][0]!;
    stores.drafts.set(key, 'a');
    stores.drafts.set(key, 'ab');
    expect(stores.drafts.get(key, 'old')).toBe('ab');
    await vi.advanceTimersByTimeAsync(DRAFT_PAUSE_MS);
    expect(core.told).toEqual([{ method: 'messages.setDraft', args: { friend: key, text: 'ab' } }]);
    expect(core.friends.get(key)?.draft).toBe('ab');
  });

  it('are saved at once when a chat is left or the profile is locked', async () => {
    const { core, stores } = await ready((fake) => fake.core.put('Ada'));
    const key = [...core.friends.keys()][0]!;
    stores.drafts.set(key, 'a');
    stores.drafts.flush(key);
    stores.drafts.flush(key);
    stores.drafts.set(key, 'b');
    stores.drafts.lock();
    await vi.advanceTimersByTimeAsync(DRAFT_PAUSE_MS);
    expect(core.told).toHaveLength(2);
    expect(stores.drafts.get(key, 'from the core')).toBe('from the core');
  });

  it('follow another window, unless something newer is being typed', async () => {
    const { core, stores } = await ready((fake) => fake.core.put('Ada'));
    const key = [...core.friends.keys()][0]!;
    const shown = () => stores.drafts.get(key, stores.friends.getState().friends.get(key)!.draft);
    const elsewhere = async (draft: string) => {
      core.change(key, { draft });
      await vi.advanceTimersByTimeAsync(PACE_MS);
    };
    stores.drafts.set(key, 'half a thought');
    await elsewhere('of before');
    expect(shown()).toBe('half a thought');
    await vi.advanceTimersByTimeAsync(DRAFT_PAUSE_MS);
    await elsewhere('half a thought, and more');
    expect(shown()).toBe('half a thought, and more');
    await elsewhere('');
    await vi.advanceTimersByTimeAsync(2 * DRAFT_PAUSE_MS);
    expect(shown()).toBe('');
    expect(core.friends.get(key)?.draft).toBe('');
  });

  it('that were not saved stay here, and so do blanks', async () => {
    const { core, stores } = await ready((fake) => fake.core.put('Ada'));
    const key = [...core.friends.keys()][0]!;
    const refuse = vi.spyOn(core, 'change').mockImplementationOnce(() => {
      throw new ApiError('disk-full', 'The disk is full.');
    });
    stores.drafts.set(key, 'half a thought');
    await vi.advanceTimersByTimeAsync(DRAFT_PAUSE_MS);
    expect(refuse).toHaveBeenCalledTimes(1);
    core.change(key, { presence: 'online' });
    expect(stores.drafts.get(key, 'of before')).toBe('half a thought');
    stores.drafts.set(key, ' ');
    await vi.advanceTimersByTimeAsync(DRAFT_PAUSE_MS);
    core.change(key, { draft: '' });
    await vi.advanceTimersByTimeAsync(PACE_MS);
    expect(stores.drafts.get(key, '')).toBe(' ');
  });

  it('that are too long to be saved stay here, and the core is not bothered', async () => {
    const { core, stores } = await ready((fake) => fake.core.put('Ada'));
    const key = [...core.friends.keys()][0]!;
    const longest = 'é'.repeat(MAX_DRAFT_BYTES / 2);
    stores.drafts.set(key, longest);
    stores.drafts.flush(key);
    stores.drafts.set(key, `${longest}.`);
    stores.drafts.flush(key);
    expect(stores.drafts.get(key, 'old')).toBe(`${longest}.`);
    await vi.advanceTimersByTimeAsync(DRAFT_PAUSE_MS);
    expect(core.told).toEqual([{ method: 'messages.setDraft', args: { friend: key, text: longest } }]);
  });
});

describe('search', () => {
  it('waits for a pause and finds messages', async () => {
    const { core, stores } = await ready((fake) => fake.core.put('Ada'));
    const key = [...core.friends.keys()][0]!;
    core.history.append({ friend: key, direction: 'in', text: 'a xylophone', state: 'read' });
    const { setQuery } = stores.search.getState();
    setQuery('xy');
    expect(stores.search.getState().status).toBe('searching');
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(stores.search.getState()).toMatchObject({ status: 'done', hits: [{ message: { text: 'a xylophone' } }] });
    setQuery(' ');
    expect(stores.search.getState()).toMatchObject({ status: 'idle', hits: [] });
  });

  it('need not wait for the pause, and searches once', async () => {
    const { core, stores } = await ready();
    const search = vi.spyOn(core.history, 'search');
    const { setQuery, searchNow } = stores.search.getState();
    setQuery('xy');
    searchNow();
    searchNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(stores.search.getState().status).toBe('done');
    await vi.advanceTimersByTimeAsync(2 * SEARCH_PAUSE_MS);
    expect(search).toHaveBeenCalledTimes(1);
  });

  it('searches one chat when told so, and the same everywhere when no more', async () => {
    const { core, stores } = await ready((fake) => ['Ada', 'Bob'].map((name) => fake.core.put(name)));
    const [ada, bob] = [...core.friends.keys()];
    for (const friend of [ada!, bob!])
      core.history.append({ friend, direction: 'in', text: 'xylophone', state: 'read' });
    const { setQuery, setWithin } = stores.search.getState();
    setWithin(bob!);
    setQuery('xylo');
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(stores.search.getState().hits.map(({ message }) => message.friend)).toEqual([bob]);
    setWithin(null);
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(stores.search.getState()).toMatchObject({ status: 'done', hits: [{}, {}] });
  });

  it('that failed, or found what is no more, is done again after a reconnection', async () => {
    const { core, stores, setStatus } = await ready((fake) => fake.core.put('Ada'));
    const friend = [...core.friends.keys()][0]!;
    const { id } = core.history.append({ friend, direction: 'in', text: 'xylophone', state: 'read' });
    const search = vi.spyOn(core.history, 'search').mockImplementationOnce(() => {
      throw new ApiError('internal', 'It did not answer.');
    });
    const reconnect = async () => {
      setStatus('disconnected');
      setStatus('connected');
      searches++;
      await eventually(() => expect(search).toHaveBeenCalledTimes(searches));
      await vi.advanceTimersByTimeAsync(1);
    };
    let searches = 1;
    stores.search.getState().setQuery('xylo');
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    expect(stores.search.getState().status).toBe('failed');
    await reconnect();
    expect(stores.search.getState()).toMatchObject({ status: 'done', hits: [{ message: { id } }] });
    core.history.hide(id);
    await reconnect();
    expect(stores.search.getState()).toMatchObject({ status: 'done', hits: [] });
  });

  it('forgets the answer to a question that has changed', async () => {
    const { core, stores } = await ready();
    let answer = () => {};
    vi.spyOn(core.history, 'search').mockImplementation(
      () => new Promise((resolve) => (answer = () => resolve([]))) as never,
    );
    stores.search.getState().setQuery('one');
    await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS);
    stores.search.getState().setQuery('two');
    answer();
    await vi.advanceTimersByTimeAsync(1);
    expect(stores.search.getState().status).toBe('searching');
  });
});

describe('typing', () => {
  it('is said at the start and again now and then, and taken back after a pause', () => {
    const said: boolean[] = [];
    const signal = createTypingSignal((typing) => said.push(typing));
    signal.set(true);
    vi.advanceTimersByTime(1_000);
    signal.set(true);
    expect(said).toEqual([true]);
    vi.advanceTimersByTime(TYPING_REPEAT_MS);
    signal.set(true);
    expect(said).toEqual([true, true]);
    vi.advanceTimersByTime(TYPING_IDLE_MS);
    expect(said).toEqual([true, true, false]);
  });

  it('ends with the text, once', () => {
    const said: boolean[] = [];
    const signal = createTypingSignal((typing) => said.push(typing));
    signal.set(false);
    signal.set(true);
    signal.set(false);
    signal.stop();
    vi.advanceTimersByTime(TYPING_IDLE_MS);
    expect(said).toEqual([true, false]);
  });
});

describe('a profile', () => {
  it('is locked once, however often that is asked for', async () => {
    const { transport, stores } = await ready(({ core }) => {
      core.profile.passphrase = 'secret';
    });
    const request = vi.spyOn(transport, 'request');
    const { lock } = stores.profile.getState();
    const locked = Promise.all([lock(), lock()]);
    expect(stores.profile.getState().locking).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    await locked;
    await lock();
    expect(stores.profile.getState()).toMatchObject({ locking: false, profile: { state: 'locked' } });
    expect(request.mock.calls.filter(([method]) => method === 'profile.lock')).toHaveLength(1);
  });

  it('without a passphrase is not locked; one can be set', async () => {
    const { stores } = await ready();
    await stores.profile.getState().lock();
    expect(stores.profile.getState().profile?.state).toBe('open');
    const [toast] = stores.ui.getState().toasts;
    expect(toast).toMatchObject({ text: 'Locking needs a passphrase.', tone: 'info' });
    toast?.action?.run();
    expect(stores.ui.getState().dialog).toEqual({ kind: 'passphrase' });
  });
});

describe('settings', () => {
  it('change at once and in the core', async () => {
    const { core, stores } = await ready();
    const done = stores.settings.getState().update({ theme: 'dark' });
    expect(stores.settings.getState().settings.theme).toBe('dark');
    await done;
    expect(core.profile.settings.theme).toBe('dark');
  });

  it('stay as they were chosen while the core has answered an earlier change only', async () => {
    const { transport, stores } = await ready();
    const shown = () => stores.settings.getState().settings;
    const answers: (() => void)[] = [];
    const request = transport.request.bind(transport);
    vi.spyOn(transport, 'request').mockImplementation(async (method, args) => {
      const outcome = await request(method, args);
      await new Promise<void>((resolve) => answers.push(resolve));
      return outcome;
    });
    const first = stores.settings.getState().update({ theme: 'dark' });
    await eventually(() => expect(answers).toHaveLength(1));
    const second = stores.settings.getState().update({ enterSends: false });
    await eventually(() => expect(answers).toHaveLength(2));
    answers[0]!();
    await first;
    expect(shown()).toMatchObject({ theme: 'dark', enterSends: false });
    answers[1]!();
    await second;
    expect(shown()).toMatchObject({ theme: 'dark', enterSends: false });
  });

  it('are taken back with a word when the core refuses', async () => {
    const { stores } = await ready();
    await stores.settings.getState().update({ theme: 'pink' as 'dark' });
    expect(stores.settings.getState().settings.theme).toBe('system');
    expect(stores.ui.getState().toasts).toMatchObject([{ tone: 'error' }]);
  });
});

describe('network', () => {
  it('adds bootstrap nodes, names bad ones, and undoes a removal', async () => {
    const { stores } = await ready();
    const network = stores.network.getState;
    const addresses = () => network().status?.bootstrap.map((node) => node.address);
    expect(await network().addBootstrap('nonsense')).toMatchObject({ ok: false, error: { code: 'bad-address' } });
    const address = `127.0.0.1:9/${'ab'.repeat(32)}`;
    await network().addBootstrap(address);
    expect(addresses()).toContain(address);
    await network().removeBootstrap(address);
    expect(addresses()).not.toContain(address);
    stores.ui.getState().toasts.at(-1)?.action?.run();
    await eventually(() => expect(addresses()).toContain(address));
  });

  it('changes what is kept for others, and takes it back', async () => {
    const { core, stores } = await ready();
    const network = stores.network.getState;
    const capacity = () => core.network.carried.capacity;
    const before = capacity();
    await network().load();
    await network().setCarrying(before);
    expect(stores.ui.getState().toasts).toEqual([]);
    await network().setCarrying(64 * 1024 * 1024);
    expect(network().status?.carried.capacity).toBe(64 * 1024 * 1024);
    stores.ui.getState().toasts.at(-1)?.action?.run();
    await eventually(() => expect(network().status?.carried.capacity).toBe(before));
    await network().setCarrying(-1);
    expect(capacity()).toBe(before);
    expect(stores.ui.getState().toasts.at(-1)).toMatchObject({ tone: 'error' });
  });

  it('carries as much as before when it is switched on again', async () => {
    const { core, stores } = await ready();
    const network = stores.network.getState;
    await network().load();
    await network().setCarrying(5_000_000);
    await network().setCarrying(0);
    await network().resumeCarrying();
    expect(core.network.carried.capacity).toBe(5_000_000);
  });

  it('asks only once at a time', async () => {
    const { transport, stores } = await ready();
    const request = vi.spyOn(transport, 'request');
    await Promise.all([stores.network.getState().load(), stores.network.getState().load()]);
    expect(request).toHaveBeenCalledTimes(1);
  });
});

describe('ui', () => {
  it('keeps the latest toasts and lets go of dismissed ones', () => {
    const ui = createUiStore();
    for (const text of ['a', 'b', 'c', 'd']) ui.getState().toast({ text, tone: 'info' });
    expect(ui.getState().toasts.map((toast) => toast.text)).toEqual(['b', 'c', 'd']);
    ui.getState().dismiss(ui.getState().toasts[1]!.id);
    expect(ui.getState().toasts.map((toast) => toast.text)).toEqual(['b', 'd']);
  });

  it('shows an error that comes again once', () => {
    const ui = createUiStore();
    for (const text of ['no', 'yes', 'no']) ui.getState().toast({ text, tone: 'error' });
    expect(ui.getState().toasts.map((toast) => toast.text)).toEqual(['yes', 'no']);
  });

  it('announces equal sentences anew', () => {
    const ui = createUiStore();
    ui.getState().announce('Copied');
    const before = ui.getState().announcement;
    ui.getState().announce('Copied');
    expect(ui.getState().announcement).not.toEqual(before);
  });
});
