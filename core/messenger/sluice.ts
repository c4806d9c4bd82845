import type { Clock, Timer } from '../ports/clock.ts';
import type { FriendNumber } from '../store/types.ts';

/** Sends let through at once; the next ones when those are in the database, and what is ahead can be counted. */
const PORTION = 250;
/** Whatever a friend does, nobody's call waits longer. */
const LONGEST_HOLD_MS = 2_000;

/**
 * Holds back what is to be sent while a link is there but far behind: taking messages in is faster than moving them, so
 * a flood would else take the node's whole time to make its own queue longer. Order is kept.
 */
export class Sluice {
  readonly #clock: Clock;
  readonly #isBehind: (friend: FriendNumber) => boolean;
  readonly #held = new Map<FriendNumber, (() => void)[]>();
  #timer: Timer | undefined;

  constructor(clock: Clock, isBehind: (friend: FriendNumber) => boolean) {
    this.#clock = clock;
    this.#isBehind = isBehind;
  }

  /** Calls `send` now or later; later than `open`, always. */
  pass(friend: FriendNumber, send: () => void): void {
    const held = this.#held.get(friend);
    if (held !== undefined) held.push(send);
    else if (!this.#isBehind(friend)) send();
    else this.#hold(friend, send);
  }

  /** Lets through what may go now. To be called when something was sent or committed. */
  release(): void {
    for (const [friend, held] of this.#held) {
      if (this.#isBehind(friend)) continue;
      for (const send of held.splice(0, PORTION)) send();
      if (held.length === 0) this.#held.delete(friend);
    }
    if (this.#held.size === 0) this.#cancel();
  }

  /** Lets through everything. */
  open(): void {
    this.#cancel();
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const held of all) for (const send of held) send();
  }

  #hold(friend: FriendNumber, send: () => void): void {
    this.#held.set(friend, [send]);
    this.#timer ??= this.#clock.after(LONGEST_HOLD_MS, () => this.open());
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
