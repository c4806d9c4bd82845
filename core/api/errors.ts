/**
 * Stable codes of every expected failure: programs match on the code, people read the sentence. A code is never
 * renamed or reused. (Unexpected failures arrive as `internal` and carry no detail.)
 */
export const ERROR_CODES = [
  'invalid-argument', // a parameter has the wrong type, length or range; details.path names it
  'unknown-method',
  'unauthorised', // wrong or missing token, or a foreign origin
  'too-large', // a request or a message over its limit
  'too-many-requests',
  'shutting-down',
  'internal',
  'no-profile', // nothing created yet
  'profile-exists',
  'profile-locked',
  'wrong-passphrase',
  'wrong-words', // recovery words: unknown word or bad checksum; details.position (0-based) when known
  'wrong-backup', // not a backup file, or damaged
  'key-store-unavailable',
  'bad-public-id', // details.reason and details.positions, see core/ids
  'own-public-id',
  'already-friend',
  'blocked', // the person was blocked by us
  'unknown-friend',
  'unknown-request',
  'unknown-message',
  'unknown-call', // there is none of this ID, or it is over, or (accept, decline) rings no more
  'in-call', // another call is going on: end it first
  'nothing-to-undo',
  'empty-message',
  'bad-address', // a bootstrap address that is not HOST:PORT/PUBLICKEY
  'disk-full',
  'not-flushed', // the message, details.id, is in the chat and is sent; whether the disk kept it is not known
  'database-corrupt', // also the key file; details.fault tells more when the profile was to be opened
  'profile-unreadable', // the system does not let key file or database be read, or the data folder be changed
  'database-busy', // another running Parley has the profile open
  'port-in-use',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Machine-readable facts about a failure; never a secret or message text. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly number[]>>;

/** An expected failure of a request. `message` is one plain sentence a person can act on. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }
}
