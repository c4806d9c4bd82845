import type { SeqRange } from '../codec/messages.ts';
import { type FriendNumber, MESSAGE_STATES, type MessageReads, type MessageRow } from '../store/types.ts';

/** Most messages of a read that are told to have arrived before they are flushed: among more nobody waits for one. */
export const MAX_EARLY_ARRIVALS = 4;
/** Most of them noted of a link: a friend who goes on without receipts gains nothing by it. */
const MAX_NOTED = 64;

const { delivered } = MESSAGE_STATES;

/**
 * Own messages of which the friend said over this link that they are written and not flushed yet. They are shown as
 * delivered, and wait in the outbox until the receipt that follows the flush: should the link end before, they are
 * shown as they are in the database again, and go out over the next one.
 */
export class Arrivals {
  readonly #messages: MessageReads;
  readonly #friend: FriendNumber;
  /** Told, and not on our own disk yet: nothing is shown before that. */
  readonly #told = new Set<number>();
  readonly #shown = new Set<number>();

  constructor(messages: MessageReads, friend: FriendNumber) {
    this.#messages = messages;
    this.#friend = friend;
  }

  has(seq: number): boolean {
    return this.#shown.has(seq);
  }

  /** The friend's word. What was not sent cannot have arrived. */
  note({ first, last }: SeqRange, sentUpTo: number): void {
    const end = Math.min(last, sentUpTo, first + MAX_EARLY_ARRIVALS - 1);
    for (let seq = first; seq <= end && this.#told.size + this.#shown.size < MAX_NOTED; seq++) this.#told.add(seq);
  }

  /** @param durableUpTo number of our last message on the disk. @returns those that are to be shown as arrived now */
  show(durableUpTo: number): MessageRow[] {
    const rows: MessageRow[] = [];
    for (const seq of this.#told) {
      if (seq > durableUpTo) continue;
      this.#told.delete(seq);
      const row = this.#waiting(seq);
      if (row === undefined) continue;
      this.#shown.add(seq);
      rows.push(row);
    }
    return rows;
  }

  /** The receipt for them was noted. @returns those that are shown otherwise until now */
  settle(rows: readonly MessageRow[]): MessageRow[] {
    return rows.filter(({ seq, state }) => !(seq !== null && this.#shown.delete(seq) && state === delivered));
  }

  /** The link ended. @returns those that wait again */
  end(): MessageRow[] {
    const seqs = [...this.#shown];
    this.#shown.clear();
    this.#told.clear();
    return seqs.map((seq) => this.#waiting(seq)).filter((row) => row !== undefined);
  }

  #waiting(seq: number): MessageRow | undefined {
    const row = this.#messages.outgoing(this.#friend, seq);
    return row !== undefined && row.state < delivered ? row : undefined;
  }
}
