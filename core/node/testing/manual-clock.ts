import type { Clock, Timer } from '../../ports/clock.ts';
import { afterPromises } from '../../testing/after-promises.ts';

interface Pending {
  at: number;
  readonly periodMs: number | undefined;
  readonly task: () => void;
}

/** A clock that moves only when the test says so; for parts whose input and output are real. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #pending = new Set<Pending>();

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#add({ at: this.#now + delayMs, periodMs: undefined, task });
  }

  soon(task: () => void): Timer {
    return afterPromises(task);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#add({ at: this.#now + periodMs, periodMs, task });
  }

  /** Lets time pass and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#dueBy(end); next !== undefined; next = this.#dueBy(end)) {
      this.#now = next.at;
      if (next.periodMs === undefined) this.#pending.delete(next);
      else next.at += next.periodMs;
      next.task();
    }
    this.#now = end;
  }

  #dueBy(end: number): Pending | undefined {
    const due = [...this.#pending].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }

  #add(pending: Pending): Timer {
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }
}
