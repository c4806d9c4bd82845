/**
 * Mail: what is on its way to friends who are away, or came from them.
 *
 * - `envelopes`: sealed, in the care of the relay; the row goes when the envelope need not arrive any more. Messages with
 *   numbers `first_seq` to `last_seq` are inside. `stored_until` is null until enough nodes keep it.
 * - `seen_envelopes`: a second copy is recognised by its ID, since its one-time key is gone.
 * - `own_keys`: secrets of one-time keys that a friend was given; `peer_keys`: one-time keys we were given.
 * - `own_policy`: what our carriers are told; `tag` is the invite tag that `invite_key` was derived from.
 * - `capabilities`: what a friend allows carriers to take for them, and the seed of the friend key that shows it;
 *   `told_number`: the policy of ours they were told; `accept_due`: our yes to their request may not have reached them.
 * - `receipts_due`: numbers of a friend's messages that are here, or read, and of which they may not know.
 * - `reserved_places`: the place (`messages.id`) of a message that is shown later than those after it.
 */
export const mail = `
CREATE TABLE envelopes (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  friend INTEGER NOT NULL REFERENCES friends(id) ON DELETE CASCADE,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 255),
  first_seq INTEGER,
  last_seq INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  holders INTEGER NOT NULL DEFAULT 0,
  stored_until INTEGER,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX envelopes_friend ON envelopes (friend, kind, last_seq);

CREATE TABLE seen_envelopes (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_envelopes_until ON seen_envelopes (until);

CREATE TABLE own_keys (
  hint BLOB PRIMARY KEY CHECK (length(hint) = 8),
  friend INTEGER NOT NULL REFERENCES friends(id) ON DELETE CASCADE,
  secret BLOB NOT NULL CHECK (length(secret) = 32),
  made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX own_keys_friend ON own_keys (friend, made_at);

CREATE TABLE peer_keys (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  friend INTEGER NOT NULL REFERENCES friends(id) ON DELETE CASCADE,
  key BLOB NOT NULL CHECK (length(key) = 32),
  got_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX peer_keys_friend ON peer_keys (friend, key);

CREATE TABLE own_policy (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL,
  friend_seed BLOB NOT NULL CHECK (length(friend_seed) = 32),
  tag BLOB NOT NULL CHECK (length(tag) = 4),
  invite_key BLOB NOT NULL CHECK (length(invite_key) = 32)
) STRICT;

CREATE TABLE capabilities (
  friend INTEGER PRIMARY KEY REFERENCES friends(id) ON DELETE CASCADE,
  policy BLOB,
  seed BLOB CHECK (length(seed) = 32),
  told_number INTEGER NOT NULL DEFAULT 0,
  accept_due INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE receipts_due (
  friend INTEGER NOT NULL REFERENCES friends(id) ON DELETE CASCADE,
  device INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  read INTEGER NOT NULL CHECK (read IN (0, 1)),
  PRIMARY KEY (friend, device, read, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reserved_places (
  friend INTEGER NOT NULL REFERENCES friends(id) ON DELETE CASCADE,
  device INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  place INTEGER NOT NULL UNIQUE,
  PRIMARY KEY (friend, device, seq)
) STRICT, WITHOUT ROWID;
`;
