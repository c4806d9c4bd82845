import type { MessageCounters } from './message-counters.ts';
import type { Sql } from './sql.ts';
import { type DeviceNumber, DIRECTIONS, type FriendNumber, type PlaceWrites } from './types.ts';

/** Places reserved for one device of a friend at a time: a friend may lie about what is still to come. */
export const MAX_RESERVED_PLACES = 256;
/** And for all devices of a friend, who may show another one with each letter; the oldest go first. */
const MAX_OF_FRIEND = 4 * MAX_RESERVED_PLACES;

const BETWEEN = 'friend = ? AND device = ? AND seq BETWEEN ? AND ?';
/** The same for statements that use it twice. */
const NUMBERED = 'friend = ?1 AND device = ?2 AND seq BETWEEN ?3 AND ?4';

/**
 * Places kept free for messages that come later than those after them, so that they appear where they belong. Also
 * answers what is missing: neither here nor given up waiting for.
 */
export class PlaceTable implements PlaceWrites {
  readonly #counters: MessageCounters;
  readonly #do: ReturnType<typeof statements>;
  /** Whether any place is reserved; undefined until read. In memory, since every message asks. */
  #some: boolean | undefined;

  constructor(sql: Sql, counters: MessageCounters) {
    this.#counters = counters;
    this.#do = statements(sql);
  }

  missing(friend: FriendNumber, device: DeviceNumber, from: number, below: number): number {
    if (from >= below) return 0;
    const here = this.#do.countHere.get(friend, device, from, below - 1)!.count;
    return below - from - here - this.#do.countReserved.get(friend, device, from, below - 1)!.count;
  }

  reserve(friend: FriendNumber, device: DeviceNumber, from: number, below: number): void {
    const first = Math.max(from, below - MAX_RESERVED_PLACES);
    const here = new Set(this.#do.here.all(friend, device, first, below - 1).map((row) => row.seq));
    for (let seq = first; seq < below; seq++) {
      if (here.has(seq)) continue;
      this.#do.reserve.run(friend, device, seq, this.#counters.takeId());
      this.#some = true;
    }
    this.#do.trim.run(friend, device, MAX_RESERVED_PLACES);
    this.#do.trimFriend.run(friend, MAX_OF_FRIEND);
    // A reserved place counts as used, also after a restart.
    this.#counters.keep(friend);
  }

  release(friend: FriendNumber, device: DeviceNumber, below: number): void {
    if (this.#any()) this.#do.release.run(friend, device, below);
  }

  /** The place of this message, which is reserved no more. */
  take(friend: FriendNumber, device: DeviceNumber, seq: number): number | undefined {
    if (!this.#any()) return undefined;
    return this.#do.take.all(friend, device, seq)[0]?.place;
  }

  /** Lowest number for which a place is reserved. */
  first(friend: FriendNumber, device: DeviceNumber): number | undefined {
    if (!this.#any()) return undefined;
    return this.#do.first.get(friend, device)?.seq ?? undefined;
  }

  /** After a roll-back. */
  forget(): void {
    this.#some = undefined;
  }

  #any(): boolean {
    this.#some ??= this.#do.any.get() !== undefined;
    return this.#some;
  }
}

function statements(sql: Sql) {
  const from = `FROM messages INDEXED BY messages_seq WHERE direction = ${DIRECTIONS.in} AND ${NUMBERED}`;
  const erased = `FROM erased_messages WHERE ${NUMBERED}`;
  return {
    // What was here and is erased does not come any more either.
    countHere: sql.statement<{ count: number }>(
      `SELECT (SELECT count(*) ${from}) + (SELECT count(*) ${erased}) AS count`,
    ),
    here: sql.statement<{ seq: number }>(`SELECT seq ${from} UNION ALL SELECT seq ${erased}`),
    countReserved: sql.statement<{ count: number }>(`SELECT count(*) AS count FROM reserved_places WHERE ${BETWEEN}`),
    reserve: sql.statement<never>(
      'INSERT INTO reserved_places (friend, device, seq, place) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    trim: sql.statement<never>(
      `DELETE FROM reserved_places WHERE friend = ?1 AND device = ?2 AND seq IN
       (SELECT seq FROM reserved_places WHERE friend = ?1 AND device = ?2 ORDER BY seq DESC LIMIT -1 OFFSET ?3)`,
    ),
    trimFriend: sql.statement<never>(
      `DELETE FROM reserved_places WHERE friend = ?1 AND place IN
       (SELECT place FROM reserved_places WHERE friend = ?1 ORDER BY place DESC LIMIT -1 OFFSET ?2)`,
    ),
    release: sql.statement<never>('DELETE FROM reserved_places WHERE friend = ? AND device = ? AND seq < ?'),
    take: sql.statement<{ place: number }>(
      'DELETE FROM reserved_places WHERE friend = ? AND device = ? AND seq = ? RETURNING place',
    ),
    first: sql.statement<{ seq: number | null }>(
      'SELECT min(seq) AS seq FROM reserved_places WHERE friend = ? AND device = ?',
    ),
    any: sql.statement<{ one: number }>('SELECT 1 AS one FROM reserved_places LIMIT 1'),
  };
}
