/** While many things come, they are taken together this often: one rendering for all of them. */
export const PACE_MS = 30;

/**
 * Hands items on in order: the first at once, those that follow within `PACE_MS` together at its end. So a single
 * message shows without delay and a flood of them does not freeze the page.
 */
export function createPacer<T>(take: (item: T) => void): { push(item: T): void; stop(): void } {
  let queue: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = queue.length > 0 ? setTimeout(flush, PACE_MS) : undefined;
    const items = queue;
    queue = [];
    for (const item of items) take(item);
  };
  return {
    push: (item) => {
      if (timer !== undefined) return void queue.push(item);
      timer = setTimeout(flush, PACE_MS);
      take(item);
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      queue = [];
    },
  };
}
