import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../store/store.ts';
import type { StoreWrites } from '../store/types.ts';
import { guarded } from './context.ts';
import { MessengerError } from './errors.ts';

/** Works in one transaction; a flood is cut here, so that the node answers in between. */
const MAX_WORKS_PER_COMMIT = 2_000;

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

interface Job<T> {
  readonly work: (write: StoreWrites) => T;
  readonly done: (outcome: Outcome<T>) => void;
  outcome?: Outcome<T>;
}

/**
 * Group commit: everything asked for in one tick shares a transaction, which ends in the same tick. `done` and the
 * promises come after the commit, so whatever depends on durability (frames, receipts, answers) waits for it there.
 *
 * A `work` changes nothing but the database, since it is run again alone when the common transaction fails. It throws
 * MessengerError only before its first write: the others go on then.
 */
export class Commits {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #afterwards: () => void;
  #jobs: Job<unknown>[] = [];
  #scheduled = false;

  /** @param afterwards called after each commit and its `done`s. */
  constructor(
    parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
    afterwards: () => void,
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#afterwards = afterwards;
  }

  /** @throws (by the promise) what `work` threw, {DiskFullError}, {StoreError} */
  run<T>(work: (write: StoreWrites) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.add(work, (outcome) => (outcome.ok ? resolve(outcome.value) : reject(outcome.error)));
    });
  }

  add<T>(work: (write: StoreWrites) => T, done: (outcome: Outcome<T>) => void): void {
    this.#jobs.push({ work, done } as Job<unknown>);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flushSome());
  }

  /** Commits all that waits, at once. */
  flush(): void {
    while (this.#jobs.length > 0) this.#flushSome();
  }

  #flushSome(): void {
    this.#scheduled = false;
    if (this.#jobs.length === 0) return;
    const jobs = this.#jobs.splice(0, MAX_WORKS_PER_COMMIT);
    if (this.#jobs.length > 0) {
      this.#scheduled = true;
      this.#clock.after(0, () => this.#flushSome());
    }
    this.#commit(jobs);
    for (const job of jobs) guarded(this.#logger, 'what follows a commit', () => job.done(job.outcome!));
    guarded(this.#logger, 'what follows a commit', this.#afterwards);
  }

  #commit(jobs: readonly Job<unknown>[]): void {
    try {
      this.#store.batch((write) => {
        for (const job of jobs) job.outcome = attempt(job.work, write);
      });
    } catch (error) {
      if (jobs.length === 1) jobs[0]!.outcome = { ok: false, error };
      // One of them must not spoil the others.
      else for (const job of jobs) this.#commit([job]);
    }
  }
}

function attempt<T>(work: (write: StoreWrites) => T, write: StoreWrites): Outcome<T> {
  try {
    return { ok: true, value: work(write) };
  } catch (error) {
    if (error instanceof MessengerError) return { ok: false, error };
    throw error;
  }
}
