import {
  encodeMessageFrame,
  FRAME_TARGET_BYTES,
  MAX_FRAME_MESSAGES,
  MESSAGE_OVERHEAD_BYTES,
  type WireMessage,
} from '../codec/messages.ts';
import type { Channel } from '../link/types.ts';
import { SKIPPED_SEQS } from '../store/message-counters.ts';
import type { FriendNumber, MessageReads, OutboxRow } from '../store/types.ts';
import { utf8Length } from './text.ts';

/** Bytes on their way to a friend without a receipt; bounds memory and what is sent again after a broken link. */
const WINDOW_BYTES = 512 * 1024;
/**
 * A message may be sent while its sender's disk still works, so that a lone one need not wait for it. If the
 * sender's power fails just then, the friend has a message that we do not know, and its number must not be given to
 * another: so no message is sent early that is further from the last durable one than the next run skips (`SKIPPED_SEQS`).
 */
const MAX_EARLY_SEQS = SKIPPED_SEQS;
/** Messages read from the outbox at once. */
const PAGE_MESSAGES = 128;

/**
 * Sends the outbox of one friend over one link, in order of the sequence numbers: from the database in pages, so that a
 * long queue costs no memory, and never more than the window and the channel allow.
 */
export class Outgoing {
  readonly #messages: MessageReads;
  readonly #friend: FriendNumber;
  readonly #channel: Channel;
  /** Read, not sent yet. */
  #page: OutboxRow[] = [];
  #readUpTo = 0;
  #sentUpTo = 0;
  #durableUpTo = 0;
  /** The last message when sending began. */
  #startedAt = 0;
  /** Frames without a receipt. */
  #flying: { readonly last: number; readonly bytes: number }[] = [];
  #flyingBytes = 0;
  #blocked = false;

  constructor(messages: MessageReads, friend: FriendNumber, channel: Channel) {
    this.#messages = messages;
    this.#friend = friend;
    this.#channel = channel;
  }

  /** Number of the last message that went out on this link. */
  get sentUpTo(): number {
    return this.#sentUpTo;
  }

  /** Messages written since this link is up and not sent yet. */
  get behind(): number {
    return this.#messages.lastSeq(this.#friend) - Math.max(this.#sentUpTo, this.#startedAt);
  }

  /** Sends one frame. @returns true when more may be sent at once. */
  sendFrame(): boolean {
    if (this.#blocked || this.#flyingBytes >= WINDOW_BYTES) return false;
    const batch = this.#nextBatch();
    if (batch.length === 0) return false;
    const frame = encodeMessageFrame({ kind: 'messages', body: { messages: batch } });
    this.#sentUpTo = batch.at(-1)!.seq;
    this.#flying.push({ last: this.#sentUpTo, bytes: frame.length });
    this.#flyingBytes += frame.length;
    this.#blocked = !this.#channel.send(frame);
    return !this.#blocked;
  }

  /** Messages up to `seq` are on the disk. Nothing is sent before the first such word. */
  durable(seq: number): void {
    if (this.#durableUpTo === 0) this.#startedAt = seq;
    this.#durableUpTo = Math.max(this.#durableUpTo, seq);
  }

  isDurable(seq: number): boolean {
    return seq <= this.#durableUpTo;
  }

  /** The channel has room again. */
  drained(): void {
    this.#blocked = false;
  }

  /** A receipt came for messages up to `seq`. */
  settled(seq: number): void {
    while (this.#flying.length > 0 && this.#flying[0]!.last <= seq) this.#flyingBytes -= this.#flying.shift()!.bytes;
  }

  /** Forgets what was read ahead, after the outbox changed otherwise than at its end. */
  reread(): void {
    this.#page = [];
    this.#readUpTo = this.#sentUpTo;
  }

  #nextBatch(): WireMessage[] {
    const batch: WireMessage[] = [];
    let bytes = 3;
    while (batch.length < MAX_FRAME_MESSAGES) {
      const row = this.#peek();
      if (row === undefined || row.seq > this.#sendableUpTo) break;
      bytes += MESSAGE_OVERHEAD_BYTES + utf8Length(row.text);
      if (batch.length > 0 && bytes > FRAME_TARGET_BYTES) break;
      batch.push({ id: row.messageId, seq: row.seq, sentAt: row.sentAt, text: row.text });
      this.#page.pop();
    }
    return batch;
  }

  /** Where nothing was ever durable, the next run has nothing to skip from. */
  get #sendableUpTo(): number {
    return this.#durableUpTo === 0 ? 0 : this.#durableUpTo + MAX_EARLY_SEQS;
  }

  /** The page is kept last message first, so that taking one is cheap. */
  #peek(): OutboxRow | undefined {
    if (this.#page.length === 0) {
      this.#page = this.#messages.outbox(this.#friend, this.#readUpTo, PAGE_MESSAGES).reverse();
      if (this.#page.length > 0) this.#readUpTo = this.#page[0]!.seq;
    }
    return this.#page.at(-1);
  }
}
