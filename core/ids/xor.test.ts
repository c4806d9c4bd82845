import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes, type NodeId, nodeId } from './bytes.ts';
import { commonPrefixLength, compareDistance, ID_BITS, isCloser, xorDistance } from './xor.ts';

const ids = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(nodeId);
/** IDs that share long prefixes, so that late bytes decide. */
const nearIds = fc
  .tuple(fc.nat({ max: 31 }), fc.nat({ max: 255 }))
  .map(([at, value]) => nodeId(new Uint8Array(32).fill(value, at, at + 1)));
const anyId = fc.oneof(ids, nearIds);

/** The metric by its definition: the XOR as a number. */
function distance(a: NodeId, b: NodeId): bigint {
  return a.reduce((sum, byte, index) => (sum << 8n) | BigInt(byte ^ b[index]!), 0n);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

describe('the XOR metric', () => {
  it('orders as the distances do as numbers', () => {
    fc.assert(
      fc.property(anyId, anyId, anyId, (target, a, b) => {
        const expected = compare(distance(a, target), distance(b, target));
        expect(Math.sign(compareDistance(target, a, b))).toBe(expected);
        expect(isCloser(target, a, b)).toBe(expected < 0);
      }),
    );
  });

  it('has identity, symmetry and exactly one ID at each distance', () => {
    fc.assert(
      fc.property(anyId, anyId, (a, b) => {
        expect(xorDistance(a, a)).toEqual(new Uint8Array(32));
        expect(xorDistance(a, b)).toEqual(xorDistance(b, a));
        expect(xorDistance(a, nodeId(xorDistance(a, b)))).toEqual(Uint8Array.from(b));
      }),
    );
  });

  it('satisfies the triangle inequality', () => {
    fc.assert(
      fc.property(anyId, anyId, anyId, (a, b, c) => {
        expect(distance(a, c) <= distance(a, b) + distance(b, c)).toBe(true);
      }),
    );
  });

  it('calls two IDs equally close only when they are the same', () => {
    fc.assert(
      fc.property(anyId, anyId, anyId, (target, a, b) => {
        expect(compareDistance(target, a, b) === 0).toBe(equalBytes(a, b));
      }),
    );
  });
});

describe('commonPrefixLength', () => {
  it('counts equal leading bits', () => {
    fc.assert(
      fc.property(anyId, anyId, (a, b) => {
        const bits = distance(a, b).toString(2);
        expect(commonPrefixLength(a, b)).toBe(bits === '0' ? ID_BITS : ID_BITS - bits.length);
      }),
    );
  });

  it('finds each single differing bit', () => {
    for (let bit = 0; bit < ID_BITS; bit++) {
      const other = nodeId(new Uint8Array(32));
      other[bit >> 3] = 0x80 >> (bit & 7);
      expect(commonPrefixLength(nodeId(new Uint8Array(32)), other)).toBe(bit);
    }
  });
});
