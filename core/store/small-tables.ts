import type { ProfileKey } from '../ids/bytes.ts';
import type { Sql, Statement } from './sql.ts';
import type { DraftWrites, FriendNumber, KeyValueWrites, RequestRow, RequestWrites, SettingWrites } from './types.ts';

type RawRequest = Omit<RequestRow, 'ignored' | 'home'> & { readonly ignored: number; readonly home: Uint8Array | null };

const toRequest = (raw: RawRequest): RequestRow => ({
  ...raw,
  home: raw.home ?? undefined,
  ignored: raw.ignored === 1,
});

/** Friend requests of others. Ignored ones stay for a while, so that their repetitions stay silent. */
export class RequestTable implements RequestWrites {
  readonly #byKey: Statement<RawRequest>;
  readonly #waiting: Statement<RawRequest>;
  readonly #put: Statement<never>;
  readonly #setIgnored: Statement<never>;
  readonly #delete: Statement<never>;
  readonly #trim: Statement<{ key: ProfileKey }>;

  constructor(sql: Sql) {
    const columns = 'key, tag, home, name, greeting, received_at AS receivedAt, ignored';
    this.#byKey = sql.statement(`SELECT ${columns} FROM requests WHERE key = ?`);
    this.#waiting = sql.statement(`SELECT ${columns} FROM requests WHERE ignored = 0 ORDER BY id`);
    this.#put = sql.statement(
      `INSERT INTO requests (key, tag, home, name, greeting, received_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE
       SET tag = excluded.tag, home = excluded.home, name = excluded.name, greeting = excluded.greeting`,
    );
    this.#setIgnored = sql.statement('UPDATE requests SET ignored = ? WHERE key = ?');
    this.#delete = sql.statement('DELETE FROM requests WHERE key = ?');
    this.#trim = sql.statement(
      `DELETE FROM requests WHERE id IN
       (SELECT id FROM requests WHERE ignored = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2) RETURNING key`,
    );
  }

  byKey(key: Uint8Array): RequestRow | undefined {
    const raw = this.#byKey.get(key);
    return raw && toRequest(raw);
  }

  waiting(): RequestRow[] {
    return this.#waiting.all().map(toRequest);
  }

  put(request: Omit<RequestRow, 'ignored'>): void {
    const { key, tag, home, name, greeting, receivedAt } = request;
    this.#put.run(key, tag, home ?? null, name, greeting, receivedAt);
  }

  setIgnored(key: Uint8Array, ignored: boolean): void {
    this.#setIgnored.run(ignored ? 1 : 0, key);
  }

  delete(key: Uint8Array): void {
    this.#delete.run(key);
  }

  trim(limits: { readonly waiting: number; readonly ignored: number }): ProfileKey[] {
    this.#trim.all(1, limits.ignored);
    return this.#trim.all(0, limits.waiting).map((row) => row.key);
  }
}

/** What a person began to write to each friend. */
export class DraftTable implements DraftWrites {
  readonly #of: Statement<{ text: string }>;
  readonly #all: Statement<{ friend: number; text: string }>;
  readonly #set: Statement<never>;
  readonly #delete: Statement<never>;

  constructor(sql: Sql) {
    this.#of = sql.statement('SELECT text FROM drafts WHERE friend = ?');
    this.#all = sql.statement('SELECT friend, text FROM drafts');
    this.#set = sql.statement(
      'INSERT INTO drafts (friend, text) VALUES (?, ?) ON CONFLICT (friend) DO UPDATE SET text = excluded.text',
    );
    this.#delete = sql.statement('DELETE FROM drafts WHERE friend = ?');
  }

  of(friend: FriendNumber): string {
    return this.#of.get(friend)?.text ?? '';
  }

  all(): ReadonlyMap<FriendNumber, string> {
    return new Map(this.#all.all().map((row) => [row.friend, row.text]));
  }

  set(friend: FriendNumber, text: string): void {
    if (text === '') this.#delete.run(friend);
    else this.#set.run(friend, text);
  }
}

/** Settings as JSON texts: whoever reads one checks it. */
export class SettingTable implements SettingWrites {
  readonly #all: Statement<{ name: string; value: string }>;
  readonly #get: Statement<{ value: string }>;
  readonly #set: Statement<never>;

  constructor(sql: Sql) {
    this.#all = sql.statement('SELECT name, value FROM settings');
    this.#get = sql.statement('SELECT value FROM settings WHERE name = ?');
    this.#set = sql.statement(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
  }

  all(): ReadonlyMap<string, string> {
    return new Map(this.#all.all().map((row) => [row.name, row.value]));
  }

  get(name: string): string | undefined {
    return this.#get.get(name)?.value;
  }

  set(name: string, json: string): void {
    this.#set.run(name, json);
  }
}

/** Small values of other parts, up to 1 MiB each; names begin with the part, `link.something`. */
export class KeyValueTable implements KeyValueWrites {
  readonly #get: Statement<{ value: Uint8Array }>;
  readonly #set: Statement<never>;
  readonly #delete: Statement<never>;

  constructor(sql: Sql) {
    this.#get = sql.statement('SELECT value FROM key_values WHERE name = ?');
    this.#set = sql.statement(
      'INSERT INTO key_values (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
    this.#delete = sql.statement('DELETE FROM key_values WHERE name = ?');
  }

  get(name: string): Uint8Array | undefined {
    return this.#get.get(name)?.value;
  }

  set(name: string, value: Uint8Array): void {
    this.#set.run(name, value);
  }

  delete(name: string): void {
    this.#delete.run(name);
  }
}
