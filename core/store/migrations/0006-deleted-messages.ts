/**
 * What a person deleted for themselves.
 *
 * - `deleted_messages`: the message is still there, for as long as that can be undone or it is on its way to the friend,
 *   and nobody sees it; `withdrawn`: it waited to be sent, and is given up (`failed`) so that it is not.
 * - `erased_messages`: what remains afterwards of a friend's message, so that it does not come back when the friend sends
 *   it again, and nothing waits for its number; `seq` is null as in `messages`.
 */
export const deletedMessages = `
CREATE TABLE deleted_messages (
  message INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
  deleted_at INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1))
) STRICT;
CREATE INDEX deleted_messages_at ON deleted_messages (deleted_at);

CREATE TABLE erased_messages (
  friend INTEGER NOT NULL REFERENCES friends(id) ON DELETE CASCADE,
  message_id BLOB NOT NULL CHECK (length(message_id) = 16),
  device INTEGER NOT NULL,
  seq INTEGER,
  PRIMARY KEY (friend, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX erased_messages_seq ON erased_messages (friend, device, seq);
`;
