import type { Clock } from '../../ports/clock.ts';
import type { FriendNumber } from '../../store/types.ts';

/** New calls and notices of one friend at once, and how soon there may be another: each leaves an entry in the chat. */
const BURST = 12;
const EVERY_MS = 5_000;

/** Keeps a friend from filling the chat with calls. */
export class RingLimit {
  readonly #clock: Clock;
  readonly #friends = new Map<FriendNumber, { left: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns whether this friend may leave one more entry. */
  take(friend: FriendNumber): boolean {
    const now = this.#clock.now();
    const state = this.#friends.get(friend) ?? { left: BURST, at: now };
    this.#friends.set(friend, state);
    state.left = Math.min(BURST, state.left + (now - state.at) / EVERY_MS);
    state.at = now;
    if (state.left < 1) return false;
    state.left--;
    return true;
  }
}
