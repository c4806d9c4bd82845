import { describe, expect, it } from 'vitest';
import { eventually } from '../../core/testing/eventually.ts';
import { makeFriend, makeMessage, publicIdOf } from '../testing/fake-data.ts';
import { makeApp } from '../testing/make-app.ts';
import { blockedFriends, matchingFriends, nextChat, sortedFriends, unreadTotal } from './friends.ts';

const loaded = async (prepare?: Parameters<typeof makeApp>[0]) => {
  const app = makeApp(prepare);
  await eventually(() => expect(app.stores.friends.getState().status).toBe('ready'));
  return app;
};
const key = (digit: string) => digit.repeat(64);

describe('lists', () => {
  const message = makeMessage({ friend: key('a'), order: 9, storedAt: 900 });
  const friends = new Map(
    [
      makeFriend(key('a'), { alias: 'Zoë', addedAt: 1, lastMessage: message, unread: 2 }),
      makeFriend(key('b'), { alias: 'Bob', addedAt: 500 }),
      makeFriend(key('c'), { alias: 'Carl', addedAt: 1_000, name: 'karl' }),
      makeFriend(key('d'), { alias: 'Dora', state: 'blocked', addedAt: 5_000, unread: 7 }),
      makeFriend(key('e'), { alias: 'Anton', state: 'blocked' }),
    ].map((friend) => [friend.key, friend]),
  );

  it('stand by last activity, without the blocked', () => {
    expect(sortedFriends(friends).map((friend) => friend.alias)).toEqual(['Carl', 'Zoë', 'Bob']);
    expect(blockedFriends(friends).map((friend) => friend.alias)).toEqual(['Anton', 'Dora']);
  });

  it('are filtered by alias and own name, without regard to case and accents', () => {
    const names = (query: string) => matchingFriends(sortedFriends(friends), query).map((friend) => friend.alias);
    expect(names('zoe')).toEqual(['Zoë']);
    expect(names('KARL')).toEqual(['Carl']);
    expect(names('x')).toEqual([]);
  });

  it('count unread messages of friends only', () => {
    expect(unreadTotal(friends)).toBe(2);
  });
});

describe('the friends store', () => {
  it('follows what the core says', async () => {
    const { core, stores } = await loaded((fake) => fake.core.put('Ada'));
    const [ada] = [...core.friends.values()];
    core.change(ada!.key, { presence: 'online' });
    expect(stores.friends.getState().friends.get(ada!.key)?.presence).toBe('online');
  });

  it('adds a friend, and passes refusals on', async () => {
    const { core, stores } = await loaded();
    const { add } = stores.friends.getState();
    const publicId = publicIdOf(key('7'), '00000000');
    expect(await add({ publicId, alias: 'Ada', greeting: 'Hi' })).toMatchObject({
      ok: true,
      value: { state: 'requested' },
    });
    expect(stores.friends.getState().friends.has(key('7'))).toBe(true);
    expect(await add({ publicId, alias: '', greeting: '' })).toMatchObject({
      ok: false,
      error: { code: 'already-friend' },
    });
    const own = publicIdOf(core.profile.key, '00000000');
    expect(await add({ publicId: own, alias: '', greeting: '' })).toMatchObject({ error: { code: 'own-public-id' } });
  });

  it('accepts, ignores and blocks requests', async () => {
    const { core, stores } = await loaded();
    const { accept, ignore, block } = stores.friends.getState();
    const [ada, bob, eve] = ['Ada', 'Bob', 'Eve'].map((name) => core.request(name, 'Hello'));
    await eventually(() => expect(stores.friends.getState().requests.size).toBe(3));
    await accept({ key: ada!.key, alias: 'A.' });
    await ignore(bob!.key);
    await block(eve!.key, 'Eve');
    await eventually(() => expect(stores.friends.getState().requests.size).toBe(0));
    const { friends } = stores.friends.getState();
    expect(friends.get(ada!.key)).toMatchObject({ alias: 'A.', state: 'friend' });
    expect(friends.has(bob!.key)).toBe(false);
    expect(friends.get(eve!.key)?.state).toBe('blocked');
  });

  it('offers to undo a block and a removal', async () => {
    const { core, stores } = await loaded((fake) => fake.core.put('Ada'));
    const ada = [...core.friends.keys()][0]!;
    core.receive(ada, 'keep me');
    const state = stores.friends.getState;
    stores.ui.getState().show({ kind: 'chat', key: ada });
    await state().block(ada, 'Ada');
    expect(stores.ui.getState().view).toEqual({ kind: 'home' });
    stores.ui.getState().toasts.at(-1)?.action?.run();
    await eventually(() => expect(state().friends.get(ada)?.state).toBe('friend'));
    await eventually(() => expect(stores.ui.getState().view).toEqual({ kind: 'chat', key: ada }));
    await state().remove(ada);
    expect(state().friends.has(ada)).toBe(false);
    stores.ui.getState().toasts.at(-1)?.action?.run();
    await eventually(() => expect(stores.ui.getState().view).toEqual({ kind: 'chat', key: ada }));
    expect(state().friends.get(ada)?.lastMessage?.text).toBe('keep me');
  });

  it('takes away the offer to undo what was done in the chat of a friend who is removed since', async () => {
    const { core, stores } = await loaded((fake) => fake.core.put('Ada'));
    const ada = [...core.friends.keys()][0]!;
    await stores.chat.getState().remove(core.receive(ada, 'a'));
    expect(stores.ui.getState().toasts.map(({ text }) => text)).toEqual(['Deleted on this computer.']);
    await stores.friends.getState().remove(ada);
    expect(stores.ui.getState().toasts.map(({ text }) => text)).toEqual([expect.stringContaining('were removed')]);
  });

  it('marks a chat as read to its last message', async () => {
    const { core, stores } = await loaded((fake) => fake.core.put('Ada'));
    const ada = [...core.friends.keys()][0]!;
    for (const text of ['one', 'two']) core.receive(ada, text);
    await eventually(() => expect(stores.friends.getState().friends.get(ada)?.unread).toBe(2));
    await stores.friends.getState().markRead(ada);
    await eventually(() => expect(stores.friends.getState().friends.get(ada)?.unread).toBe(0));
  });

  it('finds the next chat in list order, the next one with unread messages, and none beyond the ends', () => {
    const list = ['c', 'b', 'a'].map((name, i) =>
      makeFriend(name.repeat(64), { alias: name, addedAt: i, unread: name === 'c' ? 1 : 0 }),
    );
    const blocked = makeFriend('d'.repeat(64), { alias: 'd', addedAt: 9, state: 'blocked', unread: 5 });
    const friends = new Map([...list, blocked].map((friend) => [friend.key, friend]));
    const from = (name: string | null, step: 1 | -1, unread = false) =>
      nextChat(friends, { from: name === null ? null : name.repeat(64), step, unread })?.alias;
    expect(from(null, 1)).toBe('a');
    expect(from(null, -1)).toBe('c');
    expect(from('a', 1)).toBe('b');
    expect(from('b', -1)).toBe('a');
    expect(from('c', 1)).toBeUndefined();
    expect(from('a', -1)).toBeUndefined();
    expect(from('a', 1, true)).toBe('c');
    expect(from('c', -1, true)).toBeUndefined();
  });

  it('shows a refusal as a toast', async () => {
    const { stores } = await loaded();
    await stores.friends.getState().remove(key('9'));
    expect(stores.ui.getState().toasts).toMatchObject([{ tone: 'error', text: 'There is no such friend.' }]);
  });

  it('keeps the old list and says so when it cannot be loaded', async () => {
    const { core, stores } = await loaded((fake) => fake.core.put('Ada'));
    core.friends.set('bad', { ...[...core.friends.values()][0]!, key: 'not a key' });
    await stores.friends.getState().load();
    expect(stores.friends.getState()).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    expect(stores.friends.getState().friends.size).toBe(1);
  });
});
