import type { Clock, Timer } from '../ports/clock.ts';

/** What waits begins this long after the last urgent lookup, and after the last thing that came of it. */
export const PAUSE_AFTER_MS = 20;
/** However long urgent lookups take, nothing waits longer than this. */
export const LONGEST_WAIT_MS = 250;

/** Lets lookups that can wait a moment begin after urgent ones. */
export class Precedence {
  readonly #clock: Clock;
  #urgent = 0;
  #waiting: (() => void)[] = [];
  #pause: Timer | undefined;
  #longest: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something urgent begins. @returns tells its end; only the first call counts */
  begin(): () => void {
    this.#urgent++;
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#longest ??= this.#clock.after(LONGEST_WAIT_MS, () => this.release());
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      if (--this.#urgent === 0 && this.#longest !== undefined) this.#beginPause();
    };
  }

  /** What follows from the urgent lookups is under way: the processor is not free yet. */
  prolong(): void {
    if (this.#pause !== undefined) this.#beginPause();
  }

  /** Calls `task` now when nothing urgent is under way, else soon. */
  after(task: () => void): void {
    if (this.#longest === undefined) task();
    else this.#waiting.push(task);
  }

  #beginPause(): void {
    this.#pause?.cancel();
    this.#pause = this.#clock.after(PAUSE_AFTER_MS, () => this.release());
  }

  /** Nothing waits any longer. */
  release(): void {
    this.#pause?.cancel();
    this.#longest?.cancel();
    this.#pause = undefined;
    this.#longest = undefined;
    for (const task of this.#waiting.splice(0)) task();
  }
}
