import type { FriendNumber } from '../store/types.ts';

/**
 * One way for messages to travel: the link to a friend who is there, custody in the network for one who is not. A
 * carrier reads what waits from the outbox of the database, moves it, and reports what became of it through
 * `messages.settle`; nothing else knows which carrier moved a message.
 */
export interface Carrier {
  /** Messages for this friend up to this number are on the disk and wait in the outbox. */
  messagesQueued(friend: FriendNumber, upToSeq: number): void;
  /**
   * Messages for this friend were committed in this tick; a power cut may undo them until `messagesQueued`. For a
   * carrier that may move a message whose sender could forget it, see `Outgoing`.
   */
  messagesWritten?(friend: FriendNumber): void;
  /** This message left the outbox without being sent: forget copies of it. @returns false when it is on its way. */
  withdraw(friend: FriendNumber, seq: number): boolean;
}
