import { beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint, NetworkSocket } from '../ports/network.ts';
import { SeededRandom } from './seeded-random.ts';
import { NAT_KINDS, type NatKind } from './sim-nat.ts';
import { SimNetwork } from './sim-network.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('SimNat', () => {
  let clock: VirtualClock;
  let network: SimNetwork;
  let server1: NetworkSocket;
  let server2: NetworkSocket;
  beforeEach(async () => {
    clock = new VirtualClock();
    network = new SimNetwork({
      clock,
      random: new SeededRandom('nat'),
      conditions: { latency: { kind: 'fixed', ms: 10 } },
    });
    server1 = await network.host('198.51.100.1').bind({ port: 1 });
    server2 = await network.host('198.51.100.2').bind({ port: 2 });
  });

  const server1At = { host: '198.51.100.1', port: 1 };
  const server2At = { host: '198.51.100.2', port: 2 };

  function sources(socket: NetworkSocket): Endpoint[] {
    const heard: Endpoint[] = [];
    socket.onDatagram((_packet, from) => heard.push(from));
    return heard;
  }
  const behind = (kind: NatKind, address = '203.0.113.1', inside = '192.168.1.2') =>
    network.host(inside, { behind: network.nat(address, kind) }).bind({ port: 500 });
  const send = async (socket: NetworkSocket, to: Endpoint) => {
    socket.send(Uint8Array.of(1), to);
    await clock.runFor(50);
  };

  it('cone: one outside endpoint for all destinations, open to hosts that were sent to', async () => {
    const inside = await behind('cone');
    const [at1, at2, atInside] = [sources(server1), sources(server2), sources(inside)];
    await send(inside, server1At);
    await send(server2, at1[0]!);
    expect(atInside).toEqual([]);
    await send(inside, server2At);
    expect(at2).toEqual(at1);
    expect(at1[0]!.host).toBe('203.0.113.1');
    await send(server2, at1[0]!);
    expect(atInside).toEqual([server2At]);
    expect(network.trace.totals.filtered).toBe(1);
  });

  it('symmetric: another outside endpoint for each destination', async () => {
    const inside = await behind('symmetric');
    const [at1, at2, atInside] = [sources(server1), sources(server2), sources(inside)];
    await send(inside, server1At);
    await send(inside, server2At);
    expect(at1[0]!.port).not.toBe(at2[0]!.port);
    await send(server2, at1[0]!);
    expect(atInside).toEqual([]);
    await send(server1, at1[0]!);
    expect(atInside).toEqual([server1At]);
  });

  it('forgets mappings that were quiet, and takes another port then', async () => {
    const inside = await behind('cone');
    const [at1, atInside] = [sources(server1), sources(inside)];
    await send(inside, server1At);
    await clock.runFor(NAT_KINDS.cone.timeoutMs - 1_000);
    await send(server1, at1[0]!);
    expect(atInside.length).toBe(1);
    await clock.runFor(2_000);
    await send(server1, at1[0]!);
    expect(atInside.length).toBe(1);
    await send(inside, server1At);
    expect(at1[1]!.port).not.toBe(at1[0]!.port);
  });

  it('keeps a mapping alive by packets from inside', async () => {
    const inside = await behind('cone');
    const at1 = sources(server1);
    for (let i = 0; i < 5; i++) {
      await send(inside, server1At);
      await clock.runFor(NAT_KINDS.cone.timeoutMs / 2);
    }
    expect(new Set(at1.map(({ port }) => port)).size).toBe(1);
  });

  it('forgets everything when it is switched off and on', async () => {
    const nat = network.nat('203.0.113.7', 'cone');
    const inside = await network.host('10.0.0.2', { behind: nat }).bind({ port: 500 });
    const [at1, atInside] = [sources(server1), sources(inside)];
    await send(inside, server1At);
    nat.reboot();
    await send(server1, at1[0]!);
    expect(atInside).toEqual([]);
    await send(inside, server1At);
    expect(at1[1]!.port).not.toBe(at1[0]!.port);
  });

  it('two cones punch a hole by sending to each other at once', async () => {
    const a = await behind('cone', '203.0.113.1');
    const b = await behind('cone', '203.0.113.2');
    const [at1, atA, atB] = [sources(server1), sources(a), sources(b)];
    await send(a, server1At);
    await send(b, server1At);
    const [outsideA, outsideB] = [at1[0]!, at1[1]!];
    await send(a, outsideB);
    expect(atB).toEqual([]);
    await send(b, outsideA);
    await send(a, outsideB);
    expect([atA, atB]).toEqual([[outsideB], [outsideA]]);
  });

  it('two symmetric ones do not', async () => {
    const a = await behind('symmetric', '203.0.113.1');
    const b = await behind('symmetric', '203.0.113.2');
    const [at1, atA, atB] = [sources(server1), sources(a), sources(b)];
    await send(a, server1At);
    await send(b, server1At);
    for (let i = 0; i < 5; i++) {
      await send(a, at1[1]!);
      await send(b, at1[0]!);
    }
    expect([atA, atB]).toEqual([[], []]);
  });

  it('hosts inside one NAT reach each other by their private addresses only', async () => {
    const nat = network.nat('203.0.113.7', 'cone');
    const a = await network.host('10.0.0.2', { behind: nat }).bind({ port: 500 });
    const b = await network.host('10.0.0.3', { behind: nat }).bind({ port: 500 });
    const [at1, atA, atB] = [sources(server1), sources(a), sources(b)];
    await send(a, { host: '10.0.0.3', port: 500 });
    expect(atB).toEqual([{ host: '10.0.0.2', port: 500 }]);
    await send(b, server1At);
    await send(a, at1[0]!);
    expect(atB.length).toBe(1);
    await send(server2, { host: '10.0.0.2', port: 500 });
    expect(atA).toEqual([]);
  });

  it('hairpins where it was told to', async () => {
    const nat = network.nat('203.0.113.7', { ...NAT_KINDS.cone, filtering: 'endpoint-independent', hairpin: true });
    const a = await network.host('10.0.0.2', { behind: nat }).bind({ port: 500 });
    const b = await network.host('10.0.0.3', { behind: nat }).bind({ port: 500 });
    const [at1, atB] = [sources(server1), sources(b)];
    await send(b, server1At);
    await send(a, at1[0]!);
    expect(atB.map(({ host }) => host)).toEqual(['203.0.113.7']);
  });

  it('a laptop carried into another network goes on from there', async () => {
    const host = network.host('192.0.2.9');
    const socket = await host.bind({ port: 500 });
    const at1 = sources(server1);
    await send(socket, server1At);
    host.moveTo('192.168.7.2', { behind: network.nat('203.0.113.9', 'cone') });
    await send(socket, server1At);
    expect(at1.map((from) => from.host)).toEqual(['192.0.2.9', '203.0.113.9']);
  });
});
