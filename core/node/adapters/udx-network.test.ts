import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AddressUnusableError } from '../../ports/network.ts';
import { type ComplianceNetwork, NETWORK_COMPLIANCE } from '../../testing/network-compliance.ts';
import { createUdxNetwork } from './udx-network.ts';

const MESSAGE_BYTES = 60_000;
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

function overLoopback(): ComplianceNetwork {
  const network = createUdxNetwork();
  return {
    a: network,
    b: network,
    hostA: '127.0.0.1',
    hostB: '127.0.0.1',
    ...(hasIpv6 ? { hostA6: '::1', hostB6: '::1' } : {}),
    async until(condition, what) {
      const deadline = performance.now() + 20_000;
      while (!condition()) {
        if (performance.now() > deadline) throw new Error(`${what}: not within 20 s`);
        await pause(1);
      }
    },
    // A rule about what must not happen: over loopback a packet is there within microseconds.
    rest: () => pause(50),
  };
}

describe('the UDX network complies', () => {
  for (const { rule, run } of NETWORK_COMPLIANCE) it(rule, () => run(overLoopback()));
});

describe('the UDX network', () => {
  it('counts what it drops', async () => {
    const drops: string[] = [];
    const { until } = overLoopback();
    const socket = await createUdxNetwork({ onDrop: (reason) => drops.push(reason) }).bind({
      port: 0,
      host: '127.0.0.1',
    });
    const self = { host: '127.0.0.1', port: socket.port };
    socket.send(Uint8Array.of(1), { host: '::1', port: 9 });
    socket.send(Uint8Array.of(1), { host: 'nowhere', port: 9 });
    socket.send(new Uint8Array(32).fill(0xff), self);
    await until(() => drops.length === 3, 'three drops');
    expect(drops).toEqual(['no-address-family', 'send-failed', 'stray-stream-packet']);
    await socket.close();
  });

  it('says which address is none of this computer', async () => {
    const bound = createUdxNetwork().bind({ port: 0, host: '203.0.113.9' });
    await expect(bound).rejects.toThrow(new AddressUnusableError('this computer has no address 203.0.113.9'));
  });

  it('fails a stream to an address of a family the socket lacks', async () => {
    const { until } = overLoopback();
    const socket = await createUdxNetwork().bind({ port: 0, host: '127.0.0.1' });
    const stream = socket.openStream({ localId: 5, remoteId: 6, remote: { host: '::1', port: 9 } });
    const reasons: string[] = [];
    stream.onClose((reason) => reasons.push(reason));
    await until(() => reasons.length > 0, 'the stream closes');
    expect(reasons).toEqual(['failed']);
    expect(stream.write(Uint8Array.of(1))).toBe(false);
    await socket.close();
  });

  it('does not take packets for its streams from another node of the process', async () => {
    const network = createUdxNetwork();
    const [a, b, stranger] = await Promise.all([0, 0, 0].map((port) => network.bind({ port, host: '127.0.0.1' })));
    const { rest } = overLoopback();
    const stream = b!.openStream({ localId: 71, remoteId: 70, remote: { host: '127.0.0.1', port: a!.port } });
    let received = 0;
    stream.onData((bytes) => {
      received += bytes.length;
    });
    // Sent to the stranger's port, with the number of B's stream.
    const forged = a!.openStream({ localId: 70, remoteId: 71, remote: { host: '127.0.0.1', port: stranger!.port } });
    forged.write(Uint8Array.of(1, 2, 3));
    await rest();
    expect(received).toBe(0);
    await Promise.all([a, b, stranger].map((socket) => socket!.close()));
  });

  it('calls a reader that knows what it misses a few times a message, not for each packet', async () => {
    const { until } = overLoopback();
    const network = createUdxNetwork();
    const [a, b] = await Promise.all([0, 0].map((port) => network.bind({ port, host: '127.0.0.1' })));
    const open = (socket: typeof a, localId: number, remoteId: number, to: typeof a) =>
      socket!.openStream({ localId, remoteId, remote: { host: '127.0.0.1', port: to!.port } });
    const [sender, receiver] = [open(a, 81, 82, b), open(b, 82, 81, a)];
    let received = 0;
    let calls = 0;
    receiver.onData((bytes) => {
      calls++;
      received += bytes.length;
      receiver.expect!(MESSAGE_BYTES - (received % MESSAGE_BYTES));
    });
    for (let message = 1; message <= 20; message++) {
      sender.write(new Uint8Array(MESSAGE_BYTES));
      await until(() => received === message * MESSAGE_BYTES, 'the message arrives');
    }
    // The first packet, what fits then, and the rest; some more while the carrier learns how long packets may be.
    expect(calls).toBeLessThan(20 * 5);
    await Promise.all([a!.close(), b!.close()]);
  });

  it('tells of each buffer once, in order, that it needs it no more', async () => {
    const { until } = overLoopback();
    const network = createUdxNetwork();
    const [a, b] = await Promise.all([0, 0].map((port) => network.bind({ port, host: '127.0.0.1' })));
    const to = (port: number) => ({ host: '127.0.0.1', port });
    const sender = a!.openStream({ localId: 91, remoteId: 92, remote: to(b!.port) });
    b!.openStream({ localId: 92, remoteId: 91, remote: to(a!.port) }).onData(() => {});
    const written = Array.from({ length: 200 }, (_, i) => new Uint8Array(1 + 50 * i));
    const released: Uint8Array[] = [];
    sender.onReleased!((bytes) => released.push(bytes));
    for (const bytes of written) sender.write(bytes);
    await until(() => sender.pendingBytes === 0, 'all is acknowledged');
    expect(released.length).toBe(written.length);
    expect(released.every((bytes, i) => bytes === written[i])).toBe(true);
    await Promise.all([a!.close(), b!.close()]);
  });

  it('opens hundreds of sockets and streams and closes them all', async () => {
    const network = createUdxNetwork();
    const sockets = await Promise.all(Array.from({ length: 100 }, () => network.bind({ port: 0, host: '127.0.0.1' })));
    let closed = 0;
    sockets.forEach((socket, i) => {
      const remote = { host: '127.0.0.1', port: sockets[(i + 1) % 100]!.port };
      socket.openStream({ localId: 10_000 + i, remoteId: 20_000 + i, remote }).onClose(() => closed++);
    });
    await Promise.all(sockets.map((socket) => socket.close()));
    expect(closed).toBe(100);
  });
});
