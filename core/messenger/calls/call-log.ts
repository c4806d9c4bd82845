import type { MissedCall } from '../../codec/calls.ts';
import { messageId } from '../../ids/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  CallOutcome,
  FriendNumber,
  MessageRow,
  NewCall,
  OwedCall,
  StoreReads,
  StoreWrites,
} from '../../store/types.ts';
import type { Changes } from '../changes.ts';
import type { Commits } from '../commits.ts';
import type { CallHistory, FinishedCall } from './history.ts';

export interface CallLogParts {
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly clock: Clock;
  /** There is something more to be told to this friend, and it is on the disk. */
  readonly owes: (friend: FriendNumber) => void;
  /** The friend knows, and that is on the disk. */
  readonly noted: (friend: FriendNumber) => void;
}

const NO_BYTES = new Uint8Array(0);

/** Calls as entries of the chats, in the database. */
export class CallLog implements CallHistory {
  readonly #parts: CallLogParts;

  constructor(parts: CallLogParts) {
    this.#parts = parts;
  }

  finished(call: FinishedCall): void {
    const { id, friend, direction, startedAt, answeredAt, endedAt, owed } = call;
    const durationMs = answeredAt === undefined ? 0 : Math.max(0, endedAt - answeredAt);
    const outcome = outcomeOf(call);
    const done = owed ? () => this.#parts.owes(friend) : undefined;
    this.#add({ friend, callId: id, direction, startedAt, endedAt, outcome, durationMs, owed }, done);
  }

  missed(friend: FriendNumber, call: MissedCall, done: () => void): void {
    this.#add(this.#missedEntry(friend, call), done);
  }

  /** The same as part of a commit. What is returned follows that commit. */
  enterMissed(write: StoreWrites, friend: FriendNumber, call: MissedCall): () => void {
    const entry = this.#missedEntry(friend, call);
    const row = addUnlessGone(write, entry);
    return () => {
      if (row !== undefined) this.#show(entry, row);
    };
  }

  owed(friend: FriendNumber): MissedCall[] {
    return this.#parts.read.calls.owed(friend).map(noticeOf);
  }

  noted(friend: FriendNumber, call: Uint8Array): void {
    const id = call.slice();
    this.#parts.commits.add(
      (write) => write.calls.noted(friend, id),
      ({ ok }) => {
        if (ok) this.#parts.noted(friend);
      },
    );
  }

  #missedEntry(friend: FriendNumber, { call, startedAt }: MissedCall): NewCall {
    const endedAt = this.#parts.clock.wall();
    const entry = { friend, callId: messageId(call), startedAt, endedAt, durationMs: 0, owed: false } as const;
    return { ...entry, direction: 'in', outcome: 'missed' };
  }

  #add(call: NewCall, done?: () => void): void {
    this.#parts.commits.add(
      (write) => addUnlessGone(write, call),
      (outcome) => {
        // A full disk loses the entry; a notice comes again over the next link.
        if (!outcome.ok) return;
        if (outcome.value !== undefined) this.#show(call, outcome.value);
        done?.();
      },
    );
  }

  #show({ friend, direction, outcome }: NewCall, row: MessageRow): void {
    const { changes } = this.#parts;
    if (direction === 'in' && outcome === 'missed') changes.messagesReceived(friend, [row]);
    else changes.messagesChanged(friend, [row]);
  }
}

/** As it travels, over a link and in an envelope. */
export function noticeOf({ callId, startedAt }: OwedCall): MissedCall {
  return { call: callId, startedAt, extension: NO_BYTES };
}

/** The friend may have been removed while they called. */
function addUnlessGone(write: StoreWrites, call: NewCall): MessageRow | undefined {
  const friend = write.friends.byId(call.friend);
  return friend === undefined || friend.removedAt !== undefined ? undefined : write.calls.add(call);
}

function outcomeOf({ direction, answeredAt, reason }: FinishedCall): CallOutcome {
  if (answeredAt !== undefined) return 'answered';
  switch (reason) {
    case 'declined':
      return 'declined';
    case 'busy':
      return direction === 'in' ? 'missed' : 'busy';
    case 'no-answer':
      return direction === 'in' ? 'missed' : 'unanswered';
    case 'cancelled':
      return direction === 'in' ? 'missed' : 'cancelled';
    case 'unreachable':
      return 'unreachable';
    case 'hung-up':
    case 'failed':
    case 'replaced':
      return direction === 'in' && reason !== 'hung-up' ? 'missed' : 'failed';
  }
}
