import { equalBytes, messageId } from '../../ids/bytes.ts';
import type { DeviceRow, FriendNumber, MessageRow, StoreReads, StoreWrites } from '../../store/types.ts';
import type { MessagesBody } from './waiting-room.ts';

/** How many of the friend's messages before these may still come, as far as their sender says. */
export function missingBefore(
  read: StoreReads,
  friend: FriendNumber,
  { device: tag, openFrom, messages }: MessagesBody,
): number {
  const device = read.devices.of(friend).find((known) => equalBytes(known.tag, tag));
  const first = messages[0]!.seq;
  return device === undefined ? first - openFrom : read.places.missing(friend, device.id, openFrom, first);
}

export interface Filing {
  readonly body: MessagesBody;
  /** Nobody waits any longer for what is missing before these: its places are kept. */
  readonly giveUp: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly wall: number;
}

/**
 * Stores the messages of a letter where they belong in the chat: after those before them, or in the places that were
 * kept for them when later ones came first.
 * @returns the device they came from, and a row for each message; undefined for one that was there already.
 */
export function fileMessages(
  write: StoreWrites,
  friend: FriendNumber,
  { body, giveUp, wall }: Filing,
): { readonly device: DeviceRow; readonly rows: readonly (MessageRow | undefined)[] } {
  const device = write.devices.seen(friend, body.device, wall);
  write.places.release(friend, device.id, body.openFrom);
  if (giveUp) write.places.reserve(friend, device.id, body.openFrom, body.messages[0]!.seq);
  const to = { friend, device: device.id, storedAt: wall };
  const rows = body.messages.map(({ id, seq, sentAt, text }) =>
    write.messages.addIncoming({ ...to, seq, messageId: messageId(id), sentAt, text }),
  );
  return { device, rows };
}
