/** Longest address outside of Parley that is opened, in UTF-16 units. */
export const MAX_URL_LENGTH = 2_048;

const MAIL_FIELDS = new Set(['to', 'cc', 'bcc', 'subject', 'body']);

/**
 * Whether a mail link with these fields fills in text only. Some mail programs attach files of this computer that a link
 * names.
 */
export function fillsInTextOnly(fields: Iterable<string>): boolean {
  return [...fields].every((field) => MAIL_FIELDS.has(field.toLowerCase()));
}
