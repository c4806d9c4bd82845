import type { Clock, Timer } from '../ports/clock.ts';

const LOOK_MS = 5_000;
/** Less is an adjustment of the wall clock or a busy program, and no link breaks in that time. */
const LEAST_SLEEP_MS = 3_000;

/**
 * Calls `onWake` when this computer has slept, with so much of the sleep as the monotonic clock did not count. That of
 * Linux stands still, and the wall clock tells; those of macOS and Windows go on, and our timer is late by them. A wall
 * clock set forward, and a program that stood still, look the same and do no harm.
 */
export function watchSleep(clock: Clock, onWake: (uncountedMs: number) => void): Timer {
  let wall = clock.wall();
  let monotonic = clock.now();
  return clock.every(LOOK_MS, () => {
    const countedMs = clock.now() - monotonic;
    const uncountedMs = clock.wall() - wall - countedMs;
    wall = clock.wall();
    monotonic = clock.now();
    if (uncountedMs >= LEAST_SLEEP_MS || countedMs >= LOOK_MS + LEAST_SLEEP_MS) onWake(Math.max(0, uncountedMs));
  });
}
