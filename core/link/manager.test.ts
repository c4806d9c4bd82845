import { describe, expect, it } from 'vitest';
import { LinkWorld, linkOf } from '../testing/link-world.ts';

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('ParleyLinks', () => {
  it('brings two friends together and carries frames both ways', async () => {
    const world = new LinkWorld('together');
    const [a, b] = await world.friends();
    const heard: string[] = [];
    b.links.onUp((link) => link.channel(1).onFrames((frames) => heard.push(...frames.map(read))));
    a.links.onUp((link) => link.channel(1).onFrames((frames) => heard.push(...frames.map(read))));
    await world.untilLinked(a, b);
    expect(world.clock.now()).toBeLessThan(80);
    linkOf(a, b)!.channel(1).send(text('hello'));
    linkOf(b, a)!.channel(1).send(text('hi'));
    await world.clock.runFor(15);
    expect(heard.sort()).toEqual(['hello', 'hi']);
    await world.clock.runFor(10_000);
    expect([a.ups.length, b.ups.length, a.downs, b.downs]).toEqual([1, 1, [], []]);
    expect([...a.complaints, ...b.complaints]).toEqual([]);
  });
});
