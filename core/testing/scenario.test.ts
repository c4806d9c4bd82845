import { expect, it } from 'vitest';
import { StoryFailed, withSeed } from './scenario.ts';

it('tells a story: a packet is lost in a partition, and the next one arrives', async () => {
  await withSeed(7, async (story) => {
    const [anna, ben] = [story.computer(), story.computer()];
    const a = await anna.host.bind({ port: 1 });
    const b = await ben.host.bind({ port: 1 });
    const heard: number[] = [];
    b.onDatagram((packet) => heard.push(packet[0]!));
    const heal = story.network.partition([anna.host], [ben.host]);
    story.step('Anna writes during the partition');
    a.send(Uint8Array.of(1), { host: ben.host.address, port: 1 });
    await story.pass(1_000);
    heal();
    a.send(Uint8Array.of(2), { host: ben.host.address, port: 1 });
    await story.until('Ben hears', () => heard.length > 0);
    expect(heard).toEqual([2]);
  });
});

it('fails with the seed, the steps, the packets and the cause', async () => {
  const failure = await withSeed('s-42', async (story) => {
    const socket = await story.computer().host.bind({ port: 1 });
    story.step('a packet goes nowhere');
    socket.send(Uint8Array.of(5), { host: '10.9.9.9', port: 9 });
    await story.until('it rains', () => false, 100);
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StoryFailed);
  const { message, cause } = failure as StoryFailed;
  expect(message).toMatch(/^it rains did not come true within 100 ms/);
  for (const part of ['seed: s-42', 'a packet goes nowhere', 'until it rains', '10.9.9.9:9  1 B  0x05  no-route']) {
    expect(message).toContain(part);
  }
  expect((cause as Error).name).toBe('VirtualTimeout');
});

it('a crashed computer loses timers and sockets and keeps its files; it starts again with its wrong date', async () => {
  await withSeed(1, async (story) => {
    const computer = story.computer('192.0.2.1', { skewMs: 5_000 });
    let ticks = 0;
    computer.clock.every(10, () => ticks++);
    await computer.host.bind({ port: 1 });
    await computer.files.write('key', Uint8Array.of(1));
    await story.pass(25);
    computer.crash();
    await story.pass(100);
    computer.restart();
    expect(ticks).toBe(2);
    expect(await computer.files.read('key')).toEqual(Uint8Array.of(1));
    expect((await computer.host.bind({ port: 1 })).port).toBe(1);
    expect(computer.clock.wall() - story.clock.wall()).toBe(5_000);
  });
});

it('a sleeping computer hears nothing and its timers wait', async () => {
  await withSeed(1, async (story) => {
    const [sleeper, other] = [story.computer(), story.computer()];
    const heard: number[] = [];
    (await sleeper.host.bind({ port: 1 })).onDatagram((packet) => heard.push(packet[0]!));
    const socket = await other.host.bind({ port: 1 });
    let rang = 0;
    sleeper.clock.after(50, () => {
      rang = story.clock.now();
    });
    sleeper.sleep();
    socket.send(Uint8Array.of(1), { host: sleeper.host.address, port: 1 });
    await story.pass(1_000);
    sleeper.wake();
    socket.send(Uint8Array.of(2), { host: sleeper.host.address, port: 1 });
    await story.pass(1_000);
    expect([heard, rang]).toEqual([[2], 1_050]);
  });
});
