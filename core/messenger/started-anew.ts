import { equalBytes } from '../ids/bytes.ts';
import type { DeviceRow, FriendNumber, StoreWrites } from '../store/types.ts';

/**
 * Notes the device that a friend speaks from. A new one beside others is a database begun anew, from the recovery words or
 * a backup: it lacks the secrets of the one-time keys that we were given before, so nothing is sealed to these any more.
 */
export function meetDevice(
  write: StoreWrites,
  friend: FriendNumber,
  { tag, wall }: { readonly tag: Uint8Array; readonly wall: number },
): { readonly device: DeviceRow; readonly startedAnew: boolean } {
  const before = write.devices.of(friend);
  const startedAnew = before.length > 0 && !before.some((known) => equalBytes(known.tag, tag));
  if (startedAnew) write.mailKeys.forgetPeerKeys(friend);
  return { device: write.devices.seen(friend, tag, wall), startedAnew };
}

/** A friend asks us to be one: to them we are none, so they have nothing of ours, nor the secrets of keys of theirs. */
export function answerAnew(write: StoreWrites, friend: FriendNumber): void {
  write.mailKeys.forgetPeerKeys(friend);
  write.mailKeys.setCapability(friend, { acceptDue: true });
}

/**
 * Our database is an older copy, or lacks what it had: friends have keys of ours whose secrets are gone. Each is told by an
 * answer, as if they had asked us. @returns whom
 */
export function answerAll(write: StoreWrites): FriendNumber[] {
  const friends = write.friends.all().filter(({ state, removedAt }) => state === 'friend' && removedAt === undefined);
  for (const { id } of friends) write.mailKeys.setCapability(id, { acceptDue: true });
  return friends.map(({ id }) => id);
}
