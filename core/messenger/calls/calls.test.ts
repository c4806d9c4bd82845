import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCallFrame } from '../../codec/calls.ts';
import { fromHex } from '../../ids/bytes.ts';
import { CHANNELS } from '../../link/types.ts';
import { testDisk } from '../../node/testing/test-disk.ts';
import { befriend, World } from '../testing/people.ts';
import type { CallView } from '../views.ts';
import { entries, only, start, states, talk, watch } from './testing/callers.ts';

let world: World;

beforeEach(() => {
  world = new World(testDisk());
});

afterEach(() => world.close());

describe('a call', () => {
  it('rings on both sides, is taken, and is hung up', async () => {
    const [a, b] = await world.friends();
    const [seenByA, seenByB] = [watch(a), watch(b)];
    const call = start(a, b);
    await world.clock.runFor(100);
    expect([only(a), only(b)]).toMatchObject([
      { call, friend: b.hex, direction: 'out', state: 'ringing-there' },
      { call, friend: a.hex, direction: 'in', state: 'ringing', quality: null },
    ]);
    await world.clock.runFor(5_000);
    b.messenger.calls.accept({ call });
    await world.clock.runFor(30_000);
    a.messenger.calls.end({ call });
    await world.clock.runFor(100);
    expect(seenByA).toEqual(['calling', 'ringing-there', 'active', 'ended hung-up']);
    expect(seenByB).toEqual(['ringing', 'connecting', 'active', 'ended hung-up']);
    expect([entries(a, b), entries(b, a)]).toEqual([['out answered delivered'], ['in answered read']]);
    const [entry] = a.chat(b);
    expect(entry!.id).toBe(call);
    expect(entry!.call!.durationMs).toBeGreaterThan(29_000);
    expect(entry!.call!.durationMs).toBeLessThan(31_000);
    expect(a.messenger.calls.list()).toEqual([]);
  });

  it('can be declined, and taken back', async () => {
    const [a, b] = await world.friends();
    const first = start(a, b);
    await world.clock.runFor(100);
    b.messenger.calls.decline({ call: first });
    await world.clock.runFor(100);
    const second = start(a, b);
    await world.clock.runFor(100);
    a.messenger.calls.end({ call: second });
    await world.clock.runFor(100);
    expect(entries(a, b)).toEqual(['out declined delivered', 'out cancelled delivered']);
    expect(entries(b, a)).toEqual(['in declined read', 'in missed received']);
    expect(b.view(a)).toMatchObject({ unread: 1, lastMessage: { text: '', call: { outcome: 'missed' } } });
    await b.messenger.messages.markRead({ friend: a.hex, upTo: second });
    expect(b.view(a)!.unread).toBe(0);
  });

  it('ends without an answer after a minute', async () => {
    const [a, b] = await world.friends();
    const [seenByA, seenByB] = [watch(a), watch(b)];
    start(a, b);
    await world.clock.runFor(59_000);
    expect(states(a)).toEqual(['ringing-there']);
    await world.clock.runFor(2_000);
    expect(seenByA.at(-1)).toBe('ended no-answer');
    expect(seenByB.at(-1)).toBe('ended no-answer');
    expect([entries(a, b), entries(b, a)]).toEqual([['out unanswered delivered'], ['in missed received']]);
  });

  it('becomes one when both call at once, with no word needed', async () => {
    const [a, b] = await world.friends();
    const [fromA, fromB] = [start(a, b), start(b, a)];
    const taken = fromA < fromB ? fromA : fromB;
    await world.clock.runFor(200);
    expect([only(a), only(b)]).toMatchObject([
      { call: taken, state: 'active' },
      { call: taken, state: 'active' },
    ]);
    expect([a.messenger.calls.list().length, b.messenger.calls.list().length]).toEqual([1, 1]);
    a.messenger.calls.end({ call: taken });
    await world.clock.runFor(100);
    expect([a.chat(b).length, b.chat(a).length]).toEqual([1, 1]);
  });

  it('tells whose call took the place of ours', async () => {
    const [a, b] = await world.friends();
    const views: CallView[] = [];
    for (const person of [a, b]) person.messenger.calls.changed.on((view) => views.push(view));
    const [low, high] = [start(a, b), start(b, a)].sort();
    await world.clock.runFor(200);
    expect(views.find(({ call, state }) => call === high && state === 'ended')).toMatchObject({
      reason: 'replaced',
      replacedBy: low,
    });
  });

  it('answers a friend who rings already, instead of calling back', async () => {
    const [a, b] = await world.friends();
    const call = start(a, b);
    await world.clock.runFor(100);
    expect(start(b, a)).toBe(call);
    await world.clock.runFor(100);
    expect(states(a)).toEqual(['active']);
  });

  it('is refused for strangers, blocked ones, and during another call', async () => {
    const [a, b] = await world.friends();
    expect(() => a.messenger.calls.begin({ friend: '0'.repeat(64) })).toThrow(/no such friend/);
    const c = world.person('c');
    await befriend(a, c);
    start(a, b);
    expect(() => start(a, c)).toThrow(/other call/);
    await a.messenger.friends.block({ friend: b.hex });
    expect(states(a)).toEqual([]);
    expect(() => start(a, b)).toThrow(/blocked/);
    expect(() => a.messenger.calls.accept({ call: '0'.repeat(32) })).toThrow(/no such call/);
  });

  it('ends for both when one of them stops', async () => {
    const [a, b] = await world.friends();
    await talk(a, b);
    await a.messenger.stop();
    await world.clock.runFor(100);
    expect(states(b)).toEqual([]);
    expect(entries(b, a)).toEqual(['in answered read']);
  });
});

describe('a second call', () => {
  it('rings beside the first and can be swapped: the first ends', async () => {
    const [a, b] = await world.friends();
    const c = world.person('c');
    await befriend(c, b);
    await talk(a, b);
    const second = start(c, b);
    await world.clock.runFor(100);
    expect(states(b).sort()).toEqual(['active', 'ringing']);
    b.messenger.calls.accept({ call: second });
    await world.clock.runFor(100);
    expect([states(a), states(b), states(c)]).toEqual([[], ['active'], ['active']]);
    expect(entries(b, a)).toEqual(['in answered read']);
  });

  it('that is declined says busy', async () => {
    const [a, b] = await world.friends();
    const c = world.person('c');
    await befriend(c, b);
    await talk(a, b);
    const seen = watch(c);
    const second = start(c, b);
    await world.clock.runFor(100);
    b.messenger.calls.decline({ call: second });
    await world.clock.runFor(100);
    expect(seen.at(-1)).toBe('ended busy');
    expect([states(b), entries(c, b)]).toEqual([['active'], ['out busy delivered']]);
  });

  it('a third one hears busy at once and is missed', async () => {
    const [a, b] = await world.friends();
    const [c, d] = [world.person('c'), world.person('d')];
    for (const person of [c, d]) await befriend(person, b);
    await talk(a, b);
    start(c, b);
    await world.clock.runFor(100);
    const seen = watch(d);
    start(d, b);
    await world.clock.runFor(100);
    expect(seen.at(-1)).toBe('ended busy');
    expect(b.messenger.calls.list().length).toBe(2);
    expect(entries(b, d)).toEqual(['in missed received']);
  });
});

describe('a friend who is away', () => {
  it('is looked for, and it rings when the link comes', async () => {
    const [a, b] = await world.friends();
    world.network.cut(a.key, b.key);
    const seen = watch(a);
    start(a, b);
    await world.clock.runFor(20_000);
    expect(states(a)).toEqual(['seeking']);
    world.network.join(a.key, b.key);
    await world.clock.runFor(500);
    expect(seen).toEqual(['seeking', 'calling', 'ringing-there']);
    expect(states(b)).toEqual(['ringing']);
  });

  it('hears later of an attempt that never rang, once, whatever is repeated', async () => {
    const [a, b] = await world.friends();
    world.network.cut(a.key, b.key);
    const seen = watch(a);
    const call = start(a, b);
    await world.clock.runFor(61_000);
    expect(seen.at(-1)).toBe('ended unreachable');
    expect(entries(a, b)).toEqual(['out unreachable delivered']);
    a.crashAndRestart();
    world.network.join(a.key, b.key);
    await world.clock.runFor(500);
    expect(b.chat(a)).toMatchObject([{ id: call, direction: 'in', state: 'received', call: { outcome: 'missed' } }]);
    expect(b.view(a)!.unread).toBe(1);
    // Noted: over the next link nothing is told again.
    const told: number[] = [];
    b.messenger.onMessagesReceived(({ messages }) => told.push(messages.length));
    world.network.cut(a.key, b.key);
    world.network.join(a.key, b.key);
    await world.clock.runFor(500);
    expect([b.chat(a).length, told]).toEqual([1, []]);
    expect(a.store.read.calls.owed(1)).toEqual([]);
  });

  it('hears over the same link of an attempt that was taken back before it rang', async () => {
    const [a, b] = await world.friends();
    const call = start(a, b);
    a.messenger.calls.end({ call });
    await world.clock.runFor(500);
    expect(b.chat(a)).toMatchObject([{ id: call, direction: 'in', state: 'received', call: { outcome: 'missed' } }]);
    expect(a.store.read.calls.owed(1)).toEqual([]);
  });

  it('who declines while the link is gone is asked again and says the same', async () => {
    const [a, b] = await world.friends();
    const call = start(a, b);
    await world.clock.runFor(100);
    world.network.cut(a.key, b.key);
    await world.clock.runFor(100);
    expect([states(a), states(b)]).toEqual([['seeking'], ['ringing']]);
    b.messenger.calls.decline({ call });
    const seen = watch(a);
    world.network.join(a.key, b.key);
    await world.clock.runFor(500);
    expect(seen.at(-1)).toBe('ended declined');
  });
});

describe('a loss of the link', () => {
  it('is survived and told', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const seen = watch(b);
    world.network.cut(a.key, b.key);
    await world.clock.runFor(10_000);
    expect([states(a), states(b)]).toEqual([['reconnecting'], ['reconnecting']]);
    world.network.join(a.key, b.key);
    await world.clock.runFor(500);
    expect([only(a), only(b)]).toMatchObject([
      { call, state: 'active' },
      { call, state: 'active' },
    ]);
    expect(seen).toEqual(['reconnecting', 'active']);
  });

  it('ends the call when it lasts longer than 30 s', async () => {
    const [a, b] = await world.friends();
    await talk(a, b);
    world.network.cut(a.key, b.key);
    await world.clock.runFor(31_000);
    expect([states(a), states(b)]).toEqual([[], []]);
    expect(entries(a, b)).toEqual(['out answered delivered']);
  });

  it('that shows only in silence is told within seconds', async () => {
    const [a, b] = await world.friends();
    await talk(a, b);
    world.network.losesDatagram = () => true;
    await world.clock.runFor(3_000);
    expect([states(a), states(b)]).toEqual([['reconnecting'], ['reconnecting']]);
    world.network.losesDatagram = () => false;
    await world.clock.runFor(500);
    expect([states(a), states(b)]).toEqual([['active'], ['active']]);
  });

  it('in which one side was started anew ends the call on the other', async () => {
    const [a, b] = await world.friends();
    await talk(a, b);
    const seen = watch(a);
    b.crashAndRestart();
    await world.clock.runFor(1_000);
    expect(seen.at(-1)).toBe('ended failed');
  });
});

describe('a friend who says what does not fit', () => {
  it('changes nothing but counters', async () => {
    const [a, b] = await world.friends();
    const c = world.person('c');
    await befriend(c, b);
    const call = await talk(a, b);
    const channel = c.links.linkTo(b.key)!.channel(CHANNELS.calls);
    const id = fromHex(call)!;
    for (const kind of ['ringing', 'accept'] as const) channel.send(encodeCallFrame({ kind, body: { call: id } }));
    channel.send(encodeCallFrame({ kind: 'end', body: { call: id, reason: 'hungUp' } }));
    channel.send(Uint8Array.of(200, 1));
    channel.send(Uint8Array.of(2, 1));
    c.links.linkTo(b.key)!.sendDatagram(1, Uint8Array.of(9));
    c.links.linkTo(b.key)!.sendDatagram(1, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
    await world.clock.runFor(100);
    expect([states(a), states(b)]).toEqual([['active'], ['active']]);
    expect(b.messenger.dropped).toMatchObject({
      'call-of-another': 3,
      'call-unknown-kind': 1,
      'call-malformed': 1,
      'call-sound-malformed': 1,
      'call-sound-unexpected': 1,
    });
  });

  it('cannot fill the chat by calling again and again', async () => {
    const [a, b] = await world.friends();
    const channel = a.links.linkTo(b.key)!.channel(CHANNELS.calls);
    for (let i = 0; i < 500; i++) {
      const call = new Uint8Array(16).fill(1);
      new DataView(call.buffer).setUint32(0, i);
      const extension = new Uint8Array(0);
      channel.send(
        encodeCallFrame({ kind: 'ring', body: { version: 1, capabilities: 0, call, startedAt: i, extension } }),
      );
      channel.send(
        encodeCallFrame({ kind: 'missed', body: { call: call.map((byte) => byte ^ 255), startedAt: i, extension } }),
      );
    }
    await world.clock.runFor(200_000);
    expect(b.chat(a).length).toBeLessThanOrEqual(20);
    expect(b.messenger.dropped['call-ring-rate']).toBeGreaterThan(900);
  });

  it('does not end a call of a message', async () => {
    const [a, b] = await world.friends();
    const { id } = await a.send(b, 'hello');
    await world.clock.runFor(100);
    const channel = a.links.linkTo(b.key)!.channel(CHANNELS.calls);
    channel.send(
      encodeCallFrame({ kind: 'missed', body: { call: fromHex(id)!, startedAt: 1, extension: new Uint8Array(0) } }),
    );
    await world.clock.runFor(100);
    expect(b.chat(a)).toMatchObject([{ id, text: 'hello' }]);
    expect(b.chat(a)[0]!.call).toBeUndefined();
  });
});

it('entries of calls page, search and cancel like what they are', async () => {
  const [a, b] = await world.friends();
  await a.send(b, 'before');
  const call = start(a, b);
  await world.clock.runFor(100);
  a.messenger.calls.end({ call });
  await world.clock.runFor(100);
  await a.send(b, 'after');
  await world.clock.runFor(100);
  const page = a.messenger.messages.list({ friend: b.hex, around: call, limit: 3 });
  expect(page.map(({ text, call }) => call?.outcome ?? text)).toEqual(['before', 'cancelled', 'after']);
  expect(a.lines(b).at(-1)).toBe('out after: delivered');
  expect(a.messenger.messages.search({ query: 'after' })).toHaveLength(1);
  await expect(a.messenger.messages.cancel({ id: call })).rejects.toThrow(/no such message/);
  await a.restart();
  await world.clock.runFor(500);
  expect(b.chat(a)).toHaveLength(3);
});
