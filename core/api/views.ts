import * as v from 'valibot';

/**
 * What the core shows of itself. Every view is plain JSON: dates are milliseconds since 1970 UTC, keys and IDs are
 * lower-case hexadecimal, sizes are bytes, durations are milliseconds.
 */

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const date = v.number();
export const hexKey = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
export const hexMessageId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));

/** Longest text message: 16 KiB of UTF-8. */
export const MAX_TEXT_BYTES = 16_384;
/** Longest draft: bytes of UTF-8. What is too long to be sent is kept until it is shortened. */
export const MAX_DRAFT_BYTES = 131_072;
/** Longest greeting in a friend request: bytes of UTF-8. */
export const MAX_GREETING_BYTES = 512;
/** Longest alias or name: bytes of UTF-8. */
export const MAX_NAME_BYTES = 128;

/** Most bytes a node may be told to keep for others: 1 TiB. */
export const MAX_CARRYING_BYTES = 2 ** 40;

export const protection = v.picklist(['passphrase', 'os-key-store', 'none']);

/**
 * Why a profile that is there cannot be opened. `missing`: not there or empty; `foreign`: it belongs to another key file;
 * `newer`: a later version of Parley wrote it; `unreadable`: the system does not let it be read; `refused`: the system's
 * key store did not give the key back.
 */
export const profileFault = v.picklist([
  'key-file-damaged',
  'key-file-newer',
  'key-file-unreadable',
  'key-store-missing',
  'key-store-refused',
  'database-damaged',
  'database-missing',
  'database-foreign',
  'database-newer',
  'database-unreadable',
]);
export type ProfileFault = v.InferOutput<typeof profileFault>;

/**
 * The own profile. `missing`: first run. `locked`: a passphrase is asked for. `damaged`: it cannot be opened as it lies on
 * the disk; it can be replaced, or `profile.retry` looks again.
 */
export const profileView = v.variant('state', [
  v.object({ state: v.literal('missing') }),
  v.object({ state: v.literal('locked'), name: v.string() }),
  v.object({ state: v.literal('damaged'), fault: profileFault }),
  v.object({
    state: v.literal('open'),
    name: v.string(),
    /** 64 hex digits: the profile key inside the public ID. */
    key: hexKey,
    publicId: v.string(),
    /** `parley:` link that carries the public ID. */
    link: v.string(),
    /** 8 hex digits. */
    inviteTag: v.string(),
    protection,
    /** The person has shown to have kept the 24 recovery words. */
    wordsConfirmed: v.boolean(),
    /** By what a friend's node says, another computer has run this profile within the last minutes: each gets a part of what comes. */
    openElsewhere: v.boolean(),
  }),
]);
export type ProfileView = v.InferOutput<typeof profileView>;

/** A profile that was put aside: the folder it lies in, and since when. */
export const asideProfile = v.object({ folder: v.string(), setAsideAt: date });
export type AsideProfile = v.InferOutput<typeof asideProfile>;

/** `requested`: we asked and wait for the answer; `friend`: both sides agreed; `blocked`: we hear nothing of them. */
const friendState = v.picklist(['requested', 'friend', 'blocked']);
/** `connecting`: their endpoints are known and the link is being made. */
export const presence = v.picklist(['online', 'connecting', 'offline']);

/** A friend who was removed; `until` then they can be brought back. */
export const removedFriend = v.object({ key: hexKey, alias: v.string(), name: v.string(), until: date });
export type RemovedFriend = v.InferOutput<typeof removedFriend>;

/**
 * Delivery of a message we sent, in order; it never goes back but by `messages.resend`. `stored`: enough other computers
 * keep it for a friend who is away; `delivered`: in the database of the friend, and sent again by itself should their power
 * fail before their disk keeps it; `expired`: none of them found the friend in time. Messages that came in are
 * `received`, then `read`.
 */
export const messageState = v.picklist(['sending', 'stored', 'delivered', 'read', 'received', 'expired', 'failed']);
export type MessageState = v.InferOutput<typeof messageState>;

/** What a message is that was deleted; `until` then it can be brought back. */
export const deletedMessage = v.object({ outcome: v.picklist(['deleted', 'withdrawn', 'on-its-way']), until: date });

export const undoableMessage = v.object({ friend: hexKey, id: hexMessageId, until: date });
export type UndoableMessage = v.InferOutput<typeof undoableMessage>;

/** Something of ours that computers between us and its receiver keep: how many of them, and until when at most. */
export const custody = v.object({ holders: count, until: date });
export type Custody = v.InferOutput<typeof custody>;

/** How a call ended. `missed`: it came in and nobody took it; `unanswered`: our own, the same. */
const callOutcome = v.picklist([
  'answered',
  'missed',
  'declined',
  'busy',
  'cancelled',
  'unanswered',
  'unreachable',
  'failed',
]);
/** What remains of a call in the chat. */
export const callEntry = v.object({
  outcome: callOutcome,
  /** 0 where nobody answered. */
  durationMs: v.number(),
});
export type CallEntry = v.InferOutput<typeof callEntry>;

export const messageView = v.object({
  id: hexMessageId,
  /** The friend's profile key. */
  friend: hexKey,
  /** Place in this chat on this device: strictly increasing, and the cursor for `before`. */
  order: count,
  direction: v.picklist(['in', 'out']),
  text: v.string(),
  /** By the sender's clock. */
  sentAt: date,
  /** By our clock: when it was written to our database. */
  storedAt: date,
  state: messageState,
  /** Of a message we sent: who keeps it for the friend. With `stored`, and with `sending` from the first one on. */
  custody: v.nullable(custody),
  /** The entry is a call, and its ID that of the call; `text` is empty then. A missed call is `received` until read. */
  call: v.optional(callEntry),
});
export type MessageView = v.InferOutput<typeof messageView>;

export const friendView = v.object({
  key: hexKey,
  publicId: v.string(),
  /** The name I gave. */
  alias: v.string(),
  /** The name they call themselves, empty while unknown. Shown as a hint, never instead of the alias. */
  name: v.string(),
  state: friendState,
  presence,
  /** By our clock, when they were surely there: over a link, or to take a message of ours that was written then. */
  lastSeen: v.nullable(date),
  addedAt: date,
  unread: count,
  typing: v.boolean(),
  draft: v.string(),
  lastMessage: v.nullable(messageView),
  /** Our friend request, while it is unanswered and the network keeps it for them. */
  request: v.nullable(custody),
});
export type FriendView = v.InferOutput<typeof friendView>;

/**
 * `seeking`: we call, and the friend is looked for; `calling`: the call is on its way; `ringing-there`; `ringing`: they
 * call; `connecting`: we accepted; `active`; `reconnecting`: nothing is heard of the other side at the moment, and the
 * call ends when that lasts for 30 s; `ended` comes once, by the event.
 */
const callState = v.picklist([
  'seeking',
  'calling',
  'ringing-there',
  'ringing',
  'connecting',
  'active',
  'reconnecting',
  'ended',
]);
const callReason = v.picklist([
  'hung-up',
  'declined',
  'busy',
  'cancelled',
  'no-answer',
  'unreachable',
  'failed',
  'replaced',
]);

export const callView = v.object({
  /** ID of the call, and of its entry in the chat once it is over. */
  call: hexMessageId,
  friend: hexKey,
  direction: v.picklist(['in', 'out']),
  state: callState,
  /** When this state began. */
  since: date,
  startedAt: date,
  answeredAt: v.nullable(date),
  /** Why it ended; null before. */
  reason: v.nullable(callReason),
  /** Both called at once: the call that took this one's place, which has the reason `replaced`. */
  replacedBy: v.nullable(hexMessageId),
  muted: v.boolean(),
  deafened: v.boolean(),
  peerMuted: v.boolean(),
  peerDeafened: v.boolean(),
  /** How the encoder should be set; null while no sound travels. */
  encoder: v.nullable(
    v.object({
      /** Bit/s. */
      bitRate: count,
      /** Earlier frames carried along in every packet, 0 to 2. */
      redundancy: count,
      /** All packets have a common size: encode at a constant rate, and feed a frame every 20 ms in silence too. */
      constantRate: v.boolean(),
    }),
  ),
  /** As of now: ask `calls.list` again for newer figures. Null while no sound travels. */
  quality: v.nullable(
    v.object({
      /** Round trip over the link. */
      rttMs: v.nullable(v.number()),
      jitterMs: v.number(),
      /** How much longer packets to us take at the moment than the quickest ones. */
      queueingMs: v.number(),
      /** Share of packets lost on the way, 0 to 1, before anything is recovered: to us, and to them. */
      lossIn: v.number(),
      lossOut: v.nullable(v.number()),
      /** Number and age of the session key, and the time left until the next one; null without a link. */
      epoch: v.nullable(count),
      epochAgeMs: v.nullable(v.number()),
      nextEpochInMs: v.nullable(v.number()),
    }),
  ),
});
export type CallView = v.InferOutput<typeof callView>;

export const requestView = v.object({
  key: hexKey,
  publicId: v.string(),
  name: v.string(),
  greeting: v.string(),
  receivedAt: date,
});
export type RequestView = v.InferOutput<typeof requestView>;

export const searchHit = v.object({
  message: messageView,
  /** Pieces of the text, in order; `match` pieces are to be marked. */
  snippet: v.array(v.object({ text: v.string(), match: v.boolean() })),
});
export type SearchHit = v.InferOutput<typeof searchHit>;

export const nodeView = v.object({
  nodeId: hexKey,
  address: v.string(),
  /** Smoothed round-trip time; null until measured. */
  rttMs: v.nullable(v.number()),
  lastSeenMsAgo: v.number(),
  failures: count,
});
export type NodeView = v.InferOutput<typeof nodeView>;

export const networkStatus = v.object({
  running: v.boolean(),
  nodeId: v.string(),
  /** X25519 public key of this node, hex. */
  nodeKey: v.string(),
  port: count,
  addresses: v.array(v.string()),
  /** Our address as other nodes see it, null while nobody told. */
  publicAddress: v.nullable(v.string()),
  /** What others need to bootstrap from this node: HOST:PORT/PUBLICKEY. */
  bootstrapAddress: v.string(),
  reachability: v.picklist(['unknown', 'reachable', 'unreachable']),
  /** One plain sentence: why we think so. */
  reachabilityReason: v.string(),
  /** True: this node routes nothing for others and is reached through the nodes it registers at. */
  leaf: v.boolean(),
  /** One plain sentence: why it is a leaf, or why it is not. */
  leafReason: v.string(),
  lan: v.boolean(),
  nodeCount: count,
  /** Occupied k-buckets only; `prefix` is the number of leading bits the nodes share with our node ID. */
  buckets: v.array(v.object({ prefix: count, capacity: count, nodes: v.array(nodeView) })),
  neighbours: v.array(nodeView),
  bootstrap: v.array(
    v.object({
      address: v.string(),
      state: v.picklist(['untried', 'trying', 'answered', 'silent']),
      builtIn: v.boolean(),
    }),
  ),
  links: v.array(
    v.object({
      friend: hexKey,
      address: v.string(),
      rttMs: v.nullable(v.number()),
      /** Age of the session key and the time left until the next epoch. */
      epoch: count,
      epochAgeMs: v.number(),
      nextEpochInMs: v.number(),
    }),
  ),
  /** What this node keeps for others, and the bytes it gives for that at most: 0 when it carries nothing. */
  carried: v.object({ envelopes: count, bytes: count, destinations: count, capacity: count }),
  /** What others said to keep for us when they were last asked. */
  held: v.object({ envelopes: count }),
  /** Envelopes this node took for others since start, and what became of them. */
  relay: v.object({ taken: count, handedOn: count, freed: count, expired: count }),
  traffic: v.object({ bytesIn: count, bytesOut: count, packetsIn: count, packetsOut: count }),
  /** Packets dropped since start, by reason. */
  dropped: v.record(v.string(), count),
});
export type NetworkStatus = v.InferOutput<typeof networkStatus>;

/** Three rows of the panel. */
export const MAX_RECENT_EMOJI = 24;
/** UTF-16 units; those of a family of four are 25. */
const MAX_EMOJI_LENGTH = 48;

export const settings = v.object({
  theme: v.picklist(['system', 'light', 'dark']),
  sendReadReceipts: v.boolean(),
  sendTyping: v.boolean(),
  /** Enter sends and Shift+Enter breaks the line; else the other way round with Ctrl+Enter to send. */
  enterSends: v.boolean(),
  notifications: v.picklist(['off', 'name', 'name-and-text']),
  lanDiscovery: v.boolean(),
  /** Packets of calls have a common size: their lengths do not tell what is said, for about twice the traffic. */
  padCalls: v.boolean(),
  /** What was chosen in the emoji panel, latest first. */
  recentEmoji: v.pipe(v.array(v.pipe(v.string(), v.maxLength(MAX_EMOJI_LENGTH))), v.maxLength(MAX_RECENT_EMOJI)),
});
export type Settings = v.InferOutput<typeof settings>;

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  sendReadReceipts: true,
  sendTyping: true,
  enterSends: true,
  notifications: 'name',
  lanDiscovery: true,
  padCalls: true,
  recentEmoji: [],
};
