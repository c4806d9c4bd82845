import type { Clock } from '../../ports/clock.ts';
import type { FriendNumber } from '../../store/types.ts';
import { Rounds } from './rounds.ts';

/** So many times in a row at once: data folders may be copied back and forth, and profiles restored. */
const AT_ONCE = 3;
/** And then so often: else each letter of theirs would make all that waits for them travel again. */
const PAUSE_MS = 10 * 60_000;

/**
 * What waits for friends who lost keys, or are found elsewhere, is sealed or placed anew: at once, but no more often than an
 * honest program needs it.
 */
export class AnewRounds {
  readonly #clock: Clock;
  readonly #rounds: Rounds;
  readonly #work: (friend: FriendNumber) => void;
  /** When each would have been served, had it been once in PAUSE_MS. */
  readonly #servedUntil = new Map<FriendNumber, number>();

  constructor(clock: Clock, work: (friend: FriendNumber) => void) {
    this.#clock = clock;
    this.#work = work;
    this.#rounds = new Rounds(clock, (friend) => {
      this.#servedUntil.set(friend, this.#due(friend) + PAUSE_MS);
      work(friend);
    });
  }

  start(): void {
    this.#rounds.start();
  }

  /**
   * What is put off is done now, for the next run would not know of it: the friend has thrown away what they could not
   * read, and does not tell us once more. After a crash it is the next link, or the end of the envelopes, that helps.
   */
  stop(): void {
    for (const friend of this.#rounds.stop()) this.#work(friend);
  }

  plan(friend: FriendNumber): void {
    this.#rounds.plan(friend, Math.max(0, this.#due(friend) - (AT_ONCE - 1) * PAUSE_MS - this.#clock.now()));
  }

  cancel(friend: FriendNumber): void {
    this.#rounds.cancel(friend);
  }

  #due(friend: FriendNumber): number {
    return Math.max(this.#clock.now(), this.#servedUntil.get(friend) ?? 0);
  }
}
