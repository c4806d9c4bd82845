/** A draft may be longer than a message: what is too long to be sent is to be shortened, not lost. */
export const longDrafts = `
ALTER TABLE drafts RENAME TO short_drafts;
CREATE TABLE drafts (
  friend INTEGER PRIMARY KEY REFERENCES friends(id) ON DELETE CASCADE,
  text TEXT NOT NULL CHECK (octet_length(text) <= 131072)
) STRICT;
INSERT INTO drafts SELECT friend, text FROM short_drafts;
DROP TABLE short_drafts;
`;
