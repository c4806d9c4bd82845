import type { TableEntry } from './routing-table.ts';

/** Nodes in the neighbour table. */
export const NEIGHBOURS = 16;

/**
 * The nodes with the smallest measured round-trip time (L:17), nearest first: a view of the routing table, so that
 * the two cannot disagree.
 */
export function neighbourTable(entries: Iterable<TableEntry>): TableEntry[] {
  return [...entries]
    .filter((entry) => entry.failures === 0)
    .sort((a, b) => a.rttMs - b.rttMs)
    .slice(0, NEIGHBOURS);
}
