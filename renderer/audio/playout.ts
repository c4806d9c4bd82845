import { type FrameTiming, TICKS_PER_MS } from '../../core/audio/frame.ts';
import { JitterBuffer, type JitterBufferStats, type StretchHint } from '../../core/audio/jitter-buffer.ts';
import { ComfortNoise } from './comfort-noise.ts';
import { Continuation, fade, lengthen, loudness, MAX_LAG, pitchOf, shorten } from './waveform.ts';

/** Samples of one frame: 20 ms of 48 kHz. */
export const FRAME_SAMPLES = 960;
/** Kept of what was heard, to go on from. */
const HISTORY = FRAME_SAMPLES;
/** How long one sound takes to give way to another: 5 ms. */
const BLEND = 240;
/** How loud made-up sound is at the end of the first, second, … frame of a gap. */
const FADING = [0.9, 0.65, 0.4, 0.2, 0.08, 0];
/** Sequence numbers that are remembered: those of a minute. */
const MAX_SEEN = 3_000;
/** Sound that repeats itself less than this is not stretched: it would be heard. */
const MIN_LIKENESS = 0.6;
/** Unless it is as quiet as this (-46 dB of full scale): a room between two words. */
const QUIET = 0.005;

/** One decoded frame. In silence `pcm` is the noise of the other side's room, or empty. */
export interface SoundFrame extends FrameTiming {
  readonly pcm: Float32Array;
}

export interface PlayoutStats extends JitterBufferStats {
  /** Frames of 20 ms in which the other side said nothing. */
  readonly silent: number;
  /** Frames that were played faster or slower, by one period of the voice or a few. */
  readonly stretched: number;
  /** Time that this put in, and that it took out, in ms. Nothing of the sound is missing, and nothing is made up. */
  readonly addedMs: number;
  readonly removedMs: number;
  /** Frames that were sent since the first one that came, and those that came; what is between them was lost. */
  readonly expected: number;
  readonly received: number;
}

/**
 * What the loudspeaker plays: frames from the jitter buffer, short gaps filled by going on with the voice, longer ones
 * and silence by the noise of the room, with no step between them. Pure; it runs where the sound card asks for samples,
 * and all times are milliseconds of the sound card's clock.
 */
export class Playout {
  readonly #buffer = new JitterBuffer<SoundFrame>();
  readonly #noise = new ComfortNoise();
  readonly #history = new Float32Array(HISTORY);
  readonly #seen = new Set<number>();
  #pending = new Float32Array(0);
  #at = 0;
  #gap: Continuation | undefined;
  #silence = true;
  #silent = 0;
  #stretched = 0;
  #added = 0;
  #removed = 0;
  #first = Number.POSITIVE_INFINITY;
  #highest = -1;
  #received = 0;

  /** `now` by the same clock as `render`. */
  insert(frame: SoundFrame, now: number): void {
    this.#count(frame.sequence);
    this.#buffer.insert(frame, now);
  }

  /** Fills `output` with what is to be heard from `now` on. */
  render(output: Float32Array, now: number): void {
    for (let done = 0; done < output.length; ) {
      if (this.#at >= this.#pending.length) {
        this.#pending = this.#produce(now + done / TICKS_PER_MS);
        this.#at = 0;
      }
      const some = this.#pending.subarray(this.#at, this.#at + output.length - done);
      output.set(some, done);
      done += some.length;
      this.#at += some.length;
    }
  }

  get stats(): PlayoutStats {
    const expected = this.#received === 0 ? 0 : this.#highest - this.#first + 1;
    const counts = { silent: this.#silent, received: this.#received, expected };
    const [addedMs, removedMs] = [this.#added / TICKS_PER_MS, this.#removed / TICKS_PER_MS];
    return { ...this.#buffer.stats, ...counts, stretched: this.#stretched, addedMs, removedMs };
  }

  /** The next samples, about 20 ms of them. */
  #produce(now: number): Float32Array<ArrayBuffer> {
    const playout = this.#buffer.next(now);
    let sound: Float32Array<ArrayBuffer>;
    if (playout.kind === 'frame') sound = this.#play(playout.frame.pcm, playout.hint);
    else if (playout.kind === 'conceal') sound = this.#goOn(playout.run);
    else sound = this.#beSilent(playout.frame);
    this.#remember(sound);
    return sound;
  }

  #play(pcm: Float32Array, hint: StretchHint): Float32Array<ArrayBuffer> {
    const sound = this.#stretch(pcm, hint);
    if (this.#gap !== undefined) blend(this.#gap, sound);
    else if (this.#silence) blend(this.#noise, sound);
    this.#gap = undefined;
    this.#silence = false;
    return sound;
  }

  /** Some periods more or less, where nobody hears it: so the delay follows the path, and the two clocks each other. */
  #stretch(pcm: Float32Array, hint: StretchHint): Float32Array<ArrayBuffer> {
    if (hint === 'none') return pcm.slice();
    const { lag, likeness } = pitchOf(pcm);
    if (likeness < MIN_LIKENESS && loudness(pcm) > QUIET) return pcm.slice();
    const sound = hint === 'faster' ? shorten(pcm, lag) : slowed(pcm, lag, hint === 'slowest' ? 2 : 1);
    this.#stretched++;
    this.#added += Math.max(0, sound.length - pcm.length);
    this.#removed += Math.max(0, pcm.length - sound.length);
    return sound as Float32Array<ArrayBuffer>;
  }

  #goOn(run: number): Float32Array<ArrayBuffer> {
    this.#gap ??= new Continuation(this.#history);
    const from = run < 2 ? 1 : (FADING[run - 2] ?? 0);
    const to = FADING[run - 1] ?? 0;
    const sound = new Float32Array(FRAME_SAMPLES);
    for (let i = 0; i < sound.length; i++) {
      const loud = fade(from, to, i / sound.length);
      sound[i] = this.#gap.next() * loud + this.#noise.next() * (1 - loud);
    }
    return sound;
  }

  #beSilent(frame: SoundFrame | undefined): Float32Array<ArrayBuffer> {
    if (frame !== undefined && frame.pcm.length > 0) this.#noise.learn(frame.pcm);
    const sound = new Float32Array(FRAME_SAMPLES);
    for (let i = 0; i < sound.length; i++) sound[i] = this.#noise.next();
    // After a gap the voice has faded out already.
    if (!this.#silence && this.#gap === undefined) blend(new Continuation(this.#history), sound);
    this.#gap = undefined;
    this.#silence = true;
    this.#silent++;
    return sound;
  }

  #remember(sound: Float32Array): void {
    const last = sound.subarray(Math.max(0, sound.length - HISTORY));
    this.#history.copyWithin(0, last.length);
    this.#history.set(last, HISTORY - last.length);
  }

  #count(sequence: number): void {
    if (this.#seen.has(sequence)) return;
    this.#seen.add(sequence);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value!);
    this.#received++;
    this.#first = Math.min(this.#first, sequence);
    this.#highest = Math.max(this.#highest, sequence);
  }
}

/** Up to 10 ms longer, `times` over: as many whole periods as that are. */
function slowed(pcm: Float32Array, lag: number, times: number): Float32Array {
  const periods = Math.floor(MAX_LAG / lag) * lag;
  let sound = pcm;
  for (let i = 0; i < times; i++) sound = lengthen(sound, periods);
  return sound;
}

/** The begin of `to` comes up while `from` goes away. */
function blend(from: { next(): number }, to: Float32Array): void {
  for (let i = 0; i < BLEND && i < to.length; i++) to[i] = fade(from.next(), to[i]!, (i + 1) / (BLEND + 1));
}
