/** While typing goes on it is said again at this interval. */
export const TYPING_REPEAT_MS = 4_000;
/** Without a key for this long nobody types any more. */
export const TYPING_IDLE_MS = 6_000;

/** Turns key strokes into a few signals: on at the start and now and then, off after a pause or when the text is gone. */
export function createTypingSignal(
  send: (typing: boolean) => void,
  now: () => number = Date.now,
): { set: (typing: boolean) => void; stop: () => void } {
  let saidAt: number | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(idle);
    if (saidAt !== undefined) send(false);
    saidAt = undefined;
  };
  const start = (): void => {
    clearTimeout(idle);
    idle = setTimeout(stop, TYPING_IDLE_MS);
    if (saidAt !== undefined && now() - saidAt < TYPING_REPEAT_MS) return;
    saidAt = now();
    send(true);
  };
  return { set: (typing) => (typing ? start() : stop()), stop };
}
