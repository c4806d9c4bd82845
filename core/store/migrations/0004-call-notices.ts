/** In which envelope the friend is being told of a call that is owed. When that envelope is gone, in none. */
export const callNotices = `
ALTER TABLE calls ADD COLUMN notice BLOB CHECK (notice IS NULL OR length(notice) = 16);
`;
