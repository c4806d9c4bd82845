import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromHex, messageId } from '../ids/bytes.ts';
import { testDisk } from '../node/testing/test-disk.ts';
import { MessageTable } from '../store/message-table.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { UNDO_MS } from './removals.ts';
import { codeOf, type Person, World } from './testing/people.ts';

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk(), { mail: true });
  [ann, bob] = await world.friends();
  await run(500);
});
afterEach(() => world.close());

const run = (ms: number) => world.clock.runFor(ms);
const idOf = (person: Person, friend: Person, text: string) =>
  person.chat(friend).find((message) => message.text === text)!.id;
async function remove(person: Person, friend: Person, text: string) {
  const id = idOf(person, friend, text);
  return { id, ...(await person.messenger.messages.delete({ friend: friend.hex, id })) };
}
const undo = (person: Person, friend: Person, id: string) =>
  person.messenger.messages.undoDelete({ friend: friend.hex, id });
const hidden = (person: Person) => person.store.read.deletions.any();
const found = (person: Person, query: string) => person.messenger.messages.search({ query }).length;
async function say(from: Person, to: Person, ...texts: string[]): Promise<void> {
  for (const text of texts) await from.send(to, text);
  await run(50);
}

describe('a message deleted on this computer', () => {
  it('is gone at once, is reported, and stays with the friend', async () => {
    await say(ann, bob, 'one', 'two');
    expect(bob.view(ann)).toMatchObject({ unread: 2, lastMessage: { text: 'two' } });
    bob.reports.changed.length = 0;
    const { id, outcome, until } = await remove(bob, ann, 'two');
    expect(outcome).toBe('deleted');
    expect(until).toBe(world.clock.wall() + UNDO_MS);
    expect(bob.reports.changed).toEqual([{ friend: ann.hex, messages: [], removed: [id] }]);
    expect(bob.reports.friends.at(-1)!.friend).toMatchObject({ unread: 1, lastMessage: { text: 'one' } });
    expect([bob.lines(ann), found(bob, 'two')]).toEqual([['in one: received'], 0]);
    const list = bob.messenger.messages;
    expect(await codeOf(() => list.list({ friend: ann.hex, around: id }))).toBe('unknown-message');
    expect(await codeOf(() => list.delete({ friend: ann.hex, id }))).toBe('unknown-message');
    expect(await codeOf(() => list.delete({ friend: ann.hex, id: '00'.repeat(16) }))).toBe('unknown-message');
    expect((await remove(ann, bob, 'one')).outcome).toBe('deleted');
    expect([ann.lines(bob), bob.lines(ann)]).toEqual([['out two: delivered'], ['in one: received']]);
  });

  it('is erased in small transactions, however many are due at once', async () => {
    bob.store.batch((write) => {
      const friend = write.friends.byHex(ann.hex)!.id;
      const deletedAt = world.clock.wall();
      for (let i = 0; i < 250; i++) {
        const id = messageId(new SeededRandom(`message ${i}`).bytes(16));
        const row = write.messages.addOutgoing({ friend, messageId: id, text: `${i}`, at: deletedAt });
        write.messages.settle({ friend, first: row.seq!, last: row.seq!, state: 'delivered' });
        write.deletions.hide(row, { deletedAt, withdrawn: false });
      }
    });
    await bob.restart();
    const erase = vi.spyOn(MessageTable.prototype, 'erase');
    const sizes: number[] = [];
    const batch = bob.store.batch.bind(bob.store);
    bob.store.batch = (work) => {
      const before = erase.mock.calls.length;
      const result = batch(work);
      sizes.push(erase.mock.calls.length - before);
      return result;
    };
    await run(UNDO_MS + 5_000);
    erase.mockRestore();
    expect(sizes).toEqual([100, 100, 50]);
    expect(hidden(bob)).toBe(false);
  });

  it('comes back by undo, for ten minutes, also after a restart', async () => {
    await say(ann, bob, 'one', 'two', 'three');
    const { id } = await remove(bob, ann, 'two');
    await bob.restart();
    await run(UNDO_MS - 1_000);
    bob.reports.changed.length = 0;
    await undo(bob, ann, id);
    expect(bob.reports.changed).toMatchObject([{ messages: [{ id, text: 'two' }], removed: [] }]);
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(found(bob, 'two')).toBe(1);
    expect(await codeOf(() => undo(bob, ann, id))).toBe('nothing-to-undo');
    await run(2 * UNDO_MS);
    expect(bob.chat(ann)).toHaveLength(3);
    await remove(bob, ann, 'two');
    await run(UNDO_MS + 1_000);
    expect(await codeOf(() => undo(bob, ann, id))).toBe('nothing-to-undo');
    expect(hidden(bob)).toBe(false);
  });

  it('is sent at once when it comes back and the friend is there meanwhile', async () => {
    world.network.cut(ann.key, bob.key);
    await run(100);
    await say(ann, bob, 'one');
    const { id, outcome } = await remove(ann, bob, 'one');
    expect(outcome).toBe('withdrawn');
    world.network.join(ann.key, bob.key);
    await run(500);
    await undo(ann, bob, id);
    await run(50);
    expect(bob.lines(ann)).toEqual(['in one: received']);
  });

  it('is listed while it can come back, the last one first', async () => {
    await say(ann, bob, 'one', 'two', 'three');
    const listed = () => bob.messenger.messages.listDeleted();
    expect(listed()).toEqual([]);
    const { id: two, until } = await remove(bob, ann, 'two');
    await run(1_000);
    const { id: one } = await remove(bob, ann, 'one');
    const { id: three } = await remove(bob, ann, 'three');
    await undo(bob, ann, three);
    await bob.restart();
    expect(listed()).toEqual([
      { friend: ann.hex, id: one, until: until + 1_000 },
      { friend: ann.hex, id: two, until },
    ]);
    // Whoever brings the friend back need not ask anew.
    await bob.messenger.friends.remove({ friend: ann.hex });
    expect(listed()).toHaveLength(2);
    await bob.messenger.friends.undoRemove({ friend: ann.hex });
    expect(listed()).toHaveLength(2);
    await run(until - world.clock.wall());
    expect(listed().map(({ id }) => id)).toEqual([one]);
  });

  it('is erased by the next run when this one ends before', async () => {
    await say(ann, bob, 'one', 'two');
    await remove(bob, ann, 'one');
    bob.crash();
    await run(UNDO_MS + 1_000);
    bob.crashAndRestart();
    await run(1_000);
    expect(hidden(bob)).toBe(false);
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['two']);
  });

  it('comes back also when the date was set right by some seconds meanwhile', async () => {
    await say(ann, bob, 'one');
    const { id } = await remove(bob, ann, 'one');
    bob.setClock(-5_000);
    expect(bob.messenger.messages.listDeleted()).toHaveLength(1);
    bob.crashAndRestart();
    await run(1_000);
    await bob.messenger.messages.undoDelete({ friend: ann.hex, id });
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['one']);
  });

  it('stays no longer when the date was set back, and is not looked at without end', async () => {
    await say(ann, bob, 'one', 'two');
    world.network.cut(ann.key, bob.key);
    bob.crash();
    await say(ann, bob, 'three');
    await run(2_000);
    const { outcome } = await remove(ann, bob, 'three');
    const { id } = await remove(ann, bob, 'one');
    const stays = () => ann.store.read.messages.byMessageId(fromHex(id)!, ann.store.read.friends.byHex(bob.hex)!.id);
    expect(stays()).toBeDefined();
    const looks = vi.spyOn(ann.store.read.deletions, 'due');
    ann.setClock(-3_600_000);
    await run(3 * UNDO_MS);
    expect(outcome).toBe('on-its-way');
    expect(stays()).toBeUndefined();
    expect(looks.mock.calls.length).toBeLessThan(10);
    bob.crashAndRestart();
    await run(10_000 + UNDO_MS);
    expect(hidden(ann)).toBe(false);
    expect(ann.chat(bob).map(({ text }) => text)).toEqual(['two']);
  });

  it.each([
    ['a link', false],
    ['a link', true],
    ['envelopes', false],
    ['envelopes', true],
  ])('does not come back when it is sent again, by %s (erased before: %s)', async (way, erased) => {
    world.network.cut(ann.key, bob.key);
    world.carriers!.down = true;
    await say(ann, bob, 'one', 'two');
    const unsent = ann.backUp();
    world.network.join(ann.key, bob.key);
    await run(2_000);
    await remove(bob, ann, 'one');
    if (erased) await run(UNDO_MS + 1_000);
    expect(hidden(bob)).toBe(!erased);
    bob.reports.received.length = 0;
    if (way === 'envelopes') world.network.cut(ann.key, bob.key);
    world.carriers!.down = way === 'a link';
    ann.restore(unsent);
    expect(ann.lines(bob)).toEqual(['out one: sending', 'out two: sending']);
    await run(20_000);
    expect(ann.lines(bob)).toEqual(['out one: delivered', 'out two: delivered']);
    expect([bob.lines(ann), bob.reports.received]).toEqual([['in two: received'], []]);
    bob.crashAndRestart();
    await say(ann, bob, 'three');
    await run(20_000);
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['two', 'three']);
  });
});

describe('a message of ours that did not arrive yet, when it is deleted,', () => {
  it('is not sent when nobody was given it, and is sent after an undo', async () => {
    world.network.cut(ann.key, bob.key);
    ann.sight.set(false);
    await say(ann, bob, 'one', 'two', 'three');
    const { id, outcome } = await remove(ann, bob, 'one');
    expect([outcome, (await remove(ann, bob, 'two')).outcome]).toEqual(['withdrawn', 'withdrawn']);
    ann.reports.changed.length = 0;
    await undo(ann, bob, id);
    expect(ann.reports.changed).toMatchObject([{ messages: [{ id, state: 'sending' }] }]);
    expect(ann.lines(bob)).toEqual(['out one: sending', 'out three: sending']);
    await ann.restart();
    world.network.join(ann.key, bob.key);
    await run(2_000);
    expect(ann.lines(bob)).toEqual(['out one: delivered', 'out three: delivered']);
    expect(new Set(bob.lines(ann))).toEqual(new Set(['in one: received', 'in three: received']));
    await run(UNDO_MS);
    expect(hidden(ann)).toBe(false);
    expect(ann.messenger.messages.list({ friend: bob.hex })).toHaveLength(2);
  });

  it('goes on to the friend, unseen, when the network has it', async () => {
    world.network.cut(ann.key, bob.key);
    bob.crash();
    await say(ann, bob, 'one', 'two');
    await run(2_000);
    expect(ann.lines(bob)).toEqual(['out one: stored', 'out two: stored']);
    expect((await remove(ann, bob, 'one')).outcome).toBe('on-its-way');
    ann.reports.changed.length = 0;
    await run(3 * UNDO_MS);
    // As long as it is on its way, it has to be there.
    expect(hidden(ann)).toBe(true);
    bob.crashAndRestart();
    await run(10_000);
    expect(bob.lines(ann)).toEqual(['in one: received', 'in two: received']);
    expect(ann.lines(bob)).toEqual(['out two: delivered']);
    expect(ann.reports.changed.flatMap(({ messages }) => messages).map(({ text }) => text)).not.toContain('one');
    await run(2 * UNDO_MS);
    expect(hidden(ann)).toBe(false);
  });
});
