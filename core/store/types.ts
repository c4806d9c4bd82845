import type { InviteTag, MessageId, ProfileKey } from '../ids/bytes.ts';
import type { MailKeyReads, MailKeyWrites, MailReads, MailWrites } from './mail-types.ts';
import type { DeviceNumber, FriendNumber } from './numbers.ts';

export type { DeviceNumber, FriendNumber } from './numbers.ts';

/** Numbers on disk. Outgoing messages go up from `sending` to `read`; incoming ones from `received` to `read`. */
export const MESSAGE_STATES = {
  sending: 0,
  stored: 1,
  delivered: 2,
  read: 3,
  received: 4,
  expired: 5,
  failed: 6,
} as const;
export type StoredState = keyof typeof MESSAGE_STATES;
export const STATE_NAMES = Object.keys(MESSAGE_STATES) as readonly StoredState[];

/** How calls ended. Numbers on disk. `missed` is for those that came in, `unanswered` for our own. */
export const CALL_OUTCOMES = {
  answered: 0,
  missed: 1,
  declined: 2,
  busy: 3,
  cancelled: 4,
  unanswered: 5,
  unreachable: 6,
  failed: 7,
} as const;
export type CallOutcome = keyof typeof CALL_OUTCOMES;
export const OUTCOME_NAMES = Object.keys(CALL_OUTCOMES) as readonly CallOutcome[];

export const DIRECTIONS = { in: 0, out: 1 } as const;

export const FRIEND_STATES = { requested: 0, friend: 1, blocked: 2 } as const;
export type StoredFriendState = keyof typeof FRIEND_STATES;
export const FRIEND_STATE_NAMES = Object.keys(FRIEND_STATES) as readonly StoredFriendState[];

export interface FriendRow {
  readonly id: FriendNumber;
  readonly key: ProfileKey;
  /** `key` in hexadecimal. */
  readonly hex: string;
  /** Invite tag of their public ID, as far as we were told. */
  readonly tag: InviteTag;
  /** 32 bytes: what their key is blinded with to their home position; undefined until they told it. */
  readonly home: Uint8Array | undefined;
  readonly alias: string;
  readonly name: string;
  /** What we wrote when we asked; repeated while unanswered. */
  readonly greeting: string;
  readonly state: StoredFriendState;
  /** What a blocked person was before; undefined for a stranger. */
  readonly blockedFrom: 'requested' | 'friend' | undefined;
  readonly addedAt: number;
  readonly lastSeen: number | undefined;
  /** Set while a removal can be undone. */
  readonly removedAt: number | undefined;
  readonly unread: number;
  /** Incoming messages up to this `id` are read. */
  readonly readOrder: number;
  /** They told to have read our messages up to this sequence number. */
  readonly toldReadUpTo: number;
}

export interface NewFriend {
  readonly key: ProfileKey;
  readonly tag: InviteTag;
  readonly home?: Uint8Array;
  readonly alias: string;
  readonly name?: string;
  readonly greeting?: string;
  readonly state: StoredFriendState;
  readonly addedAt: number;
}

/** `undefined` in `blockedFrom`, `lastSeen` and `removedAt` means: none. Fields left out stay. */
export type FriendPatch = Partial<
  Pick<
    FriendRow,
    | 'tag'
    | 'home'
    | 'alias'
    | 'name'
    | 'greeting'
    | 'state'
    | 'blockedFrom'
    | 'lastSeen'
    | 'removedAt'
    | 'readOrder'
    | 'toldReadUpTo'
    | 'addedAt'
  >
>;

export interface DeviceRow {
  readonly id: DeviceNumber;
  readonly tag: Uint8Array;
  /** Greatest sequence number received from it; 0: none. */
  readonly receivedUpTo: number;
  readonly readToldUpTo: number;
}

export interface MessageRow {
  /** Place in the chat: increasing, never used twice. */
  readonly id: number;
  readonly friend: FriendNumber;
  readonly direction: 0 | 1;
  readonly device: DeviceNumber;
  readonly seq: number | null;
  readonly messageId: MessageId;
  readonly sentAt: number;
  readonly storedAt: number;
  /** A number of MESSAGE_STATES, as people see it: `delivered` also where the message still waits in the outbox. */
  readonly state: number;
  readonly text: string;
}

/** What the outbox needs to know of a message. */
export type OutboxRow = Pick<MessageRow, 'id' | 'messageId' | 'sentAt' | 'text'> & { readonly seq: number };

export interface NewOutgoing {
  readonly friend: FriendNumber;
  readonly messageId: MessageId;
  readonly text: string;
  readonly at: number;
}

export interface NewIncoming {
  readonly friend: FriendNumber;
  readonly device: DeviceNumber;
  readonly seq: number;
  readonly messageId: MessageId;
  readonly sentAt: number;
  readonly storedAt: number;
  readonly text: string;
}

/** One of `before`, `after` and `around` at most, each an `id`. */
export interface PageQuery {
  readonly friend: FriendNumber;
  readonly before?: number;
  readonly after?: number;
  readonly around?: number;
  readonly limit: number;
}

export interface SettleQuery {
  readonly friend: FriendNumber;
  readonly first: number;
  readonly last: number;
  /** `written`: shown as delivered from now on, whatever happens, but still in the outbox. */
  readonly state: 'stored' | 'written' | 'delivered' | 'read' | 'expired' | 'failed';
}

export interface RequestRow {
  readonly key: ProfileKey;
  readonly tag: InviteTag;
  /** As of a friend; undefined in requests of before there were homes. */
  readonly home: Uint8Array | undefined;
  readonly name: string;
  readonly greeting: string;
  readonly receivedAt: number;
  readonly ignored: boolean;
}

/** Which messages are hits. */
export interface HitQuery {
  /** As typed by a person: words, of which the last may be incomplete. No query language. */
  readonly query: string;
  readonly friend?: FriendNumber;
  /** Only those before and after these, by the order of all messages. */
  readonly before?: number;
  readonly after?: number;
}

export interface SearchQuery extends HitQuery {
  readonly limit: number;
  /** Unguessable text, so that no message can forge the mark of a match: 8 or more letters and digits. */
  readonly marker: string;
}

export interface SnippetPiece {
  readonly text: string;
  readonly match: boolean;
}

/** A piece of a text in UTF-16 units, its end not included. */
export interface TextPlace {
  readonly start: number;
  readonly end: number;
}

export interface SearchRow {
  readonly message: MessageRow;
  readonly snippet: readonly SnippetPiece[];
}

export interface FriendReads {
  /** By the key in hexadecimal; removed ones too. */
  byHex(hex: string): FriendRow | undefined;
  byId(id: FriendNumber): FriendRow | undefined;
  /** Everybody, removed ones too. */
  all(): FriendRow[];
}

export interface FriendWrites extends FriendReads {
  add(friend: NewFriend): FriendRow;
  update(id: FriendNumber, patch: FriendPatch): FriendRow;
  /** Removed for good: the key is free for another row, and this one, under `key` of nobody, waits to be deleted. */
  bury(id: FriendNumber, key: ProfileKey): void;
  /** Removes the row and what hangs on it; the messages must be gone (`messages.purge`). */
  delete(id: FriendNumber): void;
}

export interface DeviceReads {
  /** Devices of a friend, the one seen last first. */
  of(friend: FriendNumber): DeviceRow[];
}

export interface DeviceWrites extends DeviceReads {
  /** This device; made with `tag` when there is none yet. */
  own(tag: () => Uint8Array, at: number): DeviceRow;
  /** A device of a friend, noted as seen at `at`. */
  seen(friend: FriendNumber, tag: Uint8Array, at: number): DeviceRow;
  noteReadTold(id: DeviceNumber, upTo: number): void;
}

export interface MessageReads {
  /** Oldest first. */
  page(query: PageQuery): MessageRow[];
  byId(id: number): MessageRow | undefined;
  byMessageId(id: Uint8Array, friend: FriendNumber): MessageRow | undefined;
  /** A message we wrote. */
  outgoingByMessageId(id: Uint8Array): MessageRow | undefined;
  last(friend: FriendNumber): MessageRow | undefined;
  /** The `id` of the first message of theirs that was not seen. */
  firstUnread(friend: FriendNumber): number | undefined;
  /** The last message of every chat. */
  lastOfEach(): MessageRow[];
  /** Messages that are not known to be on the friend's disk, nor given up, with a number above `afterSeq`, in order. */
  outbox(friend: FriendNumber, afterSeq: number, limit: number): OutboxRow[];
  /** Messages we wrote to them, by their numbers, both ends included; in order. */
  outgoingBetween(friend: FriendNumber, first: number, last: number): MessageRow[];
  /** Sequence number of the last message we wrote to them; 0: none. */
  lastSeq(friend: FriendNumber): number;
  /** Greatest number such that all messages of the device up to it are here and read. */
  readUpTo(friend: FriendNumber, device: DeviceRow): number;
}

export interface MessageWrites extends MessageReads {
  /** `sending`, under the next number for this friend. */
  addOutgoing(message: NewOutgoing): MessageRow;
  /** `received`, and unread. Undefined when it is there already, or was deleted here. */
  addIncoming(message: NewIncoming): MessageRow | undefined;
  /**
   * Moves outgoing messages forward, never back, and to `read` only those that are known to have arrived: what a friend
   * says to have read up to somewhere must not take a message out of the outbox. What was `written` is never given up.
   * @returns those that people see in another state now, in order
   */
  settle(query: SettleQuery): MessageRow[];
  /** An outgoing message that is `expired` or `failed` is `sending` again, under the next number; else undefined. */
  resend(id: number): MessageRow | undefined;
  /** Gives waiting messages numbers above `above`, in the same order. */
  renumber(friend: FriendNumber, above: number): void;
  /** Incoming messages up to this place become `read`, the oldest `limit` of them. @returns those, oldest first. */
  markRead(friend: FriendNumber, upToOrder: number, limit: number): Pick<MessageRow, 'id' | 'device' | 'seq'>[];
  delete(message: MessageRow): void;
  /** Deletes one that was hidden, and remembers of a friend's message that it is not to come back. */
  erase(message: MessageRow): void;
  /** Deletes up to `limit` messages of a friend. @returns how many. */
  purge(friend: FriendNumber, limit: number): number;
}

/** A message that was deleted here, as long as it can come back or has to stay. */
export interface DeletionRow {
  /** Milliseconds since 1970 UTC. */
  readonly deletedAt: number;
  /** It waited to be sent, and does so no more. */
  readonly withdrawn: boolean;
}

/** A deleted message that can be brought back. */
export interface UndoableRow {
  readonly friend: FriendNumber;
  readonly messageId: MessageId;
  readonly deletedAt: number;
}

/** What was deleted in it can be undone: dates in milliseconds. What is dated later was deleted before the clock was set back. */
export interface UndoableTime {
  readonly after: number;
  readonly upTo: number;
}

export interface DeletionReads {
  /** Whether it was deleted, so that nobody sees it. */
  hides(message: number): boolean;
  of(message: number): DeletionRow | undefined;
  /**
   * Deleted outside of this time, the first `limit` of them, without those that the friend, or a call's notice, still has
   * to get.
   */
  due(undoable: UndoableTime, limit: number): MessageRow[];
  /** Deleted inside of it, the last `limit` of them, latest first. */
  undoable(undoable: UndoableTime, limit: number): UndoableRow[];
  /** When the first one inside of it was deleted. */
  next(undoable: UndoableTime): number | undefined;
  any(): boolean;
}

export interface DeletionWrites extends DeletionReads {
  /** Nobody sees it any more, and an unread one counts as read; what is to be sent is sent all the same. */
  hide(message: MessageRow, deletion: DeletionRow): void;
  show(message: number): void;
}

export interface PlaceReads {
  /** How many of a friend's messages with numbers from `from` on, below `below`, may still come in their order. */
  missing(friend: FriendNumber, device: DeviceNumber, from: number, below: number): number;
}

export interface PlaceWrites extends PlaceReads {
  /** Keeps places for those that are missing, before messages with greater numbers are stored. */
  reserve(friend: FriendNumber, device: DeviceNumber, from: number, below: number): void;
  /** What is missing below this number does not come any more. */
  release(friend: FriendNumber, device: DeviceNumber, below: number): void;
}

export interface CallRow {
  readonly outcome: CallOutcome;
  /** 0 where nobody answered. */
  readonly durationMs: number;
}

export interface NewCall extends CallRow {
  readonly friend: FriendNumber;
  readonly callId: MessageId;
  readonly direction: 'in' | 'out';
  readonly startedAt: number;
  readonly endedAt: number;
  /** The friend does not know of it yet. */
  readonly owed: boolean;
}

export interface OwedCall {
  readonly callId: MessageId;
  readonly startedAt: number;
  /** ID of the open envelope that tells it. */
  readonly notice: Uint8Array | undefined;
}

export interface CallReads {
  /** What makes this entry of a chat a call; undefined for a message. */
  of(message: number): CallRow | undefined;
  /** Attempts of ours that the friend does not know of, oldest first, the first 64 of them. */
  owed(friend: FriendNumber): OwedCall[];
  friendsOwed(): FriendNumber[];
}

export interface CallWrites extends CallReads {
  /** A new entry in the chat, unread when it was missed. Undefined when there is one of this ID already, or was. */
  add(call: NewCall): MessageRow | undefined;
  /** The friend knows of this attempt. */
  noted(friend: FriendNumber, callId: Uint8Array): void;
  /** It lies in this envelope of ours. */
  sealed(friend: FriendNumber, callId: Uint8Array, envelope: Uint8Array): void;
  /** What lay in the one envelope lies in the other now. */
  moved(from: Uint8Array, to: Uint8Array): void;
  /** The network keeps that envelope: the friend will know. */
  stored(envelope: Uint8Array): void;
}

export interface DraftReads {
  of(friend: FriendNumber): string;
  all(): ReadonlyMap<FriendNumber, string>;
}

export interface DraftWrites extends DraftReads {
  /** An empty text removes it. */
  set(friend: FriendNumber, text: string): void;
}

export interface RequestReads {
  byKey(key: Uint8Array): RequestRow | undefined;
  /** Those that wait for an answer, oldest first. */
  waiting(): RequestRow[];
}

export interface RequestWrites extends RequestReads {
  /** New or changed; keeps the date of the first time and whether it is ignored. */
  put(request: Omit<RequestRow, 'ignored'>): void;
  setIgnored(key: Uint8Array, ignored: boolean): void;
  delete(key: Uint8Array): void;
  /** Drops the oldest above these numbers. @returns keys of dropped ones that were waiting. */
  trim(limits: { readonly waiting: number; readonly ignored: number }): ProfileKey[];
}

export interface SettingReads {
  /** JSON texts by name. */
  all(): ReadonlyMap<string, string>;
  get(name: string): string | undefined;
}

export interface SettingWrites extends SettingReads {
  set(name: string, json: string): void;
}

export interface KeyValueReads {
  get(name: string): Uint8Array | undefined;
}

export interface KeyValueWrites extends KeyValueReads {
  set(name: string, value: Uint8Array): void;
  delete(name: string): void;
}

/** What may be asked at any time. */
export interface StoreReads {
  readonly friends: FriendReads;
  readonly devices: DeviceReads;
  readonly messages: MessageReads;
  readonly calls: CallReads;
  readonly drafts: DraftReads;
  readonly requests: RequestReads;
  readonly settings: SettingReads;
  readonly keyValues: KeyValueReads;
  readonly deletions: DeletionReads;
  readonly places: PlaceReads;
  readonly mail: MailReads;
  readonly mailKeys: MailKeyReads;
}

/** What may be changed, inside of a batch only. */
export interface StoreWrites extends StoreReads {
  readonly friends: FriendWrites;
  readonly devices: DeviceWrites;
  readonly messages: MessageWrites;
  readonly calls: CallWrites;
  readonly drafts: DraftWrites;
  readonly requests: RequestWrites;
  readonly settings: SettingWrites;
  readonly keyValues: KeyValueWrites;
  readonly deletions: DeletionWrites;
  readonly places: PlaceWrites;
  readonly mail: MailWrites;
  readonly mailKeys: MailKeyWrites;
}
