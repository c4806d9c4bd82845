import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../store/store.ts';
import type { StoreWrites } from '../store/types.ts';
import { guarded } from './context.ts';
import { MessengerError } from './errors.ts';
import { Landing } from './landing.ts';

/**
 * Works in one transaction, and how long they may take together. A flood is cut here, so that in between the node hears
 * receipts and sends what it took: else it takes in messages faster than they leave, and the queue grows.
 */
const MAX_WORKS_PER_COMMIT = 2_000;
const MAX_WORK_MS = 8;
/** The clock is looked at after so many: a busy machine may take the time away, and small transactions cost more. */
const WORKS_PER_LOOK = 100;
/** Of more in a commit nobody waits for a single one. */
const FEW_WORKS = 8;

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

export interface CommitOptions<T> {
  /**
   * Called in the tick of the commit, which a killed process keeps but a power cut may still undo, together with all
   * commits after it: for what has to know of it before the next commit, or does no harm if it is undone.
   */
  readonly written?: (outcome: Outcome<T>) => void;
  /**
   * `done` does not wait for the disk, only for the `done`s of earlier commits; a power cut within the next moment may
   * undo the work. For what is true without our note of it and will be learned again.
   */
  readonly lazy?: boolean;
  /**
   * Asked after `written`. True: nobody waits for `done`, so its flush may begin some ms later, with what is committed
   * meanwhile.
   */
  readonly patient?: () => boolean;
  /**
   * Called after `done` was told that the disk had failed, when it is known that the work is on the disk after all. Only
   * once, and not if the process ends before.
   */
  readonly landed?: (value: T) => void;
}

interface Job<T> extends CommitOptions<T> {
  readonly work: (write: StoreWrites) => T;
  readonly done: (outcome: Outcome<T>) => void;
  outcome: Outcome<T> | undefined;
}

/**
 * Group commit: everything asked for in one tick shares a transaction, which ends in the same tick; all that is
 * committed while the disk is busy shares its next flush. `done` and the promises come in the order of the commits and
 * after the flush, so whatever depends on durability (receipts, answers, reports) waits for it there. In between, the
 * database says more than the `done`s: what the next `work` must know comes from there or from `written`.
 *
 * A `work` changes nothing but the database, since it is run again alone when the common transaction fails. It throws
 * MessengerError only before its first write: the others go on then.
 */
export class Commits {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #afterwards: () => void;
  readonly #landing: Landing;
  #jobs: Job<unknown>[] = [];
  /** Written, but their flush failed. */
  #doubtful: Job<unknown>[] = [];
  /** In the database, and not handed to the disk yet; in order. */
  readonly #written: (readonly Job<unknown>[])[] = [];
  #scheduled = false;

  /** @param afterwards called after each commit, and again after its `done`s. */
  constructor(
    parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
    afterwards: () => void,
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#afterwards = afterwards;
    this.#landing = new Landing(parts);
  }

  /** @throws (by the promise) what `work` threw, {DiskFullError}, {StoreError} */
  run<T>(work: (write: StoreWrites) => T, options?: CommitOptions<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.add(work, (outcome) => (outcome.ok ? resolve(outcome.value) : reject(outcome.error)), options);
    });
  }

  /**
   * For what a person does: `follow` is called with the `done`s, also where the flush failed, and its result is the
   * promise's. All who read see the work then, and the person would be refused a second time, so what belongs to it must
   * not be left out.
   * @throws (by the promise) what `work` and `follow` threw, {DiskFullError}, {StoreError}
   */
  carryOut<T, R>(work: (write: StoreWrites) => T, follow: (value: T) => R): Promise<R> {
    return new Promise((resolve, reject) => {
      let kept: { readonly value: T } | undefined;
      const written = (outcome: Outcome<T>) => {
        if (outcome.ok) kept = outcome;
      };
      const done = (outcome: Outcome<T>) => {
        try {
          const result = kept === undefined ? undefined : follow(kept.value);
          if (outcome.ok) resolve(result as R);
          else reject(outcome.error);
        } catch (error) {
          reject(error);
        }
      };
      this.add(work, done, { written });
    });
  }

  add<T>(work: (write: StoreWrites) => T, done: (outcome: Outcome<T>) => void, options: CommitOptions<T> = {}): void {
    const { written, lazy, patient, landed } = options;
    this.#jobs.push({ work, done, written, lazy, patient, landed, outcome: undefined } as Job<unknown>);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flushSome());
  }

  /** Commits all that waits and brings it to the disk, at once. */
  flush(): void {
    while (this.#jobs.length > 0) this.#flushSome();
    this.#land();
    this.#landing.flushNow();
  }

  #flushSome(): void {
    this.#scheduled = false;
    if (this.#jobs.length === 0) return;
    const jobs = this.#jobs.splice(0, MAX_WORKS_PER_COMMIT);
    const left = this.#commit(jobs);
    if (left.length > 0) this.#jobs = [...left, ...this.#jobs];
    if (this.#jobs.length > 0) {
      this.#scheduled = true;
      this.#clock.after(0, () => this.#flushSome());
    }
    for (const job of jobs) this.#follow(() => job.written?.(job.outcome!));
    this.#follow(this.#afterwards);
    const isPlanned = this.#written.push(jobs) > 1;
    // Of few, first what they sent leaves: to wake the thread that flushes takes as long as to seal a message.
    if (jobs.length > FEW_WORKS || this.#landing.isFlushing) queueMicrotask(() => this.#land());
    else if (!isPlanned) this.#clock.soon(() => this.#land());
  }

  #land(): void {
    for (const jobs of this.#written.splice(0)) {
      const lazy = jobs.every(isLazy);
      const patient = !lazy && jobs.every((job) => isLazy(job) || job.patient?.() === true);
      this.#landing.add({ lazy, patient, finish: (error) => this.#finish(jobs, error, lazy) });
    }
  }

  #finish(jobs: readonly Job<unknown>[], error: unknown, lazy: boolean): void {
    // What was flushed had everything before it.
    if (error === undefined && !lazy) this.#tellLanded();
    for (const job of jobs) {
      const failed = error !== undefined && job.outcome!.ok;
      if (failed && job.landed !== undefined) this.#doubtful.push(job);
      const outcome = failed ? ({ ok: false, error } as const) : job.outcome!;
      this.#follow(() => job.done(outcome));
    }
    this.#follow(this.#afterwards);
  }

  #tellLanded(): void {
    for (const { landed, outcome } of this.#doubtful.splice(0))
      if (outcome!.ok) this.#follow(() => landed!(outcome!.value));
  }

  #follow(work: () => void): void {
    guarded(this.#logger, 'after-commit', work);
  }

  /** Takes out of `jobs` and returns those for which there was no time. */
  #commit(jobs: Job<unknown>[]): Job<unknown>[] {
    try {
      const count = this.#store.write((write) => this.#work(jobs, write));
      return jobs.splice(count);
    } catch (error) {
      if (jobs.length === 1) jobs[0]!.outcome = { ok: false, error };
      // One of them must not spoil the others.
      else for (const job of jobs) this.#commit([job]);
      return [];
    }
  }

  /** @returns how many were done. */
  #work(jobs: readonly Job<unknown>[], write: StoreWrites): number {
    const end = this.#clock.now() + MAX_WORK_MS;
    for (const [i, job] of jobs.entries()) {
      job.outcome = attempt(job.work, write);
      if ((i + 1) % WORKS_PER_LOOK === 0 && this.#clock.now() >= end) return i + 1;
    }
    return jobs.length;
  }
}

/** What failed changed nothing that a flush could keep. */
function isLazy({ lazy, outcome }: Job<unknown>): boolean {
  return lazy === true || !outcome!.ok;
}

function attempt<T>(work: (write: StoreWrites) => T, write: StoreWrites): Outcome<T> {
  try {
    return { ok: true, value: work(write) };
  } catch (error) {
    if (error instanceof MessengerError) return { ok: false, error };
    throw error;
  }
}
