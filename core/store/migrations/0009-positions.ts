/**
 * People are found at two positions, of which a stranger who knows their key knows neither: their home, which friends are
 * told, and their door, which follows from their public ID.
 *
 * - `home` of a friend or of who asks to be one: what their key is blinded with; null until they told it.
 * - `own_door`: what follows from our public ID with the invite tag `tag`; it takes long to derive.
 * - `own_policy`: what our carriers at home are told. It has another number than before, so that friends hear of our home.
 *
 * What friends allowed before named their positions of before, and so did the envelopes for them: the messages in these
 * are sealed anew.
 */
export const positions = `
ALTER TABLE friends ADD COLUMN home BLOB CHECK (length(home) = 32);
ALTER TABLE requests ADD COLUMN home BLOB CHECK (length(home) = 32);
CREATE TABLE own_door (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  tag BLOB NOT NULL CHECK (length(tag) = 4),
  secret BLOB NOT NULL CHECK (length(secret) = 32),
  invite_key BLOB NOT NULL CHECK (length(invite_key) = 32)
) STRICT;
ALTER TABLE own_policy RENAME TO tagged_policy;
CREATE TABLE own_policy (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL,
  friend_seed BLOB NOT NULL CHECK (length(friend_seed) = 32)
) STRICT;
INSERT INTO own_policy SELECT one, number + 1, friend_seed FROM tagged_policy;
DROP TABLE tagged_policy;
UPDATE capabilities SET policy = NULL, seed = NULL;
DELETE FROM envelopes;
`;
