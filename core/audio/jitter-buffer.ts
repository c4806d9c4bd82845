import { DelayHistogram } from './delay-histogram.ts';
import { type AudioFrame, FRAME_MS, FRAME_TICKS, type FrameTiming, TICKS_PER_MS } from './frame.ts';
import { RecentWorst } from './recent-worst.ts';
import { type LateFrame, StallWatch } from './stall-watch.ts';
import { Transit } from './transit.ts';

/** Share of frames that should come in time. */
const IN_TIME = 0.995;
/** Depth to begin with: at first nothing is known, and all programs that take part do what they never did before. */
const FIRST_TARGET_MS = 90;
/** It stays so deep for the first frames, then shrinks by 1 ms a frame: one calm second does not show a calm path. */
const FIRST_FRAMES = 75;
/**
 * Up to this depth the buffer waits for the latest frame of the last seconds, and for one that is later by as much again
 * as that one was later than usual: nobody hears such a delay, and everybody hears a gap. On paths that are worse than
 * that, it waits for the share above.
 */
const CAREFUL_MS = 90;
const CAREFUL_SECONDS = 45;
const USUAL = 0.95;
const MIN_MARGIN_MS = 15;
const MAX_TARGET_MS = 500;
/** Concealed frames in a row after which it is silence, not a gap: what is made up longer sounds like a machine. */
const MAX_CONCEALED = 6;
/** With no more sound in hand than this, frames that should have come and did not are waited for by playing slower. */
const SCARCE_MS = 40;
/** More delay than the target before the hint to play faster, less before the one to play slower. */
const FASTER_ABOVE_MS = 10;
const SLOWER_BELOW_MS = 20;
/** More delay before a frame is left out for it. */
const SKIP_ABOVE_MS = 120;
/** At most one frame in so many is left out of speech. */
const SKIP_EVERY = 10;
/** More than this has piled up while something stood still: it is left out at once, since nobody heard it anyway. */
const JUMP_ABOVE_MS = 400;
/** A frame this far from the others belongs to another time line; so many in a row, and we follow them. */
const FAR_MS = 3_000;
const FAR_FRAMES = 5;
/** Frames kept: 4 s. The oldest go first. */
const MAX_FRAMES = 200;

/** How fast to play a frame; `slowest`: it is the last one, and the next one should have come long ago. */
export type StretchHint = 'none' | 'faster' | 'slower' | 'slowest';

export type Playout<F extends FrameTiming = AudioFrame> =
  /** Play it, and follow the hint if time can be stretched. */
  | { readonly kind: 'frame'; readonly frame: F; readonly hint: StretchHint }
  /** The frame is not there: continue the sound. `run` counts from 1. */
  | { readonly kind: 'conceal'; readonly run: number }
  /** The other side is silent. `frame`: the comfort noise that it sent for this moment, if it did. */
  | { readonly kind: 'noise'; readonly frame?: F };

export interface JitterBufferStats {
  /** Frames waiting. */
  readonly depth: number;
  /** Wanted delay over that of the quickest frames. */
  readonly targetMs: number;
  readonly played: number;
  readonly concealed: number;
  /** Came after their time, or twice. */
  readonly late: number;
  readonly duplicates: number;
  /** Left out to get rid of delay. */
  readonly skipped: number;
  /** See `Transit.skewPpm`. */
  readonly skewPpm: number | undefined;
}

/**
 * Adaptive jitter buffer: frames in as they come, one decision for every 20 ms that the loudspeaker needs. Pure; runs
 * beside the decoder. All times are milliseconds of one monotonic clock.
 *
 * The delay of what is played is now less its media clock. It is chosen at the begin of each talk spurt, so that all
 * but a few frames come in time, and changed in between only as far as hints and gaps allow. What the loudspeaker's
 * clock drifts against the microphone's goes the same way: it changes the delay until the next pause.
 */
export class JitterBuffer<F extends FrameTiming = AudioFrame> {
  readonly #frames = new Map<number, F>();
  readonly #delays = new DelayHistogram(FIRST_TARGET_MS);
  readonly #worst = new RecentWorst(CAREFUL_SECONDS);
  readonly #transit = new Transit();
  readonly #stalls = new StallWatch();
  /** Media clock of what is to be played next; undefined in silence, when the next frame may choose its time. */
  #position: number | undefined;
  #run = 0;
  #learnt = 0;
  #far = 0;
  #sinceSkip = SKIP_EVERY;
  #played = 0;
  #concealed = 0;
  #late = 0;
  #duplicates = 0;
  #skipped = 0;
  /** What lies at or before this media clock has had its time. */
  #playedUpTo = -1;

  /** A frame came at `now`, in any order, or again. */
  insert(frame: F, now: number): void {
    const transit = now - frame.clock / TICKS_PER_MS;
    if (this.#isFar(transit)) return;
    if (frame.clock <= this.#playedUpTo) {
      this.#late++;
      // How late it was is what the depth has to learn from.
      this.#measure(transit, now);
      return;
    }
    if (this.#frames.has(frame.clock)) {
      this.#duplicates++;
      return;
    }
    this.#measure(transit, now);
    this.#frames.set(frame.clock, frame);
    if (this.#frames.size > MAX_FRAMES) this.#frames.delete(Math.min(...this.#frames.keys()));
  }

  /** What to play for the 20 ms that begin at `now`. Call it when the loudspeaker needs it, not by a timer. */
  next(now: number): Playout<F> {
    this.#sinceSkip++;
    this.#jump(now);
    return this.#position === undefined ? this.#begin(now) : this.#goOn(this.#position, now);
  }

  get targetMs(): number {
    return Math.min(MAX_TARGET_MS, Math.max(this.#carefulMs, this.#delays.quantile(IN_TIME)));
  }

  get #carefulMs(): number {
    const worst = this.#worst.most ?? 0;
    const margin = Math.max(MIN_MARGIN_MS, worst - this.#delays.quantile(USUAL));
    const first = FIRST_TARGET_MS - Math.max(0, this.#learnt - FIRST_FRAMES);
    return Math.max(first, Math.min(CAREFUL_MS, worst + margin));
  }

  get stats(): JitterBufferStats {
    return {
      depth: this.#frames.size,
      targetMs: this.targetMs,
      played: this.#played,
      concealed: this.#concealed,
      late: this.#late,
      duplicates: this.#duplicates,
      skipped: this.#skipped,
      skewPpm: this.#transit.skewPpm,
    };
  }

  /**
   * In silence: the next talk spurt begins when its first frame has waited as long as the target asks for. Silence
   * itself waits for nothing, so that no delay is left over from the spurt before.
   */
  #begin(now: number): Playout<F> {
    let room: F | undefined;
    for (let first = this.#earliest(); first !== undefined; first = this.#earliest()) {
      if (this.#overdueMs(first.clock, now) < 0) break;
      if (!first.silence) return this.#play(first, now);
      this.#take(first);
      room = first;
    }
    return room === undefined ? NOISE : { kind: 'noise', frame: room };
  }

  #goOn(position: number, now: number): Playout<F> {
    const frame = this.#frames.get(position);
    if (frame !== undefined) {
      if (!this.#maySkip(frame, now)) return this.#play(frame, now);
      this.#take(frame);
      this.#skipped++;
      this.#sinceSkip = 0;
      this.#position = position + FRAME_TICKS;
      return this.#goOn(this.#position, now);
    }
    const following = this.#earliest();
    // Nothing to go on with: the frame may be late, so its place is kept.
    if (following === undefined) return this.#conceal(position, now);
    const overdue = this.#overdueMs(following.clock, now);
    if (overdue >= (this.#run > 0 ? 0 : 2 * FRAME_MS)) return this.#play(following, now);
    // Later ones are there: this one is lost, and what comes of it now is too late.
    this.#playedUpTo = Math.max(this.#playedUpTo, position);
    return this.#conceal(position + FRAME_TICKS, now);
  }

  #play(frame: F, now: number): Playout<F> {
    const overdue = this.#overdueMs(frame.clock, now);
    this.#take(frame);
    this.#run = 0;
    if (frame.silence) {
      this.#position = undefined;
      return { kind: 'noise', frame };
    }
    this.#played++;
    this.#position = frame.clock + FRAME_TICKS;
    return { kind: 'frame', frame, hint: this.#starvation(frame, now) ?? hintFor(overdue) };
  }

  /**
   * When what comes after this frame is not there although nearly always it would be: so a stall that is longer than the
   * buffer is deep need not make a gap. What it costs in delay is won back as any other delay is.
   */
  #starvation(playing: F, now: number): StretchHint | undefined {
    const newest = this.#newest() ?? playing;
    if (newest.silence) return undefined;
    const waitedMs = now - newest.clock / TICKS_PER_MS - (this.#transit.base ?? 0) - FRAME_MS;
    const inHandMs = (newest.clock - playing.clock) / TICKS_PER_MS;
    if (inHandMs > SCARCE_MS || waitedMs <= this.#delays.quantile(USUAL)) return undefined;
    return inHandMs > 0 ? 'slower' : 'slowest';
  }

  #conceal(position: number, now: number): Playout<F> {
    if (this.#run >= MAX_CONCEALED) {
      this.#run = 0;
      this.#position = undefined;
      return this.#begin(now);
    }
    this.#run++;
    this.#concealed++;
    this.#position = position;
    return { kind: 'conceal', run: this.#run };
  }

  /** Takes a frame out, and forgets what lies before it: its time has passed. */
  #take(frame: F): void {
    for (const clock of this.#frames.keys()) if (clock <= frame.clock) this.#frames.delete(clock);
    this.#playedUpTo = Math.max(this.#playedUpTo, frame.clock);
  }

  /** Speech is cut only when far too much has piled up; after a pause it begins anew without any of it. */
  #maySkip(frame: F, now: number): boolean {
    if (frame.silence || this.#frames.size < 2) return false;
    return this.#sinceSkip >= SKIP_EVERY && this.#overdueMs(frame.clock, now) > SKIP_ABOVE_MS;
  }

  #jump(now: number): void {
    let first = this.#earliest();
    if (first === undefined || this.#overdueMs(first.clock, now) <= JUMP_ABOVE_MS) return;
    while (first !== undefined && this.#frames.size > 1 && this.#overdueMs(first.clock, now) > FRAME_MS) {
      this.#take(first);
      if (!first.silence) this.#skipped++;
      first = this.#earliest();
    }
    this.#position = undefined;
  }

  /** How much longer than wanted a frame has waited when it is played now; negative: it could wait. */
  #overdueMs(clock: number, now: number): number {
    return now - clock / TICKS_PER_MS - (this.#transit.base ?? 0) - this.targetMs;
  }

  #measure(transit: number, now: number): void {
    const { base } = this.#transit;
    if (base !== undefined && this.#stalls.isLate(transit - base - this.targetMs)) {
      const moved = this.#stalls.late({ transit, at: now });
      if (moved === undefined) return;
      this.#transit.reset();
      for (const late of moved) this.#learn(late);
      return;
    }
    for (const late of this.#stalls.inTime(now)) this.#learn(late);
    this.#learn({ transit, at: now });
  }

  #learn({ transit, at }: LateFrame): void {
    this.#transit.add(transit, at);
    const delay = transit - (this.#transit.base ?? transit);
    this.#delays.add(delay);
    this.#worst.add(delay, at);
    this.#learnt++;
  }

  /** A sender that began anew has another time line; a single frame far away is an error or a lie. */
  #isFar(transit: number): boolean {
    const { base } = this.#transit;
    if (base === undefined || Math.abs(transit - base) <= FAR_MS) {
      this.#far = 0;
      return false;
    }
    if (++this.#far < FAR_FRAMES) return true;
    this.#frames.clear();
    this.#transit.reset();
    this.#position = undefined;
    this.#playedUpTo = -1;
    this.#far = 0;
    this.#run = 0;
    return false;
  }

  #newest(): F | undefined {
    let newest: F | undefined;
    for (const frame of this.#frames.values()) if (newest === undefined || frame.clock > newest.clock) newest = frame;
    return newest;
  }

  #earliest(): F | undefined {
    let earliest: F | undefined;
    for (const frame of this.#frames.values()) {
      if (earliest === undefined || frame.clock < earliest.clock) earliest = frame;
    }
    return earliest;
  }
}

function hintFor(overdueMs: number): StretchHint {
  if (overdueMs > FASTER_ABOVE_MS) return 'faster';
  return overdueMs < -SLOWER_BELOW_MS ? 'slower' : 'none';
}

const NOISE: { readonly kind: 'noise' } = { kind: 'noise' };
