import type { Timer } from '../../ports/clock.ts';
import { SystemClock } from '../adapters/system-clock.ts';

/** Timers this far away are a person's minutes. */
const LONG_MS = 60_000;

/** The system's clock, but minutes pass when a test says so: the date moves on and long timers run out. */
export class PassingClock extends SystemClock {
  #passedMs = 0;
  #long: { readonly at: number; readonly task: () => void }[] = [];

  override wall(): number {
    return super.wall() + this.#passedMs;
  }

  override after(delayMs: number, task: () => void): Timer {
    if (delayMs < LONG_MS) return super.after(delayMs, task);
    const timer = { at: this.#passedMs + delayMs, task };
    this.#long.push(timer);
    return { cancel: () => this.#forget(timer) };
  }

  pass(ms: number): void {
    this.#passedMs += ms;
    for (const timer of this.#long.filter(({ at }) => at <= this.#passedMs)) {
      this.#forget(timer);
      timer.task();
    }
  }

  #forget(timer: object): void {
    this.#long = this.#long.filter((one) => one !== timer);
  }
}
