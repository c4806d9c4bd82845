import type { Timer } from '../ports/clock.ts';

/** `soon` of a clock where packets leave at once: after the promises at hand. */
export function afterPromises(task: () => void): Timer {
  let cancelled = false;
  queueMicrotask(() => {
    if (!cancelled) task();
  });
  return {
    cancel: () => {
      cancelled = true;
    },
  };
}
