import type { MailBody } from '../../codec/mail.ts';
import type { Clock, Timer } from '../../ports/clock.ts';

/** A letter with messages is held this long after everything was collected, or after it came if that was later. */
const HOLD_MS = 3_000;
/** And this long if collecting does not end. */
const HOLD_COLLECTING_MS = 20_000;
/** Letters held in memory, by their texts in bytes; others stay with the carriers. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** Letters that are found to miss something still, after which the others of the chat are not looked at: they have timers. */
const MAX_MISSING = 64;

export type MessagesBody = Extract<MailBody, { kind: 'messages' }>['body'];

export interface Held<T> {
  /** Friend and device. */
  readonly chat: string;
  readonly body: MessagesBody;
  readonly bytes: number;
  readonly ticket: T;
}

export interface WaitingRoomHost<T> {
  /** How many messages before these may still come. */
  missing(held: Held<T>): number;
  /** To be stored now. `giveUp`: with places kept for those that are missing. */
  admit(held: Held<T>, giveUp: boolean): void;
}

type Entry<T> = Held<T> & { timer: Timer };

/**
 * Where messages wait that overtook earlier ones: the network hands envelopes over in any order. Nothing here is
 * acknowledged, so a crash loses nothing.
 */
export class WaitingRoom<T> {
  readonly #clock: Clock;
  readonly #host: WaitingRoomHost<T>;
  readonly #held = new Map<string, Entry<T>[]>();
  #bytes = 0;
  #collecting = true;

  constructor(clock: Clock, host: WaitingRoomHost<T>) {
    this.#clock = clock;
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Admits it now or later. @returns false when there is no room. */
  offer(held: Held<T>): boolean {
    if (this.#host.missing(held) === 0) {
      this.#host.admit(held, false);
      return true;
    }
    if (this.#bytes + held.bytes > MAX_HELD_BYTES) return false;
    this.#bytes += held.bytes;
    const list = this.#held.get(held.chat) ?? [];
    list.splice(placeIn(list, firstSeq(held)), 0, { ...held, timer: this.#timer(held) });
    this.#held.set(held.chat, list);
    return true;
  }

  /** Messages of this chat were written. */
  stored(chat: string): void {
    let missedFrom = Number.NEGATIVE_INFINITY;
    let missing = 0;
    for (const entry of [...(this.#held.get(chat) ?? [])]) {
      // What an entry before misses, this one misses as well: hundreds may wait for the same.
      if (entry.body.openFrom <= missedFrom) continue;
      if (this.#host.missing(entry) === 0) this.#admit(entry, false);
      else if (++missing === MAX_MISSING) return;
      else missedFrom = entry.body.openFrom;
    }
  }

  /** All that the carriers had for us was handed over. */
  caughtUp(): void {
    if (!this.#collecting) return;
    this.#collecting = false;
    for (const entry of [...this.#held.values()].flat()) {
      entry.timer.cancel();
      entry.timer = this.#timer(entry);
    }
  }

  /** Nobody is admitted any more. @returns who was waiting */
  clear(): Held<T>[] {
    const all = [...this.#held.values()].flat();
    for (const { timer } of all) timer.cancel();
    this.#held.clear();
    this.#bytes = 0;
    return all;
  }

  #timer(entry: Held<T>): Timer {
    return this.#clock.after(this.#collecting ? HOLD_COLLECTING_MS : HOLD_MS, () => this.#giveUp(entry));
  }

  /** Those before it go first: what they wait for comes before what it waits for. */
  #giveUp(last: Held<T>): void {
    const list = this.#held.get(last.chat) ?? [];
    for (const entry of list.slice(0, list.findIndex((other) => other.ticket === last.ticket) + 1))
      this.#admit(entry, true);
  }

  #admit(entry: Entry<T>, giveUp: boolean): void {
    entry.timer.cancel();
    const list = this.#held.get(entry.chat)!;
    list.splice(list.indexOf(entry), 1);
    this.#bytes -= entry.bytes;
    if (list.length === 0) this.#held.delete(entry.chat);
    this.#host.admit(entry, giveUp);
  }
}

/** Behind those that begin with this number or a lower one. */
function placeIn(list: readonly Held<unknown>[], seq: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firstSeq(list[middle]!) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstSeq({ body }: { readonly body: MessagesBody }): number {
  return body.messages[0]?.seq ?? 0;
}
