import type { InviteTag } from '../ids/bytes.ts';
import type { LinkIdentity } from '../link/identity.ts';
import type { LinkManager } from '../link/types.ts';
import type { Clock } from '../ports/clock.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import type { DeriveInvite } from './derivations.ts';
import type { MailOptions } from './mail/context.ts';

/** The own profile. */
export interface Self {
  readonly identity: LinkIdentity;
  readonly tag: InviteTag;
}

export interface MessengerOptions {
  readonly store: Store;
  readonly links: LinkManager;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly self: Self;
  /** Derives what follows from a public ID; absent: as the protocol says, slowly on purpose. */
  readonly derive?: DeriveInvite;
  /** What is needed for people who are away; absent: messages wait here until there is a link. */
  readonly mail?: MailOptions;
}

/** The same clock with dates in whole milliseconds, as the database and the wire want them. */
export function wholeDates(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wall: () => Math.max(0, Math.floor(clock.wall())),
    after: (delayMs, task) => clock.after(delayMs, task),
    soon: (task) => clock.soon(task),
    every: (periodMs, task) => clock.every(periodMs, task),
  };
}

/**
 * Runs what no caller waits for (listeners, timers, microtasks). A failing disk or a damaged page must not end the
 * process: whoever asks for something next is told.
 */
export function guarded(logger: Logger, step: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    logger.error('messenger-step-failed', { step, error: errorName(error) });
  }
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
