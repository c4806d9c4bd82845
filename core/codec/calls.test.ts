import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../ids/bytes.ts';
import {
  audioOverheadBytes,
  type CallDatagram,
  type CallFrame,
  callNumber,
  DECLINE_REASONS,
  decodeCallDatagram,
  decodeCallFrame,
  END_REASONS,
  encodeCallDatagram,
  encodeCallFrame,
  MAX_EARLIER_FRAMES,
  MAX_OPUS_BYTES,
} from './calls.ts';
import { MAX_DATAGRAM_BYTES } from './limits.ts';
import { MAX_DATE_MS } from './messages.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const names = <T extends string>(of: Readonly<Record<T, number>>) => fc.constantFrom(...(Object.keys(of) as T[]));
const call = bytes(16);
const startedAt = fc.constantFrom(0, 1_767_225_600_000, MAX_DATE_MS);
const extension = fc.uint8Array({ maxLength: 64 });
const kinds = {
  ring: fc.record({ version: fc.integer({ min: 1, max: 255 }), capabilities: fc.nat(), call, startedAt, extension }),
  ringing: fc.record({ call }),
  accept: fc.record({ call }),
  decline: fc.record({ call, reason: names(DECLINE_REASONS) }),
  end: fc.record({ call, reason: names(END_REASONS) }),
  here: fc.record({ call, muted: fc.boolean(), deafened: fc.boolean() }),
  missed: fc.record({ call, startedAt, extension }),
  noted: fc.record({ call }),
};
const frame = fc.oneof(
  ...Object.entries(kinds).map(([kind, body]) => fc.record({ kind: fc.constant(kind), body })),
) as fc.Arbitrary<CallFrame>;

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const opus = fc.uint8Array({ maxLength: MAX_OPUS_BYTES });
const report = fc.option(
  fc.record({ highest: u32, loss: u16, run: u8, jitter: u16, queueing: u16, echo: u16, held: u16 }),
  {
    nil: undefined,
  },
);
const padding = fc.nat(40);
const datagram: fc.Arbitrary<CallDatagram> = fc.oneof(
  fc.record({
    kind: fc.constant('audio' as const),
    body: fc.record({
      ...{ number: u32, stamp: u16, sequence: u32, clock: fc.maxSafeNat(), opus, report, padding },
      flags: fc.record({ silence: fc.boolean(), begins: fc.boolean() }),
      earlier: fc.array(fc.record({ back: fc.integer({ min: 1, max: 255 }), ticks: u16, opus }), {
        maxLength: MAX_EARLIER_FRAMES,
      }),
    }),
  }),
  fc.record({
    kind: fc.constant('report' as const),
    body: fc.record({ number: u32, stamp: u16, report, padding }),
  }),
);

const REASON = /^(too-short|too-long|bad-length|bad-value|unknown-kind)$/;

describe('frames of channel 2', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(frame, (value) => {
        expect(decodeCallFrame(encodeCallFrame(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('give a value or a reason for any bytes, and one encoding per value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.uint8Array({ maxLength: 120 }), (kind, body) => {
        const input = new Uint8Array([kind, ...body]);
        const decoded = decodeCallFrame(input);
        if (decoded.ok) expect(encodeCallFrame(decoded.value)).toEqual(input);
        else expect(decoded.reason).toMatch(REASON);
      }),
      { numRuns: 2_000 },
    );
  });

  const id = '11'.repeat(16);
  it.each([
    [`010100000000${id}0000019999999999`, 'ring'],
    [`02${id}`, 'ringing'],
    [`03${id}`, 'accept'],
    [`04${id}02`, 'decline'],
    [`05${id}01`, 'end'],
    [`06${id}0001`, 'here'],
    [`07${id}0000019999999999`, 'missed'],
    [`08${id}`, 'noted'],
  ])('keep their bytes: %s is a %s', (hex, kind) => {
    const decoded = decodeCallFrame(fromHex(hex)!);
    expect(decoded).toMatchObject({ ok: true, value: { kind } });
    if (decoded.ok) expect(toHex(encodeCallFrame(decoded.value))).toBe(hex);
  });

  it('mean what they say', () => {
    expect(decodeCallFrame(fromHex(`04${id}02`)!)).toMatchObject({ value: { body: { reason: 'busy' } } });
    expect(decodeCallFrame(fromHex(`06${id}0001`)!)).toMatchObject({
      value: { body: { muted: false, deafened: true } },
    });
  });

  it.each([
    ['', 'too-short'],
    [`09${id}`, 'unknown-kind'],
    [`02${id.slice(2)}`, 'too-short'],
    [`02${id}00`, 'too-long'],
    [`04${id}03`, 'bad-value'],
    [`05${id}00`, 'bad-value'],
    [`06${id}0200`, 'bad-value'],
    [`010000000000${id}0000019999999999`, 'bad-value'],
    [`07${id}001fffffffffffff`, 'bad-value'],
  ])('refuse %s: %s', (hex, reason) => {
    expect(decodeCallFrame(fromHex(hex)!)).toEqual({ ok: false, reason });
  });
});

describe('audio datagrams', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(datagram, (value) => {
        expect(decodeCallDatagram(encodeCallDatagram(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('give a value or a reason for any bytes, and one encoding per value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 90 }), (kind, body) => {
        const input = new Uint8Array([kind, ...body]);
        const decoded = decodeCallDatagram(input);
        if (decoded.ok) expect(encodeCallDatagram(decoded.value)).toEqual(input);
        else expect(decoded.reason).toMatch(REASON);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keep their bytes', () => {
    const hex = [
      ...['01', 'deadbeef', '0102', '00000007', '0000000000001a40', '02', '0003', 'aabbcc'],
      ...['01', '01', '03c0', '0002', 'ddee', '01', '00000006', '0ccc', '18', '0064', '0000', '0a0b', '0005', '0000'],
    ].join('');
    const decoded = decodeCallDatagram(fromHex(hex)!);
    expect(decoded).toEqual({
      ok: true,
      value: {
        kind: 'audio',
        body: {
          ...{ number: 0xdeadbeef, stamp: 0x102, sequence: 7, clock: 7 * 960, padding: 2 },
          flags: { silence: false, begins: true },
          opus: Uint8Array.of(0xaa, 0xbb, 0xcc),
          earlier: [{ back: 1, ticks: 960, opus: Uint8Array.of(0xdd, 0xee) }],
          report: { highest: 6, loss: 0xccc, run: 24, jitter: 100, queueing: 0, echo: 0xa0b, held: 5 },
        },
      },
    });
    if (decoded.ok) expect(toHex(encodeCallDatagram(decoded.value))).toBe(hex);
  });

  it.each([
    ['02000000010000000001', 'bad-value'],
    ['0200000001000002', 'bad-value'],
    [`01${'00'.repeat(18)}04${'00'.repeat(4)}`, 'bad-value'],
    [`01${'00'.repeat(18)}00${'0200'}${'00'.repeat(600)}`, 'bad-length'],
    [`01${'00'.repeat(18)}00${'0000'}03${'00'.repeat(40)}`, 'bad-length'],
  ])('refuse %s: %s', (hex, reason) => {
    expect(decodeCallDatagram(fromHex(hex)!)).toEqual({ ok: false, reason });
  });

  it('fit the path with three of the longest frames, and have the overhead that is told', () => {
    const longest = new Uint8Array(MAX_OPUS_BYTES);
    const body = {
      ...{ number: 0, stamp: 0, sequence: 9, clock: Number.MAX_SAFE_INTEGER, padding: 0, opus: longest },
      flags: { silence: false, begins: false },
      earlier: [1, 2].map((back) => ({ back, ticks: 960 * back, opus: longest })),
      report: { highest: 0, loss: 0, run: 0, jitter: 0, queueing: 0, echo: 0, held: 0 },
    };
    const packet = encodeCallDatagram({ kind: 'audio', body });
    expect(packet.length).toBe(audioOverheadBytes(2) + 3 * MAX_OPUS_BYTES);
    expect(packet.length).toBeLessThanOrEqual(MAX_DATAGRAM_BYTES);
  });

  it('bear the end of the call ID', () => {
    expect(callNumber(fromHex('000102030405060708090a0bdeadbeef')!)).toBe(0xdeadbeef);
    expect(callNumber(fromHex('ff000102030405060708090a0bdeadbeef')!.subarray(1))).toBe(0xdeadbeef);
  });
});
