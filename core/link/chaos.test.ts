import { describe, expect, it } from 'vitest';
import { befriend, LinkWorld, linkOf, type Person } from '../testing/link-world.ts';
import type { Link } from './types.ts';

const EPOCHS = { epochMs: 30_000, rekeyAfterMs: 3_000 };

/** Frames heard by one person, by link: each link's must be a gapless beginning of what was sent on it. */
function listen(person: Person, heard: number[][]): void {
  person.links.onUp((link) => {
    const numbers: number[] = [];
    heard.push(numbers);
    link.channel(1).onFrames((frames) => {
      for (const frame of frames) numbers.push(new DataView(frame.buffer, frame.byteOffset).getUint32(0));
    });
  });
}

function counter(): (link: Link) => void {
  const next = new WeakMap<Link, number>();
  return (link) => {
    const number = next.get(link) ?? 0;
    next.set(link, number + 1);
    const frame = new Uint8Array(4 + (number % 500));
    new DataView(frame.buffer).setUint32(0, number);
    link.channel(1).send(frame);
  };
}

describe('whatever happens to the network', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'the link comes back, and no frame is doubled, moved or skipped (seed %i)',
    async (seed) => {
      const world = new LinkWorld(`chaos ${seed}`, {
        latency: { kind: 'pair', minMs: 5, maxMs: 80, jitterMs: 20 },
        loss: [0, 0.01, 0.05, 0.1][seed % 4]!,
        duplication: 0.02,
        reordering: 0.05,
      });
      const random = world.random.fork('chaos');
      const [a, first] = await world.friends(EPOCHS, EPOCHS);
      let b = first;
      const everybody = [a, b];
      const heard: number[][] = [];
      listen(a, heard);
      listen(b, heard);
      const send = counter();
      await world.untilLinked(a, b, 20_000);
      const healers: (() => void)[] = [];
      let moves = 10;
      const steps: (() => Promise<void> | void)[] = [
        () => void healers.push(world.network.partition([a.host], [b.host])),
        () => {
          for (const heal of healers.splice(0)) heal();
        },
        () => {
          const who = random.chance(0.5) ? a : b;
          who.host.moveTo(`203.0.113.${moves++}`);
          if (random.chance(0.7)) who.overlay.announceChange();
        },
        () => linkOf(a, b)?.close(),
        async () => {
          b.crash();
          await world.clock.runFor(random.uniform() * 8_000);
          b.host.restart();
          b = await world.person({ ...EPOCHS, host: b.host, profile: b.profile });
          everybody.push(b);
          listen(b, heard);
          befriend(a, b);
          b.links.start();
        },
        () => {
          b.host.up = false;
          world.clock.after(random.uniform() * 30_000, () => {
            b.host.up = true;
          });
        },
      ];
      for (let round = 0; round < 12; round++) {
        await random.pick(steps)();
        for (let i = 0; i < 20; i++) {
          for (const [from, to] of [
            [a, b],
            [b, a],
          ] as const) {
            const link = linkOf(from, to);
            if (link !== undefined) for (let n = random.integer(5); n > 0; n--) send(link);
          }
          await world.clock.runFor(random.uniform() * 400);
        }
      }
      for (const heal of healers) heal();
      // Longer than the pauses a peer may be in, less than the longest: a nudge stands for the person opening the window.
      await world.clock.runFor(60_000);
      a.links.seek(b.profile.publicKey);
      b.links.seek(a.profile.publicKey);
      await world.untilLinked(a, b, 60_000);
      await world.clock.runFor(30_000);
      expect(linkOf(a, b)?.up && linkOf(b, a)?.up).toBe(true);
      expect(Math.abs(linkOf(a, b)!.stats().epoch - linkOf(b, a)!.stats().epoch)).toBeLessThanOrEqual(1);
      const before = heard.flat().length;
      for (const link of [linkOf(a, b)!, linkOf(b, a)!]) for (let i = 0; i < 20; i++) send(link);
      await world.clock.runUntilTrue(() => heard.flat().length >= before + 40, 20_000, 'the last frames');
      for (const numbers of heard) expect(numbers).toEqual(numbers.map((_, i) => i));
      expect([...a.complaints, ...b.complaints]).toEqual([]);
      expect(everybody.flatMap(({ elsewhere }) => elsewhere)).toEqual([]);
      expect(a.transport.drops.get('handler-failed') + b.transport.drops.get('handler-failed')).toBe(0);
      for (const reason of ['bad-record', 'bad-frame', 'epoch-expired', 'stream-forged'])
        for (const { transport } of [a, b]) expect(transport.drops.get(reason), reason).toBe(0);
    },
  );
});
