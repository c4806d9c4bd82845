import type { MessageFrame } from '../codec/messages.ts';
import { equalBytes, toHex } from '../ids/bytes.ts';
import { DATAGRAM_KINDS, type Link } from '../link/types.ts';
import type { Timer } from '../ports/clock.ts';
import type { Unsubscribe } from '../ports/events.ts';
import { errorName } from '../ports/logger.ts';
import type { DeviceRow, FriendNumber, FriendRow, MessageRow, StoreWrites } from '../store/types.ts';
import type { Carrier } from './carrier.ts';
import type { Changes } from './changes.ts';
import type { Commits, Outcome } from './commits.ts';
import { type DropCounts, guarded, type MessengerOptions } from './context.ts';
import { applySaid, type IncomingResult, type Said } from './incoming.ts';
import { Session } from './session.ts';
import type { SettingKeeper } from './settings.ts';
import type { TypingFriends } from './typing.ts';
import type { Presence } from './views.ts';

/** Messages written and not sent from which on a link counts as behind. */
const BEHIND_MESSAGES = 500;
/** Frames sent in one turn over all links; then other work of the node gets its turn. */
const FRAMES_PER_TURN = 32;

export interface LinkCarrierParts {
  readonly commits: Commits;
  readonly changes: Changes;
  readonly settings: SettingKeeper;
  readonly typing: TypingFriends;
  readonly drops: DropCounts;
  /** A link with somebody we had asked went up: they agree. */
  readonly accepted: (friend: FriendRow) => void;
  readonly wentDown: (friend: FriendNumber) => void;
  /** What else wants to hear of the links. */
  readonly followers: readonly LinkFollower[];
}

/** Somebody who has to know what happens on the links besides messages. All calls follow the commit. */
export interface LinkFollower {
  /** Both sides said hello. */
  greeted(session: Session): void;
  linkDown(friend: FriendNumber): void;
  /** A frame of the kinds `stock` and `handover`. */
  frame(session: Session, frame: Extract<MessageFrame, { kind: 'stock' | 'handover' }>): void;
  /** Messages of this friend were stored. */
  stored(friend: FriendNumber): void;
  /** Messages to this friend arrived. */
  settled(friend: FriendNumber): void;
  /** Our waiting messages to this friend have other numbers now. */
  renumbered(friend: FriendNumber): void;
}

/** Moves messages over the links that are up, and knows who is there. */
export class LinkCarrier implements Carrier {
  readonly #options: MessengerOptions;
  readonly #parts: LinkCarrierParts;
  readonly #sessions = new Map<FriendNumber, Session>();
  /** Who may send, in turn: a frame each, so that no long queue holds up the others. */
  readonly #ready = new Set<Session>();
  #turn: Timer | undefined;
  readonly #toShow: { readonly session: Session; readonly result: IncomingResult }[] = [];
  #showing: Timer | undefined;
  #unsubscribe: Unsubscribe[] = [];

  constructor(options: MessengerOptions, parts: LinkCarrierParts) {
    this.#options = options;
    this.#parts = parts;
  }

  start(): void {
    const { links } = this.#options;
    this.#unsubscribe = [
      links.onUp((link) => this.#guarded('link-up', () => this.#linkUp(link))),
      links.onDown(({ peer }) => this.#guarded('link-down', () => this.#linkDown(toHex(peer)))),
      links.onConnecting((peer) => this.#guarded('link-connecting', () => this.#connecting(toHex(peer)))),
    ];
  }

  /** Notes who was there until now. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#showing?.cancel();
    this.#showing = undefined;
    this.#toShow.length = 0;
    for (const friend of this.#sessions.keys()) this.#noteSeen(friend);
    this.#sessions.clear();
    this.#ready.clear();
  }

  sessionOf(friend: FriendNumber): Session | undefined {
    const session = this.#sessions.get(friend);
    return session?.link.up ? session : undefined;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  presenceOf(friend: FriendRow): Presence {
    if (friend.state === 'blocked' || friend.removedAt !== undefined) return 'offline';
    if (this.sessionOf(friend.id) !== undefined) return 'online';
    return this.#options.links.isConnecting(friend.key) ? 'connecting' : 'offline';
  }

  /** A removed or blocked friend: nothing more is said or heard. */
  drop(friend: FriendNumber): void {
    const session = this.#sessions.get(friend);
    if (session === undefined) return;
    this.#forget(session);
    session.link.close();
  }

  messagesQueued(friend: FriendNumber, upToSeq: number): void {
    this.sessionOf(friend)?.outgoing.durable(upToSeq);
    this.messagesWritten(friend);
  }

  messagesWritten(friend: FriendNumber): void {
    const session = this.sessionOf(friend);
    if (session?.mayWrite) this.#ready.add(session);
  }

  /** The friend is there, but we write faster than the link takes. */
  isBehind(friend: FriendNumber): boolean {
    const session = this.sessionOf(friend);
    return session?.mayWrite === true && session.outgoing.behind > BEHIND_MESSAGES;
  }

  withdraw(friend: FriendNumber, seq: number): boolean {
    const session = this.sessionOf(friend);
    if (session === undefined) return true;
    if (seq <= session.outgoing.sentUpTo) return false;
    session.outgoing.reread();
    return true;
  }

  /** Sends what may be sent: after each commit, and when a channel has room again. */
  pump(): void {
    let frames = 0;
    while (this.#ready.size > 0) {
      for (const session of [...this.#ready]) {
        if (frames++ >= FRAMES_PER_TURN) return this.#goOnLater();
        if (!session.link.up || !session.outgoing.sendFrame()) this.#ready.delete(session);
      }
    }
  }

  #goOnLater(): void {
    this.#turn ??= this.#options.clock.after(0, () => {
      this.#turn = undefined;
      this.#guarded('sending', () => this.pump());
    });
  }

  #guarded(what: string, work: () => void): void {
    guarded(this.#options.logger, what, work);
  }

  #linkUp(link: Link): void {
    const { store } = this.#options;
    const friend = store.read.friends.byHex(toHex(link.peer));
    // A link that was being made while its friend was removed or blocked.
    if (friend === undefined || friend.removedAt !== undefined || friend.state === 'blocked') return link.close();
    const old = this.#sessions.get(friend.id);
    if (old !== undefined) this.#forget(old);
    const session = new Session({ read: store.read, friend: friend.id, link, drops: this.#parts.drops });
    this.#sessions.set(friend.id, session);
    session.channel.onFrames((frames) => this.#guarded('frames', () => this.#frames(session, frames)));
    link.onDatagram(DATAGRAM_KINDS.messages, (payload) =>
      this.#guarded('datagram', () => this.#datagram(session, payload)),
    );
    session.channel.onDrain(() => this.#guarded('sending', () => this.#drained(session)));
    // That the friend is there holds whatever the database says: no need to wait for the disk.
    this.#parts.changes.friend(friend.id);
    this.#greet(session);
    if (friend.state === 'requested') this.#parts.accepted(friend);
  }

  /** The hello says what the database knows, so it waits until that is on the disk. */
  #greet(session: Session): void {
    const { store, clock } = this.#options;
    const { friend } = session;
    this.#parts.commits.add(
      (write) => {
        write.friends.update(friend, { lastSeen: clock.wall() });
        return session.knownDevices();
      },
      (outcome) => {
        this.#parts.changes.friend(friend);
        if (!outcome.ok) return session.link.close();
        session.sayHello({ device: store.deviceTag, name: this.#parts.settings.name, known: outcome.value });
      },
    );
  }

  #linkDown(hex: string): void {
    const friend = this.#options.store.read.friends.byHex(hex);
    const session = friend && this.#sessions.get(friend.id);
    if (friend === undefined) return;
    // The end of a link that another one has replaced.
    if (session?.link.up) return;
    if (session !== undefined) {
      this.#forget(session);
      this.#noteSeen(friend.id);
      for (const follower of this.#parts.followers) follower.linkDown(friend.id);
    }
    this.#parts.changes.friend(friend.id);
  }

  #connecting(hex: string): void {
    const friend = this.#options.store.read.friends.byHex(hex);
    if (friend !== undefined) this.#parts.changes.friend(friend.id);
  }

  #forget(session: Session): void {
    if (this.#sessions.get(session.friend) === session) this.#sessions.delete(session.friend);
    this.#ready.delete(session);
    this.#parts.typing.set(session.friend, false);
    this.#parts.wentDown(session.friend);
  }

  #noteSeen(friend: FriendNumber): void {
    const { store, clock } = this.#options;
    const lastSeen = clock.wall();
    this.#parts.commits.add(
      (write) =>
        store.read.friends.byId(friend) === undefined ? undefined : write.friends.update(friend, { lastSeen }),
      () => this.#parts.changes.friend(friend),
    );
  }

  #drained(session: Session): void {
    session.outgoing.drained();
    if (this.#sessions.get(session.friend) !== session) return;
    this.messagesWritten(session.friend);
    this.pump();
  }

  #frames(session: Session, bytes: readonly Uint8Array[]): void {
    if (this.#sessions.get(session.friend) !== session) return;
    const { greeting } = session;
    const frames = session.decode(bytes);
    if (frames.length === 0) return;
    this.#said(session, greeting, frames);
    for (const frame of frames)
      if (frame.kind === 'stock' || frame.kind === 'handover')
        for (const follower of this.#parts.followers) follower.frame(session, frame);
  }

  #datagram(session: Session, bytes: Uint8Array): void {
    if (this.#sessions.get(session.friend) !== session) return;
    const datagram = session.decodeDatagram(bytes);
    if (datagram !== undefined) this.#said(session, session.greeting, [datagram]);
  }

  /**
   * One transaction for all frames of a read; what they cause comes when it is on the disk. Only a message that the
   * friend may show as delivered before is shown here before, too, and so is what they say of ours.
   * @param greeting tag of the friend's device, from hellos before these
   */
  #said(session: Session, greeting: Uint8Array | undefined, said: readonly Said[]): void {
    const { store, clock } = this.#options;
    const { sentUpTo } = session.outgoing;
    const wall = clock.wall();
    const tellsRead = this.#parts.settings.get().sendReadReceipts;
    const lazy = said.every(needsNoDisk);
    let told = false;
    this.#parts.commits.add(
      (write) => {
        const { friend } = session;
        // Several reads of a tick share the transaction: the hello may be in it, and not written yet.
        const device = session.device ?? (greeting && deviceOf(write, friend, greeting));
        const state = { friend, device, ownTag: store.deviceTag, sentUpTo, told: session.told, tellsRead, wall };
        return applySaid(write, state, said);
      },
      (outcome) => this.#framesCommitted(session, outcome, { told, lazy }),
      {
        written: (outcome) => {
          told = this.#framesWritten(session, outcome);
          if (lazy && outcome.ok) this.#showSettled(session, outcome.value.settled);
        },
        lazy,
        patient: () => told,
        landed: (result) => {
          if (!told) this.#parts.changes.messagesReceived(session.friend, result.stored);
          if (!lazy) this.#report(session.friend, result);
        },
      },
    );
  }

  /** @returns whether friend and person were told of the messages: nobody waits for the disk any more. */
  #framesWritten(session: Session, outcome: Outcome<IncomingResult>): boolean {
    if (!outcome.ok) {
      // Later messages must not be stored before these: the friend sends them again over the next link.
      session.link.close();
      return false;
    }
    const told = session.written(outcome.value);
    if (told) this.#showSoon(session, outcome.value);
    return told;
  }

  #framesCommitted(
    session: Session,
    outcome: Outcome<IncomingResult>,
    { told, lazy }: { readonly told: boolean; readonly lazy: boolean },
  ): void {
    if (!outcome.ok) {
      this.#options.logger.error('messenger-frames-not-stored', { error: errorName(outcome.error) });
      session.link.close();
      return;
    }
    const result = outcome.value;
    if (result.refused) return;
    session.committed(result);
    if (!told) this.#show(session, result);
    if (!lazy) this.#report(session.friend, result);
    if (this.#sessions.get(session.friend) !== session) return;
    if (result.greeted || result.settledUpTo > 0) this.messagesWritten(session.friend);
    this.#tellFollowers(session, result);
  }

  /** Both databases have them, though our own disk may still work; nobody waits for that to see it. */
  #showSettled(session: Session, rows: readonly MessageRow[]): void {
    const { changes } = this.#parts;
    for (const row of rows) if (!session.outgoing.isDurable(row.seq ?? 0)) changes.shownEarly(row);
    changes.messagesChanged(session.friend, rows);
  }

  /** In a later turn: first the friend is told, and the carrier's own acknowledgement leaves. */
  #showSoon(session: Session, result: IncomingResult): void {
    this.#toShow.push({ session, result });
    this.#showing ??= this.#options.clock.soon(() => {
      this.#showing = undefined;
      for (const { session, result } of this.#toShow.splice(0))
        this.#guarded('frames', () => this.#show(session, result));
    });
  }

  /** What the friend wrote, or is about to. */
  #show(session: Session, result: IncomingResult): void {
    this.#parts.changes.messagesReceived(session.friend, result.stored);
    if (result.typing === undefined || this.#sessions.get(session.friend) !== session) return;
    this.#parts.typing.set(session.friend, result.typing);
  }

  #report(friend: FriendNumber, result: IncomingResult): void {
    const { changes } = this.#parts;
    changes.messagesChanged(friend, result.settled);
    if (result.friendChanged) changes.friend(friend);
  }

  #tellFollowers(session: Session, result: IncomingResult): void {
    for (const follower of this.#parts.followers) {
      if (result.renumbered) follower.renumbered(session.friend);
      if (result.greeted) follower.greeted(session);
      if (result.stored.length > 0) follower.stored(session.friend);
      if (result.arrived) follower.settled(session.friend);
    }
  }
}

function deviceOf({ devices }: StoreWrites, friend: FriendNumber, tag: Uint8Array): DeviceRow | undefined {
  return devices.of(friend).find((row) => equalBytes(row.tag, tag));
}

/**
 * It changes nothing that is kept, or says that messages arrived and nothing else, which is true whatever becomes of our
 * note; should a power cut undo that, the message is in the outbox, and the next link tells it again.
 */
function needsNoDisk(frame: Said): boolean {
  if (frame.kind === 'receipt') return frame.body.read.length === 0;
  return frame.kind === 'written' || frame.kind === 'typing';
}
