import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { type AnyLayout, decode, encode } from './layout.ts';
import { MAX_FRAME_BYTES } from './limits.ts';
import {
  type ControlDatagram,
  type ControlFrame,
  controlDatagram,
  controlFrame,
  type DatagramHeader,
  datagramBytes,
  type HandshakeMessage,
  handshakePacket,
  helloPayload,
  layOutDatagram,
  MAX_RECORD_SEALED_BYTES,
  punchPacket,
  readDatagramHeader,
  readFrames,
  readRecordHeader,
  welcomePayload,
  writeFrame,
  writeRecordHeader,
} from './link.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const v4 = { host: '127.0.0.1', port: 4_660 };

// A change of these bytes is a change of the protocol: it needs a new prologue in core/link/handshake.ts.
const handshakes: [HandshakeMessage, string][] = [
  [{ kind: 'hello', body: { token: fill(16, 1), noise: fill(120, 2) } }, `0201${'01'.repeat(16)}${'02'.repeat(120)}`],
  [{ kind: 'welcome', body: { index: 0xdeadbeef, noise: fill(56, 3) } }, `0202deadbeef${'03'.repeat(56)}`],
];
const datagrams: [ControlDatagram, string][] = [
  [{ kind: 'ping', body: { number: 258 } }, '0100000102'],
  [{ kind: 'pong', body: { number: 258, opened: 65_536 } }, '02000001020000000000010000'],
  [{ kind: 'challenge', body: { nonce: fill(8, 4) } }, '030404040404040404'],
  [{ kind: 'response', body: { nonce: fill(8, 5) } }, '040505050505050505'],
  [{ kind: 'close', body: { records: 2 ** 32 + 1 } }, '050000000100000001'],
  [{ kind: 'replaced', body: {} }, '06'],
];
const frames: [ControlFrame, string][] = [
  [{ kind: 'contact', body: { token: fill(16, 6), endpoints: [v4] } }, `01${'06'.repeat(16)}01047f0000011234`],
  [{ kind: 'rekeyHello', body: { epoch: 7, noise: fill(96, 7) } }, `0200000007${'07'.repeat(96)}`],
  [{ kind: 'rekeyWelcome', body: { epoch: 7, noise: fill(48, 8) } }, `0300000007${'08'.repeat(48)}`],
  [{ kind: 'switch', body: { epoch: 7 } }, '0400000007'],
  [{ kind: 'confirm', body: { epoch: 7 } }, '0500000007'],
  [{ kind: 'close', body: {} }, '06'],
];

describe('packets of links have their published bytes', () => {
  it.each(handshakes)('%j', (message, hex) => {
    const bytes = encode(handshakePacket, { packet: undefined, message });
    expect(toHex(bytes)).toBe(hex);
    expect(decode(handshakePacket, bytes)).toEqual({ ok: true, value: { packet: undefined, message } });
  });
  it.each(datagrams)('%j', (message, hex) => {
    expect(toHex(encode(controlDatagram, message))).toBe(hex);
    expect(decode(controlDatagram, encode(controlDatagram, message))).toEqual({ ok: true, value: message });
  });
  it.each(frames)('%j', (frame, hex) => {
    expect(toHex(encode(controlFrame, frame))).toBe(hex);
    expect(decode(controlFrame, encode(controlFrame, frame))).toEqual({ ok: true, value: frame });
  });
  it('payloads of the handshake and punches', () => {
    expect(toHex(encode(helloPayload, { index: 1, streamId: 2, token: fill(16, 9) }))).toBe(
      `0000000100000002${'09'.repeat(16)}`,
    );
    expect(toHex(encode(welcomePayload, { index: 3, streamId: 4 }))).toBe('0000000300000004');
    expect(toHex(encode(punchPacket, { packet: undefined, noise: fill(2, 10) }))).toBe('040a0a');
  });
  it('all kinds are in the tables above', () => {
    const { message } = Object.fromEntries(handshakePacket.fields!.map(({ name, layout }) => [name, layout]));
    const kindsOf = (rows: readonly (readonly [{ kind: string }, string])[]) => rows.map(([{ kind }]) => kind).sort();
    expect(Object.keys((message as unknown as { variants: object }).variants).sort()).toEqual(kindsOf(handshakes));
    expect(Object.keys(controlDatagram.variants).sort()).toEqual(kindsOf(datagrams));
    expect(Object.keys(controlFrame.variants).sort()).toEqual(kindsOf(frames));
  });
});

describe('decoders of links are total', () => {
  const layouts = { handshakePacket, helloPayload, welcomePayload, punchPacket, controlDatagram, controlFrame };
  it.each(Object.entries(layouts))('%s', (_, layout) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(6), (bytes, kind) => {
        const kinded = Uint8Array.of(kind, ...bytes);
        for (const input of [bytes, kinded, Uint8Array.of(2, ...kinded)]) {
          const decoded = decode(layout as AnyLayout, input);
          if (decoded.ok) expect(encode(layout as AnyLayout, decoded.value)).toEqual(input);
        }
      }),
    );
  });

  it('a packet cut anywhere or grown is refused', () => {
    for (const [message] of handshakes) {
      const bytes = encode(handshakePacket, { packet: undefined, message });
      for (let length = 0; length < bytes.length; length++) {
        expect(decode(handshakePacket, bytes.subarray(0, length)).ok).toBe(false);
      }
      expect(decode(handshakePacket, Uint8Array.of(...bytes, 0)).ok).toBe(false);
    }
  });
});

describe('data datagrams', () => {
  it('carry any header', () => {
    const header = fc.record({
      index: fc.nat(2 ** 32 - 1),
      epoch: fc.nat(255),
      counter: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(header, fc.nat(255), fc.uint8Array({ maxLength: 1_150 }), (value: DatagramHeader, kind, payload) => {
        const packet = new Uint8Array(datagramBytes(payload.length));
        layOutDatagram(packet, value, kind, payload);
        expect(readDatagramHeader(packet)).toEqual(value);
        expect(packet[14]).toBe(kind);
        expect(packet.subarray(15, 15 + payload.length)).toEqual(payload);
      }),
    );
  });

  it('have their published bytes', () => {
    const packet = new Uint8Array(datagramBytes(1));
    const header = { index: 0x01020304, epoch: 0x105, counter: 2 ** 40 + 9 };
    layOutDatagram(packet, header, 7, Uint8Array.of(0xaa));
    expect(toHex(packet)).toBe(`030102030405000001000000000907aa${'00'.repeat(16)}`);
  });
});

describe('records and frames', () => {
  it('have their published bytes', () => {
    const out = new Uint8Array(10);
    writeRecordHeader(out, 0x010203);
    expect(writeFrame(out, 3, 9, Uint8Array.of(1, 2, 3))).toBe(10);
    expect(toHex(out)).toBe('01020309000003010203');
  });

  it('record lengths of ours are read, others refused', () => {
    const header = new Uint8Array(4);
    fc.assert(
      fc.property(fc.nat(0xffffff), (length) => {
        writeRecordHeader(header, length);
        expect(readRecordHeader(header, 0)).toBe(length < 16 || length > MAX_RECORD_SEALED_BYTES ? undefined : length);
      }),
    );
  });

  it('any bytes are read as frames without a fault, and nothing is read beyond them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        let total = 0;
        const whole = readFrames(bytes, (_, frame) => {
          total += 4 + frame.length;
          return true;
        });
        expect(total).toBeLessThanOrEqual(bytes.length);
        if (whole) expect(total).toBe(bytes.length);
      }),
    );
  });

  it('a frame longer than any of ours is refused', () => {
    const long = new Uint8Array(4 + MAX_FRAME_BYTES + 1);
    writeFrame(long, 0, 1, new Uint8Array(MAX_FRAME_BYTES + 1));
    expect(readFrames(long, () => true)).toBe(false);
  });
});
