import type { ControlFrame } from '../codec/link.ts';
import type { Whereabouts } from '../codec/query.ts';
import type { NodeId, NodeKey, ProfileKey } from '../ids/bytes.ts';
import { toHex } from '../ids/bytes.ts';
import { type Endpoint, sameEndpoint } from '../ports/network.ts';
import { type Agreed, Dialer, type DialerEnvironment } from './dialer.ts';
import type { Pair } from './handshake.ts';
import { type Correspondent, possible } from './letterbox.ts';
import { Seeker } from './seeker.ts';
import { Session, type SessionEnvironment, type SessionHost } from './session.ts';
import type { LinkDownReason } from './types.ts';

/** Places of a friend we try: what the friend told, and where we met it last. */
const MAX_TARGETS = 10;
/** A link that failed before this age counts as a quick failure; after several the next attempts wait longer. */
const STABLE_MS = 5_000;
const RETRY_MS = 50;
const MAX_RETRY_MS = 30_000;
/** After we closed a link with somebody who stays a friend: something failed here, such as the disk. */
const TROUBLE_MS = 5_000;

/** What a friend needs from the link manager. */
export interface FriendHost {
  /** Sends an endpoint query. False when no node took it. */
  ask(friend: Friend): Promise<boolean>;
  /** Opens our address translator towards these places. */
  punch(targets: readonly Endpoint[]): void;
  /** Our token for this friend; `renewToken` ends the old one. */
  token(friend: Friend): Uint8Array;
  renewToken(friend: Friend): void;
  ourEndpoints(): readonly Endpoint[];
  /** A free index; welcomes to it go to the friend. */
  takeIndex(friend: Friend): number;
  /** Datagrams to this index go to `session` from now on. */
  attach(index: number, session: Session): void;
  freeIndex(index: number): void;
  up(session: Session): void;
  down(peer: ProfileKey, reason: LinkDownReason): void;
  connecting(peer: ProfileKey): void;
  /** The friend has a link with our profile that is not ours. */
  elsewhere(peer: ProfileKey): void;
}

export interface FriendEnvironment extends DialerEnvironment, SessionEnvironment {}

interface Current {
  readonly session: Session;
  readonly index: number;
  readonly begunByUs: boolean;
  readonly since: number;
}

/** One friend: looked for, dialled, linked. Keeps at most one link up, whichever side began it. */
export class Friend implements Correspondent {
  readonly name: string;
  position: NodeId | undefined;
  readonly #pair: Pair;
  readonly #environment: FriendEnvironment;
  readonly #host: FriendHost;
  readonly #seeker: Seeker;
  readonly #dialer: Dialer;
  #current: Current | undefined;
  #endpoints: readonly Endpoint[] = [];
  /** Where the last link worked. */
  #lastGood: Endpoint | undefined;
  #peerToken: Uint8Array | undefined;
  #located = false;
  #quickFailures = 0;
  #removed = false;

  constructor(pair: Pair, position: NodeId | undefined, environment: FriendEnvironment, host: FriendHost) {
    this.#pair = pair;
    this.name = toHex(pair.peer);
    this.position = position;
    this.#environment = environment;
    this.#host = host;
    const { clock, random } = environment;
    this.#seeker = new Seeker({ clock, random, attempt: () => this.#attempt() });
    this.#dialer = new Dialer(pair, environment, {
      tokenForPeer: () => host.token(this),
      peerToken: () => this.#peerToken,
      targets: () => this.#targets(),
      learnedToken: (token, from) => this.#learnedToken(token, from),
      established: (agreed) => this.#sessionOf(agreed, true).confirm(),
      answered: (agreed) => this.#sessionOf(agreed, false),
      gaveUp: () => {
        this.#located = false;
      },
      takeIndex: () => host.takeIndex(this),
      freeIndex: (index) => host.freeIndex(index),
    });
  }

  get profile(): ProfileKey {
    return this.#pair.peer;
  }

  get box(): NodeKey {
    return this.#pair.peerBox;
  }

  get session(): Session | undefined {
    return this.#current?.session;
  }

  get connecting(): boolean {
    return this.#located && this.#current === undefined;
  }

  get sinceLastSeekMs(): number {
    return this.#seeker.sinceLastMs;
  }

  /** Looks for the friend now, unless it is here. */
  seek(): void {
    if (this.#current === undefined && !this.#removed) this.#seeker.seekNow();
  }

  seekSoon(delayMs: number): void {
    if (this.#current === undefined && !this.#removed) this.#seeker.seekSoon(delayMs);
  }

  /** The friend told in a letter where it is. */
  located({ endpoints, token }: Whereabouts, how: 'asked' | 'answered'): void {
    if (this.#removed) return;
    this.#endpoints = endpoints;
    this.#peerToken = token;
    if (this.#current !== undefined) {
      // It may have restarted and will dial us, or it has moved: let it through, and see whether the link still lives.
      if (how === 'asked') this.#host.punch(this.#targets());
      this.#current.session.probeAll();
      return;
    }
    const wasConnecting = this.#located;
    this.#located = endpoints.length > 0;
    if (this.#located && !wasConnecting) this.#host.connecting(this.profile);
    this.#dialer.dial();
  }

  receiveHello(noise: Uint8Array, from: Endpoint): void {
    if (!this.#removed) this.#dialer.receiveHello(noise, from);
  }

  receiveWelcome(noise: Uint8Array, from: Endpoint): void {
    this.#dialer.receiveWelcome(noise, from);
  }

  /** Our own addresses have changed: the friend must hear it from the new one. */
  ownAddressChanged(): void {
    this.session?.probeAll();
    this.session?.tellContact();
  }

  /** This computer slept, `uncountedMs` past the monotonic clock: see whether the link lives, or look for the friend. */
  slept(uncountedMs: number): void {
    if (this.session === undefined) this.seek();
    else this.session.slept(uncountedMs);
  }

  /** Says goodbye and forgets everything. */
  remove(): void {
    this.#removed = true;
    this.#seeker.rest();
    this.#dialer.stop();
    this.session?.close();
  }

  #attempt(): void {
    void this.#host.ask(this).then((taken) => taken || this.#seeker.untaken());
    // What we know may still be true: then no overlay is needed.
    this.#dialer.dial();
  }

  #targets(): Endpoint[] {
    const targets: Endpoint[] = [];
    for (const endpoint of [this.#lastGood, ...this.#endpoints]) {
      if (endpoint === undefined || targets.some((known) => sameEndpoint(known, endpoint))) continue;
      if (targets.length < MAX_TARGETS) targets.push(endpoint);
    }
    return targets;
  }

  #learnedToken(token: Uint8Array, from: Endpoint): void {
    this.#peerToken = token.slice();
    if (!this.#targets().some((known) => sameEndpoint(known, from))) {
      this.#endpoints = [from, ...this.#endpoints].slice(0, MAX_TARGETS);
    }
  }

  #sessionOf({ keys, index, peerIndex, stream, remote }: Agreed, begunByUs: boolean): Session {
    const { clock } = this.#environment;
    const begunAt = clock.now();
    const host: SessionHost = {
      accepts: () => this.#accepts(begunByUs, begunAt),
      confirmed: (session) => this.#confirmed({ session, index, begunByUs, since: clock.now() }),
      ended: () => this.#host.freeIndex(index),
      down: (session, reason) => this.#down(session, reason),
      candidates: () => this.#targets(),
      askOverlay: () => void this.#host.ask(this),
      contact: () => ({ token: this.#host.token(this), endpoints: [...this.#host.ourEndpoints()] }),
      learned: (contact) => this.#learned(contact),
      replaced: () => this.#host.elsewhere(this.profile),
    };
    const session = new Session({
      ...{ keys, peerIndex, stream, remote, host },
      pair: this.#pair,
      environment: this.#environment,
    });
    this.#host.attach(index, session);
    return session;
  }

  /**
   * Two handshakes may cross and both come through: then both sides keep the one that the lower profile key began. A
   * hello that came only after our link was up is no crossing: the peer has restarted.
   */
  #accepts(begunByUs: boolean, begunAt: number): boolean {
    if (!begunByUs) this.#dialer.incomingProved();
    const current = this.#current;
    const crossed = current?.begunByUs === true && this.#pair.weAreLower && !begunByUs && begunAt < current.since;
    if (crossed) this.#environment.drops.add('link-crossed');
    return !crossed && !this.#removed;
  }

  #confirmed(next: Current): void {
    const before = this.#current;
    // The new one is in place before the old one's end is told, so that nobody sees a gap and seeks.
    this.#current = next;
    before?.session.replace();
    this.#dialer.stop();
    this.#seeker.rest();
    this.#located = false;
    // The old token has done its work: a captured hello is worth nothing any more.
    this.#host.renewToken(this);
    this.#host.up(next.session);
  }

  #learned({ token, endpoints }: Extract<ControlFrame, { kind: 'contact' }>['body']): void {
    this.#peerToken = token.slice();
    this.#endpoints = possible(endpoints);
  }

  #down(session: Session, reason: LinkDownReason): void {
    const current = this.#current;
    this.#lastGood = session.remote;
    if (current?.session === session) this.#current = undefined;
    this.#host.down(this.profile, reason);
    if (this.#removed || current?.session !== session || this.#current !== undefined) return;
    // The friend waits for us, and longer each time: so it is for us to go on asking.
    if (reason === 'closed') return this.#seeker.seekSoon(TROUBLE_MS);
    if (reason !== 'failed' && reason !== 'silent') return this.#seeker.seekLater();
    const livedMs = this.#environment.clock.now() - current.since;
    this.#quickFailures = livedMs < STABLE_MS ? this.#quickFailures + 1 : 0;
    // At once, but somebody who breaks every link on the path must not keep us busy with handshakes.
    if (this.#quickFailures <= 1) this.#seeker.seekNow();
    else this.#seeker.seekSoon(Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#quickFailures));
  }
}
