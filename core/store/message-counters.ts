import type { Sql, Statement } from './sql.ts';
import type { DeviceNumber, FriendNumber } from './types.ts';

/**
 * Numbers of messages to a friend that a run leaves out before its first one when the run before did not end in order.
 * That may have sent so many messages which a power cut then undid; a friend who has them must not meet their numbers
 * again.
 */
export const SKIPPED_SEQS = 64;

/**
 * Numbers that count up with every message. They are read from the messages themselves and kept in memory, so that a
 * message writes no page for them; only when a message is deleted, its numbers are written down as used.
 */
export class MessageCounters {
  readonly #lastId: Statement<{ last: number }>;
  readonly #keepId: Statement<never>;
  readonly #lastSeq: Statement<{ last: number }>;
  readonly #keepSeq: Statement<never>;
  readonly #seqs = new Map<FriendNumber, number>();
  /** Friends who got a number in this run. */
  readonly #counting = new Set<FriendNumber>();
  readonly #skipped: number;
  #id: number | undefined;

  constructor(sql: Sql, { ownDevice, skipped }: { readonly ownDevice: DeviceNumber; readonly skipped: number }) {
    this.#skipped = skipped;
    this.#lastId = sql.statement(
      `SELECT max((SELECT coalesce(max(id), 0) FROM messages), (SELECT last_id FROM used_ids)) AS last`,
    );
    this.#keepId = sql.statement('UPDATE used_ids SET last_id = max(last_id, ?)');
    this.#lastSeq = sql.statement(
      `SELECT max(last_seq, (SELECT coalesce(max(seq), 0) FROM messages
         WHERE friend = friends.id AND direction = 1 AND device = ${ownDevice})) AS last FROM friends WHERE id = ?`,
    );
    this.#keepSeq = sql.statement('UPDATE friends SET last_seq = max(last_seq, ?) WHERE id = ?');
  }

  /** Greatest `id` ever used. */
  get lastId(): number {
    this.#id ??= this.#lastId.get()!.last;
    return this.#id;
  }

  takeId(): number {
    this.#id = this.lastId + 1;
    return this.#id;
  }

  /** Greatest number of a message to this friend ever used; 0: none. */
  lastSeq(friend: FriendNumber): number {
    let last = this.#seqs.get(friend);
    if (last === undefined) {
      last = this.#lastSeq.get(friend)?.last;
      if (last === undefined) throw new RangeError(`no friend ${friend}`);
      this.#seqs.set(friend, last);
    }
    return last;
  }

  takeSeq(friend: FriendNumber): number {
    const last = this.lastSeq(friend);
    const skipped = last === 0 || this.#counting.has(friend) ? 0 : this.#skipped;
    const seq = last + skipped + 1;
    this.#seqs.set(friend, seq);
    this.#counting.add(friend);
    return seq;
  }

  /** Later messages to this friend get numbers above `seq`. */
  raiseSeq(friend: FriendNumber, seq: number): void {
    const last = Math.max(this.lastSeq(friend), seq);
    this.#seqs.set(friend, last);
    this.#keepSeq.run(last, friend);
  }

  /** Before messages of this friend are deleted. */
  keep(friend: FriendNumber): void {
    this.#keepId.run(this.lastId);
    this.#keepSeq.run(this.lastSeq(friend), friend);
  }

  /** After a roll-back. */
  forget(): void {
    this.#id = undefined;
    this.#seqs.clear();
    this.#counting.clear();
  }
}
