/**
 * The first schema. Keys, IDs and tags are raw bytes, dates are milliseconds since 1970 UTC, and the numbers of
 * directions and states are those of `core/store/types.ts`.
 *
 * - `devices`: a friend is one or several devices, each with sequence numbers of its own; the row without a friend is
 *   this device. `read_told_up_to` is the prefix of which the friend may know that it was read.
 * - `messages`: `id` is the place in the chat on this device and never used twice. `seq` is given by the sender; null
 *   where a friend's restored database used one a second time. `device` is no foreign key:
 *   to delete a device would then search all messages. The outbox is the partial index.
 * - What counts up with every message (`id`, `seq`, unread) is read from the messages: `used_ids` and `friends.last_seq`
 *   speak of deleted ones only, `friends.unread` of messages up to `unread_up_to`.
 * - `search`: external content, filled by batches up to `search_cursor`, never by the path of a message.
 */
export const firstSchema = `
CREATE TABLE friends (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
  tag BLOB NOT NULL CHECK (length(tag) = 4),
  alias TEXT NOT NULL CHECK (octet_length(alias) <= 128),
  name TEXT NOT NULL DEFAULT '' CHECK (octet_length(name) <= 128),
  greeting TEXT NOT NULL DEFAULT '' CHECK (octet_length(greeting) <= 512),
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
  blocked_from INTEGER CHECK (blocked_from BETWEEN 0 AND 1),
  added_at INTEGER NOT NULL,
  last_seen INTEGER,
  removed_at INTEGER,
  unread INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0),
  unread_up_to INTEGER NOT NULL DEFAULT 0,
  read_order INTEGER NOT NULL DEFAULT 0,
  told_read_up_to INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE devices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  friend INTEGER REFERENCES friends(id) ON DELETE CASCADE,
  tag BLOB NOT NULL CHECK (length(tag) = 8),
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  read_told_up_to INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX devices_tag ON devices (friend, tag);

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  friend INTEGER NOT NULL REFERENCES friends(id),
  direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
  device INTEGER NOT NULL,
  seq INTEGER,
  message_id BLOB NOT NULL CHECK (length(message_id) = 16),
  sent_at INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
  text TEXT NOT NULL CHECK (octet_length(text) <= 16384)
) STRICT;
CREATE INDEX messages_chat ON messages (friend);
CREATE UNIQUE INDEX messages_id ON messages (message_id, friend);
CREATE UNIQUE INDEX messages_seq ON messages (friend, direction, device, seq);
CREATE INDEX messages_outbox ON messages (friend, seq) WHERE direction = 1 AND state < 2;

CREATE TABLE used_ids (one INTEGER PRIMARY KEY CHECK (one = 1), last_id INTEGER NOT NULL) STRICT;
INSERT INTO used_ids VALUES (1, 0);

CREATE TABLE drafts (
  friend INTEGER PRIMARY KEY REFERENCES friends(id) ON DELETE CASCADE,
  text TEXT NOT NULL CHECK (octet_length(text) <= 16384)
) STRICT;

CREATE TABLE requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
  tag BLOB NOT NULL CHECK (length(tag) = 4),
  name TEXT NOT NULL CHECK (octet_length(name) <= 128),
  greeting TEXT NOT NULL CHECK (octet_length(greeting) <= 512),
  received_at INTEGER NOT NULL,
  ignored INTEGER NOT NULL DEFAULT 0 CHECK (ignored IN (0, 1))
) STRICT;

CREATE TABLE settings (
  name TEXT PRIMARY KEY CHECK (octet_length(name) <= 100),
  value TEXT NOT NULL CHECK (octet_length(value) <= 65536)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_values (
  name TEXT PRIMARY KEY CHECK (octet_length(name) <= 100),
  value BLOB NOT NULL CHECK (length(value) <= 1048576)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE search USING fts5(
  text, content = 'messages', content_rowid = 'id', tokenize = 'signal_tokenizer'
);
INSERT INTO search(search, rank) VALUES ('secure-delete', 1);
CREATE TABLE search_cursor (one INTEGER PRIMARY KEY CHECK (one = 1), indexed_up_to INTEGER NOT NULL) STRICT;
INSERT INTO search_cursor VALUES (1, 0);
`;
