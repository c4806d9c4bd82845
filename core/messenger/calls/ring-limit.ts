import type { Clock } from '../../ports/clock.ts';
import type { FriendNumber } from '../../store/types.ts';
import { Pace } from '../pace.ts';

/** New calls and notices of one friend at once, and how soon there may be another: each leaves an entry in the chat. */
const RINGS = { burst: 12, everyMs: 5_000 };

/** Keeps a friend from filling the chat with calls. */
export class RingLimit {
  readonly #clock: Clock;
  readonly #friends = new Map<FriendNumber, Pace>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns whether this friend may leave one more entry. */
  take(friend: FriendNumber): boolean {
    const pace = this.#friends.get(friend) ?? new Pace(this.#clock, RINGS);
    this.#friends.set(friend, pace);
    return pace.take();
  }
}
