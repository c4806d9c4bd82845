import {
  type Hello,
  MAX_SEQ,
  type MessageDatagram,
  type MessageFrame,
  type Receipt,
  type SeqRange,
} from '../codec/messages.ts';
import { equalBytes, messageId } from '../ids/bytes.ts';
import type { DeviceRow, FriendNumber, FriendRow, MessageRow, StoreWrites } from '../store/types.ts';
import { isReadAgain } from './read-again.ts';
import { SeqRanges } from './seq-ranges.ts';
import { meetDevice } from './started-anew.ts';
import { oneLine } from './text.ts';
import { Told } from './told-ranges.ts';

/**
 * Sequence numbers are never raised above this because a friend said so; what is left up to MAX_SEQ is enough for
 * every message a person can write, so a friend who lies cannot stop us from numbering.
 */
const MAX_RAISED_SEQ = MAX_SEQ / 2;

export interface IncomingState {
  readonly friend: FriendNumber;
  /** Tag of this device. */
  readonly ownTag: Uint8Array;
  /** The friend's device at the other end, once its hello came. */
  readonly device: DeviceRow | undefined;
  /** Last message that went out on this link: receipts for later ones are not believed. */
  readonly sentUpTo: number;
  /** What they said of ours over this link, as far as it is written. */
  readonly told: Told;
  /** Whether the person tells what they read. */
  readonly tellsRead: boolean;
  readonly wall: number;
}

/** What a friend says over a link. */
export type Said = MessageFrame | MessageDatagram;

/** What the frames of one read did to the database; all of it holds only after the commit. */
export interface IncomingResult {
  /** The friend is none any more; nothing was done. */
  readonly refused: boolean;
  readonly device: DeviceRow | undefined;
  readonly greeted: boolean;
  readonly stored: MessageRow[];
  /** To be acknowledged: also what was there already. */
  readonly acknowledge: SeqRanges;
  /** Of these, what was read before. */
  readonly readAgain: SeqRanges;
  /** Ours, which people see in another state now. */
  readonly settled: MessageRow[];
  /** Some of ours may have left the outbox. */
  readonly arrived: boolean;
  /** Receipts so far reach up to this number. */
  readonly settledUpTo: number;
  /** What they say of ours that they had not said before. */
  readonly told: Told;
  readonly friendChanged: boolean;
  readonly typing: boolean | undefined;
  /** After a hello: number of the last message to this friend, 0 if there is none. */
  readonly lastSeq: number;
  /** Our waiting messages have other numbers now. */
  readonly renumbered: boolean;
  /** Frames before the hello, and further hellos. */
  readonly unexpected: number;
}

/** Writes what the friend says, in its order. Runs inside a batch, and again from the start if that failed. */
export function applySaid(write: StoreWrites, state: IncomingState, said: readonly Said[]): IncomingResult {
  const run = new IncomingRun(write, state);
  const friend = write.friends.byId(state.friend);
  run.refused = friend === undefined || friend.removedAt !== undefined || friend.state === 'blocked';
  if (run.refused) return run;
  for (const one of said) run.apply(one);
  return run;
}

class IncomingRun implements IncomingResult {
  refused = false;
  device: DeviceRow | undefined;
  greeted = false;
  readonly stored: MessageRow[] = [];
  readonly acknowledge = new SeqRanges();
  readonly readAgain = new SeqRanges();
  readonly settled: MessageRow[] = [];
  arrived = false;
  settledUpTo = 0;
  readonly told = new Told();
  friendChanged = false;
  typing: boolean | undefined = undefined;
  lastSeq = 0;
  renumbered = false;
  unexpected = 0;
  readonly #write: StoreWrites;
  readonly #state: IncomingState;

  constructor(write: StoreWrites, state: IncomingState) {
    this.#write = write;
    this.#state = state;
    this.device = state.device;
  }

  apply(frame: Said): void {
    if (frame.kind === 'hello' && this.device === undefined) return this.#hello(frame.body);
    if (frame.kind === 'hello' || this.device === undefined) {
      this.unexpected++;
      return;
    }
    switch (frame.kind) {
      case 'messages':
        return this.#messages(this.device, frame.body.messages);
      case 'receipt':
        return this.#receipt(frame.body);
      case 'written':
        return this.#written(frame.body.messages);
      case 'typing':
        this.typing = frame.body.on;
        return;
      case 'name':
        return this.#name(frame.body.name);
    }
  }

  #hello(hello: Hello): void {
    const { friend, wall } = this.#state;
    this.device = meetDevice(this.#write, friend, { tag: hello.device, wall }).device;
    this.greeted = true;
    this.#name(hello.name);
    this.#compare(hello);
    this.lastSeq = this.#write.messages.lastSeq(friend);
  }

  #compare(hello: Hello): void {
    const { friend, ownTag } = this.#state;
    const known = hello.known.find((entry) => equalBytes(entry.device, ownTag));
    if (known === undefined) return;
    const row = this.#write.friends.byId(friend)!;
    const lastSeq = this.#write.messages.lastSeq(friend);
    // They have messages of ours that we do not know: our database is an older copy. Numbers go on above theirs.
    if (known.receivedUpTo > lastSeq && known.receivedUpTo <= MAX_RAISED_SEQ) {
      this.#write.messages.renumber(friend, known.receivedUpTo);
      // What is sealed names the old numbers.
      for (const row of this.#write.mail.open(friend)) if (row.kind === 'messages') this.#write.mail.delete(row.id);
      this.renumbered = true;
    }
    this.#readPrefix(row, known.readUpTo);
  }

  /** Read receipts of earlier links may have been lost; the prefix in the hello makes up for them. */
  #readPrefix(row: FriendRow, readUpTo: number): void {
    const last = Math.min(readUpTo, this.#write.messages.lastSeq(row.id));
    if (last <= row.toldReadUpTo) return;
    this.arrived = true;
    this.#settle({ first: row.toldReadUpTo + 1, last }, 'read');
    this.#write.friends.update(row.id, { toldReadUpTo: last });
  }

  #messages(device: DeviceRow, messages: Extract<MessageFrame, { kind: 'messages' }>['body']['messages']): void {
    const { friend, wall, tellsRead } = this.#state;
    // In order, and all that waits: what is kept free before them is for numbers that were never used, or given up.
    if (messages.length > 0) this.#write.places.release(friend, device.id, messages[0]!.seq);
    for (const { id, seq, sentAt, text } of messages) {
      const row = this.#write.messages.addIncoming({
        friend,
        device: device.id,
        seq,
        messageId: messageId(id),
        sentAt,
        storedAt: wall,
        text,
      });
      if (row !== undefined) this.stored.push(row);
      else if (isReadAgain(this.#write, { friend, device, seq, id }, tellsRead)) this.readAgain.add(seq);
      this.acknowledge.add(seq);
    }
    this.typing = false;
  }

  /** In their database, but a power cut may take it from them: it stays in our outbox. */
  #written({ first, last }: SeqRange): void {
    const range = { first, last: Math.min(last, this.#believedUpTo()) };
    for (const news of this.#news('delivered', range)) this.#settle(news, 'written');
  }

  #receipt(receipt: Receipt): void {
    const limit = this.#believedUpTo();
    const believed = (ranges: readonly SeqRange[]) =>
      ranges.map(({ first, last }) => ({ first, last: Math.min(last, limit) })).filter(isRange);
    const delivered = believed(receipt.delivered);
    const read = believed(receipt.read);
    for (const { last } of delivered) this.settledUpTo = Math.max(this.settledUpTo, last);
    this.arrived ||= delivered.length + read.length > 0;
    // On a link they name single messages as read: who read one has it.
    const arrived = [...delivered, ...read].flatMap((range) => this.#settleNews(range, 'delivered'));
    for (const range of read) this.#settleNews(range, 'read');
    this.#readWhatWasTold(arrived);
  }

  /** Its reading was told before its arrival. */
  #readWhatWasTold(arrived: readonly SeqRange[]): void {
    const { toldReadUpTo } = this.#write.friends.byId(this.#state.friend)!;
    for (const { first, last } of arrived) this.#settle({ first, last: Math.min(last, toldReadUpTo) }, 'read');
  }

  /** @returns the parts of the range of which they had not said so */
  #settleNews(range: SeqRange, state: 'delivered' | 'read'): SeqRange[] {
    const news = this.#news(state, range);
    for (const part of news) {
      this.told[state].add(part);
      this.#settle(part, state);
    }
    return news;
  }

  #news(state: 'delivered' | 'read', range: SeqRange): SeqRange[] {
    return this.#state.told[state].news(range).flatMap((part) => this.told[state].news(part));
  }

  /** What still waits to be sent and lies in no envelope cannot have arrived, whatever a friend says. */
  #believedUpTo(): number {
    const sent = Math.max(this.#state.sentUpTo, this.#write.mail.sealedUpTo(this.#state.friend));
    const unsent = this.#write.messages.outbox(this.#state.friend, sent, 1)[0];
    return unsent === undefined ? this.#write.messages.lastSeq(this.#state.friend) : unsent.seq - 1;
  }

  #settle(range: SeqRange, state: 'written' | 'delivered' | 'read'): void {
    if (!isRange(range)) return;
    const rows = this.#write.messages.settle({ friend: this.#state.friend, ...range, state });
    for (const row of rows) this.settled.push(row);
  }

  #name(text: string): void {
    const name = oneLine(text);
    if (this.#write.friends.byId(this.#state.friend)!.name === name) return;
    this.#write.friends.update(this.#state.friend, { name });
    this.friendChanged = true;
  }
}

function isRange({ first, last }: SeqRange): boolean {
  return first <= last;
}
