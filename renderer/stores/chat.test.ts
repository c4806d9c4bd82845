import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../core/api/errors.ts';
import { eventually } from '../../core/testing/eventually.ts';
import { MAX_ROWS, PAGE_SIZE } from '../lib/message-window.ts';
import type { FakeCore } from '../testing/fake-core.ts';
import { makeApp } from '../testing/make-app.ts';
import { MARK_READ_PAUSE_MS, MAX_PAGE } from './chat.ts';
import { PACE_MS } from './pacer.ts';
import { loadAll } from './sync.ts';

/** Lets the events that were emitted so far arrive. */
const settle = () => vi.advanceTimersByTimeAsync(2 * PACE_MS);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const fill = (core: FakeCore, key: string, count: number, state: 'read' | 'received' = 'read') => {
  for (let i = 0; i < count; i++) core.history.append({ friend: key, direction: 'in', text: `m${i}`, state });
};

/** An app with one friend and so many messages. */
async function open(count: number, options: { unread?: number } = {}) {
  const app = makeApp(({ core }) => {
    const { key } = core.put('Ada');
    fill(core, key, count - (options.unread ?? 0));
    fill(core, key, options.unread ?? 0, 'received');
  });
  await eventually(() => expect(app.stores.friends.getState().status).toBe('ready'));
  const key = [...app.core.friends.keys()][0]!;
  const chat = app.stores.chat.getState;
  await chat().open(key, { unread: options.unread });
  return { ...app, key, chat };
}

describe('opening', () => {
  it('shows the newest page at its end', async () => {
    const { chat } = await open(300);
    expect(chat()).toMatchObject({ status: 'ready', anchor: { kind: 'end' }, firstUnread: null });
    expect(chat().window.rows).toHaveLength(PAGE_SIZE);
    expect(chat().window.rows.at(-1)?.order).toBe(300);
  });

  it('stands at the first unread message, also when a page is not enough', async () => {
    const { chat } = await open(600, { unread: 180 });
    const first = chat().window.rows.find((row) => row.order === 421);
    expect(chat().anchor).toEqual({ kind: 'unread', id: first?.id });
    expect(chat().firstUnread).toBe(first?.id);
  });

  it('stands at the first unread message also when the longest page does not reach back to it', async () => {
    const { chat } = await open(2_000, { unread: 1_200 });
    const { rows, atEnd } = chat().window;
    const first = rows.find((row) => row.order === 801);
    expect(chat()).toMatchObject({ anchor: { kind: 'unread', id: first?.id }, firstUnread: first?.id });
    // There are read ones above it, so that nothing has to be loaded before the list has found its place.
    expect(rows[0]?.order).toBeLessThan(780);
    expect(atEnd).toBe(false);
  });

  it('stands where it was left, once, unless there is something unread', async () => {
    const { chat, core, key } = await open(300);
    const target = core.history.list({ friend: key, before: 101, limit: 1 })[0]!;
    const place = { id: target.id, offsetPx: -12 };
    chat().close();
    chat().leave(key, place);
    await chat().open(key, { unread: 0 });
    expect(chat()).toMatchObject({ anchor: { kind: 'place', ...place }, highlight: null, firstUnread: null });
    expect(chat().window.rows.some(({ id }) => id === target.id)).toBe(true);
    chat().close();
    await chat().open(key, { unread: 0 });
    expect(chat().anchor).toEqual({ kind: 'end' });
    chat().close();
    chat().leave(key, place);
    fill(core, key, 1, 'received');
    await chat().open(key, { unread: 1 });
    expect(chat().anchor).toMatchObject({ kind: 'unread' });
  });

  it('stands at its end when it was left there, or when the message it was left at is gone', async () => {
    const { chat, core, key } = await open(10);
    const [first] = core.history.list({ friend: key });
    for (const place of [null, { id: 'f'.repeat(32), offsetPx: 0 }]) {
      chat().close();
      chat().leave(key, { id: first!.id, offsetPx: 0 });
      chat().leave(key, place);
      await chat().open(key);
      expect(chat()).toMatchObject({ status: 'ready', anchor: { kind: 'end' } });
    }
  });

  it('marks a message where it stands, and none any more', async () => {
    const { chat } = await open(10);
    const { epoch, window } = chat();
    const { id } = window.rows[3]!;
    chat().mark(id, { places: [{ start: 0, end: 1 }] });
    expect(chat()).toMatchObject({ highlight: id, hits: [{ start: 0, end: 1 }], epoch, window });
    expect(chat().unfolded.has(id)).toBe(true);
    chat().mark(null);
    expect(chat()).toMatchObject({ highlight: null, hits: [], epoch });
  });

  it('jumps around a message and highlights it, then to the newest', async () => {
    const { chat, core, key } = await open(1_000);
    const target = core.history.list({ friend: key, before: 301, limit: 1 })[0]!;
    const { epoch } = chat();
    await chat().open(key, { around: target.id });
    expect(chat()).toMatchObject({
      highlight: target.id,
      anchor: { kind: 'message', id: target.id },
      epoch: epoch + 1,
    });
    expect(chat().window.rows.map((row) => row.order)).toContain(300);
    expect(chat().window.atEnd).toBe(false);
    await chat().jumpToNewest();
    expect(chat()).toMatchObject({ highlight: null, anchor: { kind: 'end' } });
    expect(chat().window.atEnd).toBe(true);
  });

  it('keeps which long messages are unfolded, and unfolds what was searched for', async () => {
    const { chat, core, key } = await open(1_000);
    const target = core.history.list({ friend: key, before: 301, limit: 1 })[0]!;
    const last = chat().window.rows.at(-1)!;
    chat().fold(last.id, false);
    await chat().open(key, { around: target.id });
    await chat().jumpToNewest();
    expect([...chat().unfolded]).toEqual([last.id, target.id]);
    chat().fold(target.id, true);
    expect([...chat().unfolded]).toEqual([last.id]);
    chat().close();
    expect(chat().unfolded.size).toBe(0);
  });

  it('drops an answer that comes after another chat was opened', async () => {
    const { chat, core, key } = await open(10);
    const other = core.put('Bob').key;
    const late = chat().open(key);
    await chat().open(other);
    await late;
    expect(chat().key).toBe(other);
    expect(chat().window.rows).toEqual([]);
  });

  it('says what is wrong when the history cannot be read, and tries again', async () => {
    const { chat, core, key } = await open(3);
    const broken = vi.spyOn(core.history, 'list').mockReturnValue([{ bad: true }] as never);
    chat().close();
    core.put('Other');
    await chat().open(key);
    expect(chat()).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    broken.mockRestore();
    await chat().reload();
    expect(chat().status).toBe('ready');
  });
});

describe('paging', () => {
  it('walks the whole history with a bounded number of rows', async () => {
    const { chat } = await open(2_000);
    let most = 0;
    while (!chat().window.atStart) {
      await chat().loadOlder();
      most = Math.max(most, chat().window.rows.length);
    }
    expect(most).toBeLessThanOrEqual(MAX_ROWS);
    expect(chat().window.rows[0]?.order).toBe(1);
    expect(chat().window.atEnd).toBe(false);
    while (!chat().window.atEnd) await chat().loadNewer();
    expect(chat().window.rows.at(-1)?.order).toBe(2_000);
    expect(chat().window.rows.length).toBeLessThanOrEqual(MAX_ROWS);
  });

  it('asks for a page only once at a time', async () => {
    const { chat, core } = await open(500);
    const list = vi.spyOn(core.history, 'list');
    await Promise.all([chat().loadOlder(), chat().loadOlder()]);
    expect(list).toHaveBeenCalledTimes(1);
    expect(chat().window.rows).toHaveLength(2 * PAGE_SIZE);
  });
});

describe('messages', () => {
  it('arrive at the end, and are not mixed into another piece of history', async () => {
    const { chat, core, key } = await open(1_000);
    core.receive(key, 'hello');
    expect(chat().window.rows.at(-1)?.text).toBe('hello');
    await chat().open(key, { around: core.history.list({ friend: key, before: 301, limit: 1 })[0]!.id });
    core.receive(key, 'later');
    await settle();
    expect(chat().window.rows.at(-1)?.text).not.toBe('later');
    core.receive(core.put('Bob').key, 'from Bob');
    await settle();
    expect(chat().window.rows.some((row) => row.text === 'from Bob')).toBe(false);
  });

  it('are deleted here, with an undo that puts them back in their place', async () => {
    const { chat, core, key, stores } = await open(3);
    const [, second] = chat().window.rows;
    stores.search.setState({ query: 'm1', status: 'done', hits: core.history.search({ query: 'm1' }) });
    expect(stores.search.getState().hits).toHaveLength(1);
    await chat().remove(second!);
    await settle();
    expect(chat().window.rows.map(({ text }) => text)).toEqual(['m0', 'm2']);
    expect(stores.search.getState().hits).toEqual([]);
    const toast = stores.ui.getState().toasts.at(-1)!;
    expect(toast.text).toBe('Deleted on this computer.');
    const [deleted] = chat().deleted;
    expect(deleted).toMatchObject({ friend: key, id: second!.id });
    toast.action!.run();
    await settle();
    expect(chat().deleted).toEqual([]);
    expect(stores.ui.getState().announcement.text).toBe('The message is back.');
    expect(await chat().undoRemove(deleted!)).toBe(false);
    expect(chat().window.rows.map(({ text }) => text)).toEqual(['m0', 'm1', 'm2']);
    toast.action!.run();
    await settle();
    expect(stores.ui.getState().toasts.at(-1)).toMatchObject({ tone: 'error' });

    await chat().remove(chat().window.rows[2]!);
    await settle();
    expect(stores.friends.getState().friends.get(key)!.lastMessage!.text).toBe('m1');
    await chat().send('not yet');
    await settle();
    await chat().remove(chat().window.rows.at(-1)!);
    expect(stores.ui.getState().toasts.at(-1)!.text).toBe('Deleted. It is not sent.');
  });

  it('can be brought back wherever they were deleted, the last one first', async () => {
    const { chat, client, core, key, stores } = await open(3);
    const [first, second, third] = chat().window.rows.map(({ id }) => id);
    const deleted = () => chat().deleted.map(({ id }) => id);
    await client.request('messages.delete', { friend: key, id: first! });
    const bob = core.put('Bob').key;
    const { id } = core.history.append({ friend: bob, direction: 'in', text: 'hi', state: 'read' });
    await client.request('messages.delete', { friend: bob, id });
    await client.request('messages.delete', { friend: key, id: third! });
    await settle();
    expect(deleted()).toEqual([third, id, first]);
    await client.request('messages.undoDelete', { friend: key, id: third! });
    await client.request('messages.cancel', { id: second! });
    await settle();
    expect(deleted()).toEqual([id, first]);
    stores.chat.setState({ deleted: [] });
    await loadAll(stores);
    expect(deleted()).toEqual([id, first]);
  });

  it('are sent, get further and can be cancelled, with undo', async () => {
    const { chat, core, stores } = await open(3);
    expect(await chat().send('hi')).toBe(true);
    const sent = chat().window.rows.at(-1)!;
    expect(sent).toMatchObject({ text: 'hi', state: 'sending', direction: 'out' });
    core.deliver(sent.id, 'delivered');
    await settle();
    expect(chat().window.rows.at(-1)?.state).toBe('delivered');
    await chat().cancel(sent);
    await settle();
    expect(chat().window.rows).toHaveLength(3);
    stores.ui.getState().toasts.at(-1)!.action!.run();
    await settle();
    expect(chat().window.rows.at(-1)).toMatchObject({ text: 'hi', state: 'sending' });
  });

  it('that were sent leave the chat alone to which the person went meanwhile', async () => {
    const { chat, core } = await open(3);
    const other = core.put('Bob').key;
    fill(core, other, 2 * PAGE_SIZE);
    fill(core, other, 1, 'received');
    const middle = core.history.list({ friend: other, limit: 2 * PAGE_SIZE })[0]!;
    const sending = chat().send('hi');
    const opened = chat().open(other, { around: middle.id });
    expect(await sending).toBe(true);
    await opened;
    expect(chat()).toMatchObject({ key: other, sent: 0, anchor: { kind: 'message', id: middle.id } });
    expect(chat().window.atEnd).toBe(false);
  });

  it('stay with the person when the core refuses them', async () => {
    const { chat, stores } = await open(3);
    expect(await chat().send('  ')).toBe(false);
    expect(stores.ui.getState().toasts).toMatchObject([{ tone: 'error' }]);
  });

  it('do not come back when they stand in the chat although the disk failed', async () => {
    const { chat, core, stores } = await open(3);
    vi.spyOn(core, 'change').mockImplementationOnce(() => {
      throw new ApiError('not-flushed', 'The disk reports an error.');
    });
    expect(await chat().send('hi')).toBe(true);
    await settle();
    expect(chat().window.rows.at(-1)).toMatchObject({ text: 'hi', state: 'sending' });
    expect(stores.ui.getState().toasts).toMatchObject([{ tone: 'error' }]);
  });

  it('go out again in their place when they did not arrive', async () => {
    const { chat, core, stores } = await open(3);
    for (const state of ['failed', 'expired'] as const) {
      await chat().send(`try me: ${state}`);
      const { id } = chat().window.rows.at(-1)!;
      core.deliver(id, state);
      await chat().send('a later one');
      await settle();
      await chat().resend(chat().window.rows.at(-2)!);
      await settle();
      expect(chat().window.rows.at(-2)).toMatchObject({ id, state: 'sending' });
    }
    const later = chat().window.rows.at(-1)!;
    await chat().resend(later);
    expect(stores.ui.getState().toasts).toMatchObject([{ tone: 'error' }]);
  });

  it('carry who keeps them, from the first holder until they arrive', async () => {
    const { chat, core } = await open(0);
    await chat().send('hi');
    const { id } = chat().window.rows[0]!;
    const last = () => chat().window.rows[0];
    expect(last()).toMatchObject({ state: 'sending', custody: null });
    core.deliver(id, 'sending', { holders: 1, until: 9 });
    await settle();
    expect(last()).toMatchObject({ state: 'sending', custody: { holders: 1, until: 9 } });
    core.deliver(id, 'stored', { holders: 2, until: 9 });
    await settle();
    expect(last()).toMatchObject({ state: 'stored', custody: { holders: 2, until: 9 } });
    core.deliver(id, 'delivered');
    await settle();
    expect(last()).toMatchObject({ state: 'delivered', custody: null });
  });

  it('sent from far back bring the newest into view', async () => {
    const { chat, core, key } = await open(1_000);
    await chat().open(key, { around: core.history.list({ friend: key, before: 301, limit: 1 })[0]!.id });
    await chat().send('hi');
    expect(chat().window.atEnd).toBe(true);
    expect(chat().window.rows.at(-1)?.text).toBe('hi');
  });
});

describe('reading', () => {
  it('is reported once, up to the furthest message seen', async () => {
    const { chat, core, key } = await open(10, { unread: 4 });
    const unread = chat().window.rows.slice(-4);
    chat().seen(unread[1]!);
    chat().seen(unread[3]!);
    chat().seen(unread[0]!);
    await vi.advanceTimersByTimeAsync(MARK_READ_PAUSE_MS);
    expect(core.told.filter(({ method }) => method === 'messages.markRead')).toEqual([
      { method: 'messages.markRead', args: { friend: key, upTo: unread[3]!.id } },
    ]);
    expect(chat().window.rows.every((row) => row.state === 'read')).toBe(true);
    expect(core.friends.get(key)?.unread).toBe(0);
  });

  it('is reported of every chat that was stepped through', async () => {
    const { chat, core, key } = await open(10, { unread: 1 });
    chat().seen(chat().window.rows.at(-1)!);
    const other = core.put('Bob').key;
    fill(core, other, 1, 'received');
    await chat().open(other);
    chat().seen(chat().window.rows.at(-1)!);
    await vi.advanceTimersByTimeAsync(MARK_READ_PAUSE_MS);
    expect([core.friends.get(key)?.unread, core.friends.get(other)?.unread]).toEqual([0, 0]);
    expect([core.history.unread(key), core.history.unread(other)]).toEqual([0, 0]);
  });

  it('does not count for a chat that is no longer open', async () => {
    const { chat, core } = await open(10, { unread: 1 });
    const last = chat().window.rows.at(-1)!;
    chat().close();
    chat().seen(last);
    await vi.advanceTimersByTimeAsync(MARK_READ_PAUSE_MS);
    expect(core.told).toEqual([]);
  });
});

describe('reloading', () => {
  it('takes in what was missed without moving', async () => {
    const { chat, core, key } = await open(300);
    const { epoch } = chat();
    core.history.append({ friend: key, direction: 'in', text: 'missed', state: 'received' });
    await chat().reload();
    expect(chat().window.rows.at(-1)?.text).toBe('missed');
    expect(chat().epoch).toBe(epoch);
  });

  it('lets go of what was deleted meanwhile, wherever the window stands', async () => {
    const { chat, core, key } = await open(900);
    for (let page = 0; page < 6; page++) await chat().loadOlder();
    const { rows } = chat().window;
    expect(rows.length).toBeGreaterThan(MAX_PAGE);
    const gone = [rows[0]!, rows[1]!, rows[350]!, rows.at(-1)!];
    for (const { id } of gone) core.history.hide(id);
    const { epoch } = chat();
    await chat().reload();
    expect(chat().window.rows).toEqual(rows.filter((row) => !gone.includes(row)));
    expect(chat().epoch).toBe(epoch);
    const found = chat().window.rows[300]!.id;
    await chat().open(key, { around: found });
    const around = chat().window.rows;
    core.history.hide(around[10]!.id);
    await chat().reload();
    expect(chat().window).toMatchObject({ rows: around.filter((_, i) => i !== 10), atStart: false, atEnd: false });
  });

  it('starts anew when more was missed than a page', async () => {
    const { chat, core, key } = await open(300);
    const { epoch } = chat();
    fill(core, key, PAGE_SIZE + 5);
    await chat().reload();
    expect(chat().epoch).toBe(epoch + 1);
    expect(chat().window.rows.at(-1)?.order).toBe(305 + PAGE_SIZE);
  });
});
