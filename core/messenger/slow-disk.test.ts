import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskFullError } from '../ports/files.ts';
import { type Person, World } from './testing/people.ts';

/** Longer than the way of a message there and back, 20 ms. */
const FLUSH_MS = 50;

let folder: string;
let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-slow-'));
  const copy = (from: string, to: string) => existsSync(from) && copyFileSync(from, to);
  world = new World({ folder, copy, flushMs: FLUSH_MS });
  [ann, bob] = await world.friends();
  await run(500);
  await exchange('first');
});
afterEach(() => {
  world.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (ms: number) => world.clock.runFor(ms);

/** From here on Ann has a durable message, as early sending wants it. */
async function exchange(text: string): Promise<void> {
  const sent = ann.send(bob, text);
  await run(500);
  await sent;
}

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

describe('a lone message', () => {
  it('waits for one disk, not for two in turn, and its note for none; nothing is told before its disk is done', async () => {
    const log = record();
    await run(15);
    expect(bob.lines(ann).at(-1)).toBe('in lone: received');
    expect(log).toEqual([]);
    await run(500);
    expect(log).toEqual(['50: sending', '50: sent', '60: received', '70: delivered']);
  });

  it('is not acknowledged when the receiver loses power before the disk is done, and comes again', async () => {
    const log = record();
    await run(30);
    bob.losePower();
    expect(bob.lines(ann)).toEqual(['in first: received']);
    await run(1_000);
    expect(bob.lines(ann)).toEqual(['in first: received', 'in lone: received']);
    expect(log.at(-1)).toMatch(/delivered$/);
  });

  it('whose sender loses power before it was told is a message of the friend alone, and its number is not used again', async () => {
    record();
    await run(15);
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
  });

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

describe('many messages', () => {
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
  it('is told to who sends; the message may be on its way all the same, is shown then, and arrives once', async () => {
    ann.disk!.failure = new DiskFullError();
    const log = record();
    await run(100);
    expect(log).toEqual(['50: the disk is full', '60: received', '70: delivered']);
    ann.disk!.failure = undefined;
    await exchange('after');
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(['first', 'lone', 'after']);
  });

  it('at the receiver acknowledges nothing; the friend sends it again, and it is reported once', async () => {
    bob.disk!.failure = new DiskFullError();
    const log = record();
    await run(100);
    expect(ann.lines(bob).at(-1)).toBe('out lone: sending');
    bob.disk!.failure = undefined;
    world.network.join(ann.key, bob.key);
    await run(500);
    expect(log.at(-1)).toMatch(/delivered$/);
    expect(log.filter((line) => line.endsWith('received'))).toHaveLength(1);
    expect(bob.lines(ann)).toEqual(['in first: received', 'in lone: received']);
  });
});

describe('mail that comes while the disk fails', () => {
  it('is neither acknowledged nor reported until the disk has kept it', async () => {
    world.close();
    const copy = (from: string, to: string) => existsSync(from) && copyFileSync(from, to);
    world = new World({ folder: mkdtempSync(join(folder, 'mail-')), copy, flushMs: FLUSH_MS }, { mail: true });
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
