import { encode } from '../codec/layout.ts';
import { type FriendRequest, friendRequest, MESSAGES_VERSION } from '../codec/messages.ts';
import { placeOf } from '../link/identity.ts';
import type { LinkManager } from '../link/types.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { FriendNumber, FriendRow, StoreReads } from '../store/types.ts';
import type { Places } from './places.ts';

/**
 * Pauses after the first, second, ... introduction; the last one goes on for ever. The first ones are short: somebody who
 * came up this moment is not registered in the network yet.
 */
const PAUSES_MS = [400, 1_200, 5_000, 30_000, 120_000, 600_000, 3_600_000];
/** Pauses while no first hop takes it: the network is not up yet. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
/** Pauses are up to this share longer or shorter, so that many people do not knock at once after a power cut. */
const JITTER = 0.2;

export interface IntroductionParts {
  readonly read: StoreReads;
  readonly links: LinkManager;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly places: Places;
  readonly own: () => Asker;
}

/** What people we ask are told of us. */
export type Asker = Pick<FriendRequest, 'name' | 'tag' | 'home'>;

interface Running {
  timer: Timer | undefined;
  sent: number;
  retries: number;
}

/** Repeats our friend requests while they are unanswered, with growing pauses; from the start again after a restart. */
export class Introductions {
  readonly #parts: IntroductionParts;
  readonly #running = new Map<FriendNumber, Running>();

  constructor(parts: IntroductionParts) {
    this.#parts = parts;
  }

  /** Idempotent. The first one goes out at once. */
  begin(friend: FriendNumber): void {
    if (this.#running.has(friend)) return;
    const running: Running = { timer: undefined, sent: 0, retries: 0 };
    this.#running.set(friend, running);
    void this.#introduce(friend, running);
  }

  end(friend: FriendNumber): void {
    this.#running.get(friend)?.timer?.cancel();
    this.#running.delete(friend);
  }

  stop(): void {
    for (const friend of [...this.#running.keys()]) this.end(friend);
  }

  async #introduce(friend: FriendNumber, running: Running): Promise<void> {
    const taken = await this.#send(friend, running);
    if (this.#running.get(friend) !== running) return;
    running.timer = this.#parts.clock.after(this.#pause(running, taken), () => void this.#introduce(friend, running));
  }

  async #send(friend: FriendNumber, running: Running): Promise<boolean> {
    try {
      const { read, places, links, own } = this.#parts;
      const row = read.friends.byId(friend);
      if (row === undefined) return false;
      const { key: profile, tag } = row;
      const { door } = await places.invite(row);
      // Removed or answered while it was found out where they are.
      if (this.#running.get(friend) !== running) return false;
      const payload = encode(friendRequest, requestOf(row, own()));
      const place = placeOf(profile, door);
      return place !== undefined && (await links.introduce({ profile, tag, position: place.position }, payload));
    } catch (error) {
      this.#parts.logger.warn('messenger-introduction-failed', { error: errorName(error) });
      return false;
    }
  }

  #pause(running: Running, taken: boolean): number {
    const pause = taken
      ? PAUSES_MS[Math.min(running.sent++, PAUSES_MS.length - 1)]!
      : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(running.retries++, 10));
    return pause * (1 + JITTER * (2 * this.#parts.random.uniform() - 1));
  }
}

/** What we say when we ask this person. */
export function requestOf({ greeting, addedAt }: FriendRow, own: Asker): FriendRequest {
  return { version: MESSAGES_VERSION, ...own, greeting, sentAt: addedAt, extension: new Uint8Array(0) };
}
