import { describe, expect, it } from 'vitest';
import type { NetworkStream } from '../ports/network.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimNetwork } from './sim-network.ts';
import type { Conditions } from './sim-path.ts';
import { VirtualClock } from './virtual-clock.ts';

async function pair(conditions: Partial<Conditions> = {}) {
  const clock = new VirtualClock();
  const random = new SeededRandom('streams');
  const network = new SimNetwork({ clock, random, conditions: { latency: { kind: 'fixed', ms: 20 }, ...conditions } });
  const [hostA, hostB] = [network.host('192.0.2.1'), network.host('192.0.2.2')];
  const a = await hostA.bind({ port: 1 });
  const b = await hostB.bind({ port: 2 });
  const streamA = a.openStream({ localId: 10, remoteId: 20, remote: { host: '192.0.2.2', port: 2 } });
  const streamB = b.openStream({ localId: 20, remoteId: 10, remote: { host: '192.0.2.1', port: 1 } });
  return { clock, random, network, hostA, hostB, a, b, streamA, streamB, atA: watch(streamA), atB: watch(streamB) };
}

function watch(stream: NetworkStream) {
  const seen = { length: 0, reasons: [] as string[] };
  stream.onData((bytes) => {
    seen.length += bytes.length;
  });
  stream.onClose((reason) => seen.reasons.push(reason));
  return seen;
}

describe('SimStream', () => {
  it('stalls during a partition and goes on after it', async () => {
    const { clock, network, hostA, hostB, streamA, atB } = await pair();
    const heal = network.partition([hostA], [hostB]);
    streamA.write(new Uint8Array(50_000));
    await clock.runFor(5_000);
    expect(atB.length).toBe(0);
    heal();
    await clock.runFor(5_000);
    expect(atB.length).toBe(50_000);
    expect(atB.reasons).toEqual([]);
  });

  it('fails when the peer is dead for about 13 s, as UDX does', async () => {
    const { clock, hostB, streamA, atA, atB } = await pair();
    streamA.write(Uint8Array.of(1));
    await clock.runFor(100);
    hostB.crash();
    streamA.write(Uint8Array.of(2));
    const start = clock.now();
    await clock.runUntilTrue(() => atA.reasons.length > 0, 60_000);
    expect(atA.reasons).toEqual(['failed']);
    expect(clock.now() - start).toBeGreaterThan(12_000);
    expect(clock.now() - start).toBeLessThan(15_000);
    await clock.runFor(60_000);
    expect(atB.reasons).toEqual([]);
  });

  it('does not notice a dead peer while it has nothing to say', async () => {
    const { clock, hostB, atA } = await pair();
    hostB.crash();
    await clock.runFor(600_000);
    expect(atA.reasons).toEqual([]);
  });

  it('takes as long as the uplink needs', async () => {
    const { clock, hostA, streamA, atB } = await pair();
    hostA.uplinkBytesPerSecond = 1_000_000;
    const bytes = new Uint8Array(500_000);
    streamA.onDrain(() => {});
    streamA.write(bytes);
    await clock.runUntilTrue(() => atB.length === bytes.length, 60_000);
    expect(clock.now()).toBeGreaterThan(500);
    expect(clock.now()).toBeLessThan(700);
  });

  it('is slowed, not broken, by loss', async () => {
    const { clock, streamA, atB } = await pair({ loss: 0.1 });
    streamA.write(new Uint8Array(1_000_000));
    await clock.runUntilTrue(() => atB.length === 1_000_000, 60_000);
    expect(clock.now()).toBeGreaterThan(60);
    expect(clock.now()).toBeLessThan(5_000);
    expect(atB.reasons).toEqual([]);
  });

  it('measures the round-trip time', async () => {
    const { clock, streamA } = await pair();
    expect(streamA.rttMs).toBe(0);
    streamA.write(Uint8Array.of(1));
    await clock.runFor(100);
    expect(streamA.rttMs).toBe(40);
  });

  it('survives that the peer moves while data is under way, once told where to', async () => {
    const { clock, random, hostA, streamA, streamB, atA, atB } = await pair();
    streamB.write(random.bytes(100_000));
    hostA.moveTo('198.51.100.9');
    streamA.write(random.bytes(10_000));
    await clock.runFor(3_000);
    expect([atA.length, atB.length]).toEqual([0, 10_000]);
    streamB.changeRemote({ host: '198.51.100.9', port: 1 });
    await clock.runFor(3_000);
    expect([atA.length, atB.length]).toEqual([100_000, 10_000]);
    expect([streamA.pendingBytes, streamB.pendingBytes]).toEqual([0, 0]);
  });

  it('shows its data to taps, which may alter it', async () => {
    const { clock, network, streamA, streamB } = await pair();
    network.onPacket(({ kind, packet }) => (kind === 'stream' && packet[0] === 1 ? Uint8Array.of(9) : undefined));
    const received: number[] = [];
    streamB.onData((bytes) => received.push(...bytes));
    streamA.write(Uint8Array.of(1));
    streamA.write(Uint8Array.of(2));
    await clock.runFor(100);
    expect(received).toEqual([9, 2]);
  });
});
