/** The index is begun anew by its cursor, since it is made of other texts now (`core/store/search-letters.ts`). */
export const foldedSearch = `
INSERT INTO search (search) VALUES ('delete-all');
UPDATE search_cursor SET indexed_up_to = 0;
`;
