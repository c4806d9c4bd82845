import type { SearchHit } from '../../core/api/views.ts';
import type { ParleyClient } from '../api/client.ts';

/** Hits asked for at once. */
export const PAGE_HITS = 100;
/** The core answers with no more. */
const MOST_HITS = 500;
/** Most hits kept: each has its row, and with every page all rows are gone through. */
export const MAX_HITS = 1_000;
/** Above the bound so many are kept and the far end is dropped, to be asked for again on the way back. */
const KEPT_HITS = 500;

export interface SearchScope {
  readonly query: string;
  /** Only in this friend's chat. */
  readonly friend?: string;
}

/** A part of what there is to be found, without gaps. */
export interface Found {
  /** Newest first. */
  readonly hits: readonly SearchHit[];
  /** How many there are that are newer than these. */
  readonly newer: number;
  /** How many there are in all. */
  readonly total: number;
}

export type Direction = 'older' | 'newer';

export function hasMore({ hits, newer, total }: Found, to: Direction): boolean {
  return to === 'newer' ? newer > 0 : newer + hits.length < total;
}

/** The newest hits; or those round this message, where it is one that lies deeper. Undefined when the search failed. */
export async function findHits(
  client: ParleyClient,
  scope: SearchScope,
  { at }: { at: string | null },
): Promise<Found | undefined> {
  const [newest, all] = await Promise.all([
    client.request('messages.search', { ...scope, limit: PAGE_HITS }),
    client.request('messages.countHits', { ...scope }),
  ]);
  if (!newest.ok || !all.ok) return undefined;
  const hits = newest.value;
  const found = { hits, newer: 0, total: Math.max(hits.length, all.value.count) };
  if (at === null || !hasMore(found, 'older') || hits.some(({ message }) => message.id === at)) return found;
  return (await roundHit(client, scope, { at, total: found.total })) ?? found;
}

/**
 * The same part of the hits once more, as they are by now, so that a list that was scrolled stays where it is. What came
 * since at the newest end joins it where there is room. Undefined when the search failed.
 */
export async function findAgain(client: ParleyClient, scope: SearchScope, before: Found): Promise<Found | undefined> {
  const first = before.hits[0]?.message.order;
  if (first === undefined) return findHits(client, scope, { at: null });
  const [newer, all] = await Promise.all([
    client.request('messages.countHits', { ...scope, after: first }),
    client.request('messages.countHits', { ...scope }),
  ]);
  if (!newer.ok || !all.ok) return undefined;
  const fromNewest = before.newer === 0 && before.hits.length + newer.value.count <= MAX_HITS;
  const count = Math.max(PAGE_HITS, before.hits.length + (fromNewest ? newer.value.count : 0));
  const above = fromNewest ? undefined : await client.request('messages.search', { ...scope, after: first, limit: 1 });
  const hits = above?.ok === false ? undefined : await hitsFrom(client, scope, { count, below: above?.value.at(-1) });
  if (hits === undefined) return undefined;
  const others = fromNewest ? 0 : newer.value.count;
  return { hits, newer: others, total: Math.max(all.value.count, others + hits.length) };
}

/** So many hits, or as many as there are, from the newest one, or the first below one. */
async function hitsFrom(
  client: ParleyClient,
  scope: SearchScope,
  { count, below }: { count: number; below: SearchHit | undefined },
): Promise<SearchHit[] | undefined> {
  const hits: SearchHit[] = [];
  for (;;) {
    const edge = (hits.at(-1) ?? below)?.message.order;
    const limit = Math.min(MOST_HITS, count - hits.length);
    const cursor = edge === undefined ? {} : { before: edge };
    const page = await client.request('messages.search', { ...scope, ...cursor, limit });
    if (!page.ok) return undefined;
    hits.push(...page.value);
    if (page.value.length < limit || hits.length >= count) return hits;
  }
}

/** Undefined when this message is no hit, or the search failed. */
async function roundHit(
  client: ParleyClient,
  scope: SearchScope,
  { at, total }: { at: string; total: number },
): Promise<Found | undefined> {
  const [near, count] = await Promise.all([
    client.request('messages.search', { ...scope, after: at, limit: PAGE_HITS }),
    client.request('messages.countHits', { ...scope, after: at }),
  ]);
  const next = near.ok ? near.value.at(-1) : undefined;
  if (!near.ok || !count.ok || next === undefined) return undefined;
  const rest = await client.request('messages.search', { ...scope, before: next.message.order, limit: PAGE_HITS });
  if (!rest.ok || rest.value[0]?.message.id !== at) return undefined;
  const hits = [...near.value, ...rest.value];
  const newer = Math.max(0, count.value.count - near.value.length);
  return { hits, newer, total: Math.max(total, newer + hits.length) };
}

/**
 * The next page; above the bound hits at the other end are dropped, but not the one at which the walk stands. `now` gives
 * what there is when it comes. Undefined when the search failed.
 */
export async function moreHits(
  client: ParleyClient,
  scope: SearchScope,
  { to, now }: { to: Direction; now: () => Found & { readonly current: string | null } },
): Promise<Found | undefined> {
  const { hits } = now();
  const edge = hits.at(to === 'older' ? -1 : 0)!.message.order;
  const cursor = to === 'older' ? { before: edge } : { after: edge };
  const outcome = await client.request('messages.search', { ...scope, ...cursor, limit: PAGE_HITS });
  return outcome.ok ? bounded(joined(now(), to, outcome.value), to, now().current) : undefined;
}

/** A page that is not full is the last one, which counts for more than what was counted before. */
function joined({ hits, newer, total }: Found, to: Direction, page: readonly SearchHit[]): Found {
  const last = page.length < PAGE_HITS;
  if (to === 'older') {
    const all = [...hits, ...page];
    return { hits: all, newer, total: last ? newer + all.length : Math.max(total, newer + all.length) };
  }
  const left = last ? 0 : Math.max(0, newer - page.length);
  return { hits: [...page, ...hits], newer: left, total: total - newer + left + page.length };
}

function bounded(found: Found, to: Direction, current: string | null): Found {
  const { hits, newer } = found;
  if (hits.length <= MAX_HITS) return found;
  const at = current === null ? -1 : hits.findIndex(({ message }) => message.id === current);
  if (to === 'newer') return { ...found, hits: hits.slice(0, Math.max(KEPT_HITS, at + 1)) };
  const dropped = Math.min(hits.length - KEPT_HITS, at < 0 ? Number.POSITIVE_INFINITY : at);
  return { ...found, hits: hits.slice(dropped), newer: newer + dropped };
}

/** Undefined when the search failed. */
export async function countAgain(
  client: ParleyClient,
  scope: SearchScope,
  { hits }: Pick<Found, 'hits'>,
): Promise<Pick<Found, 'newer' | 'total'> | undefined> {
  const first = hits[0]?.message.order;
  const [all, newer] = await Promise.all([
    client.request('messages.countHits', { ...scope }),
    client.request('messages.countHits', { ...scope, ...(first === undefined ? {} : { after: first }) }),
  ]);
  if (!all.ok || !newer.ok) return undefined;
  return { total: all.value.count, newer: first === undefined ? 0 : newer.value.count };
}
