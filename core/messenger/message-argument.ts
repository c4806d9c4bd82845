import { fromHex, MESSAGE_ID_BYTES } from '../ids/bytes.ts';
import { MessengerError } from './errors.ts';

/** How requests name a message: 32 hex digits -> 16 bytes; undefined for anything else. */
export function readMessageId(hex: string): Uint8Array | undefined {
  const bytes = fromHex(hex);
  return bytes?.length === MESSAGE_ID_BYTES ? bytes : undefined;
}

export function unknownMessage(): MessengerError {
  return new MessengerError('unknown-message', 'There is no such message.');
}
