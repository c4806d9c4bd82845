import type { CallOutcome, StoredFriendState, StoredState } from '../store/types.ts';
import type { CallPhase, EndedReason } from './calls/call-state.ts';

/*
 * What the messenger shows of itself: plain values of the same shape as the views of `core/api/views.ts`, which lies
 * above and checks them. Keys and IDs are lower-case hexadecimal, dates milliseconds since 1970 UTC.
 */

export interface Custody {
  readonly holders: number;
  readonly until: number;
}

export interface MessageView {
  readonly id: string;
  readonly friend: string;
  readonly order: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
  readonly sentAt: number;
  readonly storedAt: number;
  readonly state: StoredState;
  readonly custody: Custody | null;
  /** Set where the entry is a call; `text` is empty then. */
  readonly call?: { readonly outcome: CallOutcome; readonly durationMs: number };
}

export interface RemovedFriend {
  readonly key: string;
  readonly alias: string;
  readonly name: string;
  readonly until: number;
}

/** A message that was deleted here, and can be brought back until then. */
export interface UndoableMessage {
  readonly friend: string;
  readonly id: string;
  readonly until: number;
}

export type Presence = 'online' | 'connecting' | 'offline';

export interface FriendView {
  readonly key: string;
  readonly publicId: string;
  readonly alias: string;
  readonly name: string;
  readonly state: StoredFriendState;
  readonly presence: Presence;
  readonly lastSeen: number | null;
  readonly addedAt: number;
  readonly unread: number;
  readonly typing: boolean;
  readonly draft: string;
  readonly lastMessage: MessageView | null;
  readonly request: Custody | null;
}

export interface RequestView {
  readonly key: string;
  readonly publicId: string;
  readonly name: string;
  readonly greeting: string;
  readonly receivedAt: number;
}

export interface SearchHit {
  readonly message: MessageView;
  readonly snippet: { text: string; match: boolean }[];
}

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly sendReadReceipts: boolean;
  readonly sendTyping: boolean;
  readonly enterSends: boolean;
  readonly notifications: 'off' | 'name' | 'name-and-text';
  readonly lanDiscovery: boolean;
  /** Packets of calls have a common size, so that their lengths do not tell what is said. */
  readonly padCalls: boolean;
  /** What was chosen in the emoji panel, latest first. */
  readonly recentEmoji: string[];
}

/** A call that is not over, or how it ended. */
export interface CallView {
  readonly call: string;
  readonly friend: string;
  readonly direction: 'in' | 'out';
  readonly state: CallPhase;
  /** When this state began. */
  readonly since: number;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  /** Why it ended. */
  readonly reason: EndedReason | null;
  readonly replacedBy: string | null;
  readonly muted: boolean;
  readonly deafened: boolean;
  readonly peerMuted: boolean;
  readonly peerDeafened: boolean;
  /** How the encoder should be set; null while no sound travels. */
  readonly encoder: {
    readonly bitRate: number;
    readonly redundancy: number;
    readonly constantRate: boolean;
  } | null;
  readonly quality: {
    readonly rttMs: number | null;
    readonly jitterMs: number;
    readonly queueingMs: number;
    readonly lossIn: number;
    readonly lossOut: number | null;
    readonly epoch: number | null;
    readonly epochAgeMs: number | null;
    readonly nextEpochInMs: number | null;
  } | null;
}

/** One friend was added or changed; or is gone (`friend` null). */
export interface FriendChange {
  readonly key: string;
  readonly removed: boolean;
  readonly friend: FriendView | null;
}

/** Somebody asks to be a friend; or the request is gone (`request` null). */
export interface RequestChange {
  readonly key: string;
  readonly request: RequestView | null;
}

export interface MessagesReceived {
  readonly friend: string;
  readonly messages: MessageView[];
}

/** Messages that are new or have another state; `removed` are IDs of cancelled ones. */
export interface MessagesChanged {
  readonly friend: string;
  readonly messages: MessageView[];
  readonly removed: string[];
}
