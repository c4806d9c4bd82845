import { messageId } from '../ids/bytes.ts';
import { type DeviceRow, type FriendNumber, MESSAGE_STATES, type StoreReads } from '../store/types.ts';

/**
 * Whether to tell once more that a message of a friend's, which came again, was read: they send again what they do not know
 * to have arrived. Told over a link before that, its reading was not believed, and whatever told it may have been lost. One
 * that was deleted counts as read here only: whoever deleted it may not have read it.
 * @param tellsRead whether the person tells what they read; what was told before is told again in any case
 */
export function isReadAgain(
  read: StoreReads,
  message: {
    readonly friend: FriendNumber;
    readonly device: Pick<DeviceRow, 'id'>;
    readonly seq: number;
    readonly id: Uint8Array;
  },
  tellsRead: boolean,
): boolean {
  const { friend, device, seq } = message;
  const row = read.messages.byMessageId(messageId(message.id), friend);
  if (row?.state !== MESSAGE_STATES.read) return false;
  // As it is now: it may have been told since the device was looked up.
  const told = read.devices.of(friend).find(({ id }) => id === device.id)?.readToldUpTo ?? 0;
  return told >= seq || (tellsRead && !read.deletions.hides(row.id));
}
