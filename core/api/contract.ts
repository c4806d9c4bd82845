import * as v from 'valibot';
import {
  asideProfile,
  callView,
  deletedMessage,
  friendView,
  hexKey,
  hexMessageId,
  MAX_CARRYING_BYTES,
  MAX_DRAFT_BYTES,
  messageView,
  networkStatus,
  profileView,
  removedFriend,
  requestView,
  searchHit,
  settings,
  undoableMessage,
} from './views.ts';

/**
 * The contract between the core and whoever uses it: the renderer over IPC, the browser host and scripts over
 * WebSocket. One value declares every request and event with its checks; the dispatcher, the preload surface, the
 * client and the fake used in tests are derived from it. Adding a request is one entry here and one handler.
 *
 * Names are stable and documented in `docs/api.md`.
 */

const none = v.strictObject({});
const done = v.object({});
/** Upper bounds on raw strings; exact limits in bytes of UTF-8 are checked by the handlers. */
const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const passphrase = text(1024);
/** A friend: the key part of the public ID (64 hex digits), or the whole public ID. */
const friend = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const limit = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)));
/** A message: its `order` or its ID. */
const cursor = v.optional(v.union([v.number(), hexMessageId]));

export const requests = {
  'profile.get': { args: none, result: profileView },
  /**
   * First run. Without a passphrase the OS key store protects the key where there is one, else nothing does. With
   * `replace` a profile that is locked or damaged is put aside first, here and below.
   */
  'profile.create': {
    args: v.strictObject({
      name: v.optional(text(128)),
      passphrase: v.optional(passphrase),
      replace: v.optional(v.boolean()),
    }),
    result: v.object({ words: v.array(v.string()) }),
  },
  /** The 24 recovery words; asks for the passphrase when the profile has one. */
  'profile.words': {
    args: v.strictObject({ passphrase: v.optional(passphrase) }),
    result: v.object({ words: v.array(v.string()) }),
  },
  /** Confirms having kept the words by naming some of them; at least three. `position` is 0-based. */
  'profile.confirmWords': {
    args: v.strictObject({
      words: v.pipe(
        v.array(
          v.strictObject({ position: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23)), word: text(32) }),
        ),
        v.minLength(3),
        v.maxLength(24),
      ),
    }),
    result: v.object({ correct: v.boolean() }),
  },
  /** Which words, 0-based and ascending, are no recovery words, whatever their number; for marking them while they are typed. */
  'profile.checkWords': {
    args: v.strictObject({ words: text(1024) }),
    result: v.object({ unknown: v.array(v.number()) }),
  },
  /** With `replace` for whoever forgot the passphrase, or whose profile is damaged. */
  'profile.restoreWords': {
    args: v.strictObject({
      words: text(1024),
      name: v.optional(text(128)),
      passphrase: v.optional(passphrase),
      replace: v.optional(v.boolean()),
    }),
    result: done,
  },
  /** `backup` is the file's content in base64; `backupPassphrase` opens it, `passphrase` protects the new profile. */
  'profile.restoreBackup': {
    args: v.strictObject({
      backup: text(96 * 1024 * 1024),
      backupPassphrase: passphrase,
      passphrase: v.optional(passphrase),
      replace: v.optional(v.boolean()),
    }),
    result: done,
  },
  /** Profiles that others have replaced, newest first, each in a folder of its own inside the data folder. */
  'profile.listAside': { args: none, result: v.array(asideProfile) },
  /** Opens such a profile with its own passphrase; the one in use, open or locked, is put aside in its turn. */
  'profile.takeBack': {
    args: v.strictObject({ folder: text(64), passphrase: v.optional(passphrase) }),
    result: done,
  },
  /** Erases such a profile from the disk `at` that time; until then, ten minutes, `profile.undoErase` brings it back. */
  'profile.eraseAside': { args: v.strictObject({ folder: text(64) }), result: v.object({ at: v.number() }) },
  'profile.undoErase': { args: v.strictObject({ folder: text(64) }), result: done },
  'profile.exportBackup': {
    args: v.strictObject({ backupPassphrase: v.pipe(passphrase, v.minLength(1)) }),
    result: v.object({ fileName: v.string(), backup: v.string() }),
  },
  'profile.unlock': { args: v.strictObject({ passphrase }), result: done },
  /** Looks at a damaged profile again: somebody may have mended it, or unlocked the key store. */
  'profile.retry': { args: none, result: done },
  'profile.lock': { args: none, result: done },
  'profile.setName': { args: v.strictObject({ name: text(128) }), result: done },
  'profile.setPassphrase': {
    args: v.strictObject({ current: v.optional(passphrase), next: v.optional(passphrase) }),
    result: done,
  },
  /** Old public IDs stop working for friend requests; friends are not affected. */
  'profile.newInviteTag': { args: none, result: v.object({ publicId: v.string(), link: v.string() }) },

  'friends.list': { args: none, result: v.array(friendView) },
  /** `publicId` may also be a `parley:` link. */
  'friends.add': {
    args: v.strictObject({ publicId: text(2048), alias: v.optional(text(128)), greeting: v.optional(text(512)) }),
    result: friendView,
  },
  'friends.requests': { args: none, result: v.array(requestView) },
  'friends.accept': { args: v.strictObject({ publicId: friend, alias: v.optional(text(128)) }), result: friendView },
  /** Until `friends.undoIgnore`, which brings the request back, nothing is heard of it. */
  'friends.ignore': { args: v.strictObject({ publicId: friend }), result: done },
  'friends.undoIgnore': { args: v.strictObject({ publicId: friend }), result: done },
  'friends.rename': { args: v.strictObject({ friend, alias: text(128) }), result: friendView },
  /** Works on friends and on people whose request waits. */
  'friends.block': { args: v.strictObject({ friend }), result: done },
  'friends.unblock': { args: v.strictObject({ friend }), result: done },
  /** Removes friend and chat; `friends.undoRemove` brings both back within ten minutes. */
  'friends.remove': { args: v.strictObject({ friend }), result: done },
  /** Those who can still be brought back, latest first. */
  'friends.listRemoved': { args: none, result: v.array(removedFriend) },
  'friends.undoRemove': { args: v.strictObject({ friend }), result: friendView },

  'messages.send': {
    // As long as a draft may be, so that whoever sends too much is told how much may be sent.
    args: v.strictObject({ friend, text: text(MAX_DRAFT_BYTES) }),
    result: v.object({ id: hexMessageId }),
  },
  /**
   * Newest last. Without a cursor the newest `limit` (50). `before` and `after` are an `order` or a message ID, and
   * exclude that message; `around` includes it in the middle. `around: 'unread'` is the first one of theirs that was not
   * seen; where all were, it is as without a cursor.
   */
  'messages.list': {
    args: v.strictObject({
      friend,
      before: cursor,
      after: cursor,
      around: v.optional(v.union([v.number(), hexMessageId, v.literal('unread')])),
      limit,
    }),
    result: v.array(messageView),
  },
  /**
   * Newest first; all words must occur, the last one may be incomplete. `friend` narrows it to one chat. `before` and
   * `after` go on from a message, a hit or not: an `order`, or with `friend` a message ID. With `after` they are the
   * oldest of those that are newer.
   */
  'messages.search': {
    args: v.strictObject({ query: text(512), friend: v.optional(friend), before: cursor, after: cursor, limit }),
    result: v.array(searchHit),
  },
  /** How many `messages.search` finds in all; with `before` or `after`, on that side of a message. */
  'messages.countHits': {
    args: v.strictObject({ query: text(512), friend: v.optional(friend), before: cursor, after: cursor }),
    result: v.object({ count: v.number() }),
  },
  /** Where in a message that was found the words stand, in UTF-16 units and order; the first 500 places. */
  'messages.hitPlaces': {
    args: v.strictObject({ friend, id: hexMessageId, query: text(512) }),
    result: v.object({ places: v.array(v.object({ start: v.number(), end: v.number() })) }),
  },
  /** Everything in this chat up to and including `upTo` was seen by the person. */
  'messages.markRead': { args: v.strictObject({ friend, upTo: hexMessageId }), result: done },
  /** Only while it is `sending`, `failed` or `expired`. */
  'messages.cancel': { args: v.strictObject({ id: hexMessageId }), result: done },
  /**
   * On this computer alone; `messages.undoDelete` brings it back within ten minutes, then it is erased. A message of ours
   * that nobody was given yet is `withdrawn`: it is not sent. One that is `on-its-way` disappears here, and arrives.
   */
  'messages.delete': {
    args: v.strictObject({ friend, id: hexMessageId }),
    result: deletedMessage,
  },
  /** Those that can still be brought back, of a removed friend when that is back; latest first, at most 500. */
  'messages.listDeleted': { args: none, result: v.array(undoableMessage) },
  'messages.undoDelete': { args: v.strictObject({ friend, id: hexMessageId }), result: done },
  /** Once more, in its old place and under its old ID: only while it is `failed` or `expired`. */
  'messages.resend': { args: v.strictObject({ id: hexMessageId }), result: v.object({ id: hexMessageId }) },
  'messages.setTyping': { args: v.strictObject({ friend, typing: v.boolean() }), result: done },
  'messages.setDraft': { args: v.strictObject({ friend, text: text(MAX_DRAFT_BYTES) }), result: done },

  /** Voice calls; sound travels beside the requests, see docs/api.md. A friend who is away is looked for. */
  'calls.start': { args: v.strictObject({ friend }), result: v.object({ call: hexMessageId }) },
  /** Takes a call that rings; another call that is going on ends. */
  'calls.accept': { args: v.strictObject({ call: hexMessageId }), result: done },
  'calls.decline': { args: v.strictObject({ call: hexMessageId }), result: done },
  /** Hangs up, takes back, or declines. */
  'calls.end': { args: v.strictObject({ call: hexMessageId }), result: done },
  /** The friend is told. What is left out stays as it is. */
  'calls.setMuted': {
    args: v.strictObject({ call: hexMessageId, muted: v.optional(v.boolean()), deafened: v.optional(v.boolean()) }),
    result: done,
  },
  /** Those that are not over; the others are in the chats. */
  'calls.list': { args: none, result: v.array(callView) },

  'network.status': { args: none, result: networkStatus },
  /** Adds a bootstrap node and tries it at once. `address` is HOST:PORT/PUBLICKEY. */
  'network.bootstrap': { args: v.strictObject({ address: text(300) }), result: done },
  'network.removeBootstrap': { args: v.strictObject({ address: text(300) }), result: done },

  /** How much this computer keeps for others at most; 0: nothing. What is over it goes at once. */
  'network.setCarrying': {
    args: v.strictObject({
      bytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_CARRYING_BYTES)),
    }),
    result: done,
  },

  'settings.get': { args: none, result: settings },
  'settings.set': { args: v.partial(v.strictObject(settings.entries)), result: settings },
} as const satisfies Record<string, { args: v.GenericSchema; result: v.GenericSchema }>;

export const events = {
  /** Also, with the same view, when the list of the profiles that were put aside is another one. */
  'profile.changed': profileView,
  /** One friend was added or changed; or `removed` is true and only `key` counts. */
  'friends.changed': v.object({ key: hexKey, removed: v.boolean(), friend: v.nullable(friendView) }),
  /** Somebody asks to be a friend; or a request was answered elsewhere and is gone (`request` null). */
  'friends.requested': v.object({ key: hexKey, request: v.nullable(requestView) }),
  'messages.received': v.object({ friend: hexKey, messages: v.array(messageView) }),
  /** New outgoing messages, state changes, and what was brought back. `removed` lists cancelled and deleted ones. */
  'messages.changed': v.object({ friend: hexKey, messages: v.array(messageView), removed: v.array(hexMessageId) }),
  /** A call began, has another state, or its encoder should be set otherwise. */
  'calls.changed': callView,
  /** Something on the network page changed; ask `network.status`. At most one a second. */
  'network.changed': v.object({ nodeCount: v.number(), reachability: v.string(), running: v.boolean() }),
  'settings.changed': settings,
} as const satisfies Record<string, v.GenericSchema>;

export type Method = keyof typeof requests;
export type EventName = keyof typeof events;
export type Args<M extends Method> = v.InferInput<(typeof requests)[M]['args']>;
export type CheckedArgs<M extends Method> = v.InferOutput<(typeof requests)[M]['args']>;
export type Result<M extends Method> = v.InferOutput<(typeof requests)[M]['result']>;
export type EventPayload<E extends EventName> = v.InferOutput<(typeof events)[E]>;

/** What a core must offer: one handler a request. A missing handler does not compile. */
export type Handlers = { [M in Method]: (args: CheckedArgs<M>) => Promise<Result<M>> | Result<M> };

/** An event with its revision: they count up by one without gaps; on a gap the client asks for everything again. */
export type ApiEvent = { [E in EventName]: { name: E; payload: EventPayload<E>; revision: number } }[EventName];
