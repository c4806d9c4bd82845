import type { ParleyLinks } from '../link/manager.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';

/**
 * Two computers that run one profile take a friend's link from each other again at the latest after a minute: whoever
 * lost it waits for up to half a minute before the next attempt. So this is silence.
 */
export const QUIET_MS = 180_000;

/**
 * Whether the profile seems to be open on another computer too: from a friend's word until none came for QUIET_MS. A
 * friend may lie, so nothing but a notice may hang on it.
 */
export class Elsewhere {
  readonly changed = new Emitter<void>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #unsubscribe: Unsubscribe;
  #quiet: Timer | undefined;

  constructor({ links, clock, logger }: { links: Pick<ParleyLinks, 'onElsewhere'>; clock: Clock; logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
    this.#unsubscribe = links.onElsewhere(() => this.#sign());
  }

  get seen(): boolean {
    return this.#quiet !== undefined;
  }

  /** Nothing is told any more. */
  stop(): void {
    // The links are up for a moment longer than this.
    this.#unsubscribe();
    this.changed.clear();
    this.#quiet?.cancel();
  }

  #sign(): void {
    const before = this.#quiet;
    before?.cancel();
    this.#quiet = this.#clock.after(QUIET_MS, () => this.#ended());
    if (before !== undefined) return;
    this.#logger.warn('profile-open-elsewhere');
    this.changed.emit();
  }

  #ended(): void {
    this.#quiet = undefined;
    this.changed.emit();
  }
}
