import { inviteTag, messageId, profileKey } from '../../core/ids/bytes.ts';
import { type PublicId, parsePublicId } from '../../core/ids/public-id.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import type { StoreWrites } from '../../core/store/types.ts';
import { openProfileStore } from './profile-store.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

export interface Line {
  readonly from: 'me' | 'them';
  readonly minutesAgo: number;
  readonly text: string;
}

export interface WrittenChat {
  readonly alias: string;
  /** The public ID of somebody who is there, who is found by it; left out: of nobody. */
  readonly publicId?: string;
  readonly draft?: string;
  /** How many of their last lines were not seen yet. */
  readonly unread?: number;
  readonly lines: readonly Line[];
}

/** Writes friends and chats into the database of a stopped node. Our lines count as read. */
export async function writeChats(dataDir: string, chats: readonly WrittenChat[]): Promise<void> {
  const store = await openProfileStore(dataDir);
  const now = Date.now();
  store.batch((write) => {
    for (const chat of chats) writeChat(write, chat, now);
  });
  store.close();
}

function writeChat(write: StoreWrites, chat: WrittenChat, now: number): void {
  const random = new SystemRandom();
  const { key, tag } = whoIs(chat.publicId, random);
  const addedAt = now - 30 * DAY_MINUTES * MINUTE_MS;
  const { alias } = chat;
  const { id: friend } = write.friends.add({ key, tag, alias, state: 'friend', addedAt });
  const last = chat.lines.at(-1)?.minutesAgo ?? 0;
  write.friends.update(friend, { lastSeen: now - last * MINUTE_MS });
  const device = write.devices.seen(friend, random.bytes(8), now - last * MINUTE_MS).id;
  const theirs = chat.lines.filter((line) => line.from === 'them');
  const firstUnseen = theirs[theirs.length - (chat.unread ?? 0)];
  for (const line of chat.lines) {
    if (line === firstUnseen) seen(write, friend);
    const at = now - line.minutesAgo * MINUTE_MS;
    const one = { friend, messageId: messageId(random.bytes(16)), text: line.text };
    if (line.from === 'me') write.messages.addOutgoing({ ...one, at });
    else write.messages.addIncoming({ ...one, device, seq: theirs.indexOf(line) + 1, sentAt: at, storedAt: at });
  }
  if (firstUnseen === undefined) seen(write, friend);
  const lastSeq = write.messages.lastSeq(friend);
  // Only what was delivered is read.
  for (const state of ['delivered', 'read'] as const) {
    if (lastSeq > 0) write.messages.settle({ friend, first: 1, last: lastSeq, state });
  }
  if (chat.draft !== undefined) write.drafts.set(friend, chat.draft);
}

function whoIs(publicId: string | undefined, random: SystemRandom): PublicId {
  if (publicId === undefined) return { key: profileKey(random.bytes(32)), tag: inviteTag(random.bytes(4)) };
  const decoded = parsePublicId(publicId);
  if (!decoded.ok) throw new Error(`not a public ID: ${publicId}`);
  return decoded.value;
}

function seen(write: StoreWrites, friend: number): void {
  const last = write.messages.last(friend);
  if (last !== undefined) write.messages.markRead(friend, last.id, last.id);
}
