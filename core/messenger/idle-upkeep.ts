import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../store/store.ts';

/** Quiet time after a message before indexing begins. */
const IDLE_MS = 2_000;
const BATCH_MESSAGES = 250;
/** Pause between two batches, so that a long catching-up takes a small part of the time. */
const BATCH_PAUSE_MS = 50;

/**
 * Brings the full-text index up to date and empties the write-ahead log when nothing else is going on, so that neither
 * a search nor a message has to wait for it. Nothing depends on it.
 */
export class IdleUpkeep {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: Timer | undefined;

  constructor(parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** There may be new messages. */
  poke(): void {
    this.#timer ??= this.#clock.after(IDLE_MS, () => this.#step());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #step(): void {
    this.#timer = undefined;
    try {
      if (this.#store.index(BATCH_MESSAGES)) this.#timer = this.#clock.after(BATCH_PAUSE_MS, () => this.#step());
      else this.#store.checkpoint();
    } catch (error) {
      this.#logger.warn('messenger: upkeep failed', { error: String(error) });
    }
  }
}
