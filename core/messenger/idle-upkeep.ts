import type { Clock, Timer } from '../ports/clock.ts';
import { errorName, type Logger } from '../ports/logger.ts';
import type { Store } from '../store/store.ts';

/** Quiet time after the last message before indexing begins. */
const IDLE_MS = 2_000;
/** Where it is never quiet, it begins all the same, so that no search has to catch up with days. */
const LONGEST_WAIT_MS = 60_000;
const BATCH_MESSAGES = 250;
/** Commits, or so, from which on it is worth while to empty the log: that waits for the disk several times. */
const WORTH_EMPTYING = 200;
/**
 * After the start room is made in the log, with such pauses: when a person sees their chats, also where a browser starts
 * beside the core, which writes to the same disk.
 */
const GROW_AFTER_MS = 2_500;
const GROW_PAUSE_MS = 20;
/** Pause between two batches, so that a long catching-up takes a small part of the time. */
const BATCH_PAUSE_MS = 50;

type Upkept = Pick<Store, 'index' | 'checkpoint' | 'growLog'>;

/**
 * Makes room in the write-ahead log, brings the full-text index up to date and empties the log when nothing else is going
 * on, so that neither a search nor a message has to wait for it. Nothing depends on it.
 */
export class IdleUpkeep {
  readonly #store: Upkept;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #growing: Timer | undefined;
  #lastPokeAt = 0;
  #waitingSince = 0;
  #pokes = 0;

  constructor(parts: { readonly store: Upkept; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  start(): void {
    this.#growing = this.#clock.after(GROW_AFTER_MS, () => this.#grow());
    this.poke();
  }

  /** There may be new messages. */
  poke(): void {
    this.#pokes++;
    this.#lastPokeAt = this.#clock.now();
    if (this.#timer !== undefined) return;
    this.#waitingSince = this.#lastPokeAt;
    this.#timer = this.#clock.after(IDLE_MS, () => this.#whenQuiet());
  }

  stop(): void {
    this.#growing?.cancel();
    this.#growing = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #grow(): void {
    this.#store.growLog((more) => {
      const stopped = this.#growing === undefined;
      if (more && !stopped) this.#growing = this.#clock.after(GROW_PAUSE_MS, () => this.#grow());
    });
  }

  /** Pokes come with every message: instead of a new timer for each, the one there is looks when the last was. */
  #whenQuiet(): void {
    const now = this.#clock.now();
    const left = this.#lastPokeAt + IDLE_MS - now;
    if (left <= 0 || now - this.#waitingSince >= LONGEST_WAIT_MS) return this.#step();
    this.#timer = this.#clock.after(left, () => this.#whenQuiet());
  }

  #step(): void {
    this.#timer = undefined;
    try {
      if (this.#store.index(BATCH_MESSAGES)) this.#timer = this.#clock.after(BATCH_PAUSE_MS, () => this.#step());
      else if (this.#pokes >= WORTH_EMPTYING) {
        this.#pokes = 0;
        this.#store.checkpoint();
      }
    } catch (error) {
      this.#logger.warn('messenger-upkeep-failed', { error: errorName(error) });
    }
  }
}
