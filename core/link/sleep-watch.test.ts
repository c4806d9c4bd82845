import { expect, it, vi } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import { watchSleep } from './sleep-watch.ts';

/** @returns what passes time, once and with one look at its end */
function watched() {
  let now = 0;
  let wall = 1_000_000;
  let look = (): void => {};
  const every = (_periodMs: number, task: () => void) => {
    look = task;
    return { cancel: () => {} };
  };
  const onWake = vi.fn();
  watchSleep({ now: () => now, wall: () => wall, every } as Clock, onWake);
  const pass = (time: { counted: number; byWall?: number }): void => {
    now += time.counted;
    wall += time.byWall ?? time.counted;
    look();
  };
  return { pass, woke: () => onWake.mock.calls.splice(0).flat() };
}

it('notices a sleep that only the wall clock counted, as on Linux', () => {
  const { pass, woke } = watched();
  pass({ counted: 5_000, byWall: 65_000 });
  expect(woke()).toEqual([60_000]);
});

it('notices a sleep that the monotonic clock counted too, as on macOS and Windows', () => {
  const { pass, woke } = watched();
  pass({ counted: 65_000 });
  expect(woke()).toEqual([0]);
});

it('tells each sleep once, and no delay or small step of a clock', () => {
  const { pass, woke } = watched();
  pass({ counted: 5_000, byWall: 65_000 });
  pass({ counted: 5_000 });
  pass({ counted: 7_500 });
  pass({ counted: 5_000, byWall: 7_500 });
  pass({ counted: 5_000, byWall: -60_000 });
  expect(woke()).toEqual([60_000]);
});

it('takes a wall clock that was set back in the sleep for no less of it', () => {
  const { pass, woke } = watched();
  pass({ counted: 65_000, byWall: -60_000 });
  expect(woke()).toEqual([0]);
});
