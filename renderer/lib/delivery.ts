import type { FriendView, MessageState } from '../../core/api/views.ts';
import { ago } from './format.ts';

/** The words for a delivery state: a short one for screen readers and a sentence for the tooltip. */
export function deliveryText(state: MessageState, name: string): { label: string; hint: string } {
  switch (state) {
    case 'sending':
      return { label: 'Sending', hint: `Waits for ${name}. It goes out by itself when you are both online.` };
    case 'stored':
      return { label: 'Stored', hint: `Kept by the network until ${name} is back.` };
    case 'delivered':
      return { label: 'Delivered', hint: `${name}’s device has it.` };
    case 'read':
      return { label: 'Read', hint: `${name} has read it.` };
    case 'failed':
      return { label: 'Not sent', hint: 'This message could not be sent. Send it again or cancel it.' };
    case 'expired':
      return { label: 'Expired', hint: `${name} was away for too long. Send it again or cancel it.` };
    case 'received':
      return { label: 'Received', hint: 'Not yet read.' };
  }
}

/** Where a friend is, in words. */
export function presenceText(friend: FriendView, now: number): string {
  if (friend.state === 'blocked') return 'Blocked';
  if (friend.state === 'requested') return 'Has not answered your request yet';
  if (friend.presence === 'online') return 'Online';
  if (friend.presence === 'connecting') return 'Connecting…';
  return friend.lastSeen === null ? 'Offline' : `Last seen ${ago(friend.lastSeen, now)}`;
}

/** Whether the person may send it again or drop it. */
export function isUndelivered(state: MessageState): boolean {
  return state === 'failed' || state === 'expired';
}
