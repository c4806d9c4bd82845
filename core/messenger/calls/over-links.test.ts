import { describe, expect, it } from 'vitest';
import { toHex } from '../../ids/bytes.ts';
import { Caller } from '../../testing/call-world.ts';
import { LinkWorld, linkOf } from '../../testing/link-world.ts';

const REKEY_OFTEN = { epochMs: 20_000, rekeyAfterMs: 2_000 };

/** Two persons in a call over a real link. */
async function talking(seed: string) {
  const world = new LinkWorld(seed);
  const [a, b] = await world.friends(REKEY_OFTEN, REKEY_OFTEN);
  const [from, to] = [new Caller(world, a, b), new Caller(world, b, a)];
  await world.untilLinked(a, b);
  const { call } = from.calls.begin({ friend: toHex(b.profile.publicKey) });
  await world.clock.runFor(200);
  to.calls.accept({ call });
  await world.clock.runFor(200);
  const [send, sendBack] = [from.listen(call), to.listen(call)];
  return { world, a, b, from, to, call, send, sendBack };
}

describe('a call over real links', () => {
  it('of 30 s with a key change every 2 s loses and conceals no frame on a clean path', async () => {
    const { world, a, b, from, to, send } = await talking('keys');
    const before = linkOf(a, b)!.stats().epoch;
    await from.speak(send, 1_500);
    const concealed = to.buffer.stats.concealed;
    await world.clock.runFor(200);
    expect(linkOf(a, b)!.stats().epoch - before).toBeGreaterThanOrEqual(10);
    expect(to.heard.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1_500 }, (_, i) => i));
    expect(to.buffer.stats).toMatchObject({ played: 1_500, late: 0, duplicates: 0, skipped: 0 });
    expect(concealed).toBe(0);
    const [view] = from.calls.list();
    expect(view!.quality).toMatchObject({ lossIn: 0, lossOut: 0, epoch: linkOf(a, b)!.stats().epoch });
    expect(view!.quality!.nextEpochInMs!).toBeLessThanOrEqual(REKEY_OFTEN.rekeyAfterMs);
    expect([a.complaints, b.complaints]).toEqual([[], []]);
  });

  it('survives a network loss of 5 s and says what it is doing', async () => {
    const { world, a, b, from, to, call, send } = await talking('loss');
    await from.speak(send, 100);
    const heal = world.network.partition([a.host], [b.host]);
    await from.speak(send, 250, 100);
    expect([from.seen.at(-1), to.seen.at(-1)]).toEqual(['reconnecting', 'reconnecting']);
    heal();
    await from.speak(send, 250, 350);
    expect([from.seen.at(-1), to.seen.at(-1)]).toEqual(['active', 'active']);
    expect(to.calls.list()).toMatchObject([{ call, state: 'active' }]);
    // What was said in the last five seconds is heard again, without the delay of the gap.
    expect(to.heard.filter(({ clock }) => clock >= 360 * 960).length).toBeGreaterThanOrEqual(235);
    const last = to.played.findLast((playout) => playout.kind === 'frame');
    expect(last?.kind === 'frame' && last.frame.clock).toBeGreaterThan((600 - 8) * 960);
  });

  it('survives a change of address without losing its state', async () => {
    const { a, b, from, to, send } = await talking('address');
    await from.speak(send, 100);
    a.host.moveTo('203.0.113.7');
    a.overlay.announceChange();
    await from.speak(send, 200, 100);
    expect(linkOf(b, a)!.stats().remote.host).toBe('203.0.113.7');
    expect(to.seen).not.toContain('reconnecting');
    expect(to.heard.length).toBeGreaterThanOrEqual(295);
  });

  it('is hung up on both sides, with its length', async () => {
    const { world, from, to, call, send } = await talking('end');
    await from.speak(send, 500);
    to.calls.end({ call });
    await world.clock.runFor(100);
    expect([from.seen.at(-1), to.seen.at(-1)]).toEqual(['ended hung-up', 'ended hung-up']);
    for (const { finished } of [from, to]) {
      const { endedAt, answeredAt } = finished[0]!;
      expect(Math.round((endedAt - answeredAt!) / 1_000)).toBe(10);
    }
    expect(send(501)).toBe(false);
  });
});
