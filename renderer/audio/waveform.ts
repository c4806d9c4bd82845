/** Pitches that are looked for: 100 to 400 Hz, in samples of 48 kHz. */
const MIN_LAG = 120;
export const MAX_LAG = 480;
/** Every fourth sample is enough for the first look. */
const STEP = 4;
/** Samples that are compared. */
const WINDOW = 480;

/** Where a sound repeats itself. */
export interface Pitch {
  /** Samples, MIN_LAG to MAX_LAG. */
  readonly lag: number;
  /** How alike two periods are, at most 1. */
  readonly likeness: number;
}

/**
 * How long one period of the sound's end is, by normalised autocorrelation: coarse first, then sample by sample around
 * the best. `sound` has at least MAX_LAG + WINDOW samples (960).
 */
export function pitchOf(sound: Float32Array): Pitch {
  let best = { lag: MIN_LAG, likeness: Number.NEGATIVE_INFINITY };
  const look = (lag: number, step: number): void => {
    const likeness = likenessAt(sound, lag, step);
    if (likeness > best.likeness) best = { lag, likeness };
  };
  for (let lag = MIN_LAG; lag <= MAX_LAG; lag += STEP) look(lag, STEP);
  const { lag: around } = best;
  best = { lag: around, likeness: Number.NEGATIVE_INFINITY };
  for (let lag = Math.max(MIN_LAG, around - STEP); lag <= Math.min(MAX_LAG, around + STEP); lag++) look(lag, 1);
  return best;
}

function likenessAt(sound: Float32Array, lag: number, step: number): number {
  let products = 0;
  let own = 0;
  let other = 0;
  for (let at = sound.length - WINDOW; at < sound.length; at += step) {
    const a = sound[at]!;
    const b = sound[at - lag]!;
    products += a * b;
    own += a * a;
    other += b * b;
  }
  // Silence is like silence.
  return own + other < 1e-9 ? 1 : products / Math.sqrt(own * other + 1e-12);
}

/** The same sound without one period: `lag` samples shorter. At least 2 * `lag` samples long. */
export function shorten(sound: Float32Array, lag: number): Float32Array {
  const shorter = sound.slice(lag);
  for (let i = 0; i < lag; i++) shorter[i] = fade(sound[i]!, sound[i + lag]!, (i + 1) / (lag + 1));
  return shorter;
}

/** The same sound with one period twice: `lag` samples longer. At least 2 * `lag` samples long. */
export function lengthen(sound: Float32Array, lag: number): Float32Array {
  const longer = new Float32Array(sound.length + lag);
  longer.set(sound.subarray(0, lag));
  longer.set(sound, lag);
  for (let i = 0; i < lag; i++) longer[lag + i] = fade(sound[lag + i]!, sound[i]!, (i + 1) / (lag + 1));
  return longer;
}

/** Goes on with the last period of what was heard, again and again, without a step where it begins anew. */
export class Continuation {
  readonly #period: Float32Array;
  #at = 0;

  /** `heard` as for `pitchOf`; it is not kept. */
  constructor(heard: Float32Array) {
    const { lag } = pitchOf(heard);
    const begin = heard.length - lag;
    this.#period = heard.slice(begin);
    const seam = lag >> 2;
    // Its end goes over into what came before its begin.
    for (let i = 0; i < seam; i++) {
      const at = lag - seam + i;
      this.#period[at] = fade(this.#period[at]!, heard[begin - seam + i]!, (i + 1) / (seam + 1));
    }
  }

  /** The next sample. */
  next(): number {
    const sample = this.#period[this.#at]!;
    this.#at = (this.#at + 1) % this.#period.length;
    return sample;
  }
}

/** From `a` (share 0) to `b` (share 1). */
export function fade(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** Root of the mean square; 0 for no samples. */
export function loudness(sound: Float32Array): number {
  if (sound.length === 0) return 0;
  let sum = 0;
  for (const sample of sound) sum += sample * sample;
  return Math.sqrt(sum / sound.length);
}
