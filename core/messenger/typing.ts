import type { Clock, Timer } from '../ports/clock.ts';
import type { FriendNumber } from '../store/types.ts';

/** A friend who said to be typing is believed this long. */
export const TYPING_EXPIRES_MS = 6_000;
/** The own typing is repeated no sooner than this. */
const REPEAT_MS = 3_000;

/** Who is typing, by what friends say. */
export class TypingFriends {
  readonly #clock: Clock;
  readonly #changed: (friend: FriendNumber) => void;
  readonly #timers = new Map<FriendNumber, Timer>();

  constructor(clock: Clock, changed: (friend: FriendNumber) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  has(friend: FriendNumber): boolean {
    return this.#timers.has(friend);
  }

  set(friend: FriendNumber, on: boolean): void {
    const timer = this.#timers.get(friend);
    timer?.cancel();
    if (on)
      this.#timers.set(
        friend,
        this.#clock.after(TYPING_EXPIRES_MS, () => this.set(friend, false)),
      );
    else this.#timers.delete(friend);
    if (on !== (timer !== undefined)) this.#changed(friend);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

/** What friends were told of our own typing, so that they are not told with every key. */
export class OwnTyping {
  readonly #clock: Clock;
  readonly #told = new Map<FriendNumber, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns true when the friend is to be told. */
  set(friend: FriendNumber, on: boolean): boolean {
    const told = this.#told.get(friend);
    if (!on) return this.#told.delete(friend);
    if (told !== undefined && this.#clock.now() - told < REPEAT_MS) return false;
    this.#told.set(friend, this.#clock.now());
    return true;
  }

  /** The friend takes it as ended: a message came, or the link went down. */
  ended(friend: FriendNumber): void {
    this.#told.delete(friend);
  }
}
