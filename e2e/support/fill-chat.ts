import { inviteTag, messageId, profileKey, toHex } from '../../core/ids/bytes.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import { openProfileStore } from './profile-store.ts';

const BATCH = 5_000;
const MINUTE_MS = 60_000;

export interface FillOptions {
  /** Data folder of a stopped node whose profile has no passphrase. */
  readonly dataDir: string;
  /** The friend to be made. */
  readonly alias: string;
  /** Messages to be made, every third one ours. */
  readonly count: number;
}

/**
 * Gives the profile a friend and a long chat: "line 0 the very first", "line 1", and so on, a minute apart, all read.
 * @returns the friend's key in hexadecimal
 */
export async function fillChat({ dataDir, alias, count }: FillOptions): Promise<string> {
  const random = new SystemRandom();
  const store = await openProfileStore(dataDir);
  const start = Date.now() - count * MINUTE_MS;
  const key = profileKey(random.bytes(32));
  const { friend, device } = store.batch((write) => {
    const row = write.friends.add({ key, tag: inviteTag(random.bytes(4)), alias, state: 'friend', addedAt: start });
    return { friend: row.id, device: write.devices.seen(row.id, random.bytes(8), start).id };
  });
  for (let from = 0; from < count; from += BATCH) {
    store.batch((write) => {
      for (let i = from; i < Math.min(count, from + BATCH); i++) {
        const text = i === 0 ? 'line 0 the very first' : `line ${i}`;
        const id = messageId(random.bytes(16));
        const at = start + i * MINUTE_MS;
        if (i % 3 === 0) write.messages.addOutgoing({ friend, messageId: id, text, at });
        else write.messages.addIncoming({ friend, device, seq: i + 1, messageId: id, sentAt: at, storedAt: at, text });
      }
    });
  }
  store.batch((write) => {
    // Only what was delivered is read.
    for (const state of ['delivered', 'read'] as const) write.messages.settle({ friend, first: 1, last: count, state });
    write.messages.markRead(friend, write.messages.last(friend)!.id, count);
  });
  store.close();
  return toHex(key);
}
