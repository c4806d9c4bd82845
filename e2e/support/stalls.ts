import type { Page } from 'playwright';
import type { NodeProcess } from './node-process.ts';

/** A thread did not run for `ms` longer than it should have, until `end` (ms since 1970). Shorter ones than 20 ms are none. */
export interface Stall {
  readonly end: number;
  readonly ms: number;
}

type Scope = typeof globalThis & { stalls: Stall[] };

/** From the page's next load on: when its event loop stood still, by its own doing or because the machine was busy. */
export async function watchStalls(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const everyMs = 20;
    const stalls: Stall[] = [];
    Object.assign(globalThis, { stalls });
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      const ms = now - last - everyMs;
      last = now;
      if (ms >= 20) stalls.push({ end: performance.timeOrigin + now, ms });
    }, everyMs);
  });
}

/**
 * How long the programs of a call stood still between two times, added up, in ms: pages that `watchStalls` was called
 * for, and nodes that were started as `watched`.
 */
export async function stalledMs(
  who: { readonly pages: readonly Page[]; readonly nodes: readonly NodeProcess[] },
  from: number,
  to: number,
): Promise<number> {
  const ofPages = await Promise.all(who.pages.map((page) => page.evaluate(() => (globalThis as Scope).stalls)));
  const stalls = [...ofPages, ...who.nodes.map((node) => node.stalls)].flat();
  return stalls.filter(({ end }) => end >= from && end <= to).reduce((sum, { ms }) => sum + ms, 0);
}
