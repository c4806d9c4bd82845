import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

/** Between two lines of one status; doubles with each line, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
export const LONGEST_PAUSE_MS = 10 * 60_000;

interface Kind {
  /** Since the last line. */
  times: number;
  pauseMs: number;
  loggedAt: number;
  timer: Timer | undefined;
}

/**
 * Logs refused connections, by status. Any program of this computer can make them without end, and is not to fill the disk
 * by it: the first one is logged at once, those that follow together, with growing pauses.
 */
export class Refusals {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #kinds = new Map<number, Kind>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  note(status: number): void {
    const kind = this.#kinds.get(status) ?? newKind();
    this.#kinds.set(status, kind);
    kind.times++;
    if (kind.timer !== undefined) return;
    const sinceMs = this.#clock.now() - kind.loggedAt;
    if (sinceMs > LONGEST_PAUSE_MS) kind.pauseMs = 0;
    if (sinceMs >= kind.pauseMs) this.#log(status, kind);
    else kind.timer = this.#clock.after(kind.pauseMs - sinceMs, () => this.#log(status, kind));
  }

  /** Logs what was not yet. */
  stop(): void {
    for (const [status, kind] of this.#kinds) if (kind.timer !== undefined) this.#log(status, kind);
  }

  #log(status: number, kind: Kind): void {
    kind.timer?.cancel();
    kind.timer = undefined;
    kind.pauseMs = Math.min(Math.max(2 * kind.pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    kind.loggedAt = this.#clock.now();
    this.#logger.warn('host.refused', { status, times: kind.times });
    kind.times = 0;
  }
}

function newKind(): Kind {
  return { times: 0, pauseMs: 0, loggedAt: Number.NEGATIVE_INFINITY, timer: undefined };
}
