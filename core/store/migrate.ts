import { StoreError } from './errors.ts';
import { firstSchema } from './migrations/0001-first-schema.ts';
import { mail } from './migrations/0002-mail.ts';
import { callEntries } from './migrations/0003-calls.ts';
import { callNotices } from './migrations/0004-call-notices.ts';
import { written } from './migrations/0005-written.ts';
import { deletedMessages } from './migrations/0006-deleted-messages.ts';
import { foldedSearch } from './migrations/0007-folded-search.ts';
import { longDrafts } from './migrations/0008-long-drafts.ts';
import { positions } from './migrations/0009-positions.ts';
import type { Sql } from './sql.ts';

/** In order and never changed once released; the number of a migration is its place, from 1. */
export const MIGRATIONS: readonly string[] = [
  firstSchema,
  mail,
  callEntries,
  callNotices,
  written,
  deletedMessages,
  foldedSearch,
  longDrafts,
  positions,
];

/**
 * Brings the database to the version of this program, each step in a transaction of its own, so that a kill leaves it
 * at a whole version. Forward only.
 *
 * @throws {StoreError} `database-too-new` when a later version of Parley wrote it; nothing is changed then.
 */
export function migrate(sql: Sql, migrations: readonly string[] = MIGRATIONS): void {
  const version = Number(sql.pragma('user_version')[0]?.user_version ?? 0);
  if (version > migrations.length)
    throw new StoreError(
      'database-too-new',
      `the profile database has version ${version}, this program knows up to ${migrations.length}: update Parley`,
    );
  for (let next = version; next < migrations.length; next++) {
    sql.transaction(() => {
      sql.exec(migrations[next]!);
      sql.exec(`PRAGMA user_version = ${next + 1}`);
    });
  }
}
