import { IDS_PER_INVENTORY } from '../codec/relay.ts';
import { type KnownContact, nameOf } from '../dht/contact.ts';
import type { NodeId } from '../ids/bytes.ts';
import type { Kept } from './cache.ts';
import { inWindow, lifeSeconds, type RelayContext } from './context.ts';
import { ask } from './exchange.ts';
import type { Partners } from './partners.ts';

/** Envelopes handed to one node at once. */
const HAND_WINDOW = 16;

/** What is kept here for one destination. */
export interface Bringing {
  readonly destination: NodeId;
  readonly copies: number;
  readonly members: ReadonlyMap<string, Kept>;
  /** Still here, and to be brought. */
  keeps(kept: Kept): boolean;
}

/**
 * Names to a node what it is not known to have, and gives it what it lacks. True when it has all that was here at the
 * beginning; false when it refused or fell silent.
 */
export async function bringTo(
  contact: KnownContact,
  { context, partners, from }: { context: RelayContext; partners: Partners; from: Bringing },
): Promise<boolean> {
  const known = partners.knownAt(contact);
  const unknown = [...from.members.values()].filter((kept) => !known.has(kept.name));
  for (let i = 0; i < unknown.length; i += IDS_PER_INVENTORY) {
    const page = unknown.slice(i, i + IDS_PER_INVENTORY).filter((kept) => from.keeps(kept));
    if (page.length === 0) continue;
    const wanted = await wantedOf(contact, page, context, from);
    if (wanted === undefined) return false;
    if (wanted.size > 0) partners.isNotAhead(contact);
    for (const kept of page) if (!wanted.has(kept)) known.add(kept.name);
    if (!(await handAll(contact, wanted, { context, from, known }))) return false;
  }
  return true;
}

/** Undefined when it refuses all, or is silent. */
async function wantedOf(
  contact: KnownContact,
  page: readonly Kept[],
  { network }: RelayContext,
  { destination, copies }: Bringing,
): Promise<Set<Kept> | undefined> {
  const body = { token: undefined, destination, copies, ids: page.map((kept) => kept.id) };
  const reply = await ask(network, contact, { kind: 'inventory', body });
  if (reply?.kind !== 'missing' || (reply.body.verdict !== 'wanted' && reply.body.verdict !== 'held')) return undefined;
  const names = new Set(reply.body.ids.map(nameOf));
  return new Set(page.filter((kept) => names.has(kept.name)));
}

async function handAll(
  contact: KnownContact,
  wanted: ReadonlySet<Kept>,
  { context, from, known }: { context: RelayContext; from: Bringing; known: Set<string> },
): Promise<boolean> {
  let refused = false;
  await inWindow([...wanted], HAND_WINDOW, async (kept) => {
    if (refused || !from.keeps(kept)) return;
    if (!(await handOne(contact, kept, context))) refused = true;
    else {
      known.add(kept.name);
      context.counters.handedOn++;
    }
  });
  return !refused;
}

async function handOne(contact: KnownContact, kept: Kept, { transfers, cache }: RelayContext): Promise<boolean> {
  const envelope = cache.envelope(kept);
  if (envelope === undefined) return true;
  const how = { copy: 0, hopsLeft: 0, lifeS: lifeSeconds(cache.lifeMs(kept)) };
  const verdict = await transfers.hand(contact, envelope, how);
  return verdict === 'kept' || verdict === 'held' || verdict === 'freed';
}
