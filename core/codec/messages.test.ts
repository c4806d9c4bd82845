import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../ids/bytes.ts';
import { decode, encode } from './layout.ts';
import { MAX_FRAME_BYTES, MAX_INTRODUCTION_BYTES } from './limits.ts';
import {
  decodeMessageDatagram,
  decodeMessageFrame,
  encodeMessageDatagram,
  encodeMessageFrame,
  FRAME_TARGET_BYTES,
  friendRequest,
  MAX_DATE_MS,
  MAX_SEQ,
  MAX_TEXT_BYTES,
  MESSAGE_OVERHEAD_BYTES,
  type MessageFrame,
} from './messages.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const short = fc.string({ unit: 'grapheme', maxLength: 10 });
const seq = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constant(MAX_SEQ));
const range = fc.tuple(seq, seq).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const message = fc.record({
  id: bytes(16),
  seq,
  sentAt: fc.constantFrom(0, 1_767_225_600_000, MAX_DATE_MS),
  text: short,
});
const known = fc.record({ device: bytes(8), receivedUpTo: fc.nat(), readUpTo: fc.nat() });
const frame: fc.Arbitrary<MessageFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    body: fc.record({
      version: fc.integer({ min: 1, max: 255 }),
      capabilities: fc.nat(),
      device: bytes(8),
      name: short,
      known: fc.array(known, { maxLength: 16 }),
      extension: fc.uint8Array({ maxLength: 40 }),
    }),
  }),
  fc.record({ kind: fc.constant('messages' as const), body: fc.record({ messages: fc.array(message) }) }),
  fc.record({
    kind: fc.constant('receipt' as const),
    body: fc.record({ delivered: fc.array(range), read: fc.array(range) }),
  }),
  fc.record({ kind: fc.constant('typing' as const), body: fc.record({ on: fc.boolean() }) }),
  fc.record({ kind: fc.constant('name' as const), body: fc.record({ name: short }) }),
  fc.record({
    kind: fc.constant('stock' as const),
    body: fc.record({ policyNumber: fc.nat(), keys: fc.nat({ max: 65_535 }) }),
  }),
);

describe('datagrams of messages', () => {
  it('come out as they went in, and never decode when cut', () => {
    fc.assert(
      fc.property(range, fc.nat(), (messages, cut) => {
        const value = { kind: 'written' as const, body: { messages } };
        const whole = encodeMessageDatagram(value);
        expect(decodeMessageDatagram(whole)).toEqual({ ok: true, value });
        expect(decodeMessageDatagram(whole.subarray(0, cut % whole.length)).ok).toBe(false);
      }),
    );
  });

  it('keep their bytes', () => {
    const value = { kind: 'written' as const, body: { messages: { first: 1, last: 3 } } };
    expect(toHex(encodeMessageDatagram(value))).toBe('0100000000000000010000000000000003');
  });

  it.each([
    ['02', 'unknown-kind'],
    ['', 'too-short'],
    ['010000000000000001000000000000000300', 'too-long'],
    ['0100000000000000030000000000000002', 'bad-value'],
    ['0100000000000000000000000000000002', 'bad-value'],
  ])('refuse %s: %s', (hex, reason) => {
    expect(decodeMessageDatagram(fromHex(hex)!)).toEqual({ ok: false, reason });
  });
});

describe('frames of channel 1', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(frame, (value) => {
        expect(decodeMessageFrame(encodeMessageFrame(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('give a value or a reason for any bytes, and one encoding per value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.uint8Array({ maxLength: 200 }), (kind, body) => {
        const input = new Uint8Array([kind, ...body]);
        const decoded = decodeMessageFrame(input);
        if (decoded.ok) expect(encodeMessageFrame(decoded.value)).toEqual(input);
        else expect(decoded.reason).toMatch(/^(too-short|too-long|bad-length|bad-value|bad-text|unknown-kind)$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never decode when cut', () => {
    fc.assert(
      fc.property(frame, fc.nat(), (value, cut) => {
        // The hello ends in an extension, so cutting that leaves a shorter, valid hello.
        fc.pre(value.kind !== 'hello' || value.body.extension.length === 0);
        const whole = encodeMessageFrame(value);
        expect(decodeMessageFrame(whole.subarray(0, cut % whole.length)).ok).toBe(false);
      }),
    );
  });

  it.each([
    ['01010000000101020304050607080361646101a1a2a3a4a5a6a7a80000000000000005000000000000000300', 'hello'],
    [`020001${'11'.repeat(16)}000000000000000700000199999999990003c3a976`, 'messages'],
    ['03000100000000000000010000000000000003000100000000000000020000000000000002', 'receipt'],
    ['0401', 'typing'],
    ['0503626f62', 'name'],
    ['0600000000000000050011', 'stock'],
  ])('keep their bytes: %s is a %s', (hex, kind) => {
    const decoded = decodeMessageFrame(fromHex(hex)!);
    expect(decoded).toMatchObject({ ok: true, value: { kind } });
    if (decoded.ok) expect(toHex(encodeMessageFrame(decoded.value))).toBe(hex);
  });

  it('mean what they say', () => {
    const decoded = decodeMessageFrame(fromHex(`020001${'11'.repeat(16)}000000000000000700000199999999990003c3a976`)!);
    expect(decoded).toMatchObject({
      value: { body: { messages: [{ seq: 7, sentAt: 1_759_218_604_441, text: 'év' }] } },
    });
  });

  it.each([
    ['08', 'unknown-kind'],
    ['06', 'too-short'],
    ['', 'too-short'],
    ['0402', 'bad-value'],
    ['040100', 'too-long'],
    ['0502c328', 'bad-text'],
    ['05ff', 'bad-length'],
    ['03ffff', 'bad-length'],
    ['03000100000000000000030000000000000002', 'bad-value'],
    [`020001${'11'.repeat(16)}${'00'.repeat(16)}0000`, 'bad-value'],
    [`020001${'11'.repeat(16)}0000000000000001001fffffffffffff0000`, 'bad-value'],
  ])('refuse %s: %s', (hex, reason) => {
    expect(decodeMessageFrame(fromHex(hex)!)).toEqual({ ok: false, reason });
  });

  it('have room for the longest message, and for a frame filled to its target', () => {
    const text = 'x'.repeat(MAX_TEXT_BYTES);
    const whole = encodeMessageFrame({
      kind: 'messages',
      body: { messages: [{ id: new Uint8Array(16), seq: 1, sentAt: 1, text }] },
    });
    expect(whole.length).toBe(3 + MESSAGE_OVERHEAD_BYTES + MAX_TEXT_BYTES);
    expect(FRAME_TARGET_BYTES).toBeLessThan(MAX_FRAME_BYTES);
    expect(FRAME_TARGET_BYTES).toBeGreaterThan(whole.length);
  });
});

describe('the friend request', () => {
  const request = fc.record({
    version: fc.integer({ min: 1, max: 255 }),
    name: short,
    greeting: short,
    tag: bytes(4),
    sentAt: fc.nat(),
    home: bytes(32),
    extension: fc.uint8Array({ maxLength: 88 }),
  });

  it('comes out as it went in', () => {
    fc.assert(
      fc.property(request, (value) => {
        expect(decode(friendRequest, encode(friendRequest, value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('is total and fits an introduction at its longest', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900 }), (input) => {
        expect(typeof decode(friendRequest, input).ok).toBe('boolean');
      }),
    );
    const longest = encode(friendRequest, {
      version: 1,
      name: 'n'.repeat(128),
      greeting: 'g'.repeat(512),
      tag: new Uint8Array(4),
      sentAt: MAX_DATE_MS,
      home: new Uint8Array(32),
      extension: new Uint8Array(88),
    });
    expect(longest.length).toBeLessThanOrEqual(MAX_INTRODUCTION_BYTES);
  });

  it('keeps its bytes', () => {
    const hex = `0103626f6200026869010203040000019999999999${'05'.repeat(32)}`;
    const decoded = decode(friendRequest, fromHex(hex)!);
    expect(decoded).toMatchObject({ ok: true, value: { name: 'bob', greeting: 'hi', sentAt: 1_759_218_604_441 } });
    if (decoded.ok) expect(toHex(encode(friendRequest, decoded.value))).toBe(hex);
  });
});
