/**
 * `shown`: delivered (2) for a message of ours that the friend's database has, else 0. Until the friend's disk keeps it too,
 * `state` stays below that and holds the message in the outbox; people see the greater of the two.
 */
export const written = `
ALTER TABLE messages ADD COLUMN shown INTEGER NOT NULL DEFAULT 0 CHECK (shown IN (0, 2));
`;
