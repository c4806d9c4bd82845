import { equalBytes, type InviteTag, type ProfileKey, toHex } from '../ids/bytes.ts';
import type { LinkManager } from '../link/types.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { FriendRow, NewFriend, RequestRow, StoreReads, StoreWrites } from '../store/types.ts';
import type { Changes } from './changes.ts';
import type { Commits } from './commits.ts';
import { guarded } from './context.ts';
import { MessengerError } from './errors.ts';
import { findFriend, friendNow, keyBytes, readKeyHex, readPublicId } from './friend-argument.ts';
import type { Introductions } from './introductions.ts';
import type { Post } from './mail/post.ts';
import type { Places } from './places.ts';
import type { Presenter } from './presenter.ts';
import { type Removals, UNDO_MS } from './removals.ts';
import type { RequestInbox } from './request-inbox.ts';
import { answerAnew } from './started-anew.ts';
import { greetingText, nameText } from './text.ts';
import type { FriendView, RemovedFriend, RequestView } from './views.ts';

/**
 * After a start: to find out where somebody is who never said it takes a core 60 ms each, and with hundreds of them friends
 * and windows would wait.
 */
const UNANSWERED_MS = 1_000;

export interface FriendBookParts {
  readonly read: StoreReads;
  readonly links: LinkManager;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly places: Places;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly presenter: Presenter;
  readonly introductions: Introductions;
  readonly removals: Removals;
  readonly requests: RequestInbox;
  readonly self: ProfileKey;
  /** Ends the conversation with somebody who is removed or blocked. */
  readonly drop: (friend: number) => void;
  /** Mail for people who are away, where there is any. */
  readonly post: Pick<Post, 'wanted' | 'askedAnew' | 'startedAnew' | 'elsewhere' | 'broughtBack' | 'drop'> | undefined;
}

/**
 * The people we know, and those who want to be known. Every method that names a person takes 64 hex digits, a public ID
 * or a `parley:` link, and throws {MessengerError} `bad-public-id` when it is none of these. Changes are on the disk when
 * the promise resolves; a full disk rejects it with {DiskFullError}.
 */
export class FriendBook {
  readonly #parts: FriendBookParts;
  #later: Timer | undefined;

  constructor(parts: FriendBookParts) {
    this.#parts = parts;
  }

  /**
   * Goes on with everybody known: answers their queries, looks for friends, those first who were there last, and later asks
   * the unanswered again.
   */
  start(): void {
    const rows = this.#parts.read.friends.all().filter((row) => row.removedAt === undefined);
    const friends = rows.filter(({ state }) => state === 'friend');
    for (const row of friends.sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0))) this.#connect(row);
    const unanswered = rows.filter(({ state }) => state === 'requested');
    // Who said yes while we were away looks for us.
    for (const { key } of unanswered) this.#parts.links.addFriend(key, undefined);
    this.#later = this.#parts.clock.after(UNANSWERED_MS, () => this.#askAgain(unanswered));
  }

  stop(): void {
    this.#later?.cancel();
  }

  /** Whoever answered, or was removed or blocked meanwhile, is somebody else's matter. */
  #askAgain(rows: readonly FriendRow[]): void {
    for (const { id } of rows) {
      const row = this.#parts.read.friends.byId(id);
      if (row?.removedAt === undefined && row?.state === 'requested') this.#connect(row);
    }
  }

  list(): FriendView[] {
    return this.#parts.presenter.friends();
  }

  listRequests(): RequestView[] {
    return this.#parts.requests.waiting().map((row) => this.#parts.presenter.request(row));
  }

  /**
   * Asks somebody to be a friend; one who asked us already becomes a friend at once. One we asked in vain by a public ID
   * with another invite tag is asked again by this one, and a friend whose home we do not know is looked for by this one.
   * @throws {MessengerError} `own-public-id`, `already-friend`, `blocked`, `invalid-argument` (alias, greeting)
   */
  async add(args: {
    readonly publicId: string;
    readonly alias?: string;
    readonly greeting?: string;
  }): Promise<FriendView> {
    const { key, tag } = readPublicId(args.publicId, this.#parts.self);
    const alias = nameText(args.alias ?? '', 'alias');
    const greeting = greetingText(args.greeting ?? '');
    const ask = (write: StoreWrites) => {
      const known = write.friends.byHex(toHex(key));
      if (isSoughtByOther(known, tag) && this.#parts.links.linkTo(key) === undefined)
        return write.friends.update(known.id, { tag, greeting, ...(alias && { alias }) });
      refuseKnown(known);
      const asked = write.requests.byKey(key);
      const state = asked === undefined ? 'requested' : 'friend';
      const { name = '', home } = asked ?? {};
      return this.#insert(write, { key, tag, home, alias, greeting, name, state });
    };
    return this.#parts.commits.carryOut(ask, (row) => {
      this.#parts.changes.request(key);
      this.#parts.introductions.end(row.id);
      this.#parts.post?.askedAnew(row.id);
      if (row.state === 'friend') this.#bringMail(row);
      return this.#begin(row);
    });
  }

  /** Without an alias the person gets the name in their request. @throws {MessengerError} `unknown-request` */
  async accept(args: { readonly publicId: string; readonly alias?: string }): Promise<FriendView> {
    const { key } = this.#parts.requests.find(args.publicId);
    const alias = args.alias === undefined ? undefined : nameText(args.alias, 'alias');
    const accept = (write: StoreWrites) => {
      const request = write.requests.byKey(key);
      if (request === undefined) throw new MessengerError('unknown-request', 'This request is gone.');
      const { tag, home, name } = request;
      return this.#insert(write, { key, tag, home, alias: alias || name, name, state: 'friend' });
    };
    return this.#parts.commits.carryOut(accept, (row) => {
      this.#parts.changes.request(key);
      return this.#begin(row);
    });
  }

  /** @throws {MessengerError} `unknown-request` */
  ignore(args: { readonly publicId: string }): Promise<void> {
    return this.#parts.requests.ignore(args.publicId);
  }

  /** The request waits again. @throws {MessengerError} `nothing-to-undo` */
  undoIgnore(args: { readonly publicId: string }): Promise<void> {
    return this.#parts.requests.undoIgnore(args.publicId);
  }

  /** @throws {MessengerError} `unknown-friend`, `invalid-argument` */
  async rename(args: { readonly friend: string; readonly alias: string }): Promise<FriendView> {
    const { id } = findFriend(this.#parts.read, args.friend);
    const alias = nameText(args.alias, 'alias');
    return this.#parts.commits.carryOut(
      (write) => write.friends.update(friendNow(write, id).id, { alias }),
      () => this.#changed(id),
    );
  }

  /**
   * Nothing is heard of this person any more, and they are not told. Works on friends and on people whose request
   * waits. @throws {MessengerError} `unknown-friend`
   */
  async block(args: { readonly friend: string }): Promise<void> {
    const hex = readKeyHex(args.friend);
    const key = keyBytes(hex);
    const block = (write: StoreWrites) => {
      const known = write.friends.byHex(hex);
      const friend = known?.removedAt === undefined ? known : undefined;
      const request = write.requests.byKey(key);
      if (friend === undefined && request === undefined)
        throw new MessengerError('unknown-friend', 'There is no such friend or request.');
      if (friend === undefined) {
        return this.#blockStranger(write, request!);
      }
      const blockedFrom = friend.state === 'blocked' ? friend.blockedFrom : friend.state;
      return write.friends.update(friend.id, { state: 'blocked', blockedFrom });
    };
    await this.#parts.commits.carryOut(block, (row) => {
      this.#disconnect(row);
      this.#parts.changes.request(key);
      this.#parts.changes.friend(row.id);
    });
  }

  /** Back to what they were: the request of a stranger waits again. @throws {MessengerError} `unknown-friend` */
  async unblock(args: { readonly friend: string }): Promise<void> {
    const row = findFriend(this.#parts.read, args.friend);
    if (row.state !== 'blocked') return;
    const state = row.blockedFrom;
    if (state === undefined) return this.#forget(row);
    const unblock = (write: StoreWrites) => {
      // They may have given us up and asked again: nothing of that was heard, and their request is used up.
      if (state === 'friend') answerAnew(write, row.id);
      return write.friends.update(friendNow(write, row.id).id, { state, blockedFrom: undefined });
    };
    await this.#parts.commits.carryOut(unblock, (back) => {
      this.#connect(back);
      this.#parts.post?.broughtBack(row.id);
      this.#parts.changes.friend(row.id);
    });
  }

  /** Removes friend and chat; for ten minutes `undoRemove` brings both back. @throws {MessengerError} `unknown-friend` */
  async remove(args: { readonly friend: string }): Promise<void> {
    const row = findFriend(this.#parts.read, args.friend);
    const removedAt = this.#parts.clock.wall();
    const remove = (write: StoreWrites) => {
      const { id, key, state, blockedFrom } = friendNow(write, row.id);
      // Else a request of a blocked stranger would keep a later one silent, with nobody to be unblocked.
      if (state === 'blocked' && blockedFrom === undefined) write.requests.delete(key);
      write.friends.update(id, { removedAt });
    };
    await this.#parts.commits.carryOut(remove, () => {
      this.#disconnect(row);
      this.#parts.removals.plan(row);
      this.#parts.changes.friendGone(row);
    });
  }

  /** Whom `undoRemove` would bring back, latest first. */
  listRemoved(): RemovedFriend[] {
    const { read, removals } = this.#parts;
    return read.friends
      .all()
      .flatMap((row) =>
        row.removedAt === undefined || !removals.canUndo(row) ? [] : [removedView(row, row.removedAt)],
      )
      .sort((a, b) => b.until - a.until);
  }

  /** @throws {MessengerError} `nothing-to-undo` */
  async undoRemove(args: { readonly friend: string }): Promise<FriendView> {
    const row = this.#parts.read.friends.byHex(readKeyHex(args.friend));
    if (row?.removedAt === undefined || !this.#parts.removals.canUndo(row)) throw nothingToUndo();
    this.#parts.removals.cancel(row.id);
    const bringBack = (write: StoreWrites) => {
      const now = write.friends.byId(row.id);
      // Buried by a request of the same tick, they have another key.
      if (now?.removedAt === undefined || now.hex !== row.hex) throw nothingToUndo();
      const asked = write.requests.byKey(row.key);
      write.requests.delete(row.key);
      const back = write.friends.update(row.id, { removedAt: undefined });
      if (back.state === 'blocked' || (back.state === 'requested' && asked === undefined)) return back;
      // What they wrote meanwhile was dropped: by the answer it comes again, or is the one to what they asked.
      answerAnew(write, row.id);
      return asked === undefined
        ? back
        : write.friends.update(row.id, { state: 'friend', ...(asked.home && { home: asked.home }) });
    };
    return this.#parts.commits.carryOut(bringBack, (back) => {
      this.#parts.changes.request(row.key);
      this.#parts.post?.broughtBack(row.id);
      return this.#begin(back);
    });
  }

  /** A link with somebody we had asked is up: both sides agree. */
  accepted(row: FriendRow): void {
    this.#parts.introductions.end(row.id);
    this.#parts.commits.add(
      (write) => {
        const now = write.friends.byId(row.id);
        if (now?.state === 'requested') write.friends.update(row.id, { state: 'friend' });
      },
      () => this.#parts.changes.friend(row.id),
    );
  }

  /**
   * Somebody we know asks to be our friend, and tells where they are at home: one we had asked too becomes it, and both are
   * looked for at once.
   */
  knownPerson(key: ProfileKey, home: Uint8Array): void {
    const row = this.#parts.read.friends.byHex(toHex(key));
    if (row !== undefined) this.#atHome(row, home);
    if (row?.state === 'requested') this.accepted(row);
    else if (row?.state === 'friend') this.#answerAgain(row);
    this.#parts.links.seek(key);
  }

  #atHome(row: FriendRow, home: Uint8Array): void {
    if (row.home !== undefined && equalBytes(row.home, home)) return;
    this.#parts.commits.add(
      (write) => write.friends.byId(row.id) && write.friends.update(row.id, { home }),
      ({ ok }) => ok && this.moved(row.id),
    );
  }

  /** Looks for this friend where they are found by now. */
  moved(id: number): void {
    const { read, links, places } = this.#parts;
    const row = read.friends.byId(id);
    if (row === undefined || row.removedAt !== undefined || row.state === 'blocked') return;
    const place = places.of(row);
    if (place !== undefined) links.addFriend(row.key, place.position);
  }

  /** They do not know that we agreed. */
  #answerAgain(row: FriendRow): void {
    const { commits, read, post } = this.#parts;
    if (post === undefined || read.mailKeys.capability(row.id).acceptDue) return;
    commits.add(
      (write) => write.friends.byId(row.id) && answerAnew(write, row.id),
      () => {
        post.startedAnew(row.id);
        post.wanted(row.id);
      },
    );
  }

  /** The row, in the place of whatever was there: a removed friend of that key ends for good, a request is answered. */
  #insert(write: StoreWrites, friend: Omit<NewFriend, 'addedAt'>): FriendRow {
    const removed = write.friends.byHex(toHex(friend.key));
    if (removed !== undefined) this.#parts.removals.bury(write, removed);
    write.requests.delete(friend.key);
    const row = write.friends.add({ ...friend, addedAt: this.#parts.clock.wall() });
    if (friend.state === 'friend') write.mailKeys.setCapability(row.id, { acceptDue: true });
    return row;
  }

  /** Their request stays, silent, for the case that they are unblocked. */
  #blockStranger(write: StoreWrites, request: RequestRow): FriendRow {
    const { key, tag, home, name } = request;
    const row = this.#insert(write, { key, tag, home, alias: name, name, state: 'blocked' });
    write.requests.put(request);
    write.requests.setIgnored(key, true);
    return row;
  }

  #begin(row: FriendRow): FriendView {
    this.#connect(row);
    return this.#changed(row.id);
  }

  /** @throws {MessengerError} `unknown-friend` when the same commit removed them again */
  #changed(id: number): FriendView {
    this.#parts.changes.friend(id);
    const view = this.#parts.presenter.friend(id);
    if (view === undefined) throw new MessengerError('unknown-friend', 'This friend was removed in the meantime.');
    return view;
  }

  #connect(row: FriendRow): void {
    if (row.state === 'blocked') return;
    this.#look(row);
    if (row.state === 'requested') this.#parts.introductions.begin(row.id);
    this.#parts.post?.wanted(row.id);
  }

  /** They are answered at once, and looked for when it is known where, which may take a moment to find out. */
  #look(row: FriendRow): void {
    const { places, links, logger } = this.#parts;
    const place = places.of(row);
    links.addFriend(row.key, place?.position);
    if (place !== undefined) return;
    void places.prepare(row).then(() => guarded(logger, 'friend-found', () => this.moved(row.id)));
  }

  /** What waits for this friend lies at a door that is theirs no more. */
  #bringMail(row: FriendRow): void {
    const { places, post, logger } = this.#parts;
    void places.prepare(row).then(() => guarded(logger, 'friend-found', () => post?.elsewhere(row.id)));
  }

  #disconnect(row: FriendRow): void {
    this.#parts.introductions.end(row.id);
    this.#parts.drop(row.id);
    this.#parts.post?.drop(row.id);
    this.#parts.links.removeFriend(row.key);
  }

  async #forget(row: FriendRow): Promise<void> {
    await this.#parts.commits.carryOut(
      (write) => {
        this.#parts.removals.bury(write, friendNow(write, row.id));
        write.requests.setIgnored(row.key, false);
      },
      () => {
        this.#parts.changes.friendGone(row);
        this.#parts.changes.request(row.key);
      },
    );
  }
}

function removedView({ hex, alias, name }: FriendRow, removedAt: number): RemovedFriend {
  return { key: hex, alias, name, until: removedAt + UNDO_MS };
}

function nothingToUndo(): MessengerError {
  return new MessengerError('nothing-to-undo', 'This friend was not removed within the last ten minutes.');
}

/** They have a new invite tag, so that nothing reaches them at the door of the old one, and we know no other place. */
function isSoughtByOther(row: FriendRow | undefined, tag: InviteTag): row is FriendRow {
  if (row === undefined || row.removedAt !== undefined || equalBytes(row.tag, tag)) return false;
  return row.state === 'requested' || (row.state === 'friend' && row.home === undefined);
}

/** @throws {MessengerError} `already-friend`, `blocked` */
function refuseKnown(row: FriendRow | undefined): void {
  if (row === undefined || row.removedAt !== undefined) return;
  if (row.state === 'blocked') throw new MessengerError('blocked', 'You have blocked this person.');
  const message =
    row.state === 'requested' ? 'You have asked this person already.' : 'This person is your friend already.';
  throw new MessengerError('already-friend', message, { state: row.state });
}
