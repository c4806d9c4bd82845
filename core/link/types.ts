import type { InviteTag, NodeId, ProfileKey } from '../ids/bytes.ts';
import type { Unsubscribe } from '../ports/events.ts';
import type { Endpoint } from '../ports/network.ts';

/** Who listens where inside a link. 0 belongs to the link itself. */
export const CHANNELS = { control: 0, messages: 1, calls: 2 } as const;

/** Who gets which datagrams of a link. 0 belongs to the link itself. */
export const DATAGRAM_KINDS = { calls: 1, messages: 2 } as const;

/**
 * A reliable, ordered sequence of frames to one friend. Frames of all channels of a link share its stream; what was
 * not delivered when the link goes down is gone, so users of a channel keep what matters until it is confirmed.
 */
export interface Channel {
  /**
   * Queues one frame (0 to MAX_FRAME_BYTES bytes); the buffer belongs to the channel from now on.
   * @returns false when the link's buffer is above its high-water mark (the frame is queued all the same): wait for
   * `onDrain` before sending more. Frames sent on a link that is down are dropped and false is returned.
   */
  send(frame: Uint8Array): boolean;
  /** All frames that one read brought, in order, so that they can share a database transaction. One listener. */
  onFrames(listener: (frames: Uint8Array[]) => void): void;
  onDrain(listener: () => void): Unsubscribe;
}

export interface LinkStats {
  readonly remote: Endpoint;
  /** Smoothed round-trip time in ms, undefined until measured. */
  readonly rttMs: number | undefined;
  /** Number of the epoch whose key seals what we send, from 0. */
  readonly epoch: number;
  /** Age of that key, and the time until we begin to replace it at the latest, in ms. */
  readonly epochAgeMs: number;
  readonly nextEpochInMs: number;
}

/** The encrypted, mutually verified connection of two friends (L:20). */
export interface Link {
  readonly peer: ProfileKey;
  readonly up: boolean;
  channel(number: number): Channel;
  /** Unreliable, unordered, sealed; at most MAX_DATAGRAM_BYTES. `kind` is 1 to 255 and tells users apart. */
  sendDatagram(kind: number, payload: Uint8Array): boolean;
  onDatagram(kind: number, listener: (payload: Uint8Array) => void): Unsubscribe;
  stats(): LinkStats;
  /** Tells the peer and goes down. Idempotent. */
  close(): void;
}

export type LinkDownReason = 'closed' | 'closed-by-peer' | 'silent' | 'replaced' | 'failed';

/** An introduction: the sealed friend request of somebody who is no friend yet. */
export interface Introduction {
  readonly from: ProfileKey;
  /** Payload of the messenger's own format; the link layer does not look into it. */
  readonly payload: Uint8Array;
}

/** Where we take introductions. */
export interface OwnDoor {
  readonly tag: InviteTag;
  /** BLINDING_SECRET_BYTES bytes that follow from our public ID. */
  readonly secret: Uint8Array;
}

/** Somebody who gets an introduction: what their public ID says, and their door, which follows from it. */
export interface Invited {
  readonly profile: ProfileKey;
  readonly tag: InviteTag;
  readonly position: NodeId;
}

/**
 * Finds friends and keeps links to them. It queries a friend's position when the friend is added, when the network
 * comes up, and again with growing pauses while the friend is away.
 */
export interface LinkManager {
  /**
   * Idempotent. Endpoint queries of this person are answered from now on, and they are looked for at `position`
   * (`placeOf`), or at another one after the next call; while it is not known, they are not looked for.
   */
  addFriend(peer: ProfileKey, position: NodeId | undefined): void;
  /** Idempotent. Closes the link; this person hears nothing any more. */
  removeFriend(peer: ProfileKey): void;
  /** The link that is up now, if there is one. */
  linkTo(peer: ProfileKey): Link | undefined;
  /** True from when the friend's endpoints are known until the handshake succeeds or is given up. */
  isConnecting(peer: ProfileKey): boolean;
  /** Ask for this friend now instead of at the next planned time. */
  seek(peer: ProfileKey): void;
  /** A link went up: register for its channels inside the listener, before any frame is delivered. */
  onUp(listener: (link: Link) => void): Unsubscribe;
  onDown(listener: (event: { peer: ProfileKey; reason: LinkDownReason }) => void): Unsubscribe;
  onConnecting(listener: (peer: ProfileKey) => void): Unsubscribe;
  /**
   * Routes a sealed, signed introduction to somebody's door. Best effort: the caller repeats it until the other side
   * answers by a link. Resolves when the first hop took it.
   */
  introduce(to: Invited, payload: Uint8Array): Promise<boolean>;
  /** Introductions that were sealed to us, signed by `from`, and carry our current invite tag. */
  onIntroduction(listener: (introduction: Introduction) => void): Unsubscribe;
  /** Where introductions come, and the tag they must carry; undefined: none is taken. */
  setDoor(door: OwnDoor | undefined): void;
  start(): void;
  stop(): Promise<void>;
}
