import type { Comparison } from '../codec/relay.ts';
import type { KnownContact } from '../dht/contact.ts';
import type { RelayNetwork } from '../dht/relay-network.ts';
import type { NodeId } from '../ids/bytes.ts';
import { isCloser } from '../ids/xor.ts';

/**
 * A node may keep a copy while it is among this many closest nodes of the copy's position. Wider than one, so that not
 * every node that comes or goes next to a position moves envelopes about; destinations ask all of them.
 */
export const ROOT_WIDTH = 3;

/** Who keeps what belongs to a position. */
export type Holder = { readonly kind: 'self' } | { readonly kind: 'other'; readonly contact: KnownContact };

export interface HolderSearch {
  readonly network: RelayNetwork;
  readonly positions: readonly NodeId[];
  /** This node may be a holder itself. */
  readonly mayHold: boolean;
  /** All places are looked at anew; else only those without a holder, which take a lookup each. */
  readonly all: boolean;
  /** Present holders, by place in `positions`; kept while they are among the closest. */
  readonly present: readonly (Holder | undefined)[];
  /** True for nodes that were silent or refused a moment ago. */
  readonly avoid: (contact: KnownContact) => boolean;
  /** This node need not be one if others keep a copy for each position already: nothing is kept in surplus. */
  readonly mayYield: boolean;
  /** What a node keeps, or says that it keeps; undefined when it does not answer or is found to lie. */
  readonly compare: (contact: KnownContact) => Promise<Comparison | undefined>;
}

/**
 * Finds one holder for each position, all different (L:28). Undefined where no node can be found. Somebody who has
 * something for this destination already is preferred to somebody closer who has not.
 */
export async function findHolders(search: HolderSearch): Promise<(Holder | undefined)[]> {
  const { network, positions, present } = search;
  if (!search.all && present.some((holder) => holder?.kind === 'self')) return fillPlaces(search);
  const closest = await Promise.all(positions.map((position) => candidates(search, position)));
  const holders: (Holder | undefined)[] = positions.map(() => undefined);
  const own = search.mayHold ? ownPlace(network, positions, closest) : -1;
  const taken = new Set<string>();
  let surplus = own >= 0 && search.mayYield;
  for (const place of [...positions.keys()].filter((one) => one !== own)) {
    const free = closest[place]!.filter((contact) => !taken.has(contact.name));
    const chosen = await choose(search, place, free);
    surplus &&= chosen?.has === true;
    if (chosen === undefined) continue;
    taken.add(chosen.contact.name);
    holders[place] = { kind: 'other', contact: chosen.contact };
  }
  if (own < 0) return holders;
  const free = surplus ? closest[own]!.filter((contact) => !taken.has(contact.name)) : [];
  const other = surplus ? await choose(search, own, free.slice(0, ROOT_WIDTH)) : undefined;
  holders[own] = other?.has === true ? { kind: 'other', contact: other.contact } : { kind: 'self' };
  return holders;
}

/** The places without a holder are filled; the others stay as they are, ours among them. */
async function fillPlaces(search: HolderSearch): Promise<(Holder | undefined)[]> {
  const holders = search.positions.map((_, place) => search.present[place]);
  const taken = new Set(holders.map((holder) => (holder?.kind === 'other' ? holder.contact.name : '')));
  for (const [place, position] of search.positions.entries()) {
    if (holders[place] !== undefined) continue;
    const free = (await candidates(search, position)).filter((contact) => !taken.has(contact.name));
    const chosen = await choose(search, place, free);
    if (chosen === undefined) continue;
    taken.add(chosen.contact.name);
    holders[place] = { kind: 'other', contact: chosen.contact };
  }
  return holders;
}

async function candidates(search: HolderSearch, position: NodeId): Promise<KnownContact[]> {
  const found = await search.network.closest(position);
  return found.filter((contact) => !search.avoid(contact));
}

/** The position for which this node is nearest the front, if it is among the closest of any; -1 if not. */
function ownPlace(
  network: RelayNetwork,
  positions: readonly NodeId[],
  closest: readonly (readonly KnownContact[])[],
): number {
  let best = -1;
  let bestRank = ROOT_WIDTH;
  for (const [place, position] of positions.entries()) {
    const rank = closest[place]!.filter((contact) => isCloser(position, contact.id, network.nodeId)).length;
    if (rank < bestRank) [best, bestRank] = [place, rank];
  }
  return best;
}

async function choose(
  search: HolderSearch,
  place: number,
  free: readonly KnownContact[],
): Promise<{ readonly contact: KnownContact; readonly has: boolean } | undefined> {
  const front = free.slice(0, ROOT_WIDTH);
  const present = search.present[place];
  if (present?.kind === 'other') {
    const stays = front.find((contact) => contact.name === present.contact.name);
    if (stays !== undefined) return { contact: stays, has: true };
  }
  const answers = await Promise.all(front.map((contact) => search.compare(contact)));
  const has = front.find((_, i) => answers[i] === 'same' || answers[i] === 'different');
  const lives = front.find((_, i) => answers[i] !== undefined);
  if (has !== undefined) return { contact: has, has: true };
  const contact = lives ?? free.find((_, i) => i >= ROOT_WIDTH);
  return contact && { contact, has: false };
}
