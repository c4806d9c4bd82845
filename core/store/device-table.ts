import type { Sql, Statement } from './sql.ts';
import type { DeviceNumber, DeviceRow, DeviceWrites, FriendNumber } from './types.ts';

const COLUMNS = `id, tag, read_told_up_to AS readToldUpTo, max(
  (SELECT coalesce(max(seq), 0) FROM messages
   WHERE messages.friend = devices.friend AND direction = 0 AND device = devices.id),
  (SELECT coalesce(max(seq), 0) FROM erased_messages
   WHERE erased_messages.friend = devices.friend AND device = devices.id)) AS receivedUpTo`;
/** Devices remembered of one friend: a hostile friend could show a new one with every link. */
const MAX_DEVICES_LISTED = 100;

/** Devices of friends and this one. */
export class DeviceTable implements DeviceWrites {
  readonly #of: Statement<DeviceRow>;
  readonly #own: Statement<DeviceRow>;
  readonly #addOwn: Statement<DeviceRow>;
  readonly #seen: Statement<DeviceRow>;
  readonly #readTold: Statement<never>;

  constructor(sql: Sql) {
    this.#of = sql.statement(
      `SELECT ${COLUMNS} FROM devices WHERE friend = ? ORDER BY last_seen DESC, id DESC LIMIT ${MAX_DEVICES_LISTED}`,
    );
    this.#own = sql.statement(`SELECT ${COLUMNS} FROM devices WHERE friend IS NULL ORDER BY id LIMIT 1`);
    this.#addOwn = sql.statement(
      `INSERT INTO devices (friend, tag, first_seen, last_seen) VALUES (NULL, ?1, ?2, ?2) RETURNING ${COLUMNS}`,
    );
    this.#seen = sql.statement(
      `INSERT INTO devices (friend, tag, first_seen, last_seen) VALUES (?1, ?2, ?3, ?3)
       ON CONFLICT (friend, tag) DO UPDATE SET last_seen = excluded.last_seen RETURNING ${COLUMNS}`,
    );
    this.#readTold = sql.statement('UPDATE devices SET read_told_up_to = ?1 WHERE id = ?2 AND read_told_up_to < ?1');
  }

  of(friend: FriendNumber): DeviceRow[] {
    return this.#of.all(friend);
  }

  own(tag: () => Uint8Array, at: number): DeviceRow {
    return this.#own.get() ?? this.#addOwn.all(tag(), at)[0]!;
  }

  seen(friend: FriendNumber, tag: Uint8Array, at: number): DeviceRow {
    return this.#seen.all(friend, tag, at)[0]!;
  }

  noteReadTold(id: DeviceNumber, upTo: number): void {
    this.#readTold.run(upTo, id);
  }
}
