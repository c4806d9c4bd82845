import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../codec/limits.ts';
import { MAX_RECORD_SEALED_BYTES, RECORD_HEADER_BYTES } from '../codec/link.ts';
import { concat, equalBytes } from '../ids/bytes.ts';
import { RecordReader } from './record-reader.ts';
import { RecordWriter } from './record-writer.ts';

const KEY = new Uint8Array(32).fill(7);
type Frame = readonly [channel: number, frame: Uint8Array];

function writing(): { writer: RecordWriter; records: Uint8Array[] } {
  const records: Uint8Array[] = [];
  return { writer: new RecordWriter({ key: KEY.slice(), write: (record) => records.push(record) }), records };
}

function reading(): { reader: RecordReader; frames: Frame[] } {
  const frames: Frame[] = [];
  const reader = new RecordReader(KEY.slice(), (channel, frame) => {
    frames.push([channel, frame]);
    return true;
  });
  return { reader, frames };
}

function same(a: readonly Frame[], b: readonly Frame[]): boolean {
  return a.length === b.length && a.every(([channel, frame], i) => channel === b[i]![0] && equalBytes(frame, b[i]![1]));
}

/** Pushes `bytes` in pieces whose lengths repeat `sizes`. */
function pushInPieces(reader: RecordReader, bytes: Uint8Array, sizes: readonly number[]): void {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    expect(reader.push(bytes.subarray(at, at + size))).toBeUndefined();
    at += size;
  }
}

describe('records', () => {
  it('bring any frames through any cutting of the stream', () => {
    const frame = fc.tuple(
      fc.nat(255),
      fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(5_000))),
    );
    const bursts = fc.array(fc.array(frame, { maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(bursts, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (given, sizes) => {
        const { writer, records } = writing();
        const { reader, frames } = reading();
        for (const burst of given) {
          for (const [channel, bytes] of burst) writer.push(channel, bytes);
          writer.flush();
        }
        expect(records.length).toBe(given.filter((burst) => burst.length > 0).length);
        pushInPieces(reader, concat(...records), sizes);
        expect(same(frames, given.flat())).toBe(true);
        expect(reader.total).toBe(writer.total);
      }),
    );
  });

  it('hold the longest frame, and a full one leaves without a flush', () => {
    const { writer, records } = writing();
    const { reader, frames } = reading();
    const longest = new Uint8Array(MAX_FRAME_BYTES).fill(3);
    writer.push(1, longest);
    expect(records.length).toBe(0);
    writer.push(2, longest);
    expect(records.length).toBe(1);
    writer.flush();
    expect(records[0]!.length).toBe(RECORD_HEADER_BYTES + MAX_RECORD_SEALED_BYTES);
    for (const record of records) reader.push(record);
    expect(same(frames, [[1, longest] as const, [2, longest] as const])).toBe(true);
  });

  it('come in memory of earlier ones that were recycled, and only long ones do', () => {
    const { writer, records } = writing();
    const { reader, frames } = reading();
    const sent: Frame[] = [];
    for (const bytes of [MAX_FRAME_BYTES, 40_000, 60_000, 50, MAX_FRAME_BYTES]) {
      const frame = new Uint8Array(bytes).fill(sent.length + 1);
      sent.push([1, frame]);
      writer.push(1, frame);
      writer.flush();
      const record = records.at(-1)!;
      expect(reader.push(record)).toBeUndefined();
      record.fill(0xee);
      writer.recycle(record);
    }
    expect(same(frames, sent)).toBe(true);
    const long = new Set([0, 1, 2, 4].map((i) => records[i]!.buffer));
    expect([long.size, long.has(records[3]!.buffer)]).toEqual([1, false]);
    writer.forgetKept();
    writer.push(1, new Uint8Array(MAX_FRAME_BYTES));
    writer.flush();
    expect(long.has(records.at(-1)!.buffer)).toBe(false);
  });

  it('tell while they come in how much of them is missing', () => {
    const { writer, records } = writing();
    const { reader } = reading();
    writer.push(1, new Uint8Array(1_000));
    writer.flush();
    const [record] = records as [Uint8Array];
    const missing = [...record].map((_, i) => {
      reader.push(record.subarray(i, i + 1));
      return reader.missing;
    });
    expect(missing).toEqual([...record].map((_, i) => (i < 2 || i === record.length - 1 ? 0 : record.length - 1 - i)));
  });

  it('do not open when a bit is flipped, when they are repeated, left out or exchanged', () => {
    const { writer, records } = writing();
    for (let i = 0; i < 3; i++) {
      writer.push(1, new Uint8Array(20).fill(i));
      writer.flush();
    }
    const [first, second, third] = records as [Uint8Array, Uint8Array, Uint8Array];
    for (let bit = 0; bit < first.length * 8; bit++) {
      const flipped = first.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const { reader, frames } = reading();
      const failure = reader.push(concat(flipped, second, third, new Uint8Array(70_000)));
      expect(['bad-record', 'bad-record-length', undefined]).toContain(failure);
      expect(frames).toEqual([]);
    }
    for (const order of [[first, first], [second], [first, third]]) {
      const { reader } = reading();
      expect(reader.push(concat(...order))).toBe('bad-record');
    }
  });

  it('of a length that none of ours has fail before anything is kept', () => {
    for (const length of [0, 15, MAX_RECORD_SEALED_BYTES + 1, 0xffffff]) {
      const { reader } = reading();
      expect(reader.push(Uint8Array.of(length >> 16, length >> 8, length))).toBe('bad-record-length');
    }
  });

  it('fail when a frame is refused', () => {
    const { writer, records } = writing();
    writer.push(0, Uint8Array.of(1));
    writer.flush();
    const reader = new RecordReader(KEY.slice(), () => false);
    expect(reader.push(records[0]!)).toBe('bad-frame');
  });

  it('change key at a record boundary, and the old key is wiped', () => {
    const old = KEY.slice();
    const next = new Uint8Array(32).fill(9);
    const records: Uint8Array[] = [];
    const writer = new RecordWriter({ key: old, write: (record) => records.push(record) });
    const oldReceive = KEY.slice();
    const heard: number[] = [];
    const reader = new RecordReader(oldReceive, (_, frame) => {
      heard.push(frame[0]!);
      // The frame with 2 plays the switch: what follows is under the new key.
      if (frame[0] === 2) reader.changeKey(next.slice());
      return true;
    });
    writer.push(1, Uint8Array.of(1));
    writer.push(1, Uint8Array.of(2));
    writer.changeKey(next.slice());
    expect(old).toEqual(new Uint8Array(32));
    expect(writer.counter).toBe(0);
    writer.push(1, Uint8Array.of(3));
    writer.flush();
    expect(reader.push(concat(...records))).toBeUndefined();
    expect(heard).toEqual([1, 2, 3]);
    expect(oldReceive).toEqual(new Uint8Array(32));
    expect(writer.total).toBe(2);
  });

  it('stop at once when the reader is destroyed by a listener, and keys are wiped', () => {
    const { writer, records } = writing();
    for (let i = 0; i < 5; i++) writer.push(1, Uint8Array.of(i));
    writer.flush();
    const key = KEY.slice();
    const heard: number[] = [];
    const reader = new RecordReader(key, (_, frame) => {
      heard.push(frame[0]!);
      if (frame[0] === 1) reader.destroy();
      return true;
    });
    expect(reader.push(concat(records[0]!, records[0]!))).toBeUndefined();
    expect(heard).toEqual([0, 1]);
    expect(key).toEqual(new Uint8Array(32));
  });

  it('write nothing after the writer is destroyed, and wipe a key that comes too late', () => {
    const { writer, records } = writing();
    writer.push(1, Uint8Array.of(1));
    writer.destroy();
    writer.flush();
    const late = KEY.slice();
    writer.changeKey(late);
    expect(records).toEqual([]);
    expect(late).toEqual(new Uint8Array(32));
  });
});
