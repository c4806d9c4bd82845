/** Codes of expected failures; the same strings as in `core/api/errors.ts`. */
export type MessengerErrorCode =
  | 'invalid-argument'
  | 'too-large'
  | 'empty-message'
  | 'bad-public-id'
  | 'own-public-id'
  | 'already-friend'
  | 'blocked'
  | 'not-flushed'
  | 'unknown-friend'
  | 'unknown-request'
  | 'unknown-message'
  | 'unknown-call'
  | 'in-call'
  | 'nothing-to-undo';

/** Machine-readable facts; never a secret or message text. */
export type MessengerErrorDetails = Readonly<Record<string, string | number | boolean | readonly number[]>>;

/** An expected failure of something a person asked for. `message` is one plain sentence. */
export class MessengerError extends Error {
  override readonly name = 'MessengerError';
  constructor(
    readonly code: MessengerErrorCode,
    message: string,
    readonly details: MessengerErrorDetails = {},
  ) {
    super(message);
  }
}
