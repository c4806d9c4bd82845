import type { MissedCall } from '../../codec/calls.ts';
import { messageId } from '../../ids/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallOutcome, FriendNumber, MessageRow, NewCall, StoreReads, StoreWrites } from '../../store/types.ts';
import type { Changes } from '../changes.ts';
import type { Commits } from '../commits.ts';
import type { CallHistory, FinishedCall } from './history.ts';

export interface CallLogParts {
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly changes: Changes;
  readonly clock: Clock;
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
    this.#add({ friend, callId: id, direction, startedAt, endedAt, outcome, durationMs, owed });
  }

  missed(friend: FriendNumber, { call, startedAt }: MissedCall, done: () => void): void {
    const endedAt = this.#parts.clock.wall();
    const callId = messageId(call);
    const entry = { friend, callId, startedAt, endedAt, durationMs: 0, owed: false } as const;
    this.#add({ ...entry, direction: 'in', outcome: 'missed' }, done);
  }

  owed(friend: FriendNumber): MissedCall[] {
    return this.#parts.read.calls
      .owed(friend)
      .map(({ callId, startedAt }) => ({ call: callId, startedAt, extension: NO_BYTES }));
  }

  noted(friend: FriendNumber, call: Uint8Array): void {
    const id = call.slice();
    this.#parts.commits.add(
      (write) => write.calls.noted(friend, id),
      () => {},
    );
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
