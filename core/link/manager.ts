import { decode, encode } from '../codec/layout.ts';
import { PACKET_KIND } from '../codec/limits.ts';
import { handshakePacket, punchPacket, readDatagramHeader } from '../codec/link.ts';
import { MAX_ENDPOINTS } from '../codec/query.ts';
import type { ProfileKeyPair } from '../crypto/crypto.ts';
import type { Overlay } from '../dht/types.ts';
import { equalBytes, type NodeId, type ProfileKey, toHex } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import type { Transport } from '../net/transport.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import { type Endpoint, formatEndpoint } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { ContactTokens } from './contact-tokens.ts';
import { EPOCH_MS, REKEY_AFTER_MS, SWITCH_GRACE_MS } from './epoch.ts';
import { Friend, type FriendEnvironment, type FriendHost } from './friend.ts';
import { pairWith } from './handshake.ts';
import { type LinkIdentity, linkIdentity } from './identity.ts';
import { Letterbox } from './letterbox.ts';
import type { Session } from './session.ts';
import { watchSleep } from './sleep-watch.ts';
import type { Introduction, Invited, Link, LinkDownReason, LinkManager, OwnDoor } from './types.ts';

/**
 * Hellos with a valid token, by friend and address and in all: each costs four key agreements, about 0.2 ms. By both: many
 * friends may share an address, and whoever caught a token shall not use up its friend's share from elsewhere.
 */
const HELLOS = { perSecond: 20, burst: 60, maxSources: 1_024, overall: { perSecond: 300, burst: 1_000 } };
/** When the network comes up, friends are looked for one after another with this pause, the first ones at once. */
const SEEK_SPREAD_MS = 4;
const SEEK_AT_ONCE = 16;
/** The network's state may flicker; a friend just asked for is not asked for again. */
const SEEK_AGAIN_MS = 1_000;
const PUNCH_BYTES = 12;

export interface ParleyLinksOptions {
  readonly profile: ProfileKeyPair;
  readonly transport: Transport;
  readonly overlay: Overlay;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Age in ms at which a key is replaced; default REKEY_AFTER_MS. */
  readonly rekeyAfterMs?: number;
  /** Longest life of a key in ms; default: SWITCH_GRACE_MS more than that, at most EPOCH_MS. */
  readonly epochMs?: number;
}

/** Finds friends over the overlay and keeps one link to each of them (L:18 to L:21). */
export class ParleyLinks implements LinkManager {
  readonly #options: ParleyLinksOptions;
  readonly #identity: LinkIdentity;
  readonly #letterbox: Letterbox;
  readonly #tokens: ContactTokens;
  readonly #hellos: RateLimit;
  readonly #environment: FriendEnvironment;
  readonly #friendHost: FriendHost;
  readonly #friends = new Map<string, Friend>();
  /** Who gets the packets to an index we chose: the friend (welcome), and the session once there is one. */
  readonly #indices = new Map<number, { readonly friend: Friend; session: Session | undefined }>();
  readonly #up: Emitter<Link>;
  readonly #down: Emitter<{ peer: ProfileKey; reason: LinkDownReason }>;
  readonly #connecting: Emitter<ProfileKey>;
  readonly #introduced: Emitter<Introduction>;
  readonly #elsewhere: Emitter<ProfileKey>;
  readonly #sessions = new Set<Session>();
  #announced = false;
  #running = false;
  #registered = false;
  /** Letters can reach us, and we know our friends: who looks for us finds us. */
  #ready = false;
  /** The friends were looked for since the network is there. */
  #sought = false;
  #endpointsText = '';
  #unsubscribe: Unsubscribe | undefined;
  #sleepWatch: Timer | undefined;

  /** @throws {RangeError} when the profile's key pair is not a valid one. */
  constructor(options: ParleyLinksOptions) {
    this.#options = options;
    const { clock, random, logger, overlay, transport, rekeyAfterMs = REKEY_AFTER_MS } = options;
    const { drops } = transport;
    this.#identity = linkIdentity(options.profile);
    this.#tokens = new ContactTokens(random);
    this.#hellos = new RateLimit({ clock, ...HELLOS });
    const onError = (error: unknown) => logger.error('link-listener-failed', { error: errorName(error) });
    this.#up = new Emitter(onError);
    this.#down = new Emitter(onError);
    this.#connecting = new Emitter(onError);
    this.#introduced = new Emitter(onError);
    this.#elsewhere = new Emitter(onError);
    this.#environment = {
      ...{ clock, random, logger, drops, rekeyAfterMs },
      epochMs: Math.min(EPOCH_MS, options.epochMs ?? rekeyAfterMs + SWITCH_GRACE_MS),
      sendPacket: (packet, to) => transport.send(packet, to),
      openStream: (ids) => {
        try {
          return transport.openStream(ids);
        } catch (error) {
          logger.warn('stream-refused', { error: errorName(error) });
          return undefined;
        }
      },
    };
    this.#friendHost = this.#makeFriendHost();
    this.#letterbox = new Letterbox({
      ...{ overlay, clock, random, drops },
      identity: this.#identity,
      host: {
        friend: (key) => this.#friends.get(toHex(key)),
        tokenFor: (friend) => this.#tokens.current(friend.name),
        located: (friend, whereabouts, how) => this.#friends.get(friend.name)?.located(whereabouts, how),
        introduced: (introduction) => this.#introduced.emit(introduction),
      },
    });
  }

  addFriend(peer: ProfileKey, position: NodeId | undefined): void {
    const name = toHex(peer);
    const known = this.#friends.get(name);
    if (known !== undefined) return this.#moved(known, position);
    if (equalBytes(peer, this.#identity.profile.publicKey)) return;
    const pair = pairWith(this.#identity, peer, this.#options.random);
    if (pair === undefined) return this.#options.logger.warn('friend-key-invalid');
    const friend = new Friend(pair, position, this.#environment, this.#friendHost);
    this.#friends.set(name, friend);
    if (this.#ready) friend.seek();
  }

  #moved(friend: Friend, position: NodeId | undefined): void {
    if (position === undefined || (friend.position && equalBytes(friend.position, position))) return;
    friend.position = position;
    if (this.#ready) friend.seek();
  }

  removeFriend(peer: ProfileKey): void {
    const name = toHex(peer);
    const friend = this.#friends.get(name);
    if (friend === undefined) return;
    this.#friends.delete(name);
    this.#tokens.revoke(name);
    friend.remove();
  }

  linkTo(peer: ProfileKey): Link | undefined {
    return this.#friends.get(toHex(peer))?.session;
  }

  isConnecting(peer: ProfileKey): boolean {
    return this.#friends.get(toHex(peer))?.connecting ?? false;
  }

  seek(peer: ProfileKey): void {
    if (this.#ready) this.#friends.get(toHex(peer))?.seek();
  }

  onUp(listener: (link: Link) => void): Unsubscribe {
    return this.#up.on(listener);
  }

  onDown(listener: (event: { peer: ProfileKey; reason: LinkDownReason }) => void): Unsubscribe {
    return this.#down.on(listener);
  }

  onConnecting(listener: (peer: ProfileKey) => void): Unsubscribe {
    return this.#connecting.on(listener);
  }

  /**
   * A friend has a link with this profile that is not this node's: another computer seems to hold the profile
   * key. That is the friend's word and no proof.
   */
  onElsewhere(listener: (friend: ProfileKey) => void): Unsubscribe {
    return this.#elsewhere.on(listener);
  }

  introduce(to: Invited, payload: Uint8Array): Promise<boolean> {
    return this.#letterbox.introduce(to, payload);
  }

  onIntroduction(listener: (introduction: Introduction) => void): Unsubscribe {
    return this.#introduced.on(listener);
  }

  setDoor(door: OwnDoor | undefined): void {
    this.#letterbox.setDoor(door);
  }

  /**
   * Letters and packets find us from now on, as soon as our position is registered; `start` calls it too. Before the
   * friends are known they are letters of strangers, so `start` should follow at once. Idempotent.
   */
  announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    const { transport, logger } = this.#options;
    transport.handle(PACKET_KIND.linkHandshake, (packet, from) => this.#receiveHandshake(packet, from));
    transport.handle(PACKET_KIND.linkData, (packet, from) => this.#receiveData(packet, from));
    // A punch has done its work when our address translator let it out.
    transport.handle(PACKET_KIND.punch, () => {});
    this.#letterbox.start().then(
      () => this.#becomeReady(),
      (error: unknown) => logger.warn('position-not-registered', { error: errorName(error) }),
    );
  }

  /** Looks for the friends, and for those added later. Idempotent. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.announce();
    const { overlay, clock } = this.#options;
    this.#endpointsText = this.#describeEndpoints();
    this.#unsubscribe = overlay.onChanged(() => this.#networkChanged());
    this.#sleepWatch = watchSleep(clock, (uncountedMs) => this.#woke(uncountedMs));
    this.#seekEarly();
    if (this.#registered) this.#becomeReady();
  }

  /** Says goodbye on all links. Idempotent; the manager is of no use afterwards. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#registered = false;
    this.#ready = false;
    this.#unsubscribe?.();
    this.#sleepWatch?.cancel();
    const closing = [...this.#sessions].map((session) => session.finished);
    for (const friend of [...this.#friends.values()]) this.removeFriend(friend.profile);
    this.#letterbox.stop();
    await Promise.all(closing);
    for (const emitter of [this.#up, this.#down, this.#connecting, this.#introduced, this.#elsewhere]) emitter.clear();
  }

  #becomeReady(): void {
    this.#registered = true;
    if (!this.#running) return;
    this.#ready = true;
    // Who was asked for a moment ago finds us: the question waits at the root for whoever comes up at the same time.
    this.#seekAll();
  }

  #seekAll(): void {
    let later = 0;
    for (const friend of this.#friends.values()) {
      if (friend.session !== undefined || friend.position === undefined) continue;
      if (friend.sinceLastSeekMs < SEEK_AGAIN_MS) continue;
      if (later++ < SEEK_AT_ONCE) friend.seek();
      else friend.seekSoon((later - SEEK_AT_ONCE) * SEEK_SPREAD_MS);
    }
  }

  /** A query tells a friend who is there already how to reach us: no need to be registered for that. */
  #seekEarly(): void {
    const { connected } = this.#options.overlay;
    if (connected && !this.#sought) this.#seekAll();
    this.#sought = connected;
  }

  #networkChanged(): void {
    const { overlay } = this.#options;
    const endpoints = this.#describeEndpoints();
    if (endpoints !== this.#endpointsText) {
      this.#endpointsText = endpoints;
      for (const friend of this.#friends.values()) friend.ownAddressChanged();
    }
    this.#seekEarly();
    if (this.#ready && overlay.connected) this.#seekAll();
  }

  #woke(uncountedMs: number): void {
    if (this.#ready) for (const friend of [...this.#friends.values()]) friend.slept(uncountedMs);
  }

  #describeEndpoints(): string {
    return this.#options.overlay.endpoints().map(formatEndpoint).sort().join(' ');
  }

  #receiveHandshake(packet: Uint8Array, from: Endpoint): void {
    const { drops } = this.#options.transport;
    const decoded = decode(handshakePacket, packet);
    if (!decoded.ok) return drops.add('handshake-malformed');
    const { kind, body } = decoded.value.message;
    if (kind === 'welcome') {
      const holder = this.#indices.get(body.index);
      if (holder === undefined || holder.session !== undefined) return drops.add('welcome-unasked');
      return holder.friend.receiveWelcome(body.noise, from);
    }
    const name = this.#tokens.holderOf(body.token);
    const friend = name === undefined ? undefined : this.#friends.get(name);
    if (friend === undefined) return drops.add('hello-without-token');
    if (!this.#hellos.take(`${name} ${from.host}`)) return drops.add('hello-rate');
    friend.receiveHello(body.noise, from);
  }

  #receiveData(packet: Uint8Array, from: Endpoint): void {
    const { drops } = this.#options.transport;
    const header = readDatagramHeader(packet);
    if (header === undefined) return drops.add('datagram-malformed');
    const session = this.#indices.get(header.index)?.session;
    if (session === undefined) return drops.add('datagram-unknown');
    session.receiveDatagram(header, packet, from);
  }

  #takeIndex(friend: Friend): number {
    for (;;) {
      const [a, b, c, d] = this.#options.random.bytes(4);
      const index = ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
      if (this.#indices.has(index)) continue;
      this.#indices.set(index, { friend, session: undefined });
      return index;
    }
  }

  #punch(targets: readonly Endpoint[]): void {
    const { transport, random } = this.#options;
    for (const target of targets) {
      transport.send(encode(punchPacket, { packet: undefined, noise: random.bytes(PUNCH_BYTES) }), target);
    }
  }

  #makeFriendHost(): FriendHost {
    const { overlay, logger } = this.#options;
    return {
      ask: (friend) =>
        this.#letterbox.ask(friend).catch((error: unknown) => {
          logger.warn('query-failed', { error: errorName(error) });
          return false;
        }),
      punch: (targets) => this.#punch(targets),
      token: (friend) => this.#tokens.current(friend.name),
      renewToken: (friend) => this.#tokens.renew(friend.name),
      ourEndpoints: () => overlay.endpoints().slice(0, MAX_ENDPOINTS),
      takeIndex: (friend) => this.#takeIndex(friend),
      attach: (index, session) => {
        this.#indices.get(index)!.session = session;
        this.#sessions.add(session);
      },
      freeIndex: (index) => {
        const session = this.#indices.get(index)?.session;
        if (session !== undefined) this.#sessions.delete(session);
        this.#indices.delete(index);
      },
      up: (session) => this.#up.emit(session),
      down: (peer, reason) => this.#down.emit({ peer, reason }),
      connecting: (peer) => this.#connecting.emit(peer),
      elsewhere: (peer) => this.#elsewhere.emit(peer),
    };
  }
}
