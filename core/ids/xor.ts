import { NODE_ID_BYTES, type NodeId } from './bytes.ts';

/** Number of k-buckets: one per bit of a node ID. */
export const ID_BITS = NODE_ID_BYTES * 8;

/**
 * Compares the XOR distances of `a` and `b` to `target` (Maymounkov and Mazières 2002, section 2.1).
 * 32-byte IDs -> negative when `a` is closer, positive when `b` is, 0 when they are the same ID.
 */
export function compareDistance(target: NodeId, a: NodeId, b: NodeId): number {
  for (let i = 0; i < NODE_ID_BYTES; i++) {
    const difference = (a[i]! ^ target[i]!) - (b[i]! ^ target[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** True when `a` is strictly closer to `target` than `b` is. */
export function isCloser(target: NodeId, a: NodeId, b: NodeId): boolean {
  return compareDistance(target, a, b) < 0;
}

/** Length in bits of the common prefix, 0 to 256; 256 means the same ID. Also the index of the k-bucket. */
export function commonPrefixLength(a: NodeId, b: NodeId): number {
  for (let i = 0; i < NODE_ID_BYTES; i++) {
    const difference = a[i]! ^ b[i]!;
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return ID_BITS;
}

/** 32-byte IDs -> 32-byte XOR distance, big-endian. */
export function xorDistance(a: NodeId, b: NodeId): Uint8Array {
  const distance = new Uint8Array(NODE_ID_BYTES);
  for (let i = 0; i < NODE_ID_BYTES; i++) distance[i] = a[i]! ^ b[i]!;
  return distance;
}
