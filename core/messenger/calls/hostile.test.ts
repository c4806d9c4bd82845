import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AudioPacket, callNumber, encodeCallDatagram, encodeCallFrame } from '../../codec/calls.ts';
import { fromHex } from '../../ids/bytes.ts';
import { CHANNELS, DATAGRAM_KINDS } from '../../link/types.ts';
import { testDisk } from '../../node/testing/test-disk.ts';
import { type Person, World } from '../testing/people.ts';
import { listen, only, start, states, talk } from './testing/callers.ts';

let world: World;

beforeEach(() => {
  world = new World(testDisk());
});

afterEach(() => world.close());

const channelOf = (from: Person, to: Person) => from.links.linkTo(to.key)!.channel(CHANNELS.calls);

/** How often a person's page is told of a call from now on. */
function count(person: Person): { told: number } {
  const counted = { told: 0 };
  person.messenger.calls.changed.on(() => counted.told++);
  return counted;
}

/** Sends a datagram of this call with one frame in it. */
function sound(from: Person, to: Person, call: string, packet: Partial<AudioPacket>): void {
  const rest = { flags: { silence: false, begins: false }, earlier: [], report: undefined, padding: 0 };
  const opus = Uint8Array.of(1);
  const body = { number: callNumber(fromHex(call)!), stamp: 0, sequence: 0, clock: 0, opus, ...rest, ...packet };
  from.links.linkTo(to.key)!.sendDatagram(DATAGRAM_KINDS.calls, encodeCallDatagram({ kind: 'audio', body }));
}

describe('a friend in a call', () => {
  it('that says again and again that it rings there is told of once', async () => {
    const [a, b] = await world.friends();
    const call = start(a, b);
    await world.clock.runFor(100);
    expect(states(a)).toEqual(['ringing-there']);
    const counted = count(a);
    for (let i = 0; i < 500; i++) {
      channelOf(b, a).send(encodeCallFrame({ kind: 'ringing', body: { call: fromHex(call)! } }));
    }
    await world.clock.runFor(1_000);
    expect(counted.told).toBe(0);
  });

  it('that mutes and unmutes without end is told of at a pace, and the last word counts', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const counted = count(a);
    for (let i = 0; i <= 500; i++) {
      const body = { call: fromHex(call)!, muted: i % 2 === 0, deafened: false };
      channelOf(b, a).send(encodeCallFrame({ kind: 'here', body }));
    }
    let last = only(a);
    a.messenger.calls.changed.on((view) => {
      last = view;
    });
    await world.clock.runFor(2_000);
    expect(counted.told).toBeGreaterThan(0);
    expect(counted.told).toBeLessThan(20);
    expect(last.peerMuted).toBe(true);
  });

  it('whose reports contradict each other has the encoder set at a pace', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const counted = count(a);
    for (let i = 0; i < 500; i++) {
      const queues = { jitter: 0, queueing: 0, echo: 0, held: 0 };
      sound(b, a, call, { sequence: i, report: { highest: 0, loss: 0x4000, run: i % 2 === 0 ? 0 : 0xff, ...queues } });
    }
    await world.clock.runFor(2_000);
    expect(counted.told).toBeLessThan(20);
  });

  it('has frames without sound dropped and counted', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const heard = listen(a, call);
    const none = new Uint8Array(0);
    sound(b, a, call, { sequence: 5, clock: 4_800, opus: none });
    sound(b, a, call, { sequence: 6, clock: 5_760, earlier: [{ back: 1, ticks: 960, opus: none }] });
    sound(b, a, call, { sequence: 7, clock: 6_720, opus: none, flags: { silence: true, begins: false } });
    await world.clock.runFor(100);
    expect(heard.frames.map(({ sequence }) => sequence)).toEqual([7]);
    expect(a.messenger.dropped['call-sound-malformed']).toBe(2);
  });

  it('is not heard faster than a client may send', async () => {
    const [a, b] = await world.friends();
    const call = await talk(a, b);
    const heard = listen(a, call);
    for (let i = 0; i < 2_000; i++) sound(b, a, call, { sequence: i, clock: i * 960 });
    await world.clock.runFor(1_000);
    expect(heard.frames.length).toBeGreaterThan(100);
    expect(heard.frames.length).toBeLessThanOrEqual(400);
    for (let i = 2_000; i < 2_050; i++) sound(b, a, call, { sequence: i, clock: i * 960 });
    await world.clock.runFor(100);
    expect(heard.frames.at(-1)!.sequence).toBe(2_049);
  });
});

it('thanks for notices that were never given cost the disk nothing', async () => {
  const [a, b] = await world.friends();
  await world.clock.runFor(1_000);
  for (let i = 0; i < 100; i++) {
    channelOf(b, a).send(encodeCallFrame({ kind: 'noted', body: { call: new Uint8Array(16).fill(i) } }));
  }
  await world.clock.runFor(100);
  expect(a.messenger.dropped['call-noted-unasked']).toBe(100);
});
