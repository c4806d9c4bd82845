import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMessageDatagram, encodeMessageFrame, MAX_SEQ, type MessageFrame } from '../codec/messages.ts';
import { testDisk } from '../node/testing/test-disk.ts';
import { DiskFullError } from '../ports/files.ts';
import { befriend, type Person, World } from './testing/people.ts';

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk());
  [ann, bob] = await world.friends();
});
afterEach(() => world.close());

const cut = () => world.network.cut(ann.key, bob.key);
const join2 = async () => {
  world.network.join(ann.key, bob.key);
  await world.clock.runFor(500);
};
const run = (ms: number) => world.clock.runFor(ms);

describe('a message', () => {
  it('typed while the friend is away goes out by itself when both are there, in order', async () => {
    cut();
    for (const text of ['1', '2', '3']) await ann.send(bob, text);
    await run(60_000);
    expect(ann.lines(bob)).toEqual(['out 1: sending', 'out 2: sending', 'out 3: sending']);
    await join2();
    expect(ann.lines(bob)).toEqual(['out 1: delivered', 'out 2: delivered', 'out 3: delivered']);
    expect(bob.lines(ann)).toEqual(['in 1: received', 'in 2: received', 'in 3: received']);
  });

  it('to somebody who did not answer yet waits until they accept', async () => {
    const carl = world.person('carl');
    await ann.messenger.friends.add({ publicId: carl.publicId });
    await ann.send(carl, 'early');
    await run(100);
    await carl.messenger.friends.accept({ publicId: ann.hex });
    await run(500);
    expect(carl.lines(ann)).toEqual(['in early: received']);
    expect(ann.lines(carl)).toEqual(['out early: delivered']);
  });

  it('is delivered by the receipt where the word before it is lost', async () => {
    world.network.losesDatagram = () => true;
    await ann.send(bob, 'one');
    await run(25);
    expect([ann.lines(bob), bob.lines(ann)]).toEqual([['out one: sending'], ['in one: received']]);
    await run(50);
    expect(ann.lines(bob)).toEqual(['out one: delivered']);
  });

  it('that was lost on the way is sent again and arrives once', async () => {
    await ann.send(bob, 'lost');
    await run(5);
    cut();
    await run(1_000);
    expect([ann.lines(bob), bob.lines(ann)]).toEqual([['out lost: sending'], []]);
    await join2();
    expect([ann.lines(bob), bob.lines(ann)]).toEqual([['out lost: delivered'], ['in lost: received']]);
  });

  it('that comes in the same turn as the hello before it, as after a loss, arrives', async () => {
    cut();
    for (const text of ['1', '2']) await ann.send(bob, text);
    const bring = world.network.holdReads(bob.key);
    await join2();
    expect(bob.lines(ann)).toEqual([]);
    bring();
    await run(500);
    expect(bob.lines(ann)).toEqual(['in 1: received', 'in 2: received']);
    expect(ann.lines(bob)).toEqual(['out 1: delivered', 'out 2: delivered']);
    expect(bob.messenger.dropped).toEqual({});
  });

  it('whose receipt was lost is acknowledged again and not shown twice', async () => {
    await ann.send(bob, 'heard');
    await run(15);
    cut();
    await run(1_000);
    expect([ann.lines(bob), bob.lines(ann)]).toEqual([['out heard: sending'], ['in heard: received']]);
    bob.reports.received.length = 0;
    await join2();
    expect([ann.lines(bob), bob.lines(ann)]).toEqual([['out heard: delivered'], ['in heard: received']]);
    expect(bob.reports.received).toEqual([]);
    expect(bob.view(ann)!.unread).toBe(1);
  });

  it.each([0, 49, 51, 55, 61, 65, 75])(
    'whose receipt was lost, and which is read %i ms after the friend is sought again, counts as read',
    async (ms) => {
      await ann.send(bob, 'heard');
      await run(15);
      cut();
      await run(1_000);
      world.network.join(ann.key, bob.key);
      await run(ms);
      await bob.messenger.messages.markRead({ friend: ann.hex, upTo: bob.chat(ann)[0]!.id });
      await run(500);
      expect(ann.lines(bob)).toEqual(['out heard: read']);
    },
  );

  describe('after numbers that were never used', () => {
    /** As a letter does that waited in vain for what a crash of Ann's made her skip. */
    const keepPlaces = (from: number, below: number) => {
      const friend = bob.store.read.friends.byHex(ann.hex)!.id;
      const device = bob.store.read.devices.of(friend)[0]!.id;
      bob.store.batch((write) => write.places.reserve(friend, device, from, below));
    };
    const readAll = () => bob.messenger.messages.markRead({ friend: ann.hex, upTo: bob.chat(ann).at(-1)!.id });

    beforeEach(async () => {
      await ann.send(bob, 'one');
      await run(500);
      await readAll();
      ann.crashAndRestart();
      await run(500);
    });

    it('counts as read, also if that was lost on the way', async () => {
      keepPlaces(2, 4);
      await ann.send(bob, 'two');
      await run(500);
      await readAll();
      cut();
      await run(1_000);
      expect(ann.lines(bob)).toEqual(['out one: read', 'out two: delivered']);
      await join2();
      expect(ann.lines(bob)).toEqual(['out one: read', 'out two: read']);
    });

    it('counts as read, also if its receipt was lost too', async () => {
      await ann.send(bob, 'two');
      await run(15);
      cut();
      keepPlaces(2, 4);
      await run(1_000);
      await readAll();
      await join2();
      expect(ann.lines(bob)).toEqual(['out one: read', 'out two: read']);
    });
  });

  it.each([0, 5, 10, 15, 20, 25, 200, 235])(
    'survives a power cut of either side %i ms after it was sent',
    async (ms) => {
      await ann.send(bob, 'one');
      await run(ms);
      ann.crashAndRestart();
      await run(ms);
      await ann.send(bob, 'two');
      await run(ms);
      bob.crashAndRestart();
      await run(500);
      expect(ann.lines(bob)).toEqual(['out one: delivered', 'out two: delivered']);
      expect(bob.lines(ann)).toEqual(['in one: received', 'in two: received']);
      expect(bob.view(ann)!.unread).toBe(2);
    },
  );

  it('answered is on the disk, and one not answered is either there whole or not at all', async () => {
    const answered = ann.send(bob, 'answered');
    await answered;
    ann.send(bob, 'unanswered').catch(() => {});
    ann.crashAndRestart();
    await run(500);
    expect(bob.lines(ann)).toEqual(['in answered: received']);
    await ann.send(bob, 'next');
    await run(100);
    expect(bob.lines(ann)).toEqual(['in answered: received', 'in next: received']);
  });
});

describe('a restored profile', () => {
  it('without its history speaks and is heard; old messages are not sent again', async () => {
    await ann.send(bob, 'old 1');
    await bob.send(ann, 'old 2');
    await run(100);
    ann.restartEmpty();
    await ann.messenger.friends.add({ publicId: bob.publicId });
    await run(500);
    expect(ann.view(bob)!.state).toBe('friend');
    await ann.send(bob, 'new 1');
    await bob.send(ann, 'new 2');
    await run(100);
    expect(ann.lines(bob)).toEqual(['out new 1: delivered', 'in new 2: received']);
    expect(bob.chat(ann).map((message) => message.text)).toEqual(['old 2', 'old 1', 'new 2', 'new 1']);
  });

  it('from an older copy loses and doubles nothing that is written after', async () => {
    await ann.send(bob, 'before');
    await run(100);
    const backup = ann.backUp();
    for (let i = 0; i < 5; i++) await ann.send(bob, `forgotten ${i}`);
    await run(100);
    ann.restore(backup);
    for (let i = 0; i < 3; i++) await ann.send(bob, `after ${i}`);
    await run(500);
    await ann.send(bob, 'last');
    await run(100);
    expect(ann.chat(bob).map((message) => `${message.text} ${message.state}`)).toEqual([
      'before delivered',
      'after 0 delivered',
      'after 1 delivered',
      'after 2 delivered',
      'last delivered',
    ]);
    expect(bob.chat(ann).map((message) => message.text)).toEqual([
      'before',
      ...[0, 1, 2, 3, 4].map((i) => `forgotten ${i}`),
      ...[0, 1, 2].map((i) => `after ${i}`),
      'last',
    ]);
    const states = async (upTo: number) => {
      await bob.messenger.messages.markRead({ friend: ann.hex, upTo: bob.chat(ann).at(upTo)!.id });
      await run(100);
      return ann.chat(bob).map((message) => message.state);
    };
    expect(await states(5)).toEqual(['read', ...Array(4).fill('delivered')]);
    expect(await states(-1)).toEqual(Array(5).fill('read'));
  });
});

describe('a long queue', () => {
  it('flows within the window, keeps order, and lets others through', async () => {
    const carl = world.person('carl');
    await befriend(ann, carl);
    cut();
    const texts = Array.from({ length: 3_000 }, (_, i) => `${i} ${'x'.repeat(500)}`);
    await Promise.all([...texts.map((text) => ann.send(bob, text)), run(10)]);
    world.network.join(ann.key, bob.key);
    await run(60);
    await ann.send(carl, 'quick');
    await run(25);
    expect(ann.lines(carl)).toEqual(['out quick: delivered']);
    expect(ann.chat(bob).at(-1)!.state).toBe('sending');
    await world.clock.runUntilTrue(() => ann.chat(bob).at(-1)!.state === 'delivered', 5_000);
    const got: string[] = [];
    for (const { messages } of bob.reports.received) for (const message of messages) got.push(message.text);
    expect(got).toEqual(texts);
    expect(bob.view(ann)!.unread).toBe(3_000);
  });

  it('goes on after a break in the middle', async () => {
    cut();
    const texts = Array.from({ length: 4_000 }, (_, i) => `${i} ${'y'.repeat(300)}`);
    await Promise.all([...texts.map((text) => ann.send(bob, text)), run(10)]);
    world.network.join(ann.key, bob.key);
    for (let i = 0; i < 6; i++) {
      await run(75);
      world.network.cut(ann.key, bob.key);
      if (i % 2 === 0) bob.crashAndRestart();
      else ann.crashAndRestart();
      world.network.join(ann.key, bob.key);
    }
    await run(5_000);
    const list = (after: number) => bob.messenger.messages.list({ friend: ann.hex, after, limit: 500 });
    const got: string[] = [];
    for (let page = list(0); page.length > 0; page = list(page.at(-1)!.order))
      got.push(...page.map((message) => message.text));
    expect(got).toEqual(texts);
    expect(ann.store.read.messages.outbox(1, 0, 10)).toEqual([]);
  });
});

describe('a full disk', () => {
  const fill = (person: Person) => {
    const { store } = person;
    const write = store.write.bind(store);
    store.write = () => {
      throw new DiskFullError();
    };
    return () => {
      store.write = write;
    };
  };

  it('is told to the person who writes, and nothing is half there', async () => {
    const free = fill(ann);
    await expect(ann.send(bob, 'lost')).rejects.toThrow(DiskFullError);
    await expect(ann.messenger.friends.rename({ friend: bob.hex, alias: 'x' })).rejects.toThrow(DiskFullError);
    free();
    await ann.send(bob, 'kept');
    await run(100);
    expect(bob.lines(ann)).toEqual(['in kept: received']);
    expect(ann.view(bob)!.alias).toBe('b');
  });

  it('at the receiver acknowledges nothing; all comes in order when there is room again', async () => {
    const free = fill(bob);
    await ann.send(bob, 'one');
    await run(100);
    expect(ann.view(bob)!.presence).toBe('offline');
    free();
    await ann.send(bob, 'two');
    await join2();
    expect(bob.lines(ann)).toEqual(['in one: received', 'in two: received']);
    expect(ann.lines(bob)).toEqual(['out one: delivered', 'out two: delivered']);
  });
});

describe('a hostile or broken friend', () => {
  const say = (frame: MessageFrame) => ann.links.linkDouble(bob.key)!.channel(1).send(encodeMessageFrame(frame));
  const sayWritten = (first: number, last: number) => {
    const word = encodeMessageDatagram({ kind: 'written', body: { messages: { first, last } } });
    ann.links.linkDouble(bob.key)!.sendDatagram(2, word);
  };
  const sayBytes = (...bytes: number[]) => ann.links.linkDouble(bob.key)!.channel(1).send(new Uint8Array(bytes));
  const hello = (known: { device: Uint8Array; receivedUpTo: number; readUpTo: number }[]): MessageFrame => ({
    kind: 'hello',
    body: {
      version: 9,
      capabilities: 77,
      device: new Uint8Array(8).fill(4),
      name: 'x',
      known,
      extension: new Uint8Array(9),
    },
  });

  it('does no harm with frames that are unknown, malformed, or not to be said now', async () => {
    for (const bytes of [[99, 1, 2], [2, 0], [2, 255, 255], [4, 7], []]) sayBytes(...bytes);
    say(hello([]));
    await ann.send(bob, 'still works');
    await run(100);
    expect(bob.lines(ann)).toEqual(['in still works: received']);
    expect(bob.messenger.dropped).toEqual({
      'message-unknown-kind': 1,
      'message-malformed': 4,
      'message-unexpected': 1,
    });
  });

  /** Bob's window is full at once, since nothing Ann's side says acknowledges. */
  async function fillWindow(): Promise<string[]> {
    ann.links
      .linkDouble(bob.key)!
      .channel(1)
      .onFrames(() => {});
    const texts = Array.from({ length: 200 }, () => 'z'.repeat(16_000));
    await Promise.all([...texts.map((text) => bob.send(ann, text)), run(10)]);
    return texts;
  }

  it('is not believed about messages that were never sent to them', async () => {
    await fillWindow();
    say({ kind: 'receipt', body: { delivered: [{ first: 1, last: MAX_SEQ }], read: [{ first: 1, last: MAX_SEQ }] } });
    await run(15);
    const states = bob.chat(ann).map((message) => message.state);
    const sent = states.filter((state) => state === 'read').length;
    expect(sent).toBeGreaterThan(10);
    expect(sent).toBeLessThan(100);
    expect(states.slice(sent).every((state) => state === 'sending')).toBe(true);
  });

  it('is not believed to have written down what was never sent, and cannot keep us from sending it again', async () => {
    const texts = await fillWindow();
    for (let i = 0; i < 20; i++) sayWritten(1 + i, MAX_SEQ);
    await run(15);
    const states = bob.chat(ann).map((message) => message.state);
    const sent = states.filter((state) => state === 'delivered').length;
    expect(sent).toBeGreaterThan(10);
    // No more room for others: only receipts make some.
    expect(sent).toBeLessThan(100);
    expect(states.slice(sent).every((state) => state === 'sending')).toBe(true);
    await run(1_000);
    expect(bob.chat(ann).filter(({ state }) => state === 'delivered')).toHaveLength(sent);
    ann.crashAndRestart();
    await run(5_000);
    expect(ann.chat(bob)).toHaveLength(texts.length);
    expect(bob.store.read.messages.outbox(1, 0, 9)).toEqual([]);
  });

  it('makes no work by saying again, or late, that they wrote something down', async () => {
    await bob.send(ann, 'one');
    await run(50);
    await bob.send(ann, 'two');
    await run(50);
    let writes = 0;
    const write = bob.store.write.bind(bob.store);
    bob.store.write = (work) => {
      writes++;
      return write(work);
    };
    for (let i = 0; i < 50; i++) sayWritten(1, 1 + (i % 2));
    await run(50);
    expect([writes, bob.messenger.dropped]).toEqual([0, { 'message-late': 50 }]);
  });

  it('cannot use up our numbers', async () => {
    cut();
    await run(10);
    const known = [{ device: bob.store.deviceTag, receivedUpTo: MAX_SEQ, readUpTo: MAX_SEQ }];
    // Ann's messenger says nothing on the new link but what the test makes it say.
    await ann.messenger.stop();
    world.network.join(ann.key, bob.key);
    await run(100);
    say(hello(known));
    await run(50);
    await bob.send(ann, 'x');
    await run(50);
    expect(bob.store.read.messages.outbox(1, 0, 9).map((row) => row.seq)).toEqual([1]);
  });

  it('gets no typing, names or messages through after being blocked', async () => {
    await bob.messenger.friends.block({ friend: ann.hex });
    await ann.send(bob, 'hey');
    await run(1_000);
    expect(bob.chat(ann)).toEqual([]);
    expect(ann.lines(bob)).toEqual(['out hey: sending']);
  });
});
