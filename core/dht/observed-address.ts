import { addressClass, ipGroup } from '../ids/address.ts';
import { type Endpoint, formatEndpoint } from '../ports/network.ts';
import type { KnownContact } from './contact.ts';

/** Latest votes counted. */
const VOTERS = 32;

interface Candidate {
  readonly endpoint: Endpoint;
  votes: number;
}

/**
 * Our own address as other nodes see it. Each network (/24, /48) has one vote, so that one owner cannot move us;
 * nodes on this host or a private network vote one by one.
 */
export class ObservedAddress {
  readonly #votes = new Map<string, Candidate>();
  readonly #candidates = new Map<string, Candidate>();

  /** @returns true when this vote changed the list or its order. */
  vote(voter: KnownContact, seen: Endpoint): boolean {
    const name = nameOfVoter(voter);
    const before = this.#votes.get(name);
    const known = this.#candidates.get(formatEndpoint(seen));
    if (known !== undefined && known === before) return false;
    // Nearly always everybody agrees: no need to sort.
    const unanimous = known !== undefined && this.#candidates.size === 1;
    const orderBefore = unanimous ? '' : this.#order();
    const chosen = known ?? this.#add(seen);
    this.#votes.set(name, chosen);
    chosen.votes++;
    this.#withdraw(before);
    if (this.#votes.size > VOTERS) this.#forgetOldest();
    return !unanimous && this.#order() !== orderBefore;
  }

  /** Distinct addresses, most votes first. */
  endpoints(): Endpoint[] {
    return this.#sorted().map((candidate) => candidate.endpoint);
  }

  #add(endpoint: Endpoint): Candidate {
    const fresh = { endpoint, votes: 0 };
    this.#candidates.set(formatEndpoint(endpoint), fresh);
    return fresh;
  }

  #withdraw(candidate: Candidate | undefined): void {
    if (candidate !== undefined && --candidate.votes === 0) this.#candidates.delete(formatEndpoint(candidate.endpoint));
  }

  #forgetOldest(): void {
    const [voter, candidate] = this.#votes.entries().next().value!;
    this.#votes.delete(voter);
    this.#withdraw(candidate);
  }

  #sorted(): Candidate[] {
    return [...this.#candidates.values()].sort((a, b) => b.votes - a.votes);
  }

  #order(): string {
    return this.#sorted()
      .map((candidate) => formatEndpoint(candidate.endpoint))
      .join(' ');
  }
}

function nameOfVoter(voter: KnownContact): string {
  const { host } = voter.endpoint;
  return addressClass(host) === 'public' ? ipGroup(host) : voter.name;
}
