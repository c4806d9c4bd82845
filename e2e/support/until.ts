const POLL_MS = 20;

/**
 * Asks again and again until `probe` gives something other than undefined or false. @throws after `limitMs` with
 * `what` in the message, and the error of the last attempt as its cause.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`not within ${limitMs} ms: ${what}`, { cause });
}
