import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeKey, toHex } from '../ids/bytes.ts';
import { contactLayout, packedContact } from './dht.ts';
import { endpointLayout } from './endpoint.ts';
import {
  bool,
  decode,
  encode,
  enumeration,
  fixed,
  type Layout,
  list,
  optional,
  rest,
  sized,
  struct,
  text,
  u8,
  u16,
  u32,
  u64,
  variant,
  Writer,
} from './layout.ts';

const everything = struct({
  byte: u8,
  short: u16,
  word: u32,
  long: u64,
  flag: bool,
  key: fixed(4, 'key'),
  blob: sized(300),
  name: text(40),
  numbers: list(u16, 5),
  maybe: optional(u8),
  colour: enumeration({ red: 1, green: 2 }),
  choice: variant({ a: { number: 1, layout: struct({ x: u8 }) }, b: { number: 9, layout: struct({ y: u16 }) } }),
  tail: rest(100),
});

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const value = fc.record({
  byte: fc.integer({ min: 0, max: 255 }),
  short: fc.integer({ min: 0, max: 65_535 }),
  word: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  long: fc.maxSafeNat(),
  flag: fc.boolean(),
  key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  blob: bytes(300),
  name: fc.string({ maxLength: 10, unit: 'grapheme' }).filter((name) => new TextEncoder().encode(name).length <= 40),
  numbers: fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 5 }),
  maybe: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
  colour: fc.constantFrom('red' as const, 'green' as const),
  choice: fc.oneof(
    fc.record({ kind: fc.constant('a' as const), body: fc.record({ x: fc.integer({ min: 0, max: 255 }) }) }),
    fc.record({ kind: fc.constant('b' as const), body: fc.record({ y: fc.integer({ min: 0, max: 65_535 }) }) }),
  ),
  tail: bytes(100),
});

describe('layouts', () => {
  it('decode what they encoded', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(decode(everything, encode(everything, original))).toEqual({ ok: true, value: original });
      }),
    );
  });

  it('never throw on any input, and re-encode whatever they accept to the same bytes', () => {
    fc.assert(
      fc.property(bytes(200), (input) => {
        const decoded = decode(everything, input);
        if (decoded.ok) expect(toHex(encode(everything, decoded.value))).toBe(toHex(input));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuse every cut of a valid input, and bytes after its end', () => {
    const layout = struct({ id: u16, items: list(sized(10), 3), name: text(8) });
    const whole = encode(layout, { id: 7, items: [new Uint8Array([1, 2]), new Uint8Array(0)], name: 'hé' });
    for (let length = 0; length < whole.length; length++) {
      expect(decode(layout, whole.subarray(0, length)).ok).toBe(false);
    }
    expect(decode(layout, new Uint8Array([...whole, 0]))).toEqual({ ok: false, reason: 'too-long' });
  });

  it('write numbers big-endian', () => {
    expect(toHex(encode(struct({ a: u16, b: u32, c: u64 }), { a: 0x0102, b: 0x03040506, c: 0x0708090a0b0c }))).toBe(
      '010203040506' + '0000' + '0708090a0b0c',
    );
  });

  it('name the reason of a refusal', () => {
    expect(decode(u64, new Uint8Array(8).fill(255))).toEqual({ ok: false, reason: 'bad-value' });
    expect(decode(bool, new Uint8Array([2]))).toEqual({ ok: false, reason: 'bad-value' });
    expect(decode(text(4), new Uint8Array([2, 0xc3, 0x28]))).toEqual({ ok: false, reason: 'bad-text' });
    expect(decode(sized(4), new Uint8Array([5, 1, 2, 3, 4, 5]))).toEqual({ ok: false, reason: 'bad-length' });
    expect(decode(everything.fields!.find((field) => field.name === 'choice')!.layout, new Uint8Array([3]))).toEqual({
      ok: false,
      reason: 'unknown-kind',
    });
  });

  it('throw on values of ours that do not fit', () => {
    expect(() => encode(u8, 256)).toThrow(RangeError);
    expect(() => encode(u16, -1)).toThrow(RangeError);
    expect(() => encode(u64, 2 ** 53)).toThrow(RangeError);
    expect(() => encode(fixed(3), new Uint8Array(4))).toThrow(RangeError);
    expect(() => encode(text(3), 'four')).toThrow(RangeError);
    expect(() => encode(list(u8, 1), [1, 2])).toThrow(RangeError);
  });
});

describe('output that grows', () => {
  const endpoint = { host: '2001:db8::1', port: 1 };
  const packed = encode(contactLayout, { key: nodeKey(new Uint8Array(32).fill(7)), endpoint });
  const fields: [string, Layout<never>, unknown][] = [
    ['u8', u8 as Layout<never>, 7],
    ['u16', u16 as Layout<never>, 0x1234],
    ['u32', u32 as Layout<never>, 0x12345678],
    ['bool', bool as Layout<never>, true],
    ['fixed', fixed(4) as Layout<never>, Uint8Array.of(1, 2, 3, 4)],
    ['sized', sized(10) as Layout<never>, Uint8Array.of(1, 2, 3)],
    ['rest', rest(10) as Layout<never>, Uint8Array.of(9, 8)],
    ['text', text(10) as Layout<never>, 'text'],
    ['optional', optional(u8) as Layout<never>, 5],
    ['endpoint', endpointLayout as Layout<never>, endpoint],
    ['packed contact', packedContact as Layout<never>, packed],
  ];

  it.each(fields)('loses no byte of %s, wherever its end is', (_, layout, value) => {
    const expected = new Writer();
    layout.write(expected, value as never);
    const bytes = expected.bytes.slice(0, expected.offset);
    const { length } = new Writer().bytes;
    for (let before = length - bytes.length; before <= length; before++) {
      const out = new Writer();
      out.reserve(before);
      layout.write(out, value as never);
      expect(out.bytes.slice(before, out.offset)).toEqual(bytes);
    }
  });
});
