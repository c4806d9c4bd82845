import { beforeEach, describe, expect, it } from 'vitest';
import { type Endpoint, type NetworkSocket, PortInUseError } from '../ports/network.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimNetwork } from './sim-network.ts';
import { VirtualClock } from './virtual-clock.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

interface Heard {
  packet: Uint8Array;
  from: Endpoint;
  at: number;
}

describe('SimNetwork', () => {
  let clock: VirtualClock;
  let network: SimNetwork;

  function build(conditions = {}) {
    clock = new VirtualClock();
    network = new SimNetwork({
      clock,
      random: new SeededRandom('sim-network'),
      conditions: { latency: { kind: 'fixed', ms: 10 }, ...conditions },
    });
  }
  beforeEach(() => build());

  function listen(socket: NetworkSocket): Heard[] {
    const heard: Heard[] = [];
    socket.onDatagram((packet, from) => heard.push({ packet, from, at: clock.now() }));
    return heard;
  }
  async function pair() {
    const hosts = [network.host('192.0.2.1'), network.host('192.0.2.2')] as const;
    const a = await hosts[0].bind({ port: 1000 });
    const b = await hosts[1].bind({ port: 2000 });
    return {
      hosts,
      a,
      b,
      heardA: listen(a),
      heardB: listen(b),
      toA: at('192.0.2.1', 1000),
      toB: at('192.0.2.2', 2000),
    };
  }
  const at = (host: string, port: number): Endpoint => ({ host, port });

  it('delivers a datagram after the latency, with its source', async () => {
    const { a, heardB, toA, toB } = await pair();
    a.send(bytes(1, 2), toB);
    await clock.runFor(100);
    expect(heardB).toEqual([{ packet: bytes(1, 2), from: toA, at: 10 }]);
    expect(a.traffic).toEqual({ packetsIn: 0, packetsOut: 1, bytesIn: 0, bytesOut: 2 });
  });

  it('gives each pair of hosts a stable latency of its own', async () => {
    build({ latency: { kind: 'pair', minMs: 10, maxMs: 100, jitterMs: 0 } });
    const { a, b, heardA, heardB, toA, toB } = await pair();
    const c = await network.host('192.0.2.3').bind({ port: 1 });
    a.send(bytes(1), toB);
    b.send(bytes(1), toA);
    c.send(bytes(1), toB);
    await clock.runFor(200);
    expect(heardA[0]!.at).toBe(heardB.find(({ from }) => from.port === 1000)!.at);
    expect(heardB[0]!.at).not.toBe(heardB[1]!.at);
  });

  it('loses, doubles and corrupts about as many packets as it was told', async () => {
    build({ loss: 0.2, duplication: 0.1, corruption: 0.1 });
    const { a, heardB, toB } = await pair();
    for (let i = 0; i < 10_000; i++) a.send(bytes(7, 7, 7), toB);
    await clock.runFor(1_000);
    const wrong = heardB.filter(({ packet }) => packet.some((value) => value !== 7)).length;
    expect(network.trace.totals.lost).toBeGreaterThan(1_800);
    expect(network.trace.totals.lost).toBeLessThan(2_200);
    expect(heardB.length).toBeGreaterThan(8_600);
    expect(heardB.length).toBeLessThan(9_000);
    expect(wrong).toBeGreaterThan(650);
    expect(wrong).toBeLessThan(950);
  });

  it('never changes the sender’s buffer when it corrupts', async () => {
    build({ corruption: 1 });
    const { a, heardB, toB } = await pair();
    const packet = bytes(0, 0, 0, 0);
    a.send(packet, toB);
    await clock.runFor(20);
    expect(packet).toEqual(bytes(0, 0, 0, 0));
    expect(heardB[0]!.packet).not.toEqual(packet);
  });

  it('reorders', async () => {
    build({ reordering: 0.3 });
    const { a, heardB, toB } = await pair();
    for (let i = 0; i < 100; i++) a.send(bytes(i), toB);
    await clock.runFor(1_000);
    const order = heardB.map(({ packet }) => packet[0]!);
    expect(order).not.toEqual([...order].sort((x, y) => x - y));
    expect(new Set(order).size).toBe(100);
  });

  it('drops and counts what is larger than the path allows', async () => {
    const { a, heardB, toB } = await pair();
    a.send(new Uint8Array(1_473), toB);
    a.send(new Uint8Array(1_472), toB);
    await clock.runFor(20);
    expect(heardB.map(({ packet }) => packet.length)).toEqual([1_472]);
    expect(network.trace.totals.oversize).toBe(1);
  });

  it('limits the uplink and drops what its queue does not hold', async () => {
    const slow = network.host('192.0.2.9', { uplinkBytesPerSecond: 10_000 });
    const { heardB, toB } = await pair();
    const socket = await slow.bind({ port: 1 });
    for (let i = 0; i < 20; i++) socket.send(new Uint8Array(1_000), toB);
    await clock.runFor(5_000);
    expect(heardB.map((heard) => Math.round(heard.at))).toEqual([110, 210, 310, 410, 510, 610, 710, 810, 910, 1_010]);
    expect(network.trace.totals.congested).toBe(10);
  });

  it('partitions and heals', async () => {
    const { a, hosts, heardB, toB } = await pair();
    const heal = network.partition([hosts[0]], [hosts[1]]);
    a.send(bytes(1), toB);
    await clock.runFor(20);
    heal();
    a.send(bytes(2), toB);
    await clock.runFor(20);
    expect(heardB.map(({ packet }) => packet[0])).toEqual([2]);
    expect(network.trace.totals.partitioned).toBe(1);
  });

  it('does not deliver what was under way when a partition began', async () => {
    const { a, hosts, heardB, toB } = await pair();
    a.send(bytes(1), toB);
    network.partition([hosts[0]], [hosts[1]]);
    await clock.runFor(20);
    expect(heardB).toEqual([]);
  });

  it('forgets the sockets of a crashed host, and lets it bind again', async () => {
    const { a, b, hosts, heardB, toA, toB, heardA } = await pair();
    hosts[1].crash();
    a.send(bytes(1), toB);
    b.send(bytes(2), toA);
    await clock.runFor(20);
    hosts[1].restart();
    const again = listen(await hosts[1].bind({ port: 2000 }));
    a.send(bytes(3), toB);
    await clock.runFor(20);
    expect(heardA).toEqual([]);
    expect(heardB).toEqual([]);
    expect(again.map(({ packet }) => packet[0])).toEqual([3]);
  });

  it('keeps sockets across a change of address', async () => {
    const { a, b, hosts, heardA, heardB, toA, toB } = await pair();
    hosts[0].moveTo('198.51.100.1');
    b.send(bytes(1), toA);
    a.send(bytes(2), toB);
    await clock.runFor(20);
    expect(heardA).toEqual([]);
    expect(heardB.map(({ from }) => from)).toEqual([at('198.51.100.1', 1000)]);
    expect(a.localAddresses()).toEqual(['198.51.100.1']);
  });

  it('refuses a port that is bound and an address that is taken', async () => {
    const { hosts, a } = await pair();
    await expect(hosts[0].bind({ port: 1000 })).rejects.toThrow(PortInUseError);
    expect(() => network.host('192.0.2.1')).toThrow('taken');
    await a.close();
    expect((await hosts[0].bind({ port: 1000 })).port).toBe(1000);
  });

  it('sends by the family of the destination only', async () => {
    const both = network.host('192.0.2.8', { more: ['2001:db8::8'] });
    const six = network.host('2001:db8::9');
    const socket = await both.bind({ port: 1 });
    const heard = listen(await six.bind({ port: 2 }));
    const { a } = await pair();
    socket.send(bytes(1), at('2001:db8::9', 2));
    a.send(bytes(2), at('2001:db8::9', 2));
    await clock.runFor(20);
    expect(heard.map(({ from }) => from.host)).toEqual(['2001:db8::8']);
    expect(network.trace.totals['no-route']).toBe(1);
  });

  it('lets a tap capture, alter and drop, and a test replay from any source', async () => {
    const { a, heardB, toA, toB } = await pair();
    const captured: Uint8Array[] = [];
    const stop = network.onPacket(({ packet }) => {
      captured.push(packet);
      if (packet[0] === 1) return bytes(9);
      return packet[0] === 2 ? 'drop' : undefined;
    });
    for (const value of [1, 2, 3]) a.send(bytes(value), toB);
    await clock.runFor(20);
    stop();
    network.inject(toA, toB, captured[1]!);
    await clock.runFor(20);
    expect(heardB.map(({ packet }) => packet[0])).toEqual([9, 3, 2]);
    expect(heardB[2]!.from).toEqual(toA);
  });

  it('is the same in every run from one seed', async () => {
    const run = async () => {
      build({ loss: 0.1, reordering: 0.2, latency: { kind: 'uniform', minMs: 1, maxMs: 50 } });
      const { a, heardB, toB } = await pair();
      for (let i = 0; i < 200; i++) a.send(bytes(i), toB);
      await clock.runFor(1_000);
      return heardB.map(({ packet, at: time }) => `${packet[0]}@${time}`);
    };
    expect(await run()).toEqual(await run());
  });

  it('writes a trace a person can read', async () => {
    const { a, toB } = await pair();
    a.send(bytes(5, 6), toB);
    a.send(bytes(1), at('203.0.113.1', 9));
    await clock.runFor(20);
    const text = network.trace.text();
    expect(text).toContain('192.0.2.1:1000 > 192.0.2.2:2000  2 B  0x05  delivered');
    expect(text).toContain('203.0.113.1:9  1 B  0x01  no-route');
    expect(text).toContain('packets: ');
  });
});
