import type { SeededRandom } from './seeded-random.ts';

/** How a network behaves, as `fast-network.ts` plays it. Distributions are values at equal steps of probability. */
export interface OverlayModel {
  /** Virtual ms of a lookup. */
  readonly lookupMs: readonly number[];
  /** Chance that a lookup misses one of the closest live nodes. */
  readonly missed: number;
  /** Chance that the best next hop of a table is a dead node. */
  readonly deadHops: number;
  /** From the start of a node until it is connected. */
  readonly joinMs: readonly number[];
  /** From the start of a node until one of its neighbours knows it. */
  readonly knownMs: readonly number[];
}

/** A draw from a distribution given by values at equal steps of probability. */
export function draw(values: readonly number[], random: SeededRandom): number {
  const place = random.uniform() * (values.length - 1);
  const low = Math.floor(place);
  const [a, b] = [values[low]!, values[Math.min(low + 1, values.length - 1)]!];
  return a + (place - low) * (b - a);
}

/** Of ascending measured values, those at `steps` equal steps of probability. */
export function distribution(ascending: readonly number[], steps = 20): number[] {
  return Array.from({ length: steps + 1 }, (_, i) =>
    Math.round(ascending[Math.round((i / steps) * (ascending.length - 1))] ?? 0),
  );
}

/**
 * Measured with 300 nodes at packet level, paths of 5 to 60 ms one way, 2 % of all packets lost, by mean session time in
 * minutes (`npm run simulate -- overlay`, docs/reliability.md).
 */
const MEASURED: readonly { readonly minutes: number; readonly model: OverlayModel }[] = [
  {
    minutes: 10,
    model: {
      lookupMs: [100, 193, 270, 340, 390, 427, 480, 530, 575, 625, 862],
      ...{ missed: 0.035, deadHops: 0.18 },
      joinMs: [20, 33, 45, 55, 62, 71, 80, 90, 100, 113, 599],
      knownMs: [100, 185, 220, 260, 300, 339, 450, 600, 850, 1225, 2429],
    },
  },
  {
    minutes: 60,
    model: {
      lookupMs: [90, 172, 235, 290, 330, 364, 405, 450, 500, 549, 789],
      ...{ missed: 0.035, deadHops: 0.06 },
      joinMs: [20, 29, 42, 55, 65, 73, 85, 95, 105, 113, 579],
      knownMs: [100, 185, 220, 260, 300, 330, 400, 500, 650, 808, 1793],
    },
  },
];

/** The measured model whose sessions are most like these. */
export function measuredOverlay(sessionMs: number): OverlayModel {
  const off = (minutes: number) => Math.abs(Math.log(minutes / (sessionMs / 60_000)));
  return MEASURED.reduce((best, one) => (off(one.minutes) < off(best.minutes) ? one : best)).model;
}
