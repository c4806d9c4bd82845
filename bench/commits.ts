import { join } from 'node:path';
import { Database } from '@signalapp/sqlcipher';

/** Messages there before those that are timed: as in a profile that is in use, and as deep an index. */
const KEPT_MESSAGES = 20_000;
const MESSAGES_PER_COMMIT = 1_000;
const WORDS_PER_MESSAGE = 12;
const WORDS = 20_000;

const SCHEMA = `
  CREATE TABLE message (id INTEGER PRIMARY KEY, peer INTEGER NOT NULL, ts INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX by_peer ON message (peer, ts);
  CREATE VIRTUAL TABLE search USING fts5 (body, content = 'message', content_rowid = 'id');
  CREATE TRIGGER message_search AFTER INSERT ON message BEGIN
    INSERT INTO search (rowid, body) VALUES (new.id, new.body);
  END;`;

/**
 * Mean ms to write one message in a transaction of its own, durably, into an encrypted database with a full-text index:
 * what `storage` of the other programs does, with fewer messages there before.
 */
export function commitMs(folder: string, count: number): number {
  const database = new Database(join(folder, 'commits.db'));
  for (const pragma of [`key = "x'${'a'.repeat(64)}'"`, 'journal_mode = WAL', 'synchronous = FULL']) {
    database.exec(`PRAGMA ${pragma}`);
  }
  database.exec(SCHEMA);
  const insert = database.prepare('INSERT INTO message (peer, ts, body) VALUES (?, ?, ?)');
  const add = (i: number) => void insert.run([i % 50, i, text(i)]);
  for (let i = 0; i < KEPT_MESSAGES; i += MESSAGES_PER_COMMIT) {
    database.exec('BEGIN');
    for (let j = 0; j < MESSAGES_PER_COMMIT; j++) add(i + j);
    database.exec('COMMIT');
  }
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) add(i);
  const ms = (performance.now() - startedAt) / count;
  database.close();
  return ms;
}

/** Rare and common words, the same in each run. */
function text(i: number): string {
  const word = (k: number) => Math.floor(WORDS ** (((i * 7_919 + k * 104_729) % 10_007) / 10_007));
  return Array.from({ length: WORDS_PER_MESSAGE }, (_, k) => `w${word(k).toString(36)}`).join(' ');
}
