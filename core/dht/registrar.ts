import type { BodyOf } from '../codec/dht.ts';
import { equalBytes, type NodeId, type NodeKey, type Signature } from '../ids/bytes.ts';
import { isCloser } from '../ids/xor.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { sameEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import type { KnownContact } from './contact.ts';
import type { LookupResult } from './lookup.ts';
import { Passes } from './passes.ts';
import type { Router } from './router.ts';
import type { Rpc } from './rpc.ts';
import {
  type PositionClaim,
  positionOfClaim,
  REGISTER_PURPOSE,
  type Registration,
  type RoutedMessage,
} from './types.ts';

/** Root nodes that hold a registration: the closest ones, so that one or two may vanish unnoticed. */
export const ROOTS = 3;
/** How long a root keeps a registration, in seconds. */
export const REGISTRATION_LIFETIME_S = 600;
const REFRESH_MS = 240_000;
/** While nobody can reach us unasked, the roots are the only door: the way through a NAT is kept open. */
const KEEP_OPEN_MS = 25_000;
/** A node that comes up registers first, and looks whether its roots are the right ones when its table is filled. */
const LOOK_AGAIN_MS = 1_000;
/** New nodes near the position are gathered this long before the roots are looked up again. */
const SETTLE_MS = 250;
/** Questions of one node after which it is told again. */
const REMINDERS = { perSecond: 0.05, burst: 3, maxSources: 64 };

export interface RegistrarOptions {
  readonly rpc: Rpc;
  readonly router: Router;
  /** What a registration is signed for: no other node can use it. */
  readonly nodeKey: NodeKey;
  readonly clock: Clock;
  readonly random: Random;
  /** True while others can reach this node unasked. */
  readonly reachable: () => boolean;
  /** `found` is told of nodes that seem to be root nodes, before it is certain; `again` as in `LookupChoice`. */
  readonly lookup: (
    target: NodeId,
    again: boolean,
    found: (contact: KnownContact) => void,
    done: (result: LookupResult) => void,
  ) => void;
}

/** Keeps our positions registered at their root nodes (L:17, L:24). */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #registrations = new Set<Position>();
  readonly #reminders: RateLimit;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#reminders = new RateLimit({ clock: options.clock, ...REMINDERS });
  }

  register(claim: PositionClaim, onMessage: (message: RoutedMessage) => void): Registration {
    const unlisten = this.#options.router.listen(positionOfClaim(claim.publicKey), onMessage);
    const registration = new Position(claim, this.#options);
    this.#registrations.add(registration);
    registration.renew();
    return {
      ready: registration.ready,
      close: () => {
        unlisten();
        this.#registrations.delete(registration);
        registration.close();
      },
    };
  }

  /** The network came up or changed: all registrations are made anew. */
  renewAll(): void {
    for (const registration of this.#registrations) registration.renew();
  }

  /** A node entered the routing table; positions for which it is a better root move to it. */
  onNewNode(contact: KnownContact): void {
    for (const registration of this.#registrations) registration.consider(contact);
  }

  /** A node looks for its own ID, as it does when it starts: a root among them may have lost what we told it. */
  asked(contact: KnownContact, target: NodeId): void {
    if (!equalBytes(target, contact.id) || !this.#reminders.take(contact.name)) return;
    for (const registration of this.#registrations) registration.remind(contact);
  }

  stop(): void {
    for (const registration of this.#registrations) registration.close();
    this.#registrations.clear();
  }
}

class Position {
  readonly ready: Promise<void>;
  readonly #position: NodeId;
  readonly #claimKey: Uint8Array;
  readonly #signature: Signature;
  readonly #options: RegistrarOptions;
  readonly #passes = new Passes();
  #resolveReady: () => void = () => {};
  #roots: readonly KnownContact[] = [];
  /** Whom this renewal has told that we are there, by name. */
  readonly #told = new Map<string, KnownContact>();
  /** Answers that this renewal waits for. */
  #waiting = 0;
  #timer: Timer | undefined;
  #busy = false;
  #again = false;
  #closed = false;

  constructor(claim: PositionClaim, options: RegistrarOptions) {
    this.#position = positionOfClaim(claim.publicKey);
    this.#claimKey = claim.publicKey;
    this.#signature = claim.sign(REGISTER_PURPOSE, options.nodeKey);
    this.#options = options;
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
  }

  /** `again`: nothing happened, it is time. */
  renew(again = false): void {
    this.#timer?.cancel();
    if (this.#closed) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.#told.clear();
    this.#waiting = 1;
    this.#options.lookup(
      this.#position,
      again,
      (contact) => this.#tell(contact),
      (result) => this.#found(result.closest.slice(0, ROOTS)),
    );
  }

  consider(contact: KnownContact): void {
    if (this.#busy) return;
    const farthest = this.#roots.at(-1);
    // A root that enters was silent or is somewhere else: most likely it has started anew and knows nothing of us.
    const better =
      farthest === undefined ||
      this.#roots.length < ROOTS ||
      this.#roots.some((root) => root.name === contact.name) ||
      isCloser(this.#position, contact.id, farthest.id);
    if (better) this.#renewIn(SETTLE_MS);
  }

  /** Tells a root again. One that asks from somewhere else is looked for first: the question may be an old one, replayed. */
  remind({ name, endpoint }: KnownContact): void {
    const root = this.#roots.find((known) => known.name === name);
    if (root === undefined || this.#busy) return;
    if (sameEndpoint(root.endpoint, endpoint)) this.#send(root, REGISTRATION_LIFETIME_S, () => {});
    else this.#renewIn(SETTLE_MS);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const root of this.#roots) this.#told.set(root.name, root);
    for (const root of this.#told.values()) this.#send(root, 0, () => {});
    this.#resolveReady();
  }

  #found(roots: readonly KnownContact[]): void {
    if (this.#closed) return;
    this.#roots = roots;
    for (const root of roots) this.#tell(root);
    this.#answered();
  }

  /** Once a renewal: who seems to be a root hears of us before the lookup has made sure, and a wrong guess forgets. */
  #tell(root: KnownContact): void {
    if (this.#closed || this.#told.has(root.name)) return;
    this.#told.set(root.name, root);
    this.#waiting++;
    this.#send(root, REGISTRATION_LIFETIME_S, (accepted) => {
      if (accepted) this.#resolveReady();
      this.#answered();
    });
  }

  #answered(): void {
    if (--this.#waiting === 0) this.#finished();
  }

  #finished(): void {
    this.#busy = false;
    if (this.#closed) return;
    if (this.#again) {
      this.#again = false;
      this.#renewIn(LOOK_AGAIN_MS);
      return;
    }
    const period = this.#options.reachable() ? REFRESH_MS : KEEP_OPEN_MS;
    this.#renewIn(period * (0.9 + 0.2 * this.#options.random.uniform()), true);
  }

  #renewIn(delayMs: number, again = false): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => this.renew(again));
  }

  #send(root: KnownContact, lifetimeS: number, done: (accepted: boolean) => void): void {
    const claim = { token: undefined, claimKey: this.#claimKey, signature: this.#signature, lifetimeS };
    const send = (pass: Uint8Array) =>
      new Promise<BodyOf<'registered'> | undefined>((resolve) => {
        // Ended since the last answer: the wish is over.
        if (this.#closed && lifetimeS > 0) return resolve(undefined);
        this.#options.rpc.request(root, { kind: 'register', body: { ...claim, pass } }, (reply) =>
          resolve(reply?.kind === 'registered' ? reply.body : undefined),
        );
      });
    void this.#passes.ask(root, send).then((answer) => done(answer?.accepted === 1));
  }
}
