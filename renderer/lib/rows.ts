import type { MessageView } from '../../core/api/views.ts';
import { dayOf } from './format.ts';

/** Messages of one side closer together than this stand in one group. */
export const GROUP_GAP_MS = 5 * 60_000;

/** How one message stands in the list, next to its neighbours. */
export interface Row {
  readonly message: MessageView;
  /** A day begins here: its local midnight, for the heading. */
  readonly day: number | null;
  readonly startsGroup: boolean;
  readonly endsGroup: boolean;
  /** The divider of unread messages stands above. */
  readonly firstUnread: boolean;
}

/** The rows of consecutive messages, oldest first. */
export function rowsOf(messages: readonly MessageView[], firstUnread: string | null): Row[] {
  const joined = messages.map((message, i) => continues(messages[i - 1], message) && message.id !== firstUnread);
  return messages.map((message, i) => {
    const previous = messages[i - 1];
    const day = dayOf(message.storedAt);
    return {
      message,
      day: previous === undefined || dayOf(previous.storedAt) !== day ? day : null,
      startsGroup: !joined[i],
      endsGroup: !joined[i + 1],
      firstUnread: message.id === firstUnread,
    };
  });
}

function continues(previous: MessageView | undefined, message: MessageView): boolean {
  return (
    previous !== undefined &&
    previous.direction === message.direction &&
    message.storedAt - previous.storedAt < GROUP_GAP_MS &&
    dayOf(previous.storedAt) === dayOf(message.storedAt)
  );
}
