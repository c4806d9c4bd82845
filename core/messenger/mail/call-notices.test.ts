import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDisk } from '../../node/testing/test-disk.ts';
import { MAX_LIFE_MS } from '../../relay/types.ts';
import { entries, start } from '../calls/testing/callers.ts';
import { type Person, World } from '../testing/people.ts';

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk(), { mail: true });
  [ann, bob] = await world.friends();
  await run(500);
  world.network.cut(ann.key, bob.key);
  bob.crash();
  await run(2_000);
});

afterEach(() => world.close());

const run = (ms: number) => world.clock.runFor(ms);
const owed = () => ann.store.read.calls.owed(ann.store.read.friends.byHex(bob.hex)!.id);
const open = () => ann.store.read.mail.open().map(({ kind }) => kind);

/** Ann calls and gives up. @returns the call's ID */
async function callInVain(): Promise<string> {
  const call = start(ann, bob);
  await run(1_000);
  ann.messenger.calls.end({ call });
  await run(100);
  return call;
}

describe('a call to a friend who is away', () => {
  it('is an unread entry of their chat, though the two are never up together', async () => {
    const call = start(ann, bob);
    const { startedAt } = ann.messenger.calls.list()[0]!;
    await run(61_000);
    expect(owed()).toHaveLength(1);
    await run(3_000);
    expect([owed(), open(), world.carriers!.held.length]).toEqual([[], [], 1]);
    ann.crash();
    bob.crashAndRestart();
    await run(5_000);
    const entry = { id: call, direction: 'in', state: 'received', sentAt: startedAt, call: { outcome: 'missed' } };
    expect(bob.chat(ann)).toMatchObject([entry]);
    expect(bob.reports.received.flatMap(({ messages }) => messages)).toMatchObject([entry]);
    expect(bob.view(ann)).toMatchObject({ unread: 1, lastMessage: { call: { outcome: 'missed' } } });
    expect(world.carriers!.held).toEqual([]);
    await bob.messenger.messages.markRead({ friend: ann.hex, upTo: call });
    expect(bob.view(ann)!.unread).toBe(0);
  });

  it('is told once for each attempt, whatever comes twice, and not again over the next link', async () => {
    world.carriers!.duplicates = true;
    const calls = [];
    for (let i = 0; i < 10; i++) calls.push(await callInVain());
    await run(5_000);
    expect([owed(), world.carriers!.held.length]).toEqual([[], 10]);
    bob.crashAndRestart();
    await run(5_000);
    world.carriers!.retry();
    world.network.join(ann.key, bob.key);
    await run(5_000);
    expect(
      bob
        .chat(ann)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(calls.sort());
    expect(bob.view(ann)!.unread).toBe(10);
    expect(bob.reports.received.flatMap(({ messages }) => messages)).toHaveLength(10);
  });

  it('waits for a network, over a restart too', async () => {
    ann.sight.set(false);
    await callInVain();
    await run(10_000);
    expect([owed().length, world.carriers!.seen.length]).toEqual([1, 0]);
    ann.crashAndRestart();
    await run(10_000);
    expect(world.carriers!.seen).toHaveLength(0);
    ann.sight.set(true);
    await run(5_000);
    expect([owed().length, world.carriers!.seen.length]).toEqual([0, 1]);
  });

  it('lies in one envelope while that is on its way, over a restart too', async () => {
    ann.relay!.refuses = true;
    await callInVain();
    await run(10_000);
    const [envelope] = ann.relay!.deposits.keys();
    expect([owed().length, ann.relay!.deposits.size]).toEqual([1, 1]);
    ann.crashAndRestart();
    await run(10_000);
    expect([owed(), open()]).toEqual([[], []]);
    expect(world.carriers!.seen.map(({ name }) => name)).toEqual([envelope]);
  });

  it('is sealed anew when its envelope is over and nobody took it', async () => {
    world.carriers!.down = true;
    await callInVain();
    await run(10_000);
    await run(MAX_LIFE_MS);
    world.carriers!.down = false;
    await run(10_000);
    expect([owed().length, open(), world.carriers!.held.length]).toEqual([0, [], 1]);
  });

  it('is owed no more once its envelope is kept, though that moved to where the friend told to be meanwhile', async () => {
    world.close();
    world = new World(testDisk(40), { mail: true, carrierDelayMs: 8_000 });
    const [carla, dan] = await world.friends();
    await carla.restart();
    for (const [one, other] of [
      [carla, dan],
      [dan, carla],
    ] as const) {
      one.messenger.calls.end({ call: start(one, other) });
    }
    world.network.cut(carla.key, dan.key);
    await run(20_000);
    for (const one of [carla, dan]) {
      expect(one.store.read.calls.friendsOwed()).toEqual([]);
      expect(entries(one, one === carla ? dan : carla)).toHaveLength(2);
    }
  });

  it('needs no envelope any more when a link told it first', async () => {
    ann.relay!.refuses = true;
    const call = await callInVain();
    await run(5_000);
    expect(open()).toEqual(['missedCall']);
    bob.crashAndRestart();
    world.network.join(ann.key, bob.key);
    await run(5_000);
    expect([owed(), open(), ann.relay!.deposits.size]).toEqual([[], [], 0]);
    expect(bob.chat(ann).map(({ id }) => id)).toEqual([call]);
  });

  it('is one entry when it comes by a link and then by mail', async () => {
    world.carriers!.down = true;
    const call = await callInVain();
    await run(5_000);
    const [deposit] = ann.relay!.deposits.values();
    bob.crashAndRestart();
    world.network.join(ann.key, bob.key);
    await run(5_000);
    world.carriers!.down = false;
    world.carriers!.inject(deposit!.envelope);
    await run(5_000);
    expect(world.carriers!.held).toEqual([]);
    expect(bob.chat(ann).map(({ id }) => id)).toEqual([call]);
    expect(bob.view(ann)!.unread).toBe(1);
    expect(bob.reports.received).toHaveLength(1);
  });

  it('does not go to somebody who was blocked meanwhile', async () => {
    ann.relay!.refuses = true;
    await callInVain();
    await run(5_000);
    await Promise.all([ann.messenger.friends.block({ friend: bob.hex }), run(5_000)]);
    expect([open(), ann.relay!.deposits.size]).toEqual([[], 0]);
  });

  it.each([
    ['blocked', 'block', 'unblock'],
    ['removed', 'remove', 'undoRemove'],
  ] as const)('goes to somebody who was %s when that is undone', async (_, away, back) => {
    ann.relay!.refuses = true;
    const call = await callInVain();
    await run(5_000);
    await Promise.all([ann.messenger.friends[away]({ friend: bob.hex }), run(5_000)]);
    ann.relay!.refuses = false;
    await Promise.all([ann.messenger.friends[back]({ friend: bob.hex }), run(5_000)]);
    expect(owed()).toEqual([]);
    ann.crash();
    bob.crashAndRestart();
    await run(5_000);
    expect(bob.chat(ann).map(({ id }) => id)).toEqual([call]);
  });

  it('stands beside messages written then, and changes nothing of theirs', async () => {
    await ann.send(bob, 'one');
    await callInVain();
    await ann.send(bob, 'two');
    await run(5_000);
    ann.crash();
    bob.crashAndRestart();
    await run(10_000);
    expect(entries(bob, ann).filter((entry) => entry === 'in missed received')).toHaveLength(1);
    const texts = bob.chat(ann).flatMap(({ text, call }) => (call === undefined ? [text] : []));
    expect(texts).toEqual(['one', 'two']);
    expect(bob.view(ann)!.unread).toBe(3);
  });
});
