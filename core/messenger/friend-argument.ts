import { isValidProfileKey } from '../crypto/crypto.ts';
import { equalBytes, fromHex, type ProfileKey, toHex } from '../ids/bytes.ts';
import { type PublicId, parsePublicId } from '../ids/public-id.ts';
import type { FriendNumber, FriendRow, StoreReads } from '../store/types.ts';
import { MessengerError } from './errors.ts';

const HEX_KEY = /^[0-9a-f]{64}$/i;

/**
 * A public ID or `parley:` link, checked down to the curve point.
 * @throws {MessengerError} `bad-public-id` with details `reason` and `positions`; `own-public-id`
 */
export function readPublicId(text: string, own: ProfileKey): PublicId {
  const parsed = parsePublicId(text);
  if (!parsed.ok) {
    const { reason, positions, message } = parsed;
    throw new MessengerError('bad-public-id', message, { reason, positions });
  }
  const { key, tag } = parsed.value;
  if (!isValidProfileKey(key))
    throw new MessengerError('bad-public-id', 'This public ID belongs to nobody.', {
      reason: 'bad-key',
      positions: [],
    });
  if (equalBytes(key, own)) throw new MessengerError('own-public-id', 'This is your own public ID.');
  return { key, tag };
}

/**
 * How requests name a person: 64 hex digits, a public ID or a `parley:` link -> the key in hexadecimal.
 * @throws {MessengerError} `bad-public-id`
 */
export function readKeyHex(text: string): string {
  const trimmed = text.trim();
  if (HEX_KEY.test(trimmed)) return trimmed.toLowerCase();
  const parsed = parsePublicId(text);
  if (parsed.ok) return toHex(parsed.value.key);
  const { reason, positions, message } = parsed;
  throw new MessengerError('bad-public-id', message, { reason, positions });
}

/** @throws {MessengerError} `bad-public-id`, `unknown-friend` (also for removed ones) */
export function findFriend(read: StoreReads, text: string): FriendRow {
  return known(read.friends.byHex(readKeyHex(text)));
}

/**
 * A friend looked up before, as they are in the transaction: another request of the same tick may have removed them.
 * @throws {MessengerError} `unknown-friend`
 */
export function friendNow(read: StoreReads, id: FriendNumber): FriendRow {
  return known(read.friends.byId(id));
}

function known(row: FriendRow | undefined): FriendRow {
  if (row === undefined || row.removedAt !== undefined)
    throw new MessengerError('unknown-friend', 'There is no such friend.');
  return row;
}

/** The bytes of a key that `readKeyHex` returned. */
export function keyBytes(hex: string): ProfileKey {
  return fromHex(hex) as ProfileKey;
}
