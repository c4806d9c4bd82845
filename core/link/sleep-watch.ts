import type { Clock, Timer } from '../ports/clock.ts';

const LOOK_MS = 5_000;
/** Less is an adjustment of the wall clock, and no link breaks in that time. */
const LEAST_SLEEP_MS = 3_000;

/**
 * Calls `onWake` with the length of the sleep when this computer has slept: the wall clock went on while the monotonic
 * one and our timers stood still. A wall clock set forward looks the same and does no harm.
 */
export function watchSleep(clock: Clock, onWake: (sleptMs: number) => void): Timer {
  let wall = clock.wall();
  let monotonic = clock.now();
  return clock.every(LOOK_MS, () => {
    const sleptMs = clock.wall() - wall - (clock.now() - monotonic);
    wall = clock.wall();
    monotonic = clock.now();
    if (sleptMs >= LEAST_SLEEP_MS) onWake(sleptMs);
  });
}
