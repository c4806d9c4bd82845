import { hash32 } from '../crypto/crypto.ts';
import { type NodeId, nodeId } from '../ids/bytes.ts';

/**
 * Where copy `number` of what is sent to a destination is kept: at the root node of this position (L:28). 0 is the
 * destination's own position.
 */
export function copyPosition(destination: NodeId, number: number): NodeId {
  return number === 0 ? destination : nodeId(hash32('copy', destination, Uint8Array.of(number)));
}

/** Positions of all copies of an envelope. */
export function copyPositions(destination: NodeId, copies: number): NodeId[] {
  if (copies === 0) return [destination];
  return Array.from({ length: copies }, (_, i) => copyPosition(destination, i + 1));
}
