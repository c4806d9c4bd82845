import type { MissedCall } from '../../codec/calls.ts';
import type { FriendRequest, MessageFrame } from '../../codec/messages.ts';
import type { Timer } from '../../ports/clock.ts';
import type { Unsubscribe } from '../../ports/events.ts';
import type { Attendance } from '../../relay/types.ts';
import type { FriendNumber, FriendRow, StoreWrites } from '../../store/types.ts';
import type { Changes } from '../changes.ts';
import type { Commits } from '../commits.ts';
import { type DropCounts, guarded, type MessengerOptions } from '../context.ts';
import type { OwnDoor } from '../own-door.ts';
import type { Places } from '../places.ts';
import type { RequestInbox } from '../request-inbox.ts';
import type { Session } from '../session.ts';
import { answerAll } from '../started-anew.ts';
import { AnewRounds } from './anew-rounds.ts';
import { CallNotices } from './call-notices.ts';
import type { MailOptions } from './context.ts';
import { Deposits } from './deposits.ts';
import { EnvelopeCarrier } from './envelope-carrier.ts';
import { Inbox } from './inbox.ts';
import { KEYS_PER_LETTER, KeyShelf } from './key-shelf.ts';
import { OwnPolicy } from './own-policy.ts';
import { Permits } from './permits.ts';
import { ReceiptDesk } from './receipt-desk.ts';
import { RequestMail } from './request-mail.ts';
import { Sealer } from './sealer.ts';

export interface PostParts {
  readonly commits: Commits;
  readonly changes: Changes;
  readonly drops: DropCounts;
  readonly requests: RequestInbox;
  readonly sessionOf: (friend: FriendNumber) => Session | undefined;
  readonly sessions: () => Iterable<Session>;
  readonly accepted: (friend: FriendRow) => void;
  readonly request: (friend: FriendRow) => FriendRequest;
  readonly ownName: () => string;
  readonly tellsRead: () => boolean;
  readonly places: Places;
  readonly door: OwnDoor;
  /** A friend may be found elsewhere. */
  readonly moved: (friend: FriendNumber) => void;
  readonly missedCall: (write: StoreWrites, friend: FriendNumber, call: MissedCall) => () => void;
}

/** What was said to be read within this time before a link broke may not have arrived. */
const DOUBTFUL_MS = 60_000;

/**
 * Who asks while we are here asks by a routed letter. What lies at the door is told of by the roots; this is for roots that
 * do not.
 */
export const DOOR_REFRESH_MS = 60 * 60_000;

/** Friends hear no more often that we lost keys. */
const KEYS_LOST_PAUSE_MS = 60 * 60_000;
const NOTHING_OF_OURS = { policyNumber: 0, keys: 0 };

type PostFrame = Extract<MessageFrame, { kind: 'stock' | 'handover' }>;

/**
 * Mail to and from friends who are away: puts its parts together and hears what happens on the links. Without it the
 * messenger works over links alone.
 */
export class Post {
  readonly carrier: EnvelopeCarrier;
  readonly #options: MessengerOptions;
  readonly #mail: MailOptions;
  readonly #parts: PostParts;
  readonly #own: OwnPolicy;
  readonly #shelf: KeyShelf;
  readonly #deposits: Deposits;
  readonly #inbox: Inbox;
  readonly #desk: ReceiptDesk;
  readonly #requestMail: RequestMail;
  readonly #callNotices: CallNotices;
  readonly #anew: AnewRounds;
  /** Friends who allow other things, or are found elsewhere. */
  readonly #renewals: AnewRounds;
  /** Friends who lost keys, but not the messages that our receipts tell of. */
  readonly #maybeUnread = new Set<FriendNumber>();
  /** Over these links friends heard what a letter was to tell them. */
  readonly #answered = new WeakSet<Session>();
  /** Over these links friends told what they have of ours. */
  readonly #stocked = new WeakSet<Session>();
  /** While it runs friends are not told once more that we lost keys. */
  #keysLostPause: Timer | undefined;
  #keysLostAgain = false;
  /** When reading was last told, by the monotonic clock. */
  readonly #toldAt = new Map<FriendNumber, number>();
  /** At home, where friends leave mail, and at the door, where requests lie. */
  #home: Attendance | undefined;
  #door: Attendance | undefined;
  #unsubscribe: Unsubscribe[] = [];

  constructor(options: MessengerOptions, mail: MailOptions, parts: PostParts) {
    const { store, clock, random, logger, links } = options;
    const { read, deviceTag } = store;
    const { relay, network } = mail;
    const { identity } = options.self;
    const { commits, changes, drops } = parts;
    this.#options = options;
    this.#mail = mail;
    this.#parts = parts;
    const permits = new Permits(read, parts.places);
    this.#own = new OwnPolicy({ read, commits, clock, random, identity });
    this.#shelf = new KeyShelf({ clock, random, identity, own: this.#own });
    const sealer = new Sealer({ clock, random, identity, relay, shelf: this.#shelf, permits });
    const expired = ({ friend }: { friend: FriendNumber }) => {
      this.#requestMail.wanted(friend);
      this.#callNotices.changed(friend);
      // What is shown as delivered is not given up: it is sealed anew.
      this.carrier.messagesQueued(friend);
    };
    this.#deposits = new Deposits({ read, commits, changes, clock, logger, relay, permits, expired });
    const linked = (friend: FriendNumber) => parts.sessionOf(friend) !== undefined;
    const common = { read, clock, commits, network, deposits: this.#deposits, permits, sealer, linked };
    this.carrier = new EnvelopeCarrier({ ...common, links, deviceTag });
    this.#callNotices = new CallNotices({ ...common, links });
    this.#desk = new ReceiptDesk({ ...common, sessionOf: parts.sessionOf, tellsRead: parts.tellsRead });
    const { request, ownName } = parts;
    this.#requestMail = new RequestMail({ ...common, own: this.#own, request, ownName });
    this.#anew = new AnewRounds(clock, (friend) => {
      this.#endSealed(friend);
      this.carrier.messagesQueued(friend);
      if (this.#maybeUnread.delete(friend)) this.#desk.unread(friend);
    });
    this.#renewals = new AnewRounds(clock, (friend) => this.#deposits.renew(friend));
    this.#inbox = new Inbox({
      ...{ read, clock, commits, changes, drops, identity, shelf: this.#shelf, requests: parts.requests, deviceTag },
      inviteTag: () => parts.door.tag,
      tellsRead: parts.tellsRead,
      missedCall: parts.missedCall,
      accepted: (friend) => {
        parts.accepted(friend);
        this.#callNotices.changed(friend.id);
      },
      sentUpTo: (friend) => parts.sessionOf(friend)?.outgoing.sentUpTo ?? 0,
      due: (friend) => this.#desk.delivered(friend),
      settled: (friend) => this.#deposits.settled(friend),
      newPolicy: (friend) => this.#newPolicy(friend),
      startedAnew: (friend) => {
        this.#maybeUnread.add(friend);
        this.startedAnew(friend);
      },
      unreadable: (envelope) => {
        if (this.#own.isFromFriend(envelope)) this.#keysLost();
      },
    });
  }

  start(): void {
    const { network } = this.#mail;
    this.#own.start();
    this.#deposits.start();
    this.carrier.start();
    this.#anew.start();
    this.#renewals.start();
    this.#inbox.start();
    this.#desk.start();
    this.#requestMail.start();
    this.#callNotices.start();
    this.#unsubscribe = [
      this.#own.changed.on(() => this.#policyChanged()),
      this.#parts.door.changed.on(() => this.#attendDoor()),
      network.onChanged(() => guarded(this.#options.logger, 'network-change', () => this.#networkChanged())),
    ];
    this.#home = this.#mail.relay.attend({
      claim: this.#options.self.identity.home,
      policy: this.#own.current?.policy,
      onEnvelope: (envelope) => this.#inbox.receive(envelope),
      onCaughtUp: () => this.#inbox.caughtUp(),
    });
    this.#attendDoor();
  }

  #attendDoor(): void {
    this.#door?.close();
    const { current } = this.#parts.door;
    this.#door =
      current &&
      this.#mail.relay.attend({
        claim: current.claim,
        policy: current.policy,
        refreshMs: DOOR_REFRESH_MS,
        onEnvelope: (envelope) => this.#inbox.receive(envelope, 'door'),
      });
  }

  stop(): void {
    this.#keysLostPause?.cancel();
    this.#keysLostPause = undefined;
    // What waited for the end of the pause is told in the next run.
    if (this.#keysLostAgain) this.#parts.commits.add(answerAll, () => {});
    this.#keysLostAgain = false;
    this.#anew.stop();
    this.#renewals.stop();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    this.#home?.close();
    this.#home = undefined;
    this.#door?.close();
    this.#door = undefined;
    this.#inbox.stop();
    this.carrier.stop();
    this.#desk.stop();
    this.#requestMail.stop();
    this.#callNotices.stop();
    this.#deposits.stop();
  }

  /** Both sides said hello: what lies in the network for this friend goes over the link too. */
  greeted(session: Session): void {
    const { friend } = session;
    this.#deposits.end(friend, ({ kind }) => kind === 'request' || kind === 'accept' || kind === 'handover');
    this.#parts.commits.add(
      (write) => {
        const row = write.friends.byId(friend);
        if (row === undefined) return undefined;
        const { acceptDue } = write.mailKeys.capability(friend);
        if (acceptDue) write.mailKeys.setCapability(friend, { acceptDue: false });
        return { stock: this.#shelf.stock(write, row), acceptDue };
      },
      (outcome) => {
        if (outcome.ok && outcome.value !== undefined) session.say({ kind: 'stock', body: outcome.value.stock });
      },
      // The friend may tell what they have before our disk is done.
      { written: (outcome) => outcome.ok && outcome.value?.acceptDue && this.#answered.add(session) },
    );
    this.#desk.greeted(session);
  }

  linkDown(friend: FriendNumber): void {
    this.carrier.linkDown(friend);
    this.#callNotices.changed(friend);
    const told = this.#toldAt.get(friend);
    this.#toldAt.delete(friend);
    if (told !== undefined && this.#options.clock.now() - told < DOUBTFUL_MS) this.#desk.doubtful(friend);
  }

  /** A frame of ours on the messages channel. */
  frame(session: Session, frame: PostFrame): void {
    if (frame.kind === 'stock') return this.#stockTold(session, frame.body);
    this.#parts.commits.add(
      (write) => {
        const friend = write.friends.byId(session.friend);
        return friend === undefined || friend.state === 'blocked'
          ? 'refused'
          : this.#shelf.accept(write, friend, frame.body);
      },
      (outcome) => {
        if (outcome.ok && outcome.value === 'refused') this.#parts.drops.count('message-bad-hand-over');
        if (outcome.ok && outcome.value === 'new-policy') this.#newPolicy(session.friend);
      },
    );
  }

  /** Messages of this friend were stored over the link. */
  stored(friend: FriendNumber): void {
    this.#inbox.stored(friend);
  }

  /** Messages to this friend arrived. */
  settled(friend: FriendNumber): void {
    this.carrier.settled(friend);
    this.#deposits.settled(friend);
  }

  /**
   * The numbers of our waiting messages to this friend changed: what is sealed names the old ones. That tells that our
   * database is an older copy, to all friends alike.
   */
  renumbered(friend: FriendNumber): void {
    this.#endSealed(friend);
    this.#keysLost();
  }

  /** This friend lost the secrets of the keys we were given: what waits is sealed without those. */
  startedAnew(friend: FriendNumber): void {
    this.#anew.plan(friend);
  }

  #endSealed(friend: FriendNumber): void {
    this.#deposits.end(friend, ({ kind }) => kind === 'messages');
  }

  /** At once, and then at most once in a while: a friend can leave as much as they like that nobody reads. */
  #keysLost(): void {
    if (this.#keysLostPause === undefined) return this.#tellKeysLost();
    this.#keysLostAgain = true;
  }

  #tellKeysLost(): void {
    this.#keysLostAgain = false;
    this.#keysLostPause = this.#options.clock.after(KEYS_LOST_PAUSE_MS, () => {
      this.#keysLostPause = undefined;
      if (this.#keysLostAgain) this.#tellKeysLost();
    });
    this.#options.logger.warn('messenger-mail-keys-lost');
    this.#parts.commits.add(answerAll, (outcome) => {
      if (!outcome.ok) return;
      for (const friend of outcome.value) this.#requestMail.wanted(friend);
      for (const session of this.#parts.sessions())
        if (session.device !== undefined) this.#hand(session, NOTHING_OF_OURS);
    });
  }

  /** This friend is found at another place than before. */
  elsewhere(friend: FriendNumber): void {
    this.#deposits.renew(friend);
  }

  /** Messages of this friend were read, and they may be told. */
  read(friend: FriendNumber): void {
    this.#toldAt.set(friend, this.#options.clock.now());
    this.#desk.read(friend);
  }

  /** We ask this person, or said yes to them. */
  wanted(friend: FriendNumber): void {
    this.#requestMail.wanted(friend);
  }

  /** Our request has other words or another invite tag: what lies in the network is no use. */
  askedAnew(friend: FriendNumber): void {
    this.#deposits.end(friend, ({ kind }) => kind === 'request');
  }

  /** We called this friend in vain, or they heard of that. */
  callsOwed(friend: FriendNumber): void {
    this.#callNotices.changed(friend);
  }

  /** Brought back, or unblocked: what waits for them has lost its envelopes. */
  broughtBack(friend: FriendNumber): void {
    this.carrier.messagesQueued(friend);
    this.#callNotices.changed(friend);
    this.#desk.delivered(friend);
  }

  /** Removed or blocked: nothing goes to them any more, and what they may send as a friend is not taken. */
  drop(friend: FriendNumber): void {
    const { toldNumber } = this.#options.store.read.mailKeys.capability(friend);
    this.carrier.drop(friend);
    this.#anew.cancel(friend);
    this.#renewals.cancel(friend);
    this.#maybeUnread.delete(friend);
    this.#requestMail.drop(friend);
    this.#callNotices.drop(friend);
    this.#deposits.end(friend);
    if (toldNumber > 0) this.#own.rotate();
  }

  /** Whoever was to be answered has none of our keys, or those that came with a letter; if more, we may lack the secrets. */
  #stockTold(session: Session, has: { readonly policyNumber: number; readonly keys: number }): void {
    // Each answer is 64 new keys: who asks once more wastes our time.
    if (this.#stocked.has(session)) return this.#parts.drops.count('message-unexpected');
    this.#stocked.add(session);
    const mayLack = this.#answered.has(session) && has.keys > KEYS_PER_LETTER;
    this.#hand(session, mayLack ? NOTHING_OF_OURS : has);
  }

  #hand(session: Session, has: { readonly policyNumber: number; readonly keys: number }): void {
    this.#parts.commits.add(
      (write) => {
        const friend = write.friends.byId(session.friend);
        if (friend?.state !== 'friend') return undefined;
        return this.#shelf.toHand(write, friend, has);
      },
      (outcome) => {
        if (outcome.ok && outcome.value !== undefined) session.say({ kind: 'handover', body: outcome.value });
      },
    );
  }

  #policyChanged(): void {
    const { current } = this.#own;
    if (current !== undefined) this.#home?.setPolicy(current.policy);
    // As if they had told that they have enough keys and an old policy.
    for (const session of this.#parts.sessions())
      if (session.device !== undefined) this.#hand(session, { policyNumber: 0, keys: Number.POSITIVE_INFINITY });
    this.#requestMail.policyChanged();
  }

  #newPolicy(friend: FriendNumber): void {
    this.#parts.moved(friend);
    this.#renewals.plan(friend);
  }

  #networkChanged(): void {
    this.carrier.networkChanged();
    this.#desk.networkChanged();
    this.#requestMail.networkChanged();
    this.#callNotices.networkChanged();
  }
}
