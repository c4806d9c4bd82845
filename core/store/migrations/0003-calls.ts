/**
 * What remains of calls. Each is an entry of the chat: a row of `messages` without text and without a sequence number,
 * so that it pages, counts as unread and is deleted like any other, and is never sent; what makes it a call is here.
 * Outcomes are the numbers of `core/store/types.ts`, durations milliseconds. `owed`: the friend is still to be told.
 */
export const callEntries = `
CREATE TABLE calls (
  message INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
  outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 7),
  duration INTEGER NOT NULL CHECK (duration >= 0),
  owed INTEGER NOT NULL CHECK (owed IN (0, 1))
) STRICT;
CREATE INDEX calls_owed ON calls (message) WHERE owed = 1;
`;
