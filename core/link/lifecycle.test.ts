import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../codec/limits.ts';
import { equalBytes } from '../ids/bytes.ts';
import { befriend, LinkWorld, linkOf, type Person } from '../testing/link-world.ts';
import { SILENCE_MS } from './path.ts';
import { CHANNELS } from './types.ts';

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function collect(person: Person): string[] {
  const heard: string[] = [];
  person.links.onUp((link) => link.channel(CHANNELS.messages).onFrames((frames) => heard.push(...frames.map(read))));
  return heard;
}

describe('the end of a link', () => {
  it('is told at once by a goodbye, after all frames sent before it', async () => {
    const world = new LinkWorld('goodbye');
    const [a, b] = await world.friends();
    const heard = collect(b);
    await world.untilLinked(a, b);
    for (let i = 0; i < 2_000; i++)
      linkOf(a, b)!
        .channel(1)
        .send(text(`${i}`));
    linkOf(a, b)!.close();
    expect(a.downs).toEqual(['closed']);
    await world.clock.runUntilTrue(() => b.downs.length > 0, 2_000);
    expect(b.downs).toEqual(['closed-by-peer']);
    expect(heard.length).toBe(2_000);
    expect(world.clock.now()).toBeLessThan(400);
  });

  it('is told by stop, which resolves when the goodbye is delivered', async () => {
    const world = new LinkWorld('stop');
    const [a, b] = await world.linked();
    await world.clock.runUntilSettled(a.links.stop(), 3_000);
    expect(b.downs).toEqual(['closed-by-peer']);
    expect(b.links.linkTo(a.profile.publicKey)).toBeUndefined();
  });

  it('is told by a datagram when the stream is stuck', async () => {
    const world = new LinkWorld('stuck');
    const [a, b] = await world.linked();
    world.network.onPacket(({ kind }) => (kind === 'stream' ? 'drop' : undefined));
    linkOf(a, b)!.close();
    await world.clock.runUntilTrue(() => b.downs.length > 0, 2_000);
    expect(b.downs).toEqual(['closed-by-peer']);
  });

  it('is noticed by silence when the peer crashed, idle or not', async () => {
    for (const busy of [false, true]) {
      const world = new LinkWorld(`crash ${busy}`);
      const [a, b] = await world.linked();
      await world.clock.runFor(60_000);
      b.crash();
      const since = world.clock.now();
      if (busy) linkOf(a, b)!.channel(1).send(text('are you there?'));
      await world.clock.runUntilTrue(() => a.downs.length > 0, 60_000);
      expect(['silent', 'failed']).toContain(a.downs[0]);
      expect(world.clock.now() - since).toBeLessThan(SILENCE_MS + 2_000);
    }
  });

  it('comes for a removed friend, who gets no link again', async () => {
    const world = new LinkWorld('removed');
    const [a, b] = await world.linked();
    a.links.removeFriend(b.profile.publicKey);
    await world.clock.runFor(120_000);
    expect(a.downs).toEqual(['closed']);
    expect(b.downs).toEqual(['closed-by-peer']);
    expect([a.ups.length, b.ups.length]).toEqual([1, 1]);
    expect(a.transport.drops.get('query-of-stranger')).toBeGreaterThan(0);
    expect(linkOf(b, a)).toBeUndefined();
  });

  it('drops what is sent afterwards', async () => {
    const world = new LinkWorld('afterwards');
    const [a, b] = await world.linked();
    const link = linkOf(a, b)!;
    link.close();
    expect(link.up).toBe(false);
    expect(link.channel(1).send(text('late'))).toBe(false);
    expect(link.sendDatagram(1, text('late'))).toBe(false);
    link.close();
    expect(a.downs).toEqual(['closed']);
  });
});

describe('a link comes back', () => {
  it('after we closed it in trouble, soon and in spite of a path that does not work at first', async () => {
    const world = new LinkWorld('trouble');
    const [a, b] = await world.linked();
    linkOf(a, b)!.close();
    await world.clock.runFor(1_000);
    expect(b.downs).toEqual(['closed-by-peer']);
    let lost = true;
    world.network.onPacket(() => (lost ? 'drop' : undefined));
    await world.clock.runFor(30_000);
    lost = false;
    await world.clock.runUntilTrue(() => linkOf(a, b)?.up === true && linkOf(b, a)?.up === true, 10_000);
  });

  it('at once when the stream broke', async () => {
    const world = new LinkWorld('broken');
    const [a, b] = await world.linked();
    let flipped = 0;
    world.network.onPacket(({ kind, packet }) => {
      if (kind !== 'stream' || packet.length < 20 || flipped++ > 0) return undefined;
      const copy = packet.slice();
      copy[10]! ^= 1;
      return copy;
    });
    linkOf(a, b)!.channel(1).send(text('flipped on the way'));
    await world.clock.runUntilTrue(() => a.ups.length === 2 && b.ups.length === 2, 2_000);
    expect(b.downs).toEqual(['failed']);
    expect(b.transport.drops.get('bad-record')).toBe(1);
    await world.clock.runFor(10_000);
    expect([a.ups.length, b.ups.length]).toEqual([2, 2]);
    expect(linkOf(a, b)!.up && linkOf(b, a)!.up).toBe(true);
  });

  it('quickly when the peer restarted, and replaces the dead one', async () => {
    const world = new LinkWorld('restart');
    const [a, b] = await world.linked();
    b.crash();
    await world.clock.runFor(500);
    b.host.restart();
    const again = await world.person({ host: b.host, profile: b.profile });
    befriend(a, again);
    again.links.start();
    const since = world.clock.now();
    await world.clock.runUntilTrue(() => again.ups.length > 0 && a.ups.length === 2, 2_000);
    expect(world.clock.now() - since).toBeLessThan(100);
    expect(a.downs).toEqual(['replaced']);
    await world.clock.runFor(60_000);
    expect([a.ups.length, again.ups.length, again.downs]).toEqual([2, 1, []]);
  });

  it('after a friend was away for long, when it comes back', async () => {
    const world = new LinkWorld('away');
    const [a, b] = await world.linked();
    await world.clock.runUntilSettled(b.links.stop(), 3_000);
    b.crash();
    await world.clock.runFor(3_600_000);
    b.host.restart();
    const again = await world.person({ host: b.host, profile: b.profile });
    befriend(a, again);
    again.links.start();
    await world.clock.runUntilTrue(() => again.ups.length > 0 && a.ups.length === 2, 200);
    expect(a.downs).toEqual(['closed-by-peer']);
  });

  it('when a partition heals', async () => {
    const world = new LinkWorld('partition');
    const [a, b] = await world.linked();
    const heal = world.network.partition([a.host], [b.host]);
    await world.clock.runUntilTrue(() => a.downs.length > 0 && b.downs.length > 0, 60_000);
    await world.clock.runFor(30_000);
    heal();
    await world.clock.runUntilTrue(() => linkOf(a, b) !== undefined && linkOf(b, a) !== undefined, 70_000);
  });
});

describe('a computer that slept', () => {
  async function nap(ms: number) {
    const world = new LinkWorld(`nap ${ms}`);
    const [a, b] = await world.linked();
    await world.clock.runFor(10_000);
    a.clock.sleep();
    a.host.up = false;
    await world.clock.runFor(ms);
    a.host.up = true;
    a.clock.wake();
    return { world, a, b };
  }

  it('has its links back some seconds after it wakes, though its own clock saw no pause', async () => {
    const { world, a, b } = await nap(120_000);
    expect(b.downs.length).toBe(1);
    await world.clock.runUntilTrue(() => a.ups.length === 2 && b.ups.length === 2, 6_000);
    await world.clock.runFor(30_000);
    expect(linkOf(a, b)!.up && linkOf(b, a)!.up).toBe(true);
  });

  it('keeps its links over a nap that nobody noticed', async () => {
    const { world, a, b } = await nap(8_000);
    await world.clock.runFor(60_000);
    expect([a.downs, b.downs]).toEqual([[], []]);
  });
});

describe('a short cut', () => {
  it('of 10 s loses neither the link nor a frame', async () => {
    const world = new LinkWorld('short cut');
    const [a, b] = await world.friends();
    const heard = collect(b);
    await world.untilLinked(a, b);
    await world.clock.runFor(5_000);
    const heal = world.network.partition([a.host], [b.host]);
    linkOf(a, b)!.channel(1).send(text('into the void'));
    await world.clock.runFor(10_000);
    heal();
    await world.clock.runUntilTrue(() => heard.length > 0, 20_000);
    expect([a.downs, b.downs]).toEqual([[], []]);
  });
});

describe('back-pressure', () => {
  it('tells the sender to wait, and when to go on; nothing is lost', async () => {
    const world = new LinkWorld('pressure');
    const [a, b] = await world.friends();
    let bytes = 0;
    b.links.onUp((link) =>
      link.channel(9).onFrames((frames) => {
        for (const frame of frames) bytes += frame.length;
      }),
    );
    await world.untilLinked(a, b);
    const channel = linkOf(a, b)!.channel(9);
    let sent = 0;
    let pauses = 0;
    const pump = () => {
      while (sent < 200) {
        sent++;
        if (!channel.send(new Uint8Array(MAX_FRAME_BYTES))) {
          pauses++;
          return;
        }
      }
    };
    channel.onDrain(pump);
    pump();
    expect(sent).toBeLessThan(50);
    await world.clock.runUntilTrue(() => bytes === 200 * MAX_FRAME_BYTES, 60_000);
    expect(pauses).toBeGreaterThan(2);
  });

  it('frames of all sizes arrive as they were sent', async () => {
    const world = new LinkWorld('sizes');
    const [a, b] = await world.friends();
    const heard: Uint8Array[] = [];
    b.links.onUp((link) => link.channel(1).onFrames((frames) => heard.push(...frames)));
    await world.untilLinked(a, b);
    const sizes = [0, 1, 2, 100, 1_400, 1_500, MAX_FRAME_BYTES - 1, MAX_FRAME_BYTES, 0, 65_000, 1_000];
    const frames = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    for (const frame of frames) linkOf(a, b)!.channel(1).send(frame.slice());
    await world.clock.runFor(2_000);
    expect(heard.length).toBe(frames.length);
    expect(heard.every((frame, i) => equalBytes(frame, frames[i]!))).toBe(true);
    expect(() =>
      linkOf(a, b)!
        .channel(1)
        .send(new Uint8Array(MAX_FRAME_BYTES + 1)),
    ).toThrow(RangeError);
  });
});
