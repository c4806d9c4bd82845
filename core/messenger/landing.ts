import type { Clock, Timer } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';

/** Longest time until a commit that nobody waits for is sent to the disk; another commit takes it along sooner. */
const LATE_FLUSH_MS = 10;

/** One commit on its way to the disk. */
export interface Landed {
  /** It does not wait for the disk, only for the commits before it. */
  readonly lazy: boolean;
  /** It waits for the disk, but nobody for it. */
  readonly patient: boolean;
  /** Called once, in the order of the commits. `error`: whether it is on the disk is not known. */
  readonly finish: (error?: unknown) => void;
}

type Numbered = Landed & { readonly number: number };

/** The commits between the database and the disk. One flush at a time: what is committed meanwhile shares the next. */
export class Landing {
  readonly #store: Store;
  readonly #clock: Clock;
  /** In order. */
  #waiting: Numbered[] = [];
  #last = 0;
  /** Number of the last commit that a flush, begun or done, covers. */
  #covered = 0;
  #flushing = false;
  #timer: Timer | undefined;

  constructor(parts: { readonly store: Store; readonly clock: Clock }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
  }

  /** The disk is at work: what is added now waits for the next flush. */
  get isFlushing(): boolean {
    return this.#flushing;
  }

  add(landed: Landed): void {
    this.#waiting.push({ ...landed, number: ++this.#last });
    this.#finishLazy();
    this.#goOn();
  }

  /** Brings everything to the disk, blocking, and finishes it. */
  flushNow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const upTo = this.#last;
    this.#covered = upTo;
    this.#land(upTo, this.#tryFlushNow());
  }

  #tryFlushNow(): unknown {
    try {
      this.#store.flushNow();
    } catch (error) {
      return error;
    }
    return undefined;
  }

  #goOn(): void {
    if (this.#flushing || this.#covered === this.#last) return;
    // A lazy one that is still here waits for a patient one before it.
    if (this.#waiting.some(({ patient }) => !patient)) return this.#flush();
    this.#timer ??= this.#clock.after(LATE_FLUSH_MS, () => this.#flush());
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#flushing) return;
    this.#flushing = true;
    const upTo = this.#last;
    this.#covered = upTo;
    this.#store.flush((error) => {
      this.#flushing = false;
      this.#land(upTo, error);
      this.#goOn();
    });
  }

  #land(upTo: number, error: unknown): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.number <= upTo) this.#waiting.shift()!.finish(error);
    this.#finishLazy();
  }

  #finishLazy(): void {
    while (this.#waiting[0]?.lazy) this.#waiting.shift()!.finish();
  }
}
