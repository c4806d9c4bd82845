import * as v from 'valibot';
import { ApiError } from '../api/errors.ts';
import { MAX_DATE_MS, MAX_NAME_BYTES } from '../codec/messages.ts';
import { fromHex, inviteTag, profileKey, toHex } from '../ids/bytes.ts';
import { oneLine } from '../messenger/text.ts';
import type { Store } from '../store/store.ts';

const name = v.pipe(v.string(), v.maxBytes(MAX_NAME_BYTES));

const friendsSchema = v.array(
  v.object({
    key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    tag: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
    home: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
    alias: name,
    name,
    state: v.picklist(['requested', 'friend', 'blocked']),
    addedAt: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_DATE_MS)),
  }),
);

/**
 * What a backup holds inside its encryption, as JSON in UTF-8: the identity and the address book. Somebody else may have made
 * it, with a passphrase that they tell.
 */
const backupSchema = v.object({
  version: v.literal(1),
  profileSeed: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  inviteTag: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
  name,
  friends: v.pipe(
    friendsSchema,
    v.check((friends) => new Set(friends.map(({ key }) => key)).size === friends.length),
  ),
});
export type BackupContent = v.InferOutput<typeof backupSchema>;

export interface BackupSource {
  readonly store: Store;
  readonly seed: Uint8Array;
  readonly inviteTag: string;
  readonly name: string;
}

export function writeBackupContent({ store, seed, inviteTag: tag, name }: BackupSource): Uint8Array {
  const friends = store.read.friends
    .all()
    .filter((friend) => friend.removedAt === undefined)
    .map(({ hex, tag: friendTag, home, alias, name: friendName, state, addedAt }) => {
      const where = { tag: toHex(friendTag), home: home && toHex(home) };
      return { key: hex, ...where, alias, name: friendName, state, addedAt };
    });
  const content: BackupContent = { version: 1, profileSeed: toHex(seed), inviteTag: tag, name, friends };
  return new TextEncoder().encode(JSON.stringify(content));
}

/** @throws ApiError `wrong-backup` */
export function readBackupContent(payload: Uint8Array): BackupContent {
  try {
    const parsed = v.safeParse(backupSchema, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)));
    if (parsed.success) return parsed.output;
  } catch {
    // Falls through: not JSON, or not UTF-8.
  }
  throw new ApiError('wrong-backup', 'The backup opens, but its content is damaged or from a newer version.');
}

/** Takes the address book over into a fresh database. */
export function restoreFriends(store: Store, content: BackupContent): void {
  store.batch((write) => {
    for (const friend of content.friends) {
      const key = profileKey(fromHex(friend.key)!);
      const { state, addedAt } = friend;
      const [alias, name] = [oneLine(friend.alias), oneLine(friend.name)];
      const home = friend.home === undefined ? undefined : fromHex(friend.home);
      write.friends.add({ key, tag: inviteTag(fromHex(friend.tag)!), home, alias, name, state, addedAt });
    }
  });
}
