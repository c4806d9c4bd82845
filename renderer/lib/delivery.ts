import type { Custody, FriendView, MessageState, MessageView } from '../../core/api/views.ts';
import { ago, plural, untilTime } from './format.ts';

/** Longest time the network keeps a message for somebody who is away. */
const MAX_LIFE_DAYS = 14;

/** Where a message is, in a word or two: for tooltips, screen readers and the legend. */
export function deliveryLabel(state: MessageState): string {
  return {
    sending: 'Sending',
    stored: 'Kept in the network',
    delivered: 'Delivered',
    read: 'Read',
    received: 'Received',
    expired: `Not delivered within ${MAX_LIFE_DAYS} days`,
    failed: 'Not sent',
  }[state];
}

/** What the signs beside sent messages mean, in the order in which a message gets them. */
export const DELIVERY_LEGEND: readonly { readonly state: MessageState; readonly meaning: string }[] = [
  { state: 'sending', meaning: 'Still on its way out of this computer' },
  { state: 'stored', meaning: 'Waits there for your friend' },
  { state: 'delivered', meaning: 'On your friend’s device' },
  { state: 'read', meaning: 'Your friend has seen it' },
  { state: 'expired', meaning: 'Your friend did not come online' },
  { state: 'failed', meaning: 'It could not leave this computer' },
];

type Message = Pick<MessageView, 'state' | 'custody'>;
/** `unknown` while the window is not connected to its core: what was heard last may be long over. */
export type Presence = FriendView['presence'] | 'unknown';
type Friend = Pick<FriendView, 'state'> & { readonly name: string; readonly presence: Presence };

/** The story of one sent message: where it is, and what happens next. */
export function deliveryStory(message: Message, friend: Friend, now: number): { title: string; text: string } {
  const { state, custody } = message;
  const { name } = friend;
  const title = deliveryLabel(state);
  switch (state) {
    case 'sending':
      return sendingStory(custody, friend, now);
    case 'stored': {
      const kept = custody === null ? 'Kept by other computers.' : `Kept by ${keepers(custody, now)}.`;
      return { title, text: `${kept} It will be delivered when ${name} comes online.` };
    }
    case 'delivered':
      return { title, text: `It is on ${name}’s device.` };
    case 'read':
      return { title, text: `${name} has read it.` };
    case 'received':
      return { title, text: 'Not yet read.' };
    case 'expired':
      return { title, text: `${name} was not online in that time, so nobody keeps it any more.` };
    case 'failed':
      return { title, text: 'This message could not be sent. Send it again or cancel it.' };
  }
}

function sendingStory(custody: Custody | null, friend: Friend, now: number): { title: string; text: string } {
  const { name } = friend;
  if (custody !== null && custody.holders > 0) {
    return { title: 'Sending', text: `So far kept by ${keepers(custody, now)}. More are being found.` };
  }
  if (friend.state === 'requested') {
    return { title: 'Waiting for an answer', text: `It goes out when ${name} has accepted your request.` };
  }
  if (friend.presence === 'unknown') {
    return { title: 'Sending', text: 'How far it has come is not known while Parley is not connected.' };
  }
  if (friend.presence === 'online') return { title: 'Sending', text: `It is on its way to ${name}.` };
  const text = `${name} is not online. It goes out by itself as soon as other computers can keep it, or ${name} is there.`;
  return { title: 'Waiting for the network', text };
}

/** “2 computers until 9 Dec”. */
function keepers({ holders, until }: Custody, now: number): string {
  return `${plural(holders, 'computer')} until ${untilTime(until, now)}`;
}

/** So far a clock is set back without anybody's noticing. */
const CLOCK_STEP_MS = 60_000;

/** Where a friend is, in words; `known` is false while the window is not connected to its core. */
export function presenceText(friend: FriendView, now: number, known = true): string {
  if (friend.state === 'blocked') return 'Blocked';
  if (friend.state === 'requested') return requestText(friend.request, now);
  if (!known) return 'Not known if online: Parley is not connected';
  if (friend.presence === 'online') return 'Online';
  if (friend.presence === 'connecting') return 'Connecting…';
  const { lastSeen } = friend;
  // A moment to come says nothing: this computer's date was wrong then.
  return lastSeen === null || lastSeen > now + CLOCK_STEP_MS ? 'Offline' : `Last seen ${ago(lastSeen, now)}`;
}

/** What becomes of messages to somebody who is away; null for everybody else, and where that is not known. */
export function awayText(friend: FriendView, known = true): string | null {
  return known && friend.state === 'friend' && friend.presence === 'offline' ? 'messages are kept for them' : null;
}

/** Where our unanswered friend request is. */
function requestText(request: Custody | null, now: number): string {
  if (request === null || request.holders === 0) return 'Has not answered your request yet';
  return `Request kept by ${keepers(request, now)}`;
}

/** What becomes of our request, told in the empty chat. */
export function askedText(request: Custody | null, name: string): string {
  if (request === null || request.holders === 0) {
    return `The request is delivered as soon as ${name} can be reached. What you write now goes out when they have said yes.`;
  }
  // They may have it already and not have answered: nobody is told whether a request was seen.
  const keepers = `${plural(request.holders, 'computer')} in the network ${request.holders === 1 ? 'keeps' : 'keep'}`;
  return `${keepers} the request for ${name}, who may have it already. What you write now goes out when they have said yes.`;
}

/** Whether the person may send it again or drop it. */
export function isUndelivered(state: MessageState): boolean {
  return state === 'failed' || state === 'expired';
}
