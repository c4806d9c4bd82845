import type { InviteTag, ProfileKey } from '../ids/bytes.ts';
import type { LinkManager } from '../link/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../store/store.ts';

/** The own profile, as far as the messenger needs it: signing is done by the link layer. */
export interface Self {
  readonly key: ProfileKey;
  readonly tag: InviteTag;
}

export interface MessengerOptions {
  readonly store: Store;
  readonly links: LinkManager;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly self: Self;
}

/** Frames and payloads that were dropped since start, by reason. */
export class DropCounts {
  readonly #counts = new Map<string, number>();

  count(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  get all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
