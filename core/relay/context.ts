import type { RelayNetwork } from '../dht/relay-network.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { RelayCacheStore } from '../store/relay-cache.ts';
import type { Cache } from './cache.ts';
import type { Distrust } from './distrust.ts';
import type { Transfers } from './exchange.ts';
import type { RelaySettings } from './settings.ts';

/** What all parts of a carrier share. */
export interface RelayContext {
  readonly network: RelayNetwork;
  readonly store: RelayCacheStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly drops: DropCounter;
  readonly settings: RelaySettings;
  readonly cache: Cache;
  readonly transfers: Transfers;
  /** Nodes that failed us a while ago. */
  readonly distrust: Distrust;
  /** Partners that gave no sign of life, until one comes: who was only busy is taken back before all is placed anew. */
  readonly silent: Distrust;
  readonly counters: RelayCounters;
}

/** Since start. */
export interface RelayCounters {
  taken: number;
  handedOn: number;
  freed: number;
  expired: number;
}

/** `ms` longer or shorter by up to `share` of it, so that many nodes do not act at once. */
export function jittered(random: Random, ms: number, share = 0.2): number {
  return ms * (1 - share + 2 * share * random.uniform());
}

/** Whole seconds of a life, at least 0. */
export function lifeSeconds(ms: number): number {
  return Math.max(0, Math.min(2 ** 32 - 1, Math.floor(ms / 1_000)));
}

/** Runs `task` over all items, `window` of them at once. */
export async function inWindow<T>(
  items: readonly T[],
  window: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const some = async () => {
    while (next < items.length) await task(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(window, items.length) }, some));
}
