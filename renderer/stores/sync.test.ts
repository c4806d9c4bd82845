import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from '../../core/api/errors.ts';
import { eventually } from '../../core/testing/eventually.ts';
import { DISCONNECTED } from '../api/transport.ts';
import { makeApp } from '../testing/make-app.ts';
import { HICCUP_MS } from './sync.ts';

const settled = (app: ReturnType<typeof makeApp>) =>
  eventually(() => expect(app.stores.friends.getState().status).toBe('ready'));

describe('sync', () => {
  it('loads everything once the profile is open, and only then', async () => {
    const app = makeApp(({ core }) => {
      core.profile.state = 'locked';
      core.put('Ada');
    });
    await eventually(() => expect(app.stores.ui.getState().loaded).toBe(true));
    expect(app.stores.friends.getState().status).toBe('loading');
    await app.client.request('profile.unlock', { passphrase: '' });
    await settled(app);
    expect(app.stores.friends.getState().friends.size).toBe(1);
    expect(app.stores.network.getState().status?.running).toBe(true);
  });

  it('loads everything when an answer tells that the profile is open before the event does', async () => {
    const app = makeApp(({ core }) => {
      core.profile.state = 'missing';
      core.put('Ada');
    });
    await eventually(() => expect(app.stores.ui.getState().loaded).toBe(true));
    app.core.profile.state = 'open';
    await app.stores.profile.getState().load();
    await settled(app);
    expect(app.stores.friends.getState().friends.size).toBe(1);
  });

  it('asks for the friends without waiting to hear that the profile is open', async () => {
    const asked: string[] = [];
    const app = makeApp((fake) => {
      const { request } = fake.transport;
      fake.transport.request = (method, args) => {
        asked.push(method);
        return request.call(fake.transport, method, args);
      };
    });
    expect(asked).toContain('friends.list');
    await settled(app);
    expect(asked.filter((method) => method === 'friends.list')).toHaveLength(1);
  });

  it('asks for everything again when events were missed', async () => {
    const app = makeApp(({ core }) => core.put('Ada'));
    await settled(app);
    const key = [...app.core.friends.keys()][0]!;
    app.core.change(key, { unread: 1 });
    app.core.friends.set(key, { ...app.core.friends.get(key)!, alias: 'Renamed elsewhere' });
    app.loseEvent();
    app.core.profile.handlers(async (work) => work())['settings.set']({ theme: 'dark' });
    await eventually(() => expect(app.stores.friends.getState().friends.get(key)?.alias).toBe('Renamed elsewhere'));
    expect(app.stores.settings.getState().settings.theme).toBe('dark');
  });

  it('does not ask again for events that follow each other', async () => {
    const app = makeApp(({ core }) => core.put('Ada'));
    await settled(app);
    const request = vi.spyOn(app.transport, 'request');
    const key = [...app.core.friends.keys()][0]!;
    app.core.change(key, { unread: 1 });
    app.core.change(key, { unread: 2 });
    await eventually(() => expect(app.stores.friends.getState().friends.get(key)?.unread).toBe(2));
    expect(request).not.toHaveBeenCalled();
  });

  it('loads again after a reconnection and shows the connection', async () => {
    const app = makeApp();
    await settled(app);
    app.setStatus('disconnected');
    expect(app.stores.ui.getState().connection).toBe('disconnected');
    app.core.put('Added meanwhile');
    app.setStatus('connected');
    await eventually(() => expect(app.stores.friends.getState().friends.size).toBe(1));
    expect(app.stores.ui.getState().connection).toBe('connected');
  });

  it('knows nothing of what passes quickly from the end of a hiccup until everything was loaded again', async () => {
    const app = makeApp(({ core }) => core.put('Ada', { presence: 'online' }));
    await settled(app);
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const [key] = [...app.core.friends.keys()] as [string];
    const { ui, friends, calls } = app.stores;
    app.setStatus('disconnected');
    await vi.advanceTimersByTimeAsync(HICCUP_MS - 1);
    expect(ui.getState().coreLost).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(ui.getState().coreLost).toBe(true);
    const request = vi.spyOn(app.transport, 'request');
    await calls.getState().start(key);
    expect(request).not.toHaveBeenCalled();
    expect(ui.getState().toasts.at(-1)?.text).toContain('not connected');
    app.core.friends.set(key, { ...app.core.friends.get(key)!, presence: 'offline' });
    const presences: unknown[] = [];
    ui.subscribe(({ coreLost }) => coreLost || presences.push(friends.getState().friends.get(key)?.presence));
    app.setStatus('connected');
    expect(ui.getState().coreLost).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(ui.getState().coreLost).toBe(false);
    expect(new Set(presences)).toEqual(new Set(['offline']));
    app.setStatus('disconnected');
    await vi.advanceTimersByTimeAsync(HICCUP_MS - 1);
    app.setStatus('connected');
    await vi.advanceTimersByTimeAsync(HICCUP_MS);
    expect(ui.getState().coreLost).toBe(false);
  });

  it('shows the draft of another window after a reconnection', async () => {
    const app = makeApp(({ core }) => core.put('Ada'));
    await settled(app);
    const { drafts, friends } = app.stores;
    const key = [...app.core.friends.keys()][0]!;
    const shown = () => drafts.get(key, friends.getState().friends.get(key)!.draft);
    const lost = vi.spyOn(app.core, 'change').mockImplementation((_, change) => {
      const friend = { ...app.core.friends.get(key)!, ...change };
      app.core.friends.set(key, friend);
      return friend;
    });
    drafts.set(key, 'half a thought');
    drafts.flush(key);
    // Answered after the draft was.
    await app.client.request('settings.get', {});
    expect(app.core.friends.get(key)?.draft).toBe('half a thought');
    app.setStatus('disconnected');
    app.core.change(key, { draft: 'half a thought, and more' });
    lost.mockRestore();
    app.setStatus('connected');
    await eventually(() => expect(shown()).toBe('half a thought, and more'));
  });

  it('keeps what is typed while everything is asked for again', async () => {
    const app = makeApp(({ core }) => core.put('Ada', { draft: 'of before' }));
    await settled(app);
    const { drafts, friends } = app.stores;
    const key = [...app.core.friends.keys()][0]!;
    app.core.friends.set(key, { ...app.core.friends.get(key)!, alias: 'Renamed elsewhere' });
    app.setStatus('disconnected');
    app.setStatus('connected');
    drafts.set(key, 'half a thought');
    drafts.flush(key);
    await eventually(() => expect(friends.getState().friends.get(key)?.alias).toBe('Renamed elsewhere'));
    expect(drafts.get(key, 'of before')).toBe('half a thought');
  });

  it('saves a draft that broke with the connection, unless another window saved one since', async () => {
    for (const [arrived, elsewhere, shown] of [
      [false, null, 'half a thought'],
      [true, null, 'half a thought'],
      [false, 'from elsewhere', 'from elsewhere'],
      [true, 'from elsewhere', 'from elsewhere'],
    ] as const) {
      const app = makeApp(({ core }) => core.put('Ada', { draft: 'of before' }));
      await settled(app);
      const { drafts, friends } = app.stores;
      const key = [...app.core.friends.keys()][0]!;
      const inCore = (draft: string) => app.core.friends.set(key, { ...app.core.friends.get(key)!, draft });
      const request = vi.spyOn(app.transport, 'request').mockResolvedValueOnce(DISCONNECTED);
      drafts.set(key, 'half a thought');
      drafts.flush(key);
      // Answered after the draft was.
      await app.client.request('settings.get', {});
      app.setStatus('disconnected');
      if (arrived) inCore('half a thought');
      if (elsewhere !== null) inCore(elsewhere);
      request.mockClear();
      app.setStatus('connected');
      await eventually(() => expect(app.core.friends.get(key)?.draft).toBe(shown));
      await eventually(() => expect(drafts.get(key, friends.getState().friends.get(key)!.draft)).toBe(shown));
      await app.client.request('settings.get', {});
      const saved = request.mock.calls.filter(([method]) => method === 'messages.setDraft');
      expect(saved).toHaveLength(arrived || elsewhere !== null ? 0 : 1);
      app.core.change(key, { draft: 'a later one' });
      await eventually(() => expect(drafts.get(key, friends.getState().friends.get(key)!.draft)).toBe('a later one'));
    }
  });

  it('saves what the core had not got when it locked the profile, once the same one is open again', async () => {
    for (const another of [false, true]) {
      const app = makeApp(({ core }) => core.put('Ada'));
      await settled(app);
      const { drafts, friends } = app.stores;
      const key = [...app.core.friends.keys()][0]!;
      drafts.set(key, 'half a thought');
      // The real one refuses, as it has closed the database.
      vi.spyOn(app.core, 'change').mockImplementationOnce(() => {
        throw new ApiError('profile-locked', 'The profile is locked.');
      });
      await app.client.request('profile.lock', {});
      await eventually(() => expect(friends.getState().friends.size).toBe(0));
      expect(drafts.get(key, '')).toBe('');
      expect(app.core.friends.get(key)?.draft).toBe('');
      if (another) app.core.profile.key = 'ab'.repeat(32);
      await app.client.request('profile.unlock', { passphrase: '' });
      await settled(app);
      await app.client.request('settings.get', {});
      await app.client.request('settings.get', {});
      const expected = another ? '' : 'half a thought';
      expect(app.core.friends.get(key)?.draft).toBe(expected);
      expect(drafts.get(key, '')).toBe(expected);
    }
  });

  it('leaves nothing readable in the page when the profile is locked', async () => {
    const app = makeApp(({ core }) => core.put('Ada'));
    await settled(app);
    const key = [...app.core.friends.keys()][0]!;
    await app.stores.chat.getState().open(key);
    app.core.receive(key, 'secret');
    app.stores.drafts.set(key, 'half a thought');
    await app.client.request('profile.lock', {});
    const { friends, chat, network, ui } = app.stores;
    await eventually(() => expect(friends.getState().friends.size).toBe(0));
    expect(chat.getState().window.rows).toEqual([]);
    expect(network.getState().status).toBeNull();
    expect(ui.getState().view).toEqual({ kind: 'home' });
    expect(app.stores.drafts.get(key, '')).toBe('');
    expect(app.core.friends.get(key)?.draft).toBe('half a thought');
  });

  it('forgets what could be brought back when the profile is locked', async () => {
    const app = makeApp(({ core }) => core.put('Ada'));
    await settled(app);
    const key = [...app.core.friends.keys()][0]!;
    const deleted = () => app.stores.chat.getState().deleted;
    await app.client.request('messages.delete', { friend: key, id: app.core.receive(key, 'gone').id });
    await eventually(() => expect(deleted()).toHaveLength(1));
    await app.client.request('profile.lock', {});
    await eventually(() => expect(app.stores.friends.getState().friends.size).toBe(0));
    expect(deleted()).toEqual([]);
    await app.client.request('profile.unlock', { passphrase: '' });
    await eventually(() => expect(deleted()).toHaveLength(1));
  });

  it('hears nothing after its end', async () => {
    const app = makeApp(({ core }) => core.put('Ada'));
    await settled(app);
    app.stop();
    const key = [...app.core.friends.keys()][0]!;
    app.core.change(key, { unread: 5 });
    expect(app.stores.friends.getState().friends.get(key)?.unread).toBe(0);
  });
});
