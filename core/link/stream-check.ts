import type { Clock, Timer } from '../ports/clock.ts';

/** So long after something was written the peer is asked how much of it opened; doubles while there is no answer. */
export const CHECK_MS = 500;
const LONGEST_CHECK_MS = 8_000;
const OUTSTANDING = 8;

export interface StreamCheckOptions {
  readonly clock: Clock;
  /** Bytes written that the carrier has no confirmation of; what it confirms are whole records. */
  readonly pendingBytes: () => number;
  /** Pings the peer, which calls `asked`. */
  readonly ask: () => void;
}

/**
 * Finds out that somebody meddles with the stream. Its carrier is not authenticated: a packet in the peer's name may take
 * the place of a true one, or confirm what was lost, and then the one side waits for the rest of a record that nobody
 * writes and the other one for nothing. So pongs, which are authenticated, tell how far the stream opened. Whoever confirmed
 * bytes had them before he was pinged; if less than that opened, others than ours came in.
 */
export class StreamCheck {
  readonly #options: StreamCheckOptions;
  #written = 0;
  /** How far the peer has opened it. */
  #opened = 0;
  /** What the carrier had confirmed when a ping went out, by its number. */
  readonly #confirmedAt = new Map<number, number>();
  #timer: Timer | undefined;
  #pauseMs = CHECK_MS;
  #stopped = false;

  constructor(options: StreamCheckOptions) {
    this.#options = options;
  }

  wrote(bytes: number): void {
    this.#written += bytes;
    this.#plan();
  }

  /** A ping goes out. */
  asked(number: number): void {
    this.#confirmedAt.set(number, this.#confirmed);
    if (this.#confirmedAt.size > OUTSTANDING) this.#confirmedAt.delete(this.#confirmedAt.keys().next().value!);
  }

  /** @param opened bytes of our stream that the peer has opened. @returns false when others than ours came to it */
  answered(number: number, opened: number): boolean {
    const confirmed = this.#confirmedAt.get(number);
    if (confirmed === undefined) return true;
    this.#confirmedAt.delete(number);
    this.#opened = Math.max(this.#opened, opened);
    this.#pauseMs = CHECK_MS;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#plan();
    return opened >= confirmed;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get #confirmed(): number {
    return this.#written - this.#options.pendingBytes();
  }

  #plan(): void {
    if (this.#stopped || this.#timer !== undefined || this.#opened >= this.#written) return;
    this.#timer = this.#options.clock.after(this.#pauseMs, () => {
      this.#timer = undefined;
      if (this.#confirmed > this.#opened) {
        this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_CHECK_MS);
        this.#options.ask();
      }
      this.#plan();
    });
  }
}
