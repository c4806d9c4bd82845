import { RateLimit } from '../net/rate-limit.ts';
import type { Clock } from '../ports/clock.ts';
import { BoundedMap } from './bounded-map.ts';
import type { KnownContact } from './contact.ts';

/** Nodes that were never heard and that we ask because one and the same node named them. */
const PER_SOURCE = { perSecond: 5, burst: 100, maxSources: 1_024 };
/** Nodes that were never heard in one /24 or /48, whoever named them. */
const PER_GROUP = { perSecond: 1, burst: 16, maxSources: 1_024 };
const REMEMBERED = 2_048;

/**
 * Whom we ask for the first time because others named them. Answers of liars may name anybody's address, and each name
 * would bring that computer a request: so the names of one node, and those in one network, are asked at a limited rate.
 */
export class FirstContacts {
  readonly #heard = new BoundedMap<KnownContact, true>(REMEMBERED);
  readonly #sources: RateLimit;
  readonly #groups: RateLimit;

  constructor(clock: Clock) {
    this.#sources = new RateLimit({ ...PER_SOURCE, clock });
    this.#groups = new RateLimit({ ...PER_GROUP, clock });
  }

  /** It answered from this address: it wants our requests. */
  heard(contact: KnownContact): void {
    if (!this.#heard.has(contact)) this.#heard.set(contact, true);
  }

  allows(contact: KnownContact, namedBy: KnownContact): boolean {
    if (this.#heard.has(contact)) return true;
    if (!this.#sources.take(namedBy.name)) return false;
    return contact.ipGroup === undefined || this.#groups.take(contact.ipGroup);
  }
}
