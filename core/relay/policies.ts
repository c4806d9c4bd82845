import { policyLayout } from '../codec/envelope.ts';
import { decode, encode } from '../codec/layout.ts';
import { bytesOfName, nameOf } from '../dht/contact.ts';
import { equalBytes, type NodeId } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { RelayContext } from './context.ts';
import type { Envelope } from './envelope.ts';
import { isPermitFor, isPolicyOf, type Permit, type Policy } from './policy.ts';

/**
 * Policies remembered, in memory and on the disk; those that were heard of longest ago go first. Anybody can make keys and
 * sign policies for them without end, and whoever is a friend no more would like the newest one to be forgotten.
 */
export const POLICIES = 8_192;
/** Destinations not known before of which one source makes us remember the policy. */
const NEW_RATE = { perSecond: 2, burst: 256, maxSources: 2_048 };

/** How far a destination vouches for an envelope. */
export type Standing =
  /** A friend, by the newest policy known. */
  | 'friend'
  /** Somebody with the invite tag, a friend under an older policy, or anybody while no policy is known. */
  | 'stranger'
  /** The destination's policy is known and does not allow it, or a signature is wrong. */
  | 'forbidden';

/** What destinations allow (docs/architecture.md, "A friend's permit names no friend"). */
export class Policies {
  readonly #context: RelayContext;
  readonly #policies = new Map<string, Policy>();
  readonly #newRate: RateLimit;

  constructor(context: RelayContext) {
    this.#context = context;
    this.#newRate = new RateLimit({ clock: context.clock, ...NEW_RATE });
    for (const note of context.store.notes()) {
      if (note.kind !== 'policy') continue;
      const decoded = decode(policyLayout, note.bytes);
      if (decoded.ok) this.#enter(nameOf(note.key), decoded.value);
    }
  }

  of(destination: NodeId): Policy | undefined {
    return this.#policies.get(nameOf(destination));
  }

  /** The destination is there: what is known of it goes last. */
  heardOf(destination: NodeId): void {
    const name = nameOf(destination);
    const known = this.#policies.get(name);
    if (known !== undefined) this.#enter(name, known);
  }

  /** Remembers a policy if it is the destination's own and newer than the known one. False when it is forged. */
  learn(policy: Policy, destination: NodeId, source: string): boolean {
    const name = nameOf(destination);
    const known = this.#policies.get(name);
    if (known !== undefined && isSame(known, policy)) return true;
    if (!isPolicyOf(policy, destination)) return false;
    if (known === undefined ? !this.#newRate.take(source) : known.number >= policy.number) return true;
    const bytes = encode(policyLayout, policy);
    const copy = decode(policyLayout, bytes);
    if (!copy.ok) return false;
    this.#enter(name, copy.value);
    const { store, clock, settings } = this.#context;
    const expiresAt = Math.floor(clock.wall() + 2 * settings.maxLifeMs);
    store.putNote({ kind: 'policy', key: destination, bytes, expiresAt });
    return true;
  }

  #enter(name: string, policy: Policy): void {
    this.#policies.delete(name);
    this.#policies.set(name, policy);
    if (this.#policies.size <= POLICIES) return;
    for (const oldest of this.#policies.keys()) {
      this.#policies.delete(oldest);
      this.#context.store.deleteNote('policy', bytesOfName(oldest));
      return;
    }
  }

  standing(envelope: Envelope, source: string): Standing {
    const { destination, permit, id } = envelope;
    if (permit === undefined) return this.of(destination) === undefined ? 'stranger' : 'forbidden';
    if (permit.signer === 'invite' && permit.policy.number === 0) return this.#invited(permit, envelope);
    if (!this.learn(permit.policy, destination, source) || !isPermitFor(permit, id)) return 'forbidden';
    const newest = this.of(destination) ?? permit.policy;
    const isNewest = newest.number === permit.policy.number;
    if (permit.signer === 'friend') return isNewest ? 'friend' : 'stranger';
    return isNewest ? 'stranger' : 'forbidden';
  }

  /**
   * Somebody with a public ID cannot know the policy: the permit's is empty but for the invite key, which everybody who
   * knows the tag can derive, and the policy that is known here decides.
   */
  #invited(permit: Permit, { destination, id }: Envelope): Standing {
    const policy = this.of(destination) ?? permit.policy;
    return isPermitFor({ ...permit, policy }, id) ? 'stranger' : 'forbidden';
  }
}

/** All fields: a known signature beside other keys is worth nothing. */
function isSame(a: Policy, b: Policy): boolean {
  return (
    a.number === b.number &&
    equalBytes(a.claimKey, b.claimKey) &&
    equalBytes(a.friendKey, b.friendKey) &&
    equalBytes(a.inviteKey, b.inviteKey) &&
    equalBytes(a.signature, b.signature)
  );
}
