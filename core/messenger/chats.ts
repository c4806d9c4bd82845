import { toHex } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import {
  type DeviceNumber,
  DIRECTIONS,
  type FriendNumber,
  type FriendRow,
  type HitQuery,
  MESSAGE_STATES,
  type MessageRow,
  type StoreWrites,
  type TextPlace,
} from '../store/types.ts';
import type { Carrier } from './carrier.ts';
import type { Changes } from './changes.ts';
import type { Commits, Outcome } from './commits.ts';
import { type Deleted, Deletions } from './deletions.ts';
import { MessengerError } from './errors.ts';
import { findFriend, friendNow } from './friend-argument.ts';
import { readMessageId, unknownMessage } from './message-argument.ts';
import type { MessageIds } from './message-ids.ts';
import type { Presenter } from './presenter.ts';
import { SeqRanges } from './seq-ranges.ts';
import type { Session } from './session.ts';
import type { SettingKeeper } from './settings.ts';
import type { Sluice } from './sluice.ts';
import { draftText, messageText } from './text.ts';
import type { OwnTyping } from './typing.ts';
import type { MessageView, SearchHit, UndoableMessage } from './views.ts';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 500;
/** Messages marked as read per transaction, so that nobody waits behind a long chat that was never read. */
const READ_PER_COMMIT = 2_000;
/** Messages shown as changed when many are marked as read in one: the newest of them. */
const MAX_REPORTED_READ = 500;
const MARKER_BYTES = 8;
/** Messages taken into the full-text index per transaction: some 6 ms. */
const INDEX_PER_STEP = 250;
/** Steps a search waits for: a friend who writes without end shall not keep it from ever being answered. */
const MAX_INDEX_STEPS = 200;

/** A message: its `order` or its ID in hexadecimal. */
export type Cursor = number | string;

export interface ListArgs {
  readonly friend: string;
  readonly before?: Cursor;
  readonly after?: Cursor;
  readonly around?: Cursor | 'unread';
  readonly limit?: number;
}

export interface SearchArgs {
  readonly query: string;
  /** Only in this chat. */
  readonly friend?: string;
  /** Without `friend` an `order`: IDs are those of one chat. */
  readonly before?: Cursor;
  readonly after?: Cursor;
}

export interface ChatParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly presenter: Presenter;
  readonly settings: SettingKeeper;
  readonly ids: MessageIds;
  readonly typing: OwnTyping;
  readonly sluice: Sluice;
  readonly carriers: readonly Carrier[];
  readonly sessionOf: (friend: number) => Session | undefined;
  /** Tells a friend by mail what was read; absent: only over links. */
  readonly readByMail: ((friend: number) => void) | undefined;
}

/**
 * Messages and what belongs to them. `friend` is as in `FriendBook`; all methods throw {MessengerError} `unknown-friend`
 * and `bad-public-id`. Changes are on the disk when the promise resolves.
 */
export class Chats {
  readonly #parts: ChatParts;
  readonly #deletions: Deletions;
  #stopped = false;

  constructor(parts: ChatParts) {
    this.#parts = parts;
    this.#deletions = new Deletions({ ...parts, queued: (row) => this.#queued(row) });
  }

  start(): void {
    this.#stopped = false;
    this.#deletions.start();
  }

  stop(): void {
    this.#stopped = true;
    this.#deletions.stop();
  }

  /**
   * Stores the message and sends it, or keeps it until the friend is there. Where hundreds wait to be sent over a link
   * that is up, it is stored when those are sent, two seconds later at most.
   * @returns its ID in hexadecimal. @throws {MessengerError} `empty-message`, `too-large`, `blocked`, `not-flushed`;
   * {DiskFullError}
   */
  send(args: { readonly friend: string; readonly text: string }): Promise<{ id: string }> {
    return new Promise((resolve, reject) => {
      const { store, commits, clock, ids } = this.#parts;
      const friend = findFriend(store.read, args.friend).id;
      const text = messageText(args.text);
      const at = clock.wall();
      const work = (write: StoreWrites) => {
        refuseBlocked(write, friend);
        return write.messages.addOutgoing({ friend, messageId: ids.next(), text, at });
      };
      let row: MessageRow | undefined;
      const written = (outcome: Outcome<MessageRow>) => {
        if (!outcome.ok) return;
        row = outcome.value;
        this.#written(friend);
      };
      const done = (outcome: Outcome<MessageRow>) => {
        const sent = outcome.ok ? outcome.value : row;
        if (sent !== undefined) this.#queued(sent);
        if (outcome.ok) resolve({ id: toHex(outcome.value.messageId) });
        else reject(row === undefined ? outcome.error : notFlushed(row));
      };
      this.#parts.sluice.pass(friend, () => commits.add(work, done, { written }));
    });
  }

  /** Oldest first. @throws {MessengerError} `unknown-message` for a cursor that is no message of this chat */
  list(args: ListArgs): MessageView[] {
    const friend = findFriend(this.#parts.store.read, args.friend);
    const at = (cursor: Cursor | undefined) => (cursor === undefined ? undefined : this.#order(friend, cursor));
    const [before, after] = [at(args.before), at(args.after)];
    const around = args.around === 'unread' ? this.#parts.store.read.messages.firstUnread(friend.id) : at(args.around);
    const limit = Math.min(MAX_PAGE, Math.max(1, Math.floor(args.limit ?? DEFAULT_PAGE)));
    const rows = this.#parts.store.read.messages.page({ friend: friend.id, before, after, around, limit });
    return rows.map((row) => this.#parts.presenter.message(row));
  }

  /**
   * When the full-text index is up to date, nearly so in a flood that goes on, or the messenger stopped. Whoever searches
   * comes here before: a search brings the rest in at one go, and behind the thousands of messages of a flood everybody would
   * wait for it.
   */
  async indexed(): Promise<void> {
    const { store, clock } = this.#parts;
    for (let step = 0; step < MAX_INDEX_STEPS && !this.#stopped && store.index(INDEX_PER_STEP); step++)
      await new Promise<void>((resolve) => clock.soon(resolve));
  }

  /**
   * Newest first; all words must occur, the last may be incomplete. `before` and `after` as in `list`, with `after` the
   * oldest of the newer ones. @throws {MessengerError} `unknown-message` also for the ID of a message where no chat is named
   */
  search(args: SearchArgs & { readonly limit?: number }): SearchHit[] {
    const { store, random, presenter } = this.#parts;
    const limit = Math.min(MAX_PAGE, Math.max(1, Math.floor(args.limit ?? DEFAULT_PAGE)));
    const marker = toHex(random.bytes(MARKER_BYTES));
    return store.search({ ...this.#hitQuery(args), limit, marker }).map((row) => presenter.hit(row));
  }

  /** How many hits a search finds, page after page. */
  countHits(args: SearchArgs): { count: number } {
    return { count: this.#parts.store.countHits(this.#hitQuery(args)) };
  }

  /** All places in a message that was found, in UTF-16 units. @throws {MessengerError} `unknown-message` */
  hitPlaces(args: { readonly friend: string; readonly id: string; readonly query: string }): { places: TextPlace[] } {
    const { store, random } = this.#parts;
    const message = this.#shown(this.#row(findFriend(store.read, args.friend), args.id));
    const marker = toHex(random.bytes(MARKER_BYTES));
    return { places: store.hitPlaces({ query: args.query, marker }, message) };
  }

  /**
   * Everything in this chat up to this message was seen. Of very many unread ones the oldest are marked first: where that
   * is interrupted, the rest stays unread. @throws {MessengerError} `unknown-message`
   */
  async markRead(args: { readonly friend: string; readonly upTo: string }): Promise<void> {
    const friend = findFriend(this.#parts.store.read, args.friend);
    const order = this.#row(friend, args.upTo)?.id;
    if (order === undefined) throw unknownMessage();
    if (order <= friend.readOrder) return;
    while ((await this.#markSome(friend.id, order)) && !this.#stopped);
  }

  /** @returns whether more may be left to mark */
  #markSome(friend: FriendNumber, order: number): Promise<boolean> {
    const { commits, changes } = this.#parts;
    const tell = this.#parts.settings.get().sendReadReceipts;
    const mark = (write: StoreWrites) => {
      const result = markRead(write, { friend, order, tell });
      if (tell && this.#parts.readByMail !== undefined) this.#owe(write, friend, result.read);
      return result;
    };
    return commits.carryOut(mark, ({ read, rows, more }) => {
      if (read.size === 0) return false;
      if (tell) for (const [device, ranges] of read) this.#parts.sessionOf(friend)?.sayRead(device, ranges);
      if (tell) this.#parts.readByMail?.(friend);
      changes.messagesChanged(friend, rows);
      changes.friend(friend);
      return more;
    });
  }

  /** Takes an unsent message back. @throws {MessengerError} `unknown-message`, also when it has left, as it says then */
  async cancel(args: { readonly id: string }): Promise<void> {
    const row = this.#message(args.id);
    const cancel = (write: StoreWrites) => {
      const now = write.messages.byMessageId(row.messageId, row.friend);
      const seq = now?.seq;
      // A call has no number.
      if (now?.direction !== DIRECTIONS.out || seq === null || seq === undefined) throw unknownMessage();
      const left = !canCancel(now) || !this.#parts.carriers.every((carrier) => carrier.withdraw(now.friend, seq));
      if (left) throw new MessengerError('unknown-message', 'This message has left already.', { onItsWay: true });
      write.messages.delete(now);
    };
    await this.#parts.commits.carryOut(cancel, () => this.#parts.changes.messageRemoved(row));
  }

  /**
   * Deletes a message on this computer; `undoDelete` brings it back within ten minutes. One of ours that nobody was given
   * yet is not sent. @throws {MessengerError} `unknown-message`
   */
  delete(args: { readonly friend: string; readonly id: string }): Promise<Deleted> {
    return this.#deletions.delete(args);
  }

  /** What `undoDelete` would bring back, latest first. */
  listDeleted(): UndoableMessage[] {
    return this.#deletions.list();
  }

  /** @throws {MessengerError} `nothing-to-undo` */
  undoDelete(args: { readonly friend: string; readonly id: string }): Promise<void> {
    return this.#deletions.undo(args);
  }

  /**
   * Sends a message once more that did not arrive: it keeps its place and its ID, so that a friend who has it after all
   * shows it once, and gets a new number, so that those who went on without the old one take it.
   * @throws {MessengerError} `unknown-message`, also for one that is not `failed` or `expired`; `blocked`; {DiskFullError}
   */
  async resend(args: { readonly id: string }): Promise<{ id: string }> {
    const { id, friend } = this.#message(args.id);
    const resend = (write: StoreWrites) => {
      refuseBlocked(write, friend);
      const again = write.messages.resend(id);
      if (again === undefined) throw unknownMessage();
      return again;
    };
    await this.#parts.commits.carryOut(resend, (again) => this.#queued(again));
    return { id: args.id };
  }

  /** Tells the friend, if they are there and the setting allows it. */
  setTyping(args: { readonly friend: string; readonly typing: boolean }): void {
    const friend = findFriend(this.#parts.store.read, args.friend);
    if (!this.#parts.settings.get().sendTyping) return;
    const session = this.#parts.sessionOf(friend.id);
    if (session === undefined) return;
    if (this.#parts.typing.set(friend.id, args.typing)) session.sayTyping(args.typing);
  }

  /** @throws {MessengerError} `too-large` */
  async setDraft(args: { readonly friend: string; readonly text: string }): Promise<void> {
    const { id } = findFriend(this.#parts.store.read, args.friend);
    const text = draftText(args.text);
    await this.#parts.commits.carryOut(
      (write) => write.drafts.set(friendNow(write, id).id, text),
      () => this.#parts.changes.friend(id),
    );
  }

  #written(friend: FriendNumber): void {
    for (const carrier of this.#parts.carriers) carrier.messagesWritten?.(friend);
  }

  #queued(row: MessageRow): void {
    this.#parts.changes.messageQueued(row);
    this.#parts.typing.ended(row.friend);
    for (const carrier of this.#parts.carriers) carrier.messagesQueued(row.friend, row.seq ?? 0);
  }

  /** What cannot be told over a link to that device is owed. */
  #owe(write: StoreWrites, friend: FriendNumber, read: ReadonlyMap<DeviceNumber, SeqRanges>): void {
    const there = this.#parts.sessionOf(friend)?.device?.id;
    for (const [device, ranges] of read) {
      if (device === there) continue;
      for (const { first, last } of [...ranges.pieces()].flat())
        for (let seq = first; seq <= last; seq++) write.mail.addDue(friend, { device, seq, read: true });
    }
  }

  #hitQuery({ query, ...args }: SearchArgs): HitQuery {
    const friend = args.friend === undefined ? undefined : findFriend(this.#parts.store.read, args.friend);
    const at = (cursor: Cursor | undefined) => (cursor === undefined ? undefined : this.#order(friend, cursor));
    return { query, friend: friend?.id, before: at(args.before), after: at(args.after) };
  }

  #order(friend: FriendRow | undefined, cursor: Cursor): number {
    if (typeof cursor === 'number') return cursor;
    return this.#shown(friend && this.#row(friend, cursor)).id;
  }

  /** Also one that was deleted: it has its place still. */
  #row(friend: FriendRow, hex: string): MessageRow | undefined {
    const id = readMessageId(hex);
    return id && this.#parts.store.read.messages.byMessageId(id, friend.id);
  }

  #message(hex: string): MessageRow {
    const id = readMessageId(hex);
    return this.#shown(id && this.#parts.store.read.messages.outgoingByMessageId(id));
  }

  /** One that was deleted is none. */
  #shown(row: MessageRow | undefined): MessageRow {
    if (row === undefined || this.#parts.store.read.deletions.hides(row.id)) throw unknownMessage();
    return row;
  }
}

/** Marks, and notes for the next hello what may be told. */
function markRead(write: StoreWrites, args: { friend: number; order: number; tell: boolean }) {
  const { friend, order, tell } = args;
  const marked = write.messages.markRead(friendNow(write, friend).id, order, READ_PER_COMMIT);
  const read = new Map<DeviceNumber, SeqRanges>();
  for (const { device, seq } of marked) {
    const ranges = read.get(device) ?? new SeqRanges();
    if (seq !== null) ranges.add(seq);
    read.set(device, ranges);
  }
  if (tell)
    for (const device of write.devices.of(friend))
      if (read.has(device.id)) write.devices.noteReadTold(device.id, write.messages.readUpTo(friend, device));
  const rows = marked.slice(-MAX_REPORTED_READ).flatMap(({ id }) => write.messages.byId(id) ?? []);
  return { read, rows, more: marked.length === READ_PER_COMMIT };
}

function canCancel(row: MessageRow): boolean {
  const { sending, expired, failed } = MESSAGE_STATES;
  return [sending, expired, failed].some((state) => state === row.state);
}

function refuseBlocked(write: StoreWrites, friend: number): void {
  if (friendNow(write, friend).state === 'blocked')
    throw new MessengerError('blocked', 'You have blocked this person.');
}

/** It was written and may have left already, so it counts as sent; the next commit tries to bring it to the disk. */
function notFlushed({ messageId }: MessageRow): MessengerError {
  const message =
    'The disk reports an error. The message stands in the chat and is sent all the same, so do not write it again.';
  return new MessengerError('not-flushed', message, { id: toHex(messageId) });
}
