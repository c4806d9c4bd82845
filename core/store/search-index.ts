import { VISIBLE } from './deletion-table.ts';
import { MESSAGE_COLUMNS } from './message-columns.ts';
import type { Sql, Statement } from './sql.ts';
import type { MessageRow, SearchQuery, SearchRow, SnippetPiece } from './types.ts';

/** Words of a message shown round a match. */
const SNIPPET_TOKENS = 24;
/** Words of a query that count; the rest is ignored. */
const MAX_QUERY_WORDS = 16;

/**
 * The full-text index over all messages (FTS5, external content). It is not kept up to date by the path of a message:
 * a cursor remembers how far it goes, `advance` moves it in small steps when there is time, and whoever searches moves
 * it to the end first. Invariant: exactly the messages with `id` up to the cursor are in the index.
 *
 * The tokenizer is Signal's: words by Unicode's rules (UAX 29), each ideograph a word of its own, case and diacritics
 * folded.
 */
export class SearchIndex {
  readonly #cursor: Statement<{ indexed_up_to: number }>;
  readonly #target: Statement<{ target: number | null }>;
  readonly #add: Statement<never>;
  readonly #insert: Statement<never>;
  readonly #move: Statement<never>;
  readonly #forget: Statement<never>;
  readonly #find: Statement<MessageRow & { snippet: string }>;
  readonly #findOf: Statement<MessageRow & { snippet: string }>;
  /** In memory, since every deletion asks; undefined until read. */
  #indexedUpTo: number | undefined;

  constructor(sql: Sql) {
    this.#cursor = sql.statement('SELECT indexed_up_to FROM search_cursor');
    this.#target = sql.statement(
      'SELECT max(id) AS target FROM (SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?)',
    );
    this.#add = sql.statement(
      'INSERT INTO search (rowid, text) SELECT id, text FROM messages WHERE id > ? AND id <= ?',
    );
    this.#insert = sql.statement('INSERT INTO search (rowid, text) VALUES (?, ?)');
    this.#move = sql.statement('UPDATE search_cursor SET indexed_up_to = ?');
    this.#forget = sql.statement("INSERT INTO search (search, rowid, text) VALUES ('delete', ?, ?)");
    this.#find = sql.statement(findSql(''));
    this.#findOf = sql.statement(findSql('AND messages.friend = ?'));
  }

  /** Takes up to `limit` more messages in; inside of a transaction. @returns false when all are in. */
  advance(limit: number): boolean {
    const from = this.#position();
    const target = this.#target.get(from, limit)?.target;
    if (target === null || target === undefined) return false;
    this.#add.run(from, target);
    this.#move.run(target);
    this.#indexedUpTo = target;
    return true;
  }

  /** After a message was stored behind the cursor, in a place that was kept for it. */
  late(id: number, text: string): void {
    if (id <= this.#position()) this.#insert.run(id, text);
  }

  /** Before a message is deleted. */
  forget(id: number, text: string): void {
    if (id <= this.#position()) this.#forget.run(id, text);
  }

  /** After a roll-back. */
  reread(): void {
    this.#indexedUpTo = undefined;
  }

  /** Newest first. Knows the messages up to the cursor only. */
  find(query: SearchQuery): SearchRow[] {
    const match = matchExpression(query.query);
    if (match === undefined) return [];
    const [open, close] = [`<${query.marker}>`, `</${query.marker}>`];
    const rows =
      query.friend === undefined
        ? this.#find.all(open, close, match, query.limit)
        : this.#findOf.all(open, close, match, query.friend, query.limit);
    return rows.map(({ snippet, ...message }) => ({ message, snippet: pieces(snippet, open, close) }));
  }

  #position(): number {
    this.#indexedUpTo ??= this.#cursor.get()!.indexed_up_to;
    return this.#indexedUpTo;
  }
}

function findSql(condition: string): string {
  const columns = MESSAGE_COLUMNS.replace(/\bid\b/, 'messages.id').replace(/\btext\b/, 'messages.text');
  return `SELECT ${columns}, snippet(search, 0, ?, ?, '…', ${SNIPPET_TOKENS}) AS snippet
    FROM search CROSS JOIN messages ON messages.id = search.rowid
    WHERE search MATCH ? ${condition}
    AND ${VISIBLE} AND EXISTS (SELECT 1 FROM friends WHERE friends.id = messages.friend AND friends.removed_at IS NULL)
    ORDER BY search.rowid DESC LIMIT ?`;
}

/**
 * Every word in quotes, so that nothing of it is taken for the query language of FTS5; all must occur, the last may be
 * the beginning of a longer one. Undefined when there is no word.
 */
export function matchExpression(query: string): string | undefined {
  const words = query
    .replaceAll('\0', ' ')
    .split(/\s+/u)
    .filter((word) => /[\p{L}\p{N}\p{M}]/u.test(word))
    .slice(0, MAX_QUERY_WORDS);
  if (words.length === 0) return undefined;
  return `${words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ')}*`;
}

function pieces(snippet: string, open: string, close: string): SnippetPiece[] {
  const result: SnippetPiece[] = [];
  for (const [i, part] of snippet.split(open).entries()) {
    const end = i === 0 ? -1 : part.indexOf(close);
    if (end >= 0) result.push({ text: part.slice(0, end), match: true });
    const after = end >= 0 ? part.slice(end + close.length) : part;
    if (after !== '') result.push({ text: after, match: false });
  }
  return result;
}
