import type { MissedCall } from '../../codec/calls.ts';
import type { MessageId } from '../../ids/bytes.ts';
import type { FriendNumber } from '../../store/types.ts';
import type { EndedReason } from './call-state.ts';

/** What remains of a call in the chat. */
export interface FinishedCall {
  readonly id: MessageId;
  readonly friend: FriendNumber;
  readonly direction: 'in' | 'out';
  readonly startedAt: number;
  /** Undefined: nobody answered. */
  readonly answeredAt: number | undefined;
  readonly endedAt: number;
  readonly reason: EndedReason;
  /** It never rang there: the friend is to be told. */
  readonly owed: boolean;
}

/**
 * Where calls are written down. Each is written once, whatever is told of it again. `owed` and `noted` are the port for
 * carriers: attempts that a friend does not know of yet, as records that may travel in any way.
 */
export interface CallHistory {
  finished(call: FinishedCall): void;
  /** A friend called in vain. `done` comes when that is on the disk, also when it was there already. */
  missed(friend: FriendNumber, call: MissedCall, done: () => void): void;
  /** Oldest first. */
  owed(friend: FriendNumber): readonly MissedCall[];
  /** The friend has it on the disk. */
  noted(friend: FriendNumber, call: Uint8Array): void;
}
