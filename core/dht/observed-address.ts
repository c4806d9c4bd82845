import { addressClass, ipGroup } from '../net/address.ts';
import { type Endpoint, formatEndpoint } from '../ports/network.ts';
import { BoundedMap } from './bounded-map.ts';
import type { KnownContact } from './contact.ts';

/** Latest votes counted. */
const VOTERS = 32;

/**
 * Our own address as other nodes see it. Each network (/24, /48) has one vote, so that one owner cannot move us;
 * nodes on this host or a private network vote one by one.
 */
export class ObservedAddress {
  readonly #votes = new BoundedMap<string, Endpoint>(VOTERS);

  /** @returns true when this vote changed the list. */
  vote(voter: KnownContact, seen: Endpoint): boolean {
    const known = this.#votes.get(voterName(voter));
    if (known !== undefined && known.host === seen.host && known.port === seen.port) return false;
    const before = formatAll(this.endpoints());
    this.#votes.set(voterName(voter), seen);
    return formatAll(this.endpoints()) !== before;
  }

  /** Distinct addresses, most votes first. */
  endpoints(): Endpoint[] {
    const counted = new Map<string, { endpoint: Endpoint; votes: number }>();
    for (const [, endpoint] of this.#votes.entries()) {
      const name = formatEndpoint(endpoint);
      const entry = counted.get(name) ?? { endpoint, votes: 0 };
      entry.votes++;
      counted.set(name, entry);
    }
    return [...counted.values()].sort((a, b) => b.votes - a.votes).map((entry) => entry.endpoint);
  }
}

function voterName(voter: KnownContact): string {
  const { host } = voter.endpoint;
  return addressClass(host) === 'public' ? ipGroup(host) : voter.name;
}

function formatAll(endpoints: readonly Endpoint[]): string {
  return endpoints.map(formatEndpoint).join(' ');
}
