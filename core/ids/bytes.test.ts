import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concat,
  equalBytes,
  fromHex,
  inviteTag,
  messageId,
  nodeId,
  nodeKey,
  profileKey,
  signature,
  toHex,
} from './bytes.ts';

describe('brands', () => {
  it.each([
    ['node ID', nodeId, 32],
    ['profile key', profileKey, 32],
    ['node key', nodeKey, 32],
    ['invite tag', inviteTag, 4],
    ['signature', signature, 64],
    ['message ID', messageId, 16],
  ] as const)('%s takes only its own length, without copying', (name, brand, length) => {
    const bytes = new Uint8Array(length);
    expect(brand(bytes)).toBe(bytes);
    for (const wrong of [0, length - 1, length + 1]) {
      expect(() => brand(new Uint8Array(wrong))).toThrow(`${name} must have ${length} bytes, not ${wrong}`);
    }
  });
});

describe('hexadecimal', () => {
  it('gives back any bytes, in either case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toHex(bytes);
        expect(text).toMatch(/^([0-9a-f]{2})*$/);
        expect(fromHex(text)).toEqual(bytes);
        expect(fromHex(text.toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it.each(['0', 'abc', '0g', ' 00', '00\n', '0x00', '+1', '١١'])('%j is none', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = fromHex(text);
        if (bytes !== undefined) expect(toHex(bytes)).toBe(text.toLowerCase());
      }),
    );
  });
});

describe('equalBytes', () => {
  it('compares content and length', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
    expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });
});

describe('concat', () => {
  it('joins the parts in order in a fresh array', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }), (parts) => {
        const whole = concat(...parts);
        expect([...whole]).toEqual(parts.flatMap((part) => [...part]));
        expect(parts.every((part) => part.buffer !== whole.buffer)).toBe(true);
      }),
    );
  });
});
