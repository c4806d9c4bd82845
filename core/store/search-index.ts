import { VISIBLE } from './deletion-table.ts';
import { MESSAGE_COLUMNS } from './message-columns.ts';
import { foldLetters } from './search-letters.ts';
import type { Sql, SqlValue, Statement } from './sql.ts';
import type { HitQuery, MessageRow, SearchQuery, SearchRow, SnippetPiece, TextPlace } from './types.ts';

/** Words of a message shown round a match. */
const SNIPPET_TOKENS = 24;
/** Words of a query that count; the rest is ignored. */
const MAX_QUERY_WORDS = 16;
/** Emoji and the like of a query that count. */
const MAX_QUERY_SIGNS = 3;
/** Characters of a message shown on either side of a sign. */
const ROUND_SIGN_CHARACTERS = 60;
/** Of one message so many matches are told: each is drawn. */
const MAX_PLACES = 500;
/** Asks for the coloured form of the sign before it (U+FE0F); a mark by Unicode, but no part of a word. */
const COLOUR = '\ufe0f';
/** What the tokenizer knows nothing of, though people look for it. */
const SIGN = /[\p{So}\p{Sc}\p{Extended_Pictographic}]/u;

/**
 * The full-text index over all messages (FTS5, external content). It is not kept up to date by the path of a message:
 * a cursor remembers how far it goes, `advance` moves it in small steps when there is time, and whoever searches moves
 * it to the end first. Invariant: exactly the messages with `id` up to the cursor are in the index.
 *
 * The tokenizer is Signal's: words by Unicode's rules (UAX 29), each ideograph a word of its own, case and diacritics
 * folded; what it leaves apart is folded before (`search-letters.ts`), in the index only. It drops emoji: those of a
 * query are looked for in the texts, of the messages that match its words, or of all, newest first.
 */
export class SearchIndex {
  readonly #cursor: Statement<{ indexed_up_to: number }>;
  readonly #next: Statement<{ id: number; text: string }>;
  readonly #insert: Statement<never>;
  readonly #move: Statement<never>;
  readonly #forget: Statement<never>;
  readonly #find: Directions<MessageRow & { snippet: string }>;
  readonly #findSigns: Directions<MessageRow>;
  readonly #highlight: Statement<{ text: string }>;
  readonly #count: Statement<{ count: number }>;
  readonly #countBoth: Statement<{ count: number }>;
  readonly #countSigns: Statement<{ count: number }>;
  /** In memory, since every deletion asks; undefined until read. */
  #indexedUpTo: number | undefined;

  constructor(sql: Sql) {
    this.#cursor = sql.statement('SELECT indexed_up_to FROM search_cursor');
    this.#next = sql.statement('SELECT id, text FROM messages WHERE id > ? ORDER BY id LIMIT ?');
    this.#insert = sql.statement('INSERT INTO search (rowid, text) VALUES (?, ?)');
    this.#move = sql.statement('UPDATE search_cursor SET indexed_up_to = ?');
    this.#forget = sql.statement("INSERT INTO search (search, rowid, text) VALUES ('delete', ?, ?)");
    this.#find = directions((order) => sql.statement(`${FIND} ORDER BY search.rowid ${order} LIMIT ?`));
    this.#findSigns = directions((order) => sql.statement(`${FIND_SIGNS} ORDER BY id ${order} LIMIT ?`));
    this.#highlight = sql.statement(HIGHLIGHT);
    this.#count = sql.statement(`SELECT count(*) AS count ${MATCHING}`);
    this.#countBoth = sql.statement(`SELECT count(*) AS count ${MATCHING} AND ${WITH_SIGNS}`);
    this.#countSigns = sql.statement(`SELECT count(*) AS count FROM messages WHERE ${BETWEEN} AND ${WITH_SIGNS}`);
  }

  /** Takes up to `limit` more messages in; inside of a transaction. @returns false when all are in. */
  advance(limit: number): boolean {
    const rows = this.#next.all(this.#position(), limit);
    const last = rows.at(-1);
    if (last === undefined) return false;
    for (const { id, text } of rows) this.#insert.run(id, foldLetters(text));
    this.#move.run(last.id);
    this.#indexedUpTo = last.id;
    return true;
  }

  /** After a message was stored behind the cursor, in a place that was kept for it. */
  late(id: number, text: string): void {
    if (id <= this.#position()) this.#insert.run(id, foldLetters(text));
  }

  /** Before a message is deleted. */
  forget(id: number, text: string): void {
    if (id <= this.#position()) this.#forget.run(id, foldLetters(text));
  }

  /** After a roll-back. */
  reread(): void {
    this.#indexedUpTo = undefined;
  }

  /** Newest first; with `after` the oldest of what is newer. Knows the messages up to the cursor only. */
  find(query: SearchQuery): SearchRow[] {
    const rows = this.#rows(query);
    return query.after === undefined ? rows : rows.reverse();
  }

  /** How many `find` would give one after the other. Asks for no text unless the query has signs. */
  count(query: HitQuery): number {
    const match = matchExpression(query.query);
    const signs = signsOf(query.query);
    const where = between(query);
    if (match === undefined) return signs[0] === '' ? 0 : this.#countSigns.get(...where, ...signs)!.count;
    if (signs[0] === '') return this.#count.get(match, ...where)!.count;
    return this.#countBoth.get(match, ...where, ...signs)!.count;
  }

  /** Where in a message the words and signs of a query stand, in order, the first hundreds of them. */
  places(query: Pick<SearchQuery, 'query' | 'marker'>, { id, text }: Pick<MessageRow, 'id' | 'text'>): TextPlace[] {
    const match = matchExpression(query.query);
    const [open, close] = [`<${query.marker}>`, `</${query.marker}>`];
    const marked = match === undefined ? undefined : this.#highlight.get(open, close, match, id);
    const words = marked === undefined ? [] : placesOf(pieces(marked.text, open, close));
    const signs = signsOf(query.query).flatMap((sign) => placesOfSign(text, sign));
    return [...words, ...signs].sort((a, b) => a.start - b.start).slice(0, MAX_PLACES);
  }

  #rows(query: SearchQuery): SearchRow[] {
    const match = matchExpression(query.query);
    const signs = signsOf(query.query);
    const order = query.after === undefined ? 'DESC' : 'ASC';
    const where = [...between(query), ...signs, query.limit];
    if (match === undefined) {
      const rows = signs[0] === '' ? [] : this.#findSigns[order].all(...where);
      return rows.map((message) => ({ message, snippet: roundSign(message.text, signs[0]!) }));
    }
    const [open, close] = [`<${query.marker}>`, `</${query.marker}>`];
    const rows = this.#find[order].all(open, close, match, ...where);
    return rows.map(({ snippet, ...message }) => ({ message, snippet: pieces(snippet, open, close) }));
  }

  #position(): number {
    this.#indexedUpTo ??= this.#cursor.get()!.indexed_up_to;
    return this.#indexedUpTo;
  }
}

/** An empty text is in every text, so that places may stay unused. */
const WITH_SIGNS = Array(MAX_QUERY_SIGNS).fill('instr(messages.text, ?) > 0').join(' AND ');
/** Of deleted messages, and of friends who are removed, nothing is found. */
const SHOWN = `${VISIBLE} AND EXISTS (SELECT 1 FROM friends WHERE friends.id = messages.friend AND friends.removed_at IS NULL)`;

/** Its parameters are those of `between`. */
const BETWEEN = `messages.id < ? AND messages.id > ? AND (? IS NULL OR messages.friend = ?) AND ${SHOWN}`;
/** In the order of the index, which has the bounds too: else every match before them would be gone through. */
const MATCHING = `FROM search CROSS JOIN messages ON messages.id = search.rowid
  WHERE search MATCH ? AND ${BETWEEN.replaceAll('messages.id', 'search.rowid')}`;
const FIND = `SELECT ${MESSAGE_COLUMNS.replace(/\bid\b/, 'messages.id').replace(/\btext\b/, 'messages.text')},
  snippet(search, 0, ?, ?, '…', ${SNIPPET_TOKENS}) AS snippet ${MATCHING} AND ${WITH_SIGNS}`;
const HIGHLIGHT = 'SELECT highlight(search, 0, ?, ?) AS text FROM search WHERE search MATCH ? AND rowid = ?';
const FIND_SIGNS = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE ${BETWEEN} AND ${WITH_SIGNS}`;

type Directions<Row> = Readonly<Record<'ASC' | 'DESC', Statement<Row>>>;

function directions<Row>(statement: (order: 'ASC' | 'DESC') => Statement<Row>): Directions<Row> {
  return { ASC: statement('ASC'), DESC: statement('DESC') };
}

function between({ friend, before = Number.MAX_SAFE_INTEGER, after = 0 }: HitQuery): SqlValue[] {
  return [before, after, friend ?? null, friend ?? null];
}

/**
 * Every word in quotes, so that nothing of it is taken for the query language of FTS5; all must occur, the last may be
 * the beginning of a longer one. Undefined when there is no word.
 */
function matchExpression(query: string): string | undefined {
  const words = foldLetters(query)
    .replaceAll('\0', ' ')
    .split(/\s+/u)
    .filter((word) => /[\p{L}\p{N}\p{M}]/u.test(word.replaceAll(COLOUR, '')))
    .slice(0, MAX_QUERY_WORDS);
  if (words.length === 0) return undefined;
  return `${words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ')}*`;
}

/** `MAX_QUERY_SIGNS` texts, empty ones last. Without the mark that asks for colour, which may be missing in a message. */
function signsOf(query: string): string[] {
  const signs = query
    .replaceAll('\0', ' ')
    .split(/\s+/u)
    .filter((word) => SIGN.test(word) && !/[\p{L}\p{N}]/u.test(word))
    .map((word) => (word.endsWith(COLOUR) ? word.slice(0, -COLOUR.length) : word));
  return Array.from({ length: MAX_QUERY_SIGNS }, (_, i) => signs[i] ?? '');
}

function roundSign(text: string, sign: string): SnippetPiece[] {
  const at = text.indexOf(sign);
  const end = at + sign.length;
  const before = [...text.slice(0, at)].slice(-ROUND_SIGN_CHARACTERS).join('');
  const after = [...text.slice(end)].slice(0, ROUND_SIGN_CHARACTERS).join('');
  const around = [
    { text: before.length < at ? `…${before}` : before, match: false },
    { text: sign, match: true },
    { text: after.length < text.length - end ? `${after}…` : after, match: false },
  ];
  return around.filter((piece) => piece.text !== '');
}

function placesOf(snippet: readonly SnippetPiece[]): TextPlace[] {
  const places: TextPlace[] = [];
  let start = 0;
  for (const { text, match } of snippet) {
    if (match) places.push({ start, end: start + text.length });
    start += text.length;
  }
  return places;
}

function placesOfSign(text: string, sign: string): TextPlace[] {
  const places: TextPlace[] = [];
  if (sign === '') return places;
  for (let at = text.indexOf(sign); at >= 0 && places.length < MAX_PLACES; at = text.indexOf(sign, at + sign.length)) {
    places.push({ start: at, end: at + sign.length });
  }
  return places;
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
