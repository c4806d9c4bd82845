import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { messageId } from '../ids/bytes.ts';
import { testDisk } from '../node/testing/test-disk.ts';
import { SearchIndex } from '../store/search-index.ts';
import { MESSAGE_STATES } from '../store/types.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { codeOf, type Person, World } from './testing/people.ts';
import { TYPING_EXPIRES_MS } from './typing.ts';

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk());
  [ann, bob] = await world.friends();
});
afterEach(() => {
  vi.restoreAllMocks();
  world.close();
});

const read = (person: Person, friend: Person) =>
  person.messenger.messages.markRead({ friend: friend.hex, upTo: person.chat(friend).at(-1)!.id });

/** Bob's messages to Ann, as both databases have them when they arrived and nobody read them. */
function receiveMany(count: number): void {
  const at = world.clock.now();
  const messages = Array.from({ length: count }, (_, i) => {
    const id = messageId(new SeededRandom(`message ${i}`).bytes(16));
    return { messageId: id, seq: i + 1, text: `${i}` };
  });
  bob.store.batch((write) => {
    const friend = write.friends.byHex(ann.hex)!.id;
    for (const { messageId, text } of messages) write.messages.addOutgoing({ friend, messageId, text, at });
    write.messages.settle({ friend, first: 1, last: count, state: 'delivered' });
  });
  ann.store.batch((write) => {
    const friend = write.friends.byHex(bob.hex)!.id;
    const device = write.devices.of(friend)[0]!.id;
    for (const message of messages)
      write.messages.addIncoming({ ...message, friend, device, sentAt: at, storedAt: at });
  });
}

describe('sending', () => {
  it('shows the message at once, then as delivered, then as read', async () => {
    const { id } = await ann.send(bob, 'hello');
    expect(ann.lines(bob)).toEqual(['out hello: sending']);
    expect(ann.reports.changed.at(-1)).toMatchObject({
      friend: bob.hex,
      messages: [{ id, state: 'sending' }],
      removed: [],
    });
    await world.clock.runFor(50);
    expect(ann.reports.changed.at(-1)!.messages).toMatchObject([{ id, state: 'delivered' }]);
    expect(bob.reports.received).toMatchObject([
      { friend: ann.hex, messages: [{ id, text: 'hello', state: 'received' }] },
    ]);
    expect(bob.view(ann)).toMatchObject({ unread: 1, lastMessage: { id } });
    await read(bob, ann);
    expect(bob.view(ann)!.unread).toBe(0);
    expect(bob.reports.changed.at(-1)!.messages).toMatchObject([{ id, state: 'read' }]);
    await world.clock.runFor(50);
    expect(ann.lines(bob)).toEqual(['out hello: read']);
    expect(ann.reports.changed.at(-1)!.messages).toMatchObject([{ id, state: 'read' }]);
  });

  it('happens in the tick of the call, without any timer', async () => {
    const sent: number[] = [];
    const channel = ann.links.linkDouble(bob.key)!.channel(1);
    const send = channel.send.bind(channel);
    channel.send = (frame) => {
      sent.push(frame[0]!);
      return send(frame);
    };
    await ann.send(bob, 'x');
    expect(sent).toEqual([2]);
  });

  it('puts all messages of a tick into one frame, transaction and report', async () => {
    ann.reports.changed.length = 0;
    await Promise.all(['a', 'b', 'c'].map((text) => ann.send(bob, text)));
    expect(ann.reports.changed.map((change) => change.messages.length)).toEqual([3]);
    await world.clock.runFor(50);
    expect(bob.reports.received.map((change) => change.messages.map((message) => message.text))).toEqual([
      ['a', 'b', 'c'],
    ]);
    expect(ann.reports.changed.map((change) => change.messages.length)).toEqual([3, 3]);
  });

  it('refuses nothing, too much, and people unknown', async () => {
    expect(await codeOf(() => ann.send(bob, ' \n '))).toBe('empty-message');
    expect(await codeOf(() => ann.send(bob, 'é'.repeat(8_193)))).toBe('too-large');
    expect(await codeOf(() => ann.messenger.messages.send({ friend: '00'.repeat(32), text: 'x' }))).toBe(
      'unknown-friend',
    );
    await ann.send(bob, 'x'.repeat(16_384));
    await ann.send(bob, 'broken \ud800 half');
    await world.clock.runFor(50);
    expect(bob.chat(ann).map((message) => message.text.length)).toEqual([16_384, 13]);
    expect(bob.chat(ann)[1]!.text).toBe('broken \ufffd half');
  });

  it('can be taken back while it waits, and not when it is on its way or there', async () => {
    const cancel = (id: string) => codeOf(() => ann.messenger.messages.cancel({ id }));
    const { id: first } = await ann.send(bob, 'first');
    expect(await cancel(first)).toBe('unknown-message');
    await world.clock.runFor(50);
    expect(await cancel(first)).toBe('unknown-message');
    await expect(ann.messenger.messages.cancel({ id: first })).rejects.toThrow('has left');
    world.network.cut(ann.key, bob.key);
    const { id: second } = await ann.send(bob, 'second');
    await ann.send(bob, 'third');
    expect(await cancel(second)).toBe('none');
    expect(ann.reports.changed.at(-1)).toMatchObject({ messages: [], removed: [second] });
    expect(await cancel(second)).toBe('unknown-message');
    expect(await cancel('zz')).toBe('unknown-message');
    const incoming = bob.chat(ann)[0]!.id;
    expect(await codeOf(() => bob.messenger.messages.cancel({ id: incoming }))).toBe('unknown-message');
    world.network.join(ann.key, bob.key);
    await world.clock.runFor(200);
    expect(bob.lines(ann)).toEqual(['in first: received', 'in third: received']);
  });
});

describe('sending again', () => {
  const giveUp = (state: 'expired' | 'failed') => {
    const friend = ann.store.read.friends.byHex(bob.hex)!.id;
    ann.store.batch((write) => write.messages.settle({ friend, first: 1, last: 1, state }));
  };
  const resend = (id: string) => ann.messenger.messages.resend({ id });

  it('keeps place and ID, and the message arrives once', async () => {
    world.network.cut(ann.key, bob.key);
    const { id } = await ann.send(bob, 'first');
    await ann.send(bob, 'second');
    expect(await codeOf(() => resend(id))).toBe('unknown-message');
    giveUp('expired');
    expect(ann.lines(bob)).toEqual(['out first: expired', 'out second: sending']);
    expect(await resend(id)).toEqual({ id });
    expect(ann.reports.changed.at(-1)!.messages).toMatchObject([{ id, state: 'sending' }]);
    world.network.join(ann.key, bob.key);
    await world.clock.runFor(200);
    expect(ann.lines(bob)).toEqual(['out first: delivered', 'out second: delivered']);
    expect(bob.lines(ann)).toEqual(['in second: received', 'in first: received']);
  });

  it('reaches a friend who is there at once, and nobody who is blocked', async () => {
    world.network.cut(ann.key, bob.key);
    const { id } = await ann.send(bob, 'hello');
    giveUp('failed');
    world.network.join(ann.key, bob.key);
    await world.clock.runFor(200);
    expect(bob.lines(ann)).toEqual([]);
    await resend(id);
    await world.clock.runFor(50);
    expect(bob.lines(ann)).toEqual(['in hello: received']);
    expect(await codeOf(() => resend(id))).toBe('unknown-message');
    expect(await codeOf(() => resend('zz'))).toBe('unknown-message');
    await ann.messenger.friends.block({ friend: bob.hex });
    expect(await codeOf(() => resend(id))).toBe('blocked');
  });
});

describe('listing', () => {
  it('pages by order or ID, oldest first', async () => {
    for (let i = 0; i < 9; i++) await ann.send(bob, String(i));
    const list = (args: object) =>
      ann.messenger.messages.list({ friend: bob.hex, limit: 3, ...args }).map((message) => message.text);
    const ids = ann.chat(bob);
    expect(list({})).toEqual(['6', '7', '8']);
    expect(list({ before: ids[6]!.id })).toEqual(['3', '4', '5']);
    expect(list({ before: ids[6]!.order })).toEqual(['3', '4', '5']);
    expect(list({ after: ids[6]!.id })).toEqual(['7', '8']);
    expect(list({ around: ids[4]!.id })).toEqual(['3', '4', '5']);
    expect(await codeOf(() => list({ before: 'ab'.repeat(16) }))).toBe('unknown-message');
    expect(ids.map((message) => message.order)).toEqual([...ids.map((message) => message.order)].sort((a, b) => a - b));
  });

  it('pages round the first unread message, as seen ones and deleted ones are passed over', async () => {
    const list = () =>
      ann.messenger.messages.list({ friend: bob.hex, limit: 3, around: 'unread' }).map((message) => message.text);
    for (let i = 0; i < 9; i++) await bob.send(ann, String(i));
    await world.clock.runFor(200);
    const ids = ann.chat(bob);
    expect(list()).toEqual(['0', '1', '2']);
    await ann.messenger.messages.markRead({ friend: bob.hex, upTo: ids[3]!.id });
    expect(list()).toEqual(['3', '4', '5']);
    await ann.messenger.messages.delete({ friend: bob.hex, id: ids[4]!.id });
    expect(list()).toEqual(['3', '5', '6']);
    await ann.messenger.messages.markRead({ friend: bob.hex, upTo: ids[8]!.id });
    expect(list()).toEqual(['6', '7', '8']);
  });

  it('searches all chats or one, with pieces to mark', async () => {
    await ann.send(bob, 'The quick brown fox');
    await bob.send(ann, 'a lazy fox');
    await world.clock.runFor(50);
    const hits = ann.messenger.messages.search({ query: 'fox' });
    expect(hits.map((hit) => hit.message.text)).toEqual(['a lazy fox', 'The quick brown fox']);
    expect(hits[0]!.snippet).toEqual([
      { text: 'a lazy ', match: false },
      { text: 'fox', match: true },
    ]);
    expect(ann.messenger.messages.search({ query: 'qui', friend: bob.hex, limit: 1 })).toHaveLength(1);
    expect(ann.messenger.messages.search({ query: '"' })).toEqual([]);
  });

  it('tells where in a message the words stand, of one that is shown', async () => {
    const { id } = await ann.send(bob, `fox ${'and so on '.repeat(60)}fox`);
    const { messages } = ann.messenger;
    const ask = (args: { friend?: string; id?: string }) =>
      messages.hitPlaces({ friend: bob.hex, id, query: 'fox', ...args });
    messages.search({ query: 'fox' });
    expect(ask({}).places).toEqual([
      { start: 0, end: 3 },
      { start: 604, end: 607 },
    ]);
    expect(() => ask({ id: 'ab'.repeat(16) })).toThrow(expect.objectContaining({ code: 'unknown-message' }));
    await messages.delete({ friend: bob.hex, id });
    expect(() => ask({})).toThrow(expect.objectContaining({ code: 'unknown-message' }));
  });

  it('goes on with a search before or after a message, and counts the hits', async () => {
    for (let i = 1; i <= 5; i++) await ann.send(bob, `fox ${i}`);
    const { messages } = ann.messenger;
    const texts = (args: Omit<Parameters<typeof messages.search>[0], 'query'>) =>
      messages.search({ query: 'fox', ...args }).map((hit) => hit.message.text);
    const [, , third] = messages.list({ friend: bob.hex });
    const { id, order } = third!;
    expect(texts({ before: order, limit: 1 })).toEqual(['fox 2']);
    expect(texts({ friend: bob.hex, before: id })).toEqual(['fox 2', 'fox 1']);
    expect(texts({ friend: bob.hex, after: id })).toEqual(['fox 5', 'fox 4']);
    expect(texts({ after: order, limit: 1 })).toEqual(['fox 4']);
    expect(messages.countHits({ query: 'fox' })).toEqual({ count: 5 });
    expect(messages.countHits({ query: 'fox 4', friend: bob.hex, after: id })).toEqual({ count: 1 });
    for (const cursor of [{ before: id }, { friend: bob.hex, after: 'ab'.repeat(16) }])
      expect(() => texts(cursor)).toThrow(expect.objectContaining({ code: 'unknown-message' }));
  });

  it('has the index brought up to date before, in small transactions between which others get a turn', async () => {
    receiveMany(1_100);
    const advance = vi.spyOn(SearchIndex.prototype, 'advance');
    const indexed = ann.messenger.messages.indexed();
    await ann.messenger.messages.setDraft({ friend: bob.hex, text: 'meanwhile' });
    expect(ann.store.index(1)).toBe(true);
    await indexed;
    expect(ann.messenger.messages.countHits({ query: '1' })).toEqual({ count: 211 });
    const limits = advance.mock.calls.map(([limit]) => limit).slice(0, -1);
    expect(Math.max(...limits)).toBeLessThanOrEqual(250);
    expect(advance.mock.results.at(-1)!.value).toBe(false);
  });

  it('waits for the index no longer than some steps of it, whatever comes meanwhile', async () => {
    const advance = vi.spyOn(SearchIndex.prototype, 'advance').mockReturnValue(true);
    await ann.messenger.messages.indexed();
    expect(advance).toHaveBeenCalledTimes(200);
    advance.mockRestore();
  });

  it('waits for no index once the messenger stopped', async () => {
    receiveMany(1_100);
    const indexed = ann.messenger.messages.indexed();
    await ann.messenger.stop();
    await indexed;
    expect(ann.store.index(1)).toBe(true);
  });

  it('indexes by itself when idle', async () => {
    await ann.send(bob, 'needle');
    await world.clock.runFor(5_000);
    expect(ann.store.index(10)).toBe(false);
  });
});

describe('reading', () => {
  it('counts unread until marked, up to the message named', async () => {
    for (const text of ['1', '2', '3']) await bob.send(ann, text);
    await world.clock.runFor(50);
    const [first, second] = ann.chat(bob);
    await ann.messenger.messages.markRead({ friend: bob.hex, upTo: second!.id });
    expect(ann.view(bob)!.unread).toBe(1);
    await ann.messenger.messages.markRead({ friend: bob.hex, upTo: first!.id });
    expect(ann.view(bob)!.unread).toBe(1);
    await world.clock.runFor(50);
    expect(bob.lines(ann)).toEqual(['out 1: read', 'out 2: read', 'out 3: delivered']);
    ann.crashAndRestart();
    expect(ann.view(bob)!.unread).toBe(1);
    expect(await codeOf(() => ann.messenger.messages.markRead({ friend: bob.hex, upTo: 'ab'.repeat(16) }))).toBe(
      'unknown-message',
    );
  });

  it('of a long chat lets others pass, is taken up where it was cut off, and is told of all', async () => {
    const COUNT = 4_500;
    receiveMany(COUNT);
    const upTo = ann.chat(bob).at(-1)!.id;
    const marking = ann.messenger.messages.markRead({ friend: bob.hex, upTo });
    await ann.messenger.messages.setDraft({ friend: bob.hex, text: 'meanwhile' });
    const left = ann.view(bob)!.unread;
    expect([left > 0, left < COUNT]).toEqual([true, true]);
    ann.crashAndRestart();
    void marking.catch(() => undefined);
    await world.clock.runFor(1_000);
    expect([ann.view(bob)!.unread, ann.chat(bob).at(-1)!.state]).toEqual([left, 'received']);
    await ann.messenger.messages.markRead({ friend: bob.hex, upTo });
    await world.clock.runFor(1_000);
    expect([ann.view(bob)!.unread, ann.chat(bob).at(-1)!.state]).toEqual([0, 'read']);
    const { read } = bob.store;
    const sent = read.messages.outgoingBetween(read.friends.byHex(ann.hex)!.id, 1, COUNT);
    expect(sent.filter(({ state }) => state === MESSAGE_STATES.read)).toHaveLength(COUNT);
  });

  it('of a long chat ends with the messenger', async () => {
    receiveMany(4_500);
    const marking = ann.messenger.messages.markRead({ friend: bob.hex, upTo: ann.chat(bob).at(-1)!.id });
    await ann.messenger.stop();
    await marking;
    expect(ann.view(bob)!.unread).toBeGreaterThan(0);
  });

  it('is reported of every message that was unread, whatever of ours stands between', async () => {
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) {
      ids.push((await bob.send(ann, text)).id);
      await world.clock.runFor(50);
      await ann.send(bob, `answer to ${text}`);
      await world.clock.runFor(50);
    }
    await read(ann, bob);
    expect(ann.reports.changed.at(-1)!.messages.map(({ id, state }) => [id, state])).toEqual(
      ids.map((id) => [id, 'read']),
    );
  });

  it('is told later when the link was down, and never when the setting says no', async () => {
    await bob.send(ann, '1');
    await world.clock.runFor(50);
    world.network.cut(ann.key, bob.key);
    await read(ann, bob);
    world.network.join(ann.key, bob.key);
    await world.clock.runFor(200);
    expect(bob.lines(ann)).toEqual(['out 1: read']);
    await ann.messenger.settings.set({ sendReadReceipts: false });
    await bob.send(ann, '2');
    await world.clock.runFor(50);
    await read(ann, bob);
    world.network.cut(ann.key, bob.key);
    world.network.join(ann.key, bob.key);
    await world.clock.runFor(200);
    expect(bob.lines(ann)).toEqual(['out 1: read', 'out 2: delivered']);
    expect(ann.view(bob)!.unread).toBe(0);
  });
});

describe('typing and drafts', () => {
  const type = (typing: boolean) => ann.messenger.messages.setTyping({ friend: bob.hex, typing });

  it('shows typing until it ends, expires, or a message comes', async () => {
    type(true);
    await world.clock.runFor(50);
    expect(bob.view(ann)!.typing).toBe(true);
    expect(bob.reports.friends.at(-1)).toMatchObject({ friend: { typing: true } });
    type(false);
    await world.clock.runFor(50);
    expect(bob.view(ann)!.typing).toBe(false);
    type(true);
    await world.clock.runFor(TYPING_EXPIRES_MS - 100);
    expect(bob.view(ann)!.typing).toBe(true);
    await world.clock.runFor(200);
    expect(bob.view(ann)!.typing).toBe(false);
    type(true);
    await ann.send(bob, 'done');
    await world.clock.runFor(50);
    expect(bob.view(ann)!.typing).toBe(false);
    type(true);
    await world.clock.runFor(50);
    expect(bob.view(ann)!.typing).toBe(true);
    world.network.cut(ann.key, bob.key);
    await world.clock.runFor(1);
    expect(bob.view(ann)!.typing).toBe(false);
  });

  it('tells no typing when the setting says no, and not with every key', async () => {
    const before = bob.reports.friends.length;
    for (let i = 0; i < 20; i++) type(true);
    await world.clock.runFor(50);
    expect(bob.reports.friends.length).toBe(before + 1);
    await ann.messenger.settings.set({ sendTyping: false });
    await world.clock.runFor(10_000);
    type(true);
    await world.clock.runFor(50);
    expect(bob.view(ann)!.typing).toBe(false);
  });

  it('keeps drafts over restarts', async () => {
    await ann.messenger.messages.setDraft({ friend: bob.hex, text: 'half a thou' });
    expect(ann.reports.friends.at(-1)).toMatchObject({ friend: { draft: 'half a thou' } });
    ann.crashAndRestart();
    expect(ann.view(bob)!.draft).toBe('half a thou');
    await ann.messenger.messages.setDraft({ friend: bob.hex, text: '' });
    expect(ann.view(bob)!.draft).toBe('');
  });
});

describe('settings', () => {
  it('have defaults, are checked, kept and reported', async () => {
    const { settings } = ann.messenger;
    expect(settings.get()).toMatchObject({ theme: 'system', sendReadReceipts: true, notifications: 'name' });
    const seen: string[] = [];
    ann.messenger.onSettingsChanged((value) => seen.push(value.theme));
    expect(await settings.set({ theme: 'dark' })).toMatchObject({ theme: 'dark', sendTyping: true });
    expect(seen).toEqual(['dark']);
    expect(await codeOf(() => settings.set({ theme: 'pink' as never }))).toBe('invalid-argument');
    expect(await settings.set({ recentEmoji: ['🎉', '👩‍👩‍👧‍👦'] })).toMatchObject({ recentEmoji: ['🎉', '👩‍👩‍👧‍👦'] });
    for (const recentEmoji of [['x'.repeat(49)], Array(25).fill('🎉'), '🎉', [1]]) {
      expect(await codeOf(() => settings.set({ recentEmoji: recentEmoji as never }))).toBe('invalid-argument');
    }
    ann.store.batch((write) => write.settings.set('notifications', '"loud'));
    ann.crashAndRestart();
    expect(ann.messenger.settings.get()).toMatchObject({
      theme: 'dark',
      notifications: 'name',
      recentEmoji: ['🎉', '👩‍👩‍👧‍👦'],
    });
  });
});
