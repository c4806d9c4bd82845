import type { FriendNumber, MessageRow } from './types.ts';

/** Messages kept of one friend; what is under way on a link without a receipt are fewer. */
const MAX_ROWS = 8_192;
/** And characters of their texts: whoever writes much to somebody who is away must not fill the memory. */
const MAX_CHARACTERS = 4 * 2 ** 20;
/** Places at the front that are of no use before they are cut off. */
const CUT_AT = 512;

type Numbered = MessageRow & { readonly seq: number };

/** Own messages to one friend with numbers from `base` on; undefined where one has arrived. */
interface Chat {
  base: number;
  rows: (Numbered | undefined)[];
  /** Places at the front that are empty. */
  head: number;
  /** In the texts of all rows. */
  characters: number;
}

/**
 * Own messages written in this run that wait for a receipt, in memory: each is asked for twice, to be sent and to be
 * shown as delivered, and to read a row out of the database costs more than to write it. Invariant: of a friend that is
 * here, everything waiting with a number from `base` on is here, as the database has it.
 */
export class WaitingRows {
  readonly #chats = new Map<FriendNumber, Chat>();

  /** A message under a number above all before. */
  add(row: Numbered): void {
    const chat = this.#chats.get(row.friend);
    if (chat === undefined || row.seq !== chat.base + chat.rows.length) {
      this.#chats.set(row.friend, { base: row.seq, rows: [row], head: 0, characters: row.text.length });
      return;
    }
    chat.rows.push(row);
    chat.characters += row.text.length;
    if (chat.rows.length > MAX_ROWS || chat.characters > MAX_CHARACTERS) cut(chat, chat.rows.length >> 1);
  }

  /** Those with numbers above `seq`, `limit` at most, in order; undefined when the database must be asked. */
  after(friend: FriendNumber, seq: number, limit: number): Numbered[] | undefined {
    const chat = this.#chats.get(friend);
    if (chat === undefined || seq < chat.base - 1) return undefined;
    const result: Numbered[] = [];
    for (let i = Math.max(seq + 1 - chat.base, chat.head); i < chat.rows.length && result.length < limit; i++) {
      const row = chat.rows[i];
      if (row !== undefined) result.push(row);
    }
    return result;
  }

  /** The message under this number is in another state now. @returns it; undefined when the database must be asked */
  settle(
    friend: FriendNumber,
    seq: number,
    to: { readonly state: number; readonly waits: boolean },
  ): MessageRow | undefined {
    const chat = this.#chats.get(friend);
    const row = chat?.rows[seq - chat.base];
    if (chat === undefined || row === undefined) {
      // One that had been given up waits again.
      if (to.waits) this.forget(friend);
      return undefined;
    }
    // What was shown as delivered is never shown as less.
    const settled = { ...row, state: Math.max(row.state, to.state) };
    chat.rows[seq - chat.base] = to.waits ? settled : undefined;
    if (!to.waits) chat.characters -= row.text.length;
    while (chat.head < chat.rows.length && chat.rows[chat.head] === undefined) chat.head++;
    if (chat.head >= CUT_AT && chat.head * 2 >= chat.rows.length) cut(chat, chat.head);
    return settled;
  }

  /** After anything else happened to messages of this friend; of all friends, after a roll-back. */
  forget(friend?: FriendNumber): void {
    if (friend === undefined) this.#chats.clear();
    else this.#chats.delete(friend);
  }
}

function cut(chat: Chat, count: number): void {
  for (const row of chat.rows.slice(0, count)) chat.characters -= row?.text.length ?? 0;
  chat.rows = chat.rows.slice(count);
  chat.base += count;
  chat.head = Math.max(0, chat.head - count);
}
