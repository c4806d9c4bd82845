import { mix32, type SeededRandom } from './seeded-random.ts';

/**
 * One-way delay between two hosts. `pair`: each pair of hosts has a stable base in the range, as on the real
 * internet, and each packet adds up to `jitterMs`, which also reorders packets.
 */
export type Latency =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'pair'; readonly minMs: number; readonly maxMs: number; readonly jitterMs: number };

/** What happens to packets on their way. Probabilities are per packet, 0 to 1. */
export interface Conditions {
  latency: Latency;
  loss: number;
  duplication: number;
  /** Chance that a packet is held back by up to `reorderingMs` more. */
  reordering: number;
  reorderingMs: number;
  /** Chance that one bit of a datagram is flipped (streams are protected by their carrier's retransmission). */
  corruption: number;
}

export const DEFAULT_CONDITIONS: Readonly<Conditions> = {
  latency: { kind: 'pair', minMs: 5, maxMs: 60, jitterMs: 1 },
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderingMs: 50,
  corruption: 0,
};

/** Between programs of one computer, and between computers of one local network. */
const SAME_HOST_MS = 0.05;
const LOCAL_NETWORK_MS = 0.5;

export interface PathEnds {
  /** Number of each end; any stable numbers. */
  readonly from: number;
  readonly to: number;
  readonly local: boolean;
}

export function delayMs({ latency }: Conditions, { from, to, local }: PathEnds, random: SeededRandom): number {
  if (from === to) return SAME_HOST_MS;
  if (local) return LOCAL_NETWORK_MS;
  switch (latency.kind) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return latency.minMs + random.uniform() * (latency.maxMs - latency.minMs);
    case 'pair': {
      const pair = mix32(Math.imul(Math.min(from, to) + 1, 0x9e3779b1) ^ mix32(Math.max(from, to))) / 2 ** 32;
      return latency.minMs + pair * (latency.maxMs - latency.minMs) + random.uniform() * latency.jitterMs;
    }
  }
}

/** A copy with one bit flipped. */
export function flipBit(packet: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = packet.slice();
  if (copy.length > 0) copy[random.integer(copy.length)]! ^= 1 << random.integer(8);
  return copy;
}
