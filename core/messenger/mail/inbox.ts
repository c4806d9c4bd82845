import type { MissedCall } from '../../codec/calls.ts';
import { encode } from '../../codec/layout.ts';
import type { MailLetter } from '../../codec/mail.ts';
import { type FriendRequest, friendRequest, type Receipt, type SeqRange } from '../../codec/messages.ts';
import { constantTimeEqual, hash32 } from '../../crypto/crypto.ts';
import { equalBytes, type InviteTag, toHex } from '../../ids/bytes.ts';
import type { LinkIdentity } from '../../link/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Envelope } from '../../relay/envelope.ts';
import { MAX_LIFE_MS, type Reception } from '../../relay/types.ts';
import type { OwnKeyRow } from '../../store/mail-types.ts';
import type { FriendNumber, FriendRow, MessageRow, StoreReads, StoreWrites } from '../../store/types.ts';
import type { Changes } from '../changes.ts';
import type { Commits } from '../commits.ts';
import type { DropCounts } from '../context.ts';
import { Pace } from '../pace.ts';
import { isReadAgain } from '../read-again.ts';
import type { RequestInbox } from '../request-inbox.ts';
import { meetDevice } from '../started-anew.ts';
import { oneLine } from '../text.ts';
import { ToldRanges } from '../told-ranges.ts';
import { fileMessages, missingBefore } from './filing.ts';
import type { Acceptance, KeyShelf } from './key-shelf.ts';
import { readMail } from './letters.ts';
import { type Held, type MessagesBody, WaitingRoom } from './waiting-room.ts';

/** Letters are remembered for their longest life by our clock, and a margin for carriers' clocks that run slow. */
const REMEMBER_MS = MAX_LIFE_MS + 2 * 86_400_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER;
const LETTER_ID_BYTES = 16;
/** Requests by mail: anybody with our public ID can make them without end. Others wait with their carriers. */
const REQUESTS = { burst: 64, everyMs: 200 };
/** Requests of one run that are remembered. */
const MAX_REQUEST_NOTES = 256;

export interface InboxParts {
  readonly read: StoreReads;
  readonly clock: Clock;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly drops: DropCounts;
  readonly identity: LinkIdentity;
  readonly shelf: KeyShelf;
  readonly requests: RequestInbox;
  readonly deviceTag: Uint8Array;
  readonly inviteTag: () => InviteTag;
  /** Whether the person tells what they read. */
  readonly tellsRead: () => boolean;
  /** Somebody we had asked sent mail as a friend does. */
  readonly accepted: (friend: FriendRow) => void;
  /** Numbers up to this one were sent over the link that is up. */
  readonly sentUpTo: (friend: number) => number;
  /** A friend called in vain: into their chat. What is returned follows the commit. */
  readonly missedCall: (write: StoreWrites, friend: FriendNumber, call: MissedCall) => () => void;
  /** Messages of a friend were stored, or known ones came again: receipts are due. */
  readonly due: (friend: number) => void;
  /** A friend told what became of our messages. */
  readonly settled: (friend: number) => void;
  /** A friend allows others things than before. */
  readonly newPolicy: (friend: number) => void;
  /** A friend lost the secrets of the keys we were given. */
  readonly startedAnew: (friend: number) => void;
  /** What lay at home is sealed to a key that we do not have. */
  readonly unreadable: (envelope: Envelope) => void;
}

/** A letter between its arrival and its reception. */
interface Ticket {
  readonly envelope: Envelope;
  readonly id: LetterId;
  readonly friend: FriendRow | undefined;
  readonly letter: MailLetter;
  readonly usedKey: OwnKeyRow | undefined;
  readonly done: (reception: Reception) => void;
}

/**
 * Tells a letter from others, whatever envelope it lies in: who carried it may put it into one for other copies, or for our
 * other position, which has another ID.
 */
interface LetterId {
  readonly bytes: Uint8Array;
  /** Map key. */
  readonly name: string;
}

interface CommittedLetter {
  readonly handed: Acceptance | undefined;
  readonly startedAnew: boolean;
  readonly follow: (() => void) | undefined;
}

/**
 * Takes what the network hands over for us: opens it, verifies it, and stores it together with the note that this
 * envelope was seen and the end of its one-time key. What cannot be read is dropped for good, and counted.
 */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #room: WaitingRoom<Ticket>;
  readonly #requestPace: Pace;
  /** IDs of requests that were noted, oldest first. */
  readonly #requestNotes: Uint8Array[] = [];
  /** On their way to the disk, by their IDs: a second copy waits for the first. */
  readonly #pending = new Map<string, Promise<Reception>>();
  /** Written down, but the disk failed to keep it: not to be acknowledged when they come again. */
  readonly #doubtful = new Set<string>();
  #running = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#requestPace = new Pace(parts.clock, REQUESTS);
    this.#room = new WaitingRoom(parts.clock, {
      missing: (held) => this.#missing(held),
      admit: ({ ticket, body }, giveUp) =>
        this.#commit(ticket, (write, friend) => this.#messages(write, friend!, { body, giveUp })),
    });
  }

  start(): void {
    this.#running = true;
    const before = this.#parts.clock.wall();
    this.#parts.commits.add(
      (write) => write.mail.forgetSeen(before),
      () => {},
    );
  }

  stop(): void {
    this.#running = false;
    for (const { ticket } of this.#room.clear()) ticket.done('later');
  }

  caughtUp(): void {
    if (this.#running) this.#room.caughtUp();
  }

  /** Messages of this friend were stored by the link. */
  stored(friend: number): void {
    // Asked before every receipt over a link.
    if (this.#room.isEmpty) return;
    for (const device of this.#parts.read.devices.of(friend)) this.#room.stored(chatOf(friend, device.tag));
  }

  async receive(envelope: Envelope, at: 'home' | 'door' = 'home'): Promise<Reception> {
    if (!this.#running) return 'later';
    const id = letterIdOf(envelope);
    const known = this.#pending.get(id.name);
    if (known !== undefined) return known;
    const reception = new Promise<Reception>((done) => this.#open({ envelope, id, done }, at));
    this.#pending.set(id.name, reception);
    return reception.finally(() => this.#pending.delete(id.name));
  }

  #open({ envelope, id, done }: Pick<Ticket, 'envelope' | 'id' | 'done'>, at: 'home' | 'door'): void {
    const { read, identity, drops } = this.#parts;
    // Earlier versions noted the envelope's ID.
    const isSeen = read.mail.isSeen(id.bytes) || read.mail.isSeen(envelope.id);
    if (isSeen) return done(this.#doubtful.has(id.name) ? 'later' : 'done');
    const opened = readMail(identity, envelope.body, {
      ownKey: (hint) => read.mailKeys.ownKey(hint),
      friendOf: (key) => read.friends.byHex(toHex(key))?.id,
    });
    if (!opened.ok) {
      drops.count(`mail-${opened.reason}`);
      if (at === 'home' && opened.reason === 'not-sealed-to-us') this.#parts.unreadable(envelope);
      return done('done');
    }
    const { letter, usedKey } = opened;
    const friend = read.friends.byHex(toHex(letter.from));
    this.#sort({ envelope, id, letter, usedKey, friend: friend?.removedAt === undefined ? friend : undefined, done });
  }

  #sort(ticket: Ticket): void {
    const { friend, letter, done } = ticket;
    const { drops, accepted } = this.#parts;
    if (equalBytes(letter.from, this.#parts.identity.profile.publicKey) || friend?.state === 'blocked') {
      drops.count('mail-unwanted');
      return done('done');
    }
    if (letter.body.kind === 'request') return this.#request(ticket, letter.body.body);
    if (friend === undefined) {
      drops.count('mail-of-stranger');
      return done('done');
    }
    if (friend.state === 'requested') accepted(friend);
    this.#fromFriend(ticket);
  }

  #fromFriend(ticket: Ticket): void {
    const { letter, friend, done } = ticket;
    switch (letter.body.kind) {
      case 'messages':
        return this.#offer(ticket, letter.body.body);
      case 'receipt':
        return this.#receipt(ticket, letter.body.body);
      case 'accept': {
        const { name } = letter.body.body;
        return this.#commit(ticket, (write, now) => {
          if (now!.name === '' && name !== '') write.friends.update(now!.id, { name: oneLine(name) });
          return () => this.#parts.changes.friend(friend!.id);
        });
      }
      case 'missedCall': {
        const call = letter.body.body;
        return this.#commit(ticket, (write, now) => this.#parts.missedCall(write, now!.id, call));
      }
      default:
        return ticket.letter.body.kind === 'handover' ? this.#commit(ticket, () => undefined) : done('done');
    }
  }

  #request(ticket: Ticket, body: { readonly tag: Uint8Array; readonly request: FriendRequest }): void {
    const { inviteTag, requests, drops } = this.#parts;
    if (!constantTimeEqual(body.tag, inviteTag())) {
      drops.count('mail-old-invite-tag');
      return ticket.done('done');
    }
    if (!this.#requestPace.take()) {
      drops.count('mail-request-rate');
      return ticket.done('later');
    }
    requests.receive({ from: ticket.letter.from, payload: encode(friendRequest, body.request) });
    const old = this.#requestNotes.length < MAX_REQUEST_NOTES ? undefined : this.#requestNotes.shift();
    this.#requestNotes.push(ticket.id.bytes);
    this.#commit({ ...ticket, friend: undefined }, (write) => {
      if (old !== undefined) write.mail.unsee(old);
      return undefined;
    });
  }

  #offer(ticket: Ticket, body: MessagesBody): void {
    const ordered = body.messages.every(({ seq }, i) => seq > (body.messages[i - 1]?.seq ?? 0));
    const first = body.messages[0]?.seq;
    if (!ordered || first === undefined || body.openFrom > first) {
      this.#parts.drops.count('mail-out-of-order');
      return ticket.done('done');
    }
    const chat = chatOf(ticket.friend!.id, body.device);
    const held = this.#room.offer({ chat, body, bytes: ticket.envelope.body.length, ticket });
    if (!held) ticket.done('later');
  }

  #missing({ body, ticket }: Held<Ticket>): number {
    return missingBefore(this.#parts.read, ticket.friend!.id, body);
  }

  #messages(write: StoreWrites, friend: FriendRow, { body, giveUp }: { body: MessagesBody; giveUp: boolean }) {
    const { device, rows } = fileMessages(write, friend.id, { body, giveUp, wall: this.#parts.clock.wall() });
    for (const [i, { id, seq }] of body.messages.entries()) {
      const isKnown = rows[i] === undefined;
      const again = { friend: friend.id, device, seq, id };
      write.mail.addDue(friend.id, { device: device.id, seq, read: false });
      if (isKnown && isReadAgain(write, again, this.#parts.tellsRead()))
        write.mail.addDue(friend.id, { device: device.id, seq, read: true });
    }
    const added = rows.filter((row) => row !== undefined);
    return () => {
      this.#parts.changes.messagesReceived(friend.id, added);
      this.#parts.due(friend.id);
    };
  }

  #receipt(ticket: Ticket, receipt: { readonly device: Uint8Array } & Receipt): void {
    if (!equalBytes(receipt.device, this.#parts.deviceTag)) {
      this.#parts.drops.count('mail-receipt-of-another-device');
      return ticket.done('done');
    }
    this.#commit(ticket, (write, friend) => {
      const limit = this.#believedUpTo(write, friend!.id);
      const changed: MessageRow[] = [];
      const settle = ({ first, last }: SeqRange, state: 'delivered' | 'read') =>
        changed.push(...write.messages.settle({ friend: friend!.id, first, last, state }));
      const delivered = merged(receipt.delivered, limit);
      for (const range of delivered) settle(range, 'delivered');
      for (const { first, last } of merged(receipt.read, limit))
        settle({ first: newlyRead(write, friend!.id, { first, last }), last }, 'read');
      // Its reading was told before its arrival.
      const { toldReadUpTo } = write.friends.byId(friend!.id)!;
      for (const { first, last } of delivered) settle({ first, last: Math.min(last, toldReadUpTo) }, 'read');
      noteSeen(write, friend!.id, changed);
      return () => {
        this.#parts.changes.messagesChanged(friend!.id, changed);
        this.#parts.settled(friend!.id);
      };
    });
  }

  /** What neither was sealed nor sent cannot have arrived, whatever a friend says. */
  #believedUpTo(write: StoreWrites, friend: number): number {
    const sent = Math.max(write.mail.sealedUpTo(friend), this.#parts.sentUpTo(friend));
    const unsent = write.messages.outbox(friend, sent, 1)[0];
    return unsent === undefined ? write.messages.lastSeq(friend) : unsent.seq - 1;
  }

  /** `work` and the note of this letter in one transaction; what `work` returns follows its commit. */
  #commit(ticket: Ticket, work: (write: StoreWrites, friend: FriendRow | undefined) => (() => void) | undefined): void {
    const { id, usedKey, letter, done } = ticket;
    const { clock, commits, shelf } = this.#parts;
    commits.add(
      (write) => {
        if (write.mail.isSeen(id.bytes)) return undefined;
        write.mail.see(id.bytes, isReplayable(ticket) ? FOR_EVER : clock.wall() + REMEMBER_MS);
        if (usedKey !== undefined) write.mailKeys.deleteOwnKey(usedKey.hint);
        const friend = ticket.friend && write.friends.byId(ticket.friend.id);
        const unwanted = friend === undefined || friend.removedAt !== undefined || friend.state === 'blocked';
        if (ticket.friend !== undefined && unwanted) return undefined;
        // Before the keys that it brings are put to those of before.
        const wasFriend = ticket.friend?.state === 'friend';
        const startedAnew = friend !== undefined && lostKeys(write, { friend, wasFriend, letter, wall: clock.wall() });
        const handed = friend && letter.handover && shelf.accept(write, friend, letter.handover);
        const follow = work(write, friend);
        return { handed, startedAnew, follow };
      },
      (outcome) => {
        if (outcome.ok) this.#landed(ticket, outcome.value);
        else this.#doubtful.add(id.name);
        done(outcome.ok ? 'done' : 'later');
      },
      {
        written: ({ ok }) => ok && this.#written(ticket),
        landed: (value) => this.#landed(ticket, value),
      },
    );
  }

  /** What waited for these messages follows at once: their flush takes it along. */
  #written({ friend, letter }: Ticket): void {
    if (friend !== undefined && letter.body.kind === 'messages')
      this.#room.stored(chatOf(friend.id, letter.body.body.device));
  }

  #landed(ticket: Ticket, result: CommittedLetter | undefined): void {
    this.#doubtful.delete(ticket.id.name);
    if (result?.handed === 'refused') this.#parts.drops.count('mail-bad-hand-over');
    if (result?.handed === 'new-policy') this.#parts.newPolicy(ticket.friend!.id);
    if (result?.startedAnew) this.#parts.startedAnew(ticket.friend!.id);
    result?.follow?.();
  }
}

function letterIdOf({ body }: Envelope): LetterId {
  const bytes = hash32('mail letter', body).subarray(0, LETTER_ID_BYTES);
  return { bytes, name: toHex(bytes) };
}

/** It opens also when nobody remembers it, and would bring back keys of the friend's that are used up. */
function isReplayable({ friend, usedKey, letter }: Ticket): boolean {
  return friend !== undefined && usedKey === undefined && letter.handover !== undefined;
}

/**
 * Who took a message was there after it was written. How long after, nobody knows: the receipt may have waited for us, and
 * the date in its letter is that of another clock.
 */
function noteSeen(write: StoreWrites, friend: FriendNumber, taken: readonly MessageRow[]): void {
  const { lastSeen = 0 } = write.friends.byId(friend)!;
  const seen = taken.reduce((latest, { storedAt }) => Math.max(latest, storedAt), lastSeen);
  if (seen > lastSeen) write.friends.update(friend, { lastSeen: seen });
}

/** What the ranges say up to `limit`, each number once. */
function merged(ranges: readonly SeqRange[], limit: number): SeqRange[] {
  const told = new ToldRanges();
  return ranges.flatMap(({ first, last }) => told.add({ first, last: Math.min(last, limit) }));
}

/** First number of a range that is not known to be read; notes how far everything is, so that no prefix costs twice. */
function newlyRead(write: StoreWrites, friend: number, { first, last }: SeqRange): number {
  const { toldReadUpTo } = write.friends.byId(friend)!;
  if (first > toldReadUpTo + 1 || last <= toldReadUpTo) return Math.max(first, toldReadUpTo + 1);
  write.friends.update(friend, { toldReadUpTo: last });
  return toldReadUpTo + 1;
}

/** Also whoever is our friend already and says yes once more: that is how somebody tells it who writes no messages. */
function lostKeys(
  write: StoreWrites,
  args: { readonly friend: FriendRow; readonly wasFriend: boolean; readonly letter: MailLetter; readonly wall: number },
): boolean {
  const { friend, wasFriend, letter, wall } = args;
  const { body } = letter;
  if (body.kind === 'messages') return meetDevice(write, friend.id, { tag: body.body.device, wall }).startedAnew;
  if (body.kind !== 'accept' || letter.handover === undefined || !wasFriend) return false;
  write.mailKeys.forgetPeerKeys(friend.id);
  return true;
}

function chatOf(friend: number, deviceTag: Uint8Array): string {
  return `${friend} ${toHex(deviceTag)}`;
}
