import { vi } from 'vitest';

/** Asks again until it holds; a busy machine may take longer over it than the one second of `vi.waitFor`. */
export function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 10_000 });
}
