import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDisk } from '../../node/testing/test-disk.ts';
import { World } from '../testing/people.ts';
import { listen, only, speak, start, talk } from './testing/callers.ts';

/** First byte of a datagram with audio. */
const AUDIO = 1;

let world: World;

beforeEach(() => {
  world = new World(testDisk());
});

afterEach(() => world.close());

describe('sound', () => {
  it('goes both ways, each frame once and in order', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const [fromA, fromB] = [listen(a, call), listen(b, call)];
    await speak(fromA, 50);
    await speak(fromB, 30);
    await world.clock.runFor(100);
    expect(fromB.frames.map(({ opus }) => opus[0])).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(fromB.frames.map(({ clock }) => clock)).toEqual(Array.from({ length: 50 }, (_, i) => i * 960));
    expect(fromA.frames.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  it('is measured', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const fromA = listen(a, call);
    await speak(fromA, 200);
    expect(only(a).quality).toMatchObject({ lossIn: 0, lossOut: 0, epoch: 0, nextEpochInMs: 180_000 });
    expect(only(a).quality!.rttMs).toBeCloseTo(20, 0);
    expect(only(b).quality!.jitterMs).toBeLessThan(1);
    expect(only(a).encoder).toMatchObject({ redundancy: 0, constantRate: true });
  });

  it('is made up for by redundancy when packets are lost', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const [fromA, fromB] = [listen(a, call), listen(b, call)];
    let sent = 0;
    world.network.losesDatagram = () => sent++ % 8 === 0;
    await speak(fromA, 300);
    expect(only(a).encoder!.redundancy).toBe(2);
    const before = fromB.frames.length;
    await speak(fromA, 200, false, 300);
    await world.clock.runFor(100);
    expect(only(a).quality!.lossOut).toBeGreaterThan(0.05);
    expect(new Set(fromB.frames.slice(before).map(({ sequence }) => sequence)).size).toBeGreaterThanOrEqual(199);
  });

  it('does not leave a muted microphone, nor reach a deafened ear, and the friend is told', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const [fromA, fromB] = [listen(a, call), listen(b, call)];
    a.messenger.calls.setMuted({ call, muted: true });
    await speak(fromA, 20);
    expect(fromB.frames.every(({ silence, opus }) => silence && opus.length === 0)).toBe(true);
    expect([only(a), only(b)]).toMatchObject([{ muted: true }, { peerMuted: true, peerDeafened: false }]);
    a.messenger.calls.setMuted({ call, muted: false, deafened: true });
    await world.clock.runFor(50);
    expect(only(b)).toMatchObject({ peerMuted: false, peerDeafened: true });
    await speak(fromB, 20);
    expect(fromA.frames).toEqual([]);
  });

  it('of one who muted while it rang is told when the call begins', async () => {
    const [a, b] = await world.friends();
    const call = start(a, b);
    await world.clock.runFor(100);
    for (const person of [a, b]) person.messenger.calls.setMuted({ call, muted: true });
    b.messenger.calls.accept({ call });
    await world.clock.runFor(200);
    expect([only(a).peerMuted, only(b).peerMuted]).toEqual([true, true]);
  });

  it('goes to the newest client; the one before is told', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const fromA = listen(a, call);
    const [first, second] = [listen(b, call), listen(b, call)];
    await speak(fromA, 5);
    await world.clock.runFor(50);
    expect([first.frames.length, second.frames.length]).toEqual([0, 5]);
    expect(first.ended).toEqual(['replaced']);
    expect(first.attachment.send({ clock: 0, silence: false, opus: new Uint8Array(1) })).toBe(false);
    a.messenger.calls.end({ call });
    await world.clock.runFor(50);
    expect([first.ended, second.ended]).toEqual([['replaced'], ['over']]);
    expect(b.messenger.calls.attach(call, { frame() {}, ended() {} })).toBeUndefined();
  });

  it('has packets of one size, unless the person wants it otherwise', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const sizes = new Set<number>();
    b.links.linkTo(a.key)!.onDatagram(1, (payload) => payload[0] === AUDIO && sizes.add(payload.length));
    const fromA = listen(a, call);
    for (let i = 0; i < 100; i++) {
      fromA.attachment.send({ clock: i * 960, silence: i % 7 === 0, opus: new Uint8Array(3 + (i % 70)).fill(1) });
      await world.clock.runFor(20);
    }
    expect(sizes.size).toBe(1);
    await a.messenger.settings.set({ padCalls: false });
    await speak(fromA, 5, false, 100);
    for (let i = 105; i < 130; i++) {
      fromA.attachment.send({ clock: i * 960, silence: false, opus: new Uint8Array(i).fill(1) });
      await world.clock.runFor(20);
    }
    expect(sizes.size).toBeGreaterThan(20);
  });

  it('is not taken faster than in real time, nor backwards', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const fromA = listen(a, call);
    const send = (clock: number) => fromA.attachment.send({ clock, silence: false, opus: new Uint8Array(1) });
    const taken = Array.from({ length: 500 }, (_, i) => send(i * 960)).filter(Boolean).length;
    expect(taken).toBeLessThanOrEqual(100);
    await world.clock.runFor(5_000);
    expect([send(10 ** 9), send(10 ** 9), send(10 ** 9 + 960)]).toEqual([true, false, true]);
  });
});
