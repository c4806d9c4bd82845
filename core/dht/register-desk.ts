import type { BodyOf } from '../codec/dht.ts';
import { verify } from '../crypto/crypto.ts';
import type { NodeId } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { KnownContact } from './contact.ts';
import type { LeafTable } from './leaf-table.ts';
import { newPass } from './passes.ts';
import { REGISTRATION_LIFETIME_S } from './registrar.ts';
import { type IncomingRequest, rateSourceOf } from './rpc.ts';
import { positionOfClaim, REGISTER_PURPOSE } from './types.ts';

/**
 * Registrations from one address, of any number of keys; each costs a signature check, so this is half a percent of a core.
 * Hundreds of people may share an address, and register at the same roots where the network is small.
 */
const REGISTER_RATE = { perSecond: 50, burst: 500, maxSources: 2_048 };

type RegisterBody = BodyOf<'register'>;
type Answer = BodyOf<'registered'>;

export interface RegisterDeskOptions {
  readonly leaves: LeafTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly drops: DropCounter;
  /** True while this node is a leaf itself. */
  readonly leaf: () => boolean;
  /** A leaf registered here, or did so again. */
  readonly came: (position: NodeId, leaf: KnownContact) => void;
}

/** Where leaves register at this node, as the root of their positions (L:17, L:24). All that comes in is hostile until checked. */
export class RegisterDesk {
  readonly #options: RegisterDeskOptions;
  readonly #rate: RateLimit;

  constructor(options: RegisterDeskOptions) {
    this.#options = options;
    this.#rate = new RateLimit({ clock: options.clock, ...REGISTER_RATE });
  }

  /**
   * Only who lacks a token or the pass is told no, and hears of both at once. Whether there was a place stays untold at first:
   * else a stranger who fills a position finds out that somebody is registered there. A leaf says no: it is root of nothing.
   */
  answer({ from, proven }: IncomingRequest, body: RegisterBody): Answer {
    const { leaves, random, drops, leaf } = this.#options;
    if (leaf()) return { token: undefined, accepted: 0, pass: body.pass };
    if (!proven) {
      const pass = leaves.passOf(positionOfClaim(body.claimKey), from) ?? body.pass;
      return { token: undefined, accepted: 0, pass };
    }
    const done = { token: undefined, accepted: 1, pass: newPass(random) };
    if (!this.#rate.take(rateSourceOf(from.endpoint))) drops.add('register-rate-limited');
    else if (!verify(body.claimKey, body.signature, REGISTER_PURPOSE, from.key)) drops.add('register-bad-signature');
    else return this.#admit(from, body);
    return done;
  }

  #admit(from: KnownContact, { claimKey, lifetimeS, pass }: RegisterBody): Answer {
    const { leaves, drops, came } = this.#options;
    const position = positionOfClaim(claimKey);
    const lifetimeMs = Math.min(lifetimeS, REGISTRATION_LIFETIME_S) * 1_000;
    const registered = leaves.register(position, from, { lifetimeMs, pass });
    if (registered.outcome !== 'done') drops.add(`register-${registered.outcome}`);
    else if (lifetimeMs > 0) came(position, from);
    return { token: undefined, accepted: registered.outcome === 'stale' ? 0 : 1, pass: registered.pass };
  }
}
