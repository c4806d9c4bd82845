/** A running timer; `cancel` is idempotent and never throws. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as the core sees it. The simulator replaces it by virtual time, so nothing in `core/` may read a clock or
 * start a timer in any other way.
 */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary start, with fractions. Use for durations and deadlines. */
  now(): number;
  /** Milliseconds since 1970-01-01 UTC by this computer's clock, which may be wrong. Use for stored dates only. */
  wall(): number;
  /** Calls `task` once after `delayMs` (0 or more). */
  after(delayMs: number, task: () => void): Timer;
  /** Calls `task` once in a later turn of the event loop, when the packets of this one have left. */
  soon(task: () => void): Timer;
  /** Calls `task` every `periodMs` until cancelled. */
  every(periodMs: number, task: () => void): Timer;
}
