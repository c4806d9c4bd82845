/** So much later than wanted is no jitter: something stood still. */
const STALL_MS = 120;
/** When nothing else has come for so long, it was not a stall: the time line has moved. */
const MOVED_MS = 500;
const MOVED_FRAMES = 8;
/** A stall that follows another one within this time will come again: then it is worth a deeper buffer. */
const AGAIN_MS = 10_000;

/** A frame's transit time, and when it came; ms. */
export interface LateFrame {
  readonly transit: number;
  readonly at: number;
}

/**
 * Tells what frames mean that come far too late. A lone stall (a sound card, a busy program, a path that was cut) says
 * nothing of the frames that follow, and a buffer that learnt from it would stay deep for half a minute. A sender whose
 * clock stood still is another case: everything is late from then on, so late is the new normal.
 */
export class StallWatch {
  #late: LateFrame[] = [];
  #stalledAt = Number.NEGATIVE_INFINITY;

  /** Whether a frame that came `ms` later than wanted tells of a stall, or of its end: what comes until all is in time. */
  isLate(ms: number): boolean {
    return ms > (this.#late.length > 0 ? 0 : STALL_MS);
  }

  /** A frame came so late. @returns all since the begin of it when the time line has moved. */
  late(frame: LateFrame): readonly LateFrame[] | undefined {
    this.#late.push(frame);
    const since = frame.at - this.#late[0]!.at;
    return since >= MOVED_MS && this.#late.length >= MOVED_FRAMES ? this.#take() : undefined;
  }

  /** A frame came in time. @returns the late ones before it that are worth learning from. */
  inTime(now: number): readonly LateFrame[] {
    if (this.#late.length === 0) return [];
    const again = now - this.#stalledAt < AGAIN_MS;
    this.#stalledAt = now;
    const late = this.#take();
    return again ? late : [];
  }

  #take(): LateFrame[] {
    const late = this.#late;
    this.#late = [];
    return late;
  }
}
