import { inviteKeys } from '../crypto/invite-key.ts';
import type { InviteTag } from '../ids/bytes.ts';
import type { Unsubscribe } from '../ports/events.ts';
import { CallLog } from './calls/call-log.ts';
import { Calls } from './calls/calls.ts';
import { Changes } from './changes.ts';
import { Chats } from './chats.ts';
import { Commits } from './commits.ts';
import { DropCounts, guarded, type MessengerOptions, wholeDates } from './context.ts';
import { Derivations } from './derivations.ts';
import { FriendBook } from './friend-book.ts';
import { IdleUpkeep } from './idle-upkeep.ts';
import { type Asker, Introductions, requestOf } from './introductions.ts';
import { LinkCarrier, type LinkFollower } from './link-carrier.ts';
import { Post } from './mail/post.ts';
import { MessageIds } from './message-ids.ts';
import { OwnDoor } from './own-door.ts';
import { Places } from './places.ts';
import { Presenter } from './presenter.ts';
import { Removals } from './removals.ts';
import { RequestInbox } from './request-inbox.ts';
import { SettingKeeper } from './settings.ts';
import { Sluice } from './sluice.ts';
import { OwnTyping, TypingFriends } from './typing.ts';
import type { FriendChange, MessagesChanged, MessagesReceived, RequestChange, Settings } from './views.ts';

/**
 * What people do: friends, requests, chats and calls over whatever moves messages. All that was answered or reported is in the
 * database first, so a new Messenger over the same database goes on where this one was, however it ended.
 *
 * The store and the link manager belong to the caller, who starts the links after `start` and closes the store after
 * `stop`.
 */
export class Messenger {
  readonly friends: FriendBook;
  readonly messages: Chats;
  readonly calls: Calls;
  readonly settings: SettingKeeper;
  readonly #options: MessengerOptions;
  readonly #commits: Commits;
  readonly #changes: Changes;
  readonly #carrier: LinkCarrier;
  readonly #introductions: Introductions;
  readonly #removals: Removals;
  readonly #requests: RequestInbox;
  readonly #post: Post | undefined;
  readonly #typing: TypingFriends;
  readonly #upkeep: IdleUpkeep;
  readonly #sluice: Sluice;
  readonly #drops = new DropCounts();
  readonly #derivations: Derivations;
  readonly #door: OwnDoor;
  #unsubscribe: Unsubscribe[] | undefined;

  constructor(given: MessengerOptions) {
    const options = { ...given, clock: wholeDates(given.clock) };
    const { store, links, clock, random, logger, self } = options;
    const { read } = store;
    const { identity } = self;
    const { publicKey } = identity.profile;
    this.#options = options;
    this.#commits = new Commits(options, () => this.#committed());
    this.settings = new SettingKeeper(read, this.#commits);
    const presenter = new Presenter(read, {
      presenceOf: (friend) => this.#carrier.presenceOf(friend),
      isTyping: (friend) => this.#typing.has(friend.id),
    });
    this.#changes = new Changes(read, presenter, logger);
    this.#typing = new TypingFriends(clock, (friend) => this.#changes.friend(friend));
    this.#upkeep = new IdleUpkeep(options);
    this.#sluice = new Sluice(clock, (friend) => this.#carrier.isBehind(friend));
    this.#removals = new Removals(options);
    this.#derivations = new Derivations(options.derive ?? inviteKeys, { clock, logger });
    const places = new Places(this.#derivations.derive);
    this.#door = new OwnDoor({ read, commits: this.#commits, logger, identity, derive: places.invite }, self.tag);
    const door = this.#door;
    const own = (): Asker => ({ name: this.settings.name, tag: door.tag, home: identity.homeSecret });
    this.#introductions = new Introductions({ read, links, clock, random, logger, places, own });
    const ownTyping = new OwnTyping(clock);
    const [commits, changes, settings, drops] = [this.#commits, this.#changes, this.settings, this.#drops];
    const followers: LinkFollower[] = [];
    this.#carrier = new LinkCarrier(options, {
      commits,
      changes,
      settings,
      typing: this.#typing,
      drops,
      accepted: (friend) => this.friends.accepted(friend),
      wentDown: (friend) => ownTyping.ended(friend),
      followers,
    });
    const ids = new MessageIds(clock, random);
    const callLog = new CallLog({
      ...{ read, commits, changes, clock },
      owes: (friend) => {
        this.calls.tellOwed(friend);
        this.#post?.callsOwed(friend);
      },
      noted: (friend) => this.#post?.callsOwed(friend),
    });
    this.calls = new Calls({
      ...{ read, links, clock, logger, ids, drops },
      history: callLog,
      padded: () => this.settings.get().padCalls,
    });
    this.#requests = new RequestInbox({
      read,
      commits,
      changes,
      drops,
      self: publicKey,
      knownPerson: (key, home) => this.friends.knownPerson(key, home),
      wall: () => clock.wall(),
    });
    this.#post =
      options.mail &&
      new Post(options, options.mail, {
        ...{ commits, changes, drops, places, door, requests: this.#requests },
        sessionOf: (friend) => this.#carrier.sessionOf(friend),
        sessions: () => this.#carrier.sessions,
        accepted: (friend) => this.friends.accepted(friend),
        moved: (friend) => this.friends.moved(friend),
        request: (friend) => requestOf(friend, own()),
        ownName: () => this.settings.name,
        tellsRead: () => this.settings.get().sendReadReceipts,
        missedCall: (write, friend, call) => callLog.enterMissed(write, friend, call),
      });
    if (this.#post !== undefined) followers.push(this.#post);
    const post = this.#post;
    this.friends = new FriendBook({
      read,
      links,
      clock,
      logger,
      places,
      commits,
      changes,
      presenter,
      introductions: this.#introductions,
      removals: this.#removals,
      requests: this.#requests,
      self: publicKey,
      drop: (friend) => {
        this.calls.drop(friend);
        this.#carrier.drop(friend);
      },
      post,
    });
    this.messages = new Chats({
      store,
      clock,
      random,
      logger,
      commits,
      changes,
      presenter,
      settings,
      ids,
      typing: ownTyping,
      sluice: this.#sluice,
      carriers: post === undefined ? [this.#carrier] : [this.#carrier, post.carrier],
      readByMail: post && ((friend) => post.read(friend)),
      sessionOf: (friend) => this.#carrier.sessionOf(friend),
    });
  }

  /** Idempotent. */
  start(): void {
    if (this.#unsubscribe !== undefined) return;
    const { links, logger } = this.#options;
    this.#unsubscribe = [
      links.onIntroduction((introduction) =>
        guarded(logger, 'introduction', () => this.#requests.receive(introduction)),
      ),
      this.#door.changed.on(() => links.setDoor(this.#door.current)),
    ];
    this.#door.start();
    this.#carrier.start();
    this.calls.start();
    this.#removals.start();
    this.messages.start();
    this.#post?.start();
    this.friends.start();
    this.#upkeep.start();
  }

  /** Ends timers and subscriptions and writes what waits. Idempotent; the links stay as they are. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe ?? []) unsubscribe();
    this.#unsubscribe = undefined;
    this.#derivations.stop();
    this.#door.stop();
    this.friends.stop();
    this.#introductions.stop();
    this.#removals.stop();
    this.messages.stop();
    this.#typing.stop();
    this.calls.stop();
    this.#post?.stop();
    this.#carrier.stop();
    this.#sluice.open();
    this.#commits.flush();
    this.#upkeep.stop();
  }

  /** Introductions must carry this tag from now on, and come to the door that follows from it; ours carry it too. */
  setInviteTag(tag: InviteTag): void {
    this.#door.setTag(tag);
  }

  /** Tells the friends who are there. @returns the name as it was stored. @throws {MessengerError} `invalid-argument` */
  async setName(text: string): Promise<string> {
    const name = await this.settings.setName(text);
    for (const session of this.#carrier.sessions) session.sayName(name);
    return name;
  }

  get name(): string {
    return this.settings.name;
  }

  /** Frames and introductions dropped since start, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return this.#drops.all;
  }

  onFriendChanged(listener: (change: FriendChange) => void): Unsubscribe {
    return this.#changes.friendChanged.on(listener);
  }

  onRequest(listener: (change: RequestChange) => void): Unsubscribe {
    return this.#changes.requestChanged.on(listener);
  }

  onMessagesReceived(listener: (received: MessagesReceived) => void): Unsubscribe {
    return this.#changes.received.on(listener);
  }

  /** New outgoing messages, and new states of messages; once per tick and friend. */
  onMessagesChanged(listener: (changed: MessagesChanged) => void): Unsubscribe {
    return this.#changes.changed.on(listener);
  }

  onSettingsChanged(listener: (settings: Settings) => void): Unsubscribe {
    return this.settings.changed.on(listener);
  }

  #committed(): void {
    this.#carrier.pump();
    this.#sluice.release();
    this.#upkeep.poke();
  }
}
