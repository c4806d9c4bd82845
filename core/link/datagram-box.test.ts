import { describe, expect, it } from 'vitest';
import { DATAGRAM_HEADER_BYTES, readDatagramHeader } from '../codec/link.ts';
import { DatagramBox, type OpenedDatagram } from './datagram-box.ts';

const key = (value: number) => new Uint8Array(32).fill(value);

function boxes(): [DatagramBox, DatagramBox] {
  return [new DatagramBox(0xaabbccdd, key(1), key(2)), new DatagramBox(0x11223344, key(2), key(1))];
}

function open(box: DatagramBox, packet: Uint8Array) {
  return box.open(readDatagramHeader(packet)!, packet);
}

describe('DatagramBox', () => {
  it('brings kind and payload through, addressed to the index of the peer', () => {
    const [a, b] = boxes();
    const packet = a.seal(9, Uint8Array.of(1, 2, 3));
    expect(readDatagramHeader(packet)).toEqual({ index: 0xaabbccdd, epoch: 0, counter: 0 });
    expect(open(b, packet)).toEqual({ kind: 9, payload: Uint8Array.of(1, 2, 3), newest: true });
    expect(open(a, b.seal(255, new Uint8Array(0)))).toEqual({ kind: 255, payload: new Uint8Array(0), newest: true });
  });

  it('opens late ones, but only once, and knows which is the newest', () => {
    const [a, b] = boxes();
    const packets = [0, 1, 2].map((i) => a.seal(1, Uint8Array.of(i)));
    const results = [2, 0, 0, 2, 1].map((i) => open(b, packets[i]!));
    expect(results.map((result) => (typeof result === 'string' ? result : result.newest))).toEqual([
      true,
      false,
      'datagram-replayed',
      'datagram-replayed',
      false,
    ]);
  });

  it('opens nothing with a flipped bit, and such a packet does not use up the counter', () => {
    const [a, b] = boxes();
    const packet = a.seal(1, Uint8Array.of(42));
    for (let bit = 8 * 5; bit < packet.length * 8; bit++) {
      const flipped = packet.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const header = readDatagramHeader(flipped);
      if (header !== undefined) expect(['datagram-forged', 'datagram-epoch']).toContain(b.open(header, flipped));
    }
    expect((open(b, packet) as OpenedDatagram).payload).toEqual(Uint8Array.of(42));
  });

  it('keeps the old epoch for late packets until told to drop it, then wipes its key', () => {
    const oldSend = key(1);
    const oldReceive = key(1);
    const a = new DatagramBox(1, oldSend, key(2));
    const b = new DatagramBox(2, key(2), oldReceive);
    const late = a.seal(1, Uint8Array.of(1));
    const later = a.seal(1, Uint8Array.of(2));
    b.addReceive(1, key(5));
    expect((open(b, late) as OpenedDatagram).newest).toBe(true);
    a.switchSend(1, key(5));
    expect(oldSend).toEqual(key(0));
    const fresh = a.seal(1, Uint8Array.of(3));
    expect(readDatagramHeader(fresh)).toEqual({ index: 1, epoch: 1, counter: 0 });
    expect((open(b, fresh) as OpenedDatagram).newest).toBe(true);
    expect((open(b, later) as OpenedDatagram).newest).toBe(false);
    b.dropReceiveBefore(1);
    expect(oldReceive).toEqual(key(0));
    expect(open(b, later)).toBe('datagram-epoch');
  });

  it('wipes all keys at its end', () => {
    const keys = [key(1), key(2), key(3)];
    const box = new DatagramBox(1, keys[0]!, keys[1]!);
    box.addReceive(1, keys[2]!);
    box.destroy();
    for (const wiped of keys) expect(wiped).toEqual(key(0));
  });
});

describe('readDatagramHeader', () => {
  it('refuses what cannot be ours', () => {
    const [a] = boxes();
    const packet = a.seal(1, new Uint8Array(1_150));
    expect(packet.length).toBeLessThanOrEqual(1_232);
    expect(readDatagramHeader(packet)).toBeDefined();
    expect(readDatagramHeader(new Uint8Array(packet.length + 1))).toBeUndefined();
    expect(readDatagramHeader(packet.subarray(0, DATAGRAM_HEADER_BYTES + 16))).toBeUndefined();
    const huge = packet.slice();
    huge[6] = 0x00;
    huge[7] = 0x20;
    expect(readDatagramHeader(huge)).toBeUndefined();
    huge[7] = 0x1f;
    expect(readDatagramHeader(huge)!.counter).toBe(0x1f * 2 ** 48);
  });
});
