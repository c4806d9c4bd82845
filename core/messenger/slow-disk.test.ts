import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDisk } from '../node/testing/test-disk.ts';
import { DiskFullError } from '../ports/files.ts';
import { type Person, World } from './testing/people.ts';

/** Longer than the way of a message there and back, 20 ms. */
const FLUSH_MS = 50;

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk(FLUSH_MS));
  [ann, bob] = await world.friends();
  await run(500);
  await exchange('first');
});
afterEach(() => world.close());

const run = (ms: number) => world.clock.runFor(ms);

/** From here on Ann has a durable message, as early sending wants it. */
async function exchange(text: string): Promise<void> {
  const sent = ann.send(bob, text);
  await run(500);
  await sent;
}

/** Texts of Ann's messages that Bob's disk may not have yet, as far as she knows. */
const waiting = () => {
  const { read } = ann.store;
  return read.messages.outbox(read.friends.byHex(bob.hex)!.id, 0, 99).map(({ text }) => text);
};

/** Ann's messages that wait are taken for failed. */
const giveUp = () => {
  const friend = ann.store.read.friends.byHex(bob.hex)!.id;
  ann.store.batch((write) => write.messages.settle({ friend, first: 1, last: 1_000, state: 'failed' }));
};

/** `ms:` and what happened of one message, since now. */
function record(): string[] {
  const start = world.clock.now();
  const log: string[] = [];
  const note = (what: string) => log.push(`${Math.round(world.clock.now() - start)}: ${what}`);
  bob.messenger.onMessagesReceived(() => note('received'));
  ann.messenger.onMessagesChanged(({ messages }) => note(messages.map(({ state }) => state).join()));
  ann.send(bob, 'lone').then(
    () => note('sent'),
    (error: Error) => note(error.message),
  );
  return log;
}

it('typing is shown without waiting for a disk', async () => {
  ann.messenger.messages.setTyping({ friend: bob.hex, typing: true });
  await run(15);
  expect(bob.view(ann)!.typing).toBe(true);
});

describe('a lone message', () => {
  it('is shown to both before any disk has it, and never as less; it counts as sent when its sender has it on the disk', async () => {
    const log = record();
    await run(15);
    expect(bob.lines(ann).at(-1)).toBe('in lone: received');
    expect(log).toEqual(['10: received']);
    await run(500);
    expect(log).toEqual(['10: received', '20: delivered', '50: sent']);
    expect(waiting()).toEqual([]);
    expect(ann.view(bob)!.lastMessage!.state).toBe('delivered');
  });

  it("leaves the friend's disk in peace for a moment, and takes along what comes meanwhile", async () => {
    ann.disk!.flushMs = 5;
    record();
    await run(5);
    void ann.send(bob, 'another');
    // Here after 10 ms and 15, flushed from 20 to 70.
    await run(72);
    expect(waiting()).toEqual(['lone', 'another']);
    await run(5);
    expect(waiting()).toEqual([]);
  });

  it('that a power cut takes from the friend after it was shown comes again', async () => {
    record();
    await run(65);
    expect([ann.lines(bob).at(-1), waiting()]).toEqual(['out lone: delivered', ['lone']]);
    bob.losePower();
    await run(1_000);
    expect(bob.lines(ann)).toEqual(['in first: received', 'in lone: received']);
    expect(bob.reports.received.flatMap(({ messages }) => messages.map(({ text }) => text))).toEqual(['lone']);
    expect(waiting()).toEqual([]);
  });

  it("is delivered when it is in the friend's database, once, and waits for their disk in the outbox", async () => {
    ann.disk!.flushMs = 5;
    const log = record();
    await run(69);
    expect(log).toEqual(['5: sending', '5: sent', '10: received', '20: delivered']);
    expect([ann.view(bob)!.lastMessage!.state, waiting()]).toEqual(['delivered', ['lone']]);
    await run(500);
    expect(waiting()).toEqual([]);
    expect(log).toHaveLength(4);
  });

  it('cannot be taken back once it is shown as delivered', async () => {
    ann.disk!.flushMs = 5;
    record();
    await run(30);
    const { id } = ann.chat(bob).at(-1)!;
    await expect(ann.messenger.messages.cancel({ id })).rejects.toMatchObject({ code: 'unknown-message' });
  });

  it.each([15, 25])(
    "whose sender's power fails after %i ms, before their disk has it, is a message of the friend alone, and its number is not used again",
    async (ms) => {
      record();
      await run(ms);
      ann.losePower();
      world.network.cut(ann.key, bob.key);
      await run(100);
      await Promise.all([
        bob.messenger.messages.markRead({ friend: ann.hex, upTo: bob.chat(ann).at(-1)!.id }),
        ann.send(bob, 'next'),
        run(200),
      ]);
      expect(ann.lines(bob)).toEqual(['out first: delivered', 'out next: sending']);
      world.network.join(ann.key, bob.key);
      await run(500);
      expect(bob.lines(ann)).toEqual(['in first: read', 'in lone: read', 'in next: received']);
      expect(ann.lines(bob)).toEqual(['out first: read', 'out next: delivered']);
    },
  );

  it('is told again to be delivered when a power cut undid the note', async () => {
    record();
    await run(75);
    expect(ann.lines(bob).at(-1)).toBe('out lone: delivered');
    ann.losePower();
    expect(ann.lines(bob).at(-1)).toBe('out lone: sending');
    await run(1_000);
    expect(ann.lines(bob).at(-1)).toBe('out lone: delivered');
    expect(bob.lines(ann)).toEqual(['in first: received', 'in lone: received']);
  });
});

/** What may happen while the friend has a message in the database, and not yet on the disk. */
const MISHAPS: { readonly [what: string]: { readonly happen: () => void; readonly bobLosesIt?: true } } = {
  'the friend is killed': { happen: () => bob.crashAndRestart() },
  'the power of the friend fails': { happen: () => bob.losePower(), bobLosesIt: true },
  'the sender is killed': { happen: () => ann.crashAndRestart() },
  'the power of the sender fails': { happen: () => ann.losePower() },
  'the power fails in the house of both': {
    happen: () => {
      for (const person of [ann, bob]) person.losePower();
    },
    bobLosesIt: true,
  },
  'the link dies': { happen: () => {} },
};

describe("a message in the friend's database and not on their disk", () => {
  it.each(Object.keys(MISHAPS))('is sent again, arrives once and never goes back when %s', async (what) => {
    const { happen, bobLosesIt } = MISHAPS[what]!;
    ann.disk!.flushMs = 5;
    record();
    await run(40);
    world.network.cut(ann.key, bob.key);
    happen();
    const has = bobLosesIt ? [] : ['in lone: received'];
    expect(bob.lines(ann)).toEqual(['in first: received', ...has]);
    expect(waiting()).toEqual(['lone']);
    const states: string[] = [];
    const note = () => states.push(ann.lines(bob).at(-1)!);
    note();
    ann.messenger.onMessagesChanged(note);
    await run(5_000);
    note();
    world.network.join(ann.key, bob.key);
    await run(1_000);
    note();
    expect(new Set(states)).toEqual(new Set(['out lone: delivered']));
    expect(
      ann.reports.changed.filter(({ messages }) => messages.some(({ text }) => text === 'lone')).length,
    ).toBeLessThan(3);
    expect(bob.lines(ann)).toEqual(['in first: received', 'in lone: received']);
    expect(waiting()).toEqual([]);
  });

  it('is read when the friend says so, also if the receipt was lost', async () => {
    ann.disk!.flushMs = 5;
    record();
    await run(55);
    world.network.cut(ann.key, bob.key);
    await run(100);
    expect(waiting()).toEqual(['lone']);
    const read = bob.messenger.messages.markRead({ friend: ann.hex, upTo: bob.chat(ann).at(-1)!.id });
    await run(200);
    await read;
    world.network.join(ann.key, bob.key);
    await run(500);
    expect(ann.lines(bob)).toEqual(['out first: read', 'out lone: read']);
    expect(waiting()).toEqual([]);
  });
});

describe('many messages', () => {
  it('are not told to be written one by one', async () => {
    const link = bob.links.linkDouble(ann.key)!;
    const channel = link.channel(1);
    const said: string[] = [];
    const { send } = channel;
    channel.send = (frame) => {
      said.push(`frame ${frame[0]}`);
      return send.call(channel, frame);
    };
    const { sendDatagram } = link;
    link.sendDatagram = (kind, payload) => {
      said.push('written');
      return sendDatagram.call(link, kind, payload);
    };
    const few = [ann.send(bob, 'a'), ann.send(bob, 'b')];
    await run(200);
    expect(said).toEqual(['written', 'frame 3']);
    said.length = 0;
    bob.disk!.flushMs = 500;
    for (let i = 0; i < 20; i++) {
      void ann.send(bob, `slowly ${i}`);
      await run(15);
    }
    expect(said).toEqual(Array(8).fill('written'));
    await run(2_000);
    said.length = 0;
    void Promise.all(Array.from({ length: 50 }, (_, i) => ann.send(bob, `at once ${i}`)));
    await run(2_000);
    expect(said).toEqual(['frame 3']);
    expect(bob.chat(ann)).toHaveLength(1 + few.length + 20 + 50);
    expect(waiting()).toEqual([]);
  });

  it('go no further ahead of the disk than the numbers that the next run skips', async () => {
    void Promise.all(Array.from({ length: 300 }, (_, i) => ann.send(bob, String(i))));
    await run(15);
    expect(bob.chat(ann)).toHaveLength(1 + 64);
    await run(500);
    expect(bob.chat(ann)).toHaveLength(1 + 300);
    expect(ann.chat(bob).every(({ state }) => state === 'delivered')).toBe(true);
  });
});

describe('a disk that fails when it is flushed', () => {
  it('is told to who sends; the message is on its way all the same, is shown, and arrives once', async () => {
    ann.disk!.failure = new DiskFullError();
    const log = record();
    await run(100);
    const told = expect.stringMatching(/^50: .*do not write it again/);
    expect(log).toEqual(['10: received', '20: delivered', told]);
    ann.disk!.failure = undefined;
    await exchange('after');
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['first', 'lone', 'after']);
  });

  it('is told with the ID of the message, which is shown and sent when a link comes up', async () => {
    world.network.cut(ann.key, bob.key);
    await run(100);
    ann.disk!.failure = new DiskFullError();
    const refused = ann.send(bob, 'another').catch((error: unknown) => error);
    await run(100);
    const { id } = ann.chat(bob).at(-1)!;
    expect(await refused).toMatchObject({ code: 'not-flushed', details: { id } });
    ann.disk!.failure = undefined;
    world.network.join(ann.key, bob.key);
    await run(500);
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['first', 'another']);
  });

  it('is told to who deletes; the message is gone from the chat all the same, and can be brought back', async () => {
    ann.disk!.failure = new DiskFullError();
    const removed: string[] = [];
    ann.messenger.onMessagesChanged((changed) => removed.push(...changed.removed));
    const { id } = ann.chat(bob).at(-1)!;
    const refused = ann.messenger.messages.delete({ friend: bob.hex, id }).catch((error: unknown) => error);
    await run(100);
    expect(await refused).toBeInstanceOf(DiskFullError);
    expect(ann.chat(bob)).toEqual([]);
    expect(removed).toEqual([id]);
    expect(ann.messenger.messages.listDeleted()).toMatchObject([{ id }]);
  });

  it('is told to who brings a message back; it is in the chat all the same', async () => {
    const { id } = ann.chat(bob).at(-1)!;
    const deleted = ann.messenger.messages.delete({ friend: bob.hex, id });
    await run(100);
    await deleted;
    ann.disk!.failure = new DiskFullError();
    const back: string[] = [];
    ann.messenger.onMessagesChanged(({ messages }) => back.push(...messages.map((message) => message.id)));
    const refused = ann.messenger.messages.undoDelete({ friend: bob.hex, id }).catch((error: unknown) => error);
    await run(100);
    expect(await refused).toBeInstanceOf(DiskFullError);
    expect(ann.chat(bob)).toMatchObject([{ id }]);
    expect(back).toEqual([id]);
  });

  it.each(['undoDelete', 'resend'] as const)('at %s: the message waits again, and is sent', async (command) => {
    world.network.cut(ann.key, bob.key);
    await run(100);
    const sent = ann.send(bob, 'again');
    await run(100);
    const { id } = await sent;
    if (command === 'resend') giveUp();
    else void ann.messenger.messages.delete({ friend: bob.hex, id });
    await run(100);
    ann.disk!.failure = new DiskFullError();
    const states: string[] = [];
    ann.messenger.onMessagesChanged(({ messages }) => states.push(...messages.map(({ state }) => state)));
    const args = { friend: bob.hex, id };
    const refused = ann.messenger.messages[command](args).catch((error: unknown) => error);
    await run(100);
    expect(await refused).toBeInstanceOf(DiskFullError);
    expect(states).toEqual(['sending']);
    ann.disk!.failure = undefined;
    world.network.join(ann.key, bob.key);
    await run(500);
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['first', 'again']);
  });

  it('is told to who takes a message back; it is reported as gone all the same', async () => {
    world.network.cut(ann.key, bob.key);
    await run(100);
    void ann.send(bob, 'cancelled');
    await run(100);
    const { id } = ann.chat(bob).at(-1)!;
    ann.disk!.failure = new DiskFullError();
    const refused = ann.messenger.messages.cancel({ id }).catch((error: unknown) => error);
    await run(100);
    expect(await refused).toBeInstanceOf(DiskFullError);
    expect(ann.reports.changed.at(-1)).toMatchObject({ removed: [id] });
  });

  it('is told to who blocks or removes a friend or asks for one; it is done and reported all the same', async () => {
    const { friends } = ann.messenger;
    const eve = world.person('eve');
    ann.disk!.failure = new DiskFullError();
    const refused = friends.block({ friend: bob.hex }).catch((error: unknown) => error);
    await run(100);
    expect(await refused).toBeInstanceOf(DiskFullError);
    expect([ann.view(bob)!.state, bob.view(ann)!.presence]).toEqual(['blocked', 'offline']);
    expect(ann.reports.friends.at(-1)).toMatchObject({ key: bob.hex, friend: { state: 'blocked' } });
    const asked = friends.add({ publicId: eve.publicId, alias: 'Eve' }).catch((error: unknown) => error);
    await run(1_000);
    expect(await asked).toBeInstanceOf(DiskFullError);
    expect(eve.reports.requests).toMatchObject([{ key: ann.hex }]);
    const removed = friends.remove({ friend: eve.hex }).catch((error: unknown) => error);
    await run(100);
    expect(await removed).toBeInstanceOf(DiskFullError);
    expect(ann.reports.friends.at(-1)).toEqual({ key: eve.hex, removed: true, friend: null });
  });

  it('at the receiver acknowledges nothing; the friend sends it again, and it is reported once', async () => {
    bob.disk!.failure = new DiskFullError();
    const log = record();
    await run(1_000);
    expect([ann.lines(bob).at(-1), waiting()]).toEqual(['out lone: delivered', ['lone']]);
    expect(log).toEqual(['10: received', '20: delivered', '50: sent']);
    bob.disk!.failure = undefined;
    world.network.join(ann.key, bob.key);
    await run(500);
    expect(waiting()).toEqual([]);
    expect(log.filter((line) => line.endsWith('received'))).toHaveLength(1);
    expect(log.filter((line) => line.endsWith('delivered'))).toHaveLength(1);
    expect(bob.lines(ann)).toEqual(['in first: received', 'in lone: received']);
  });
});

describe('mail that comes while the disk fails', () => {
  it('is neither acknowledged nor reported until the disk has kept it', async () => {
    world.close();
    world = new World(testDisk(FLUSH_MS), { mail: true });
    [ann, bob] = await world.friends();
    await run(500);
    world.network.cut(ann.key, bob.key);
    bob.crash();
    void ann.send(bob, 'by mail');
    await run(5_000);
    expect(ann.lines(bob)).toEqual(['out by mail: stored']);
    ann.crash();
    bob.crashAndRestart();
    const flush = bob.store.flush.bind(bob.store);
    bob.store.flush = (done) => done(new DiskFullError());
    await run(10_000);
    world.carriers!.retry();
    await run(10_000);
    expect(bob.lines(ann)).toEqual(['in by mail: received']);
    expect([world.carriers!.held.length, bob.reports.received]).toEqual([1, []]);
    bob.store.flush = flush;
    world.carriers!.retry();
    await run(100);
    expect(world.carriers!.held).toHaveLength(1);
    // Any commit takes it along.
    void bob.messenger.settings.set({ theme: 'dark' });
    await run(500);
    world.carriers!.retry();
    await run(10_000);
    expect(bob.reports.received.map(({ messages }) => messages.map(({ text }) => text))).toEqual([['by mail']]);
    expect(bob.lines(ann)).toEqual(['in by mail: received']);
    ann.crashAndRestart();
    await run(60_000);
    expect(ann.lines(bob)).toEqual(['out by mail: delivered']);
  });
});

describe('a message written while a link comes up', () => {
  it.each([-100, -50, -1, 1, 50, 100])('reaches the friend over it, %i ms after', async (afterMs) => {
    world.network.cut(ann.key, bob.key);
    await run(100);
    const texts = ['before', 'during', 'after'];
    const sent = [ann.send(bob, 'before')];
    await run(200);
    // Her disk is so slow that the friend's hello is there before her own may be said.
    ann.disk!.flushMs = 150;
    world.clock.node(0).after(150 + afterMs, () => sent.push(ann.send(bob, 'during')));
    await run(150);
    world.network.join(ann.key, bob.key);
    await run(1_000);
    sent.push(ann.send(bob, 'after'));
    await run(1_000);
    await Promise.all(sent);
    expect(bob.lines(ann)).toEqual(['in first: received', ...texts.map((text) => `in ${text}: received`)]);
    expect(ann.lines(bob)).toEqual(['out first: delivered', ...texts.map((text) => `out ${text}: delivered`)]);
  });
});
