import { describe, expect, it } from 'vitest';
import { FRAME_SAMPLES, Playout, type SoundFrame } from './playout.ts';
import { loudness } from './waveform.ts';

const QUANTUM = 128;
const HERTZ = 200;

/** One frame of a tone that goes on over all frames. */
function tone(sequence: number, loud = 0.5): SoundFrame {
  const pcm = new Float32Array(FRAME_SAMPLES);
  for (let i = 0; i < pcm.length; i++) {
    pcm[i] = loud * Math.sin((2 * Math.PI * HERTZ * (sequence * FRAME_SAMPLES + i)) / 48_000);
  }
  return { sequence, clock: sequence * FRAME_SAMPLES, silence: false, pcm };
}

function quiet(sequence: number, pcm = new Float32Array(0)): SoundFrame {
  return { sequence, clock: sequence * FRAME_SAMPLES, silence: true, pcm };
}

interface Run {
  /** What arrives, and when in ms. */
  readonly arrivals: readonly { readonly at: number; readonly frame: SoundFrame }[];
  readonly ms: number;
  /** How much faster the loudspeaker's clock runs than the microphone's. */
  readonly drift?: number;
}

function play({ arrivals, ms, drift = 0 }: Run) {
  const playout = new Playout();
  const coming = [...arrivals];
  const output = new Float32Array(Math.floor((ms * 48) / QUANTUM) * QUANTUM);
  for (let at = 0; at < output.length; at += QUANTUM) {
    const now = at / 48;
    while (coming.length > 0 && coming[0]!.at * (1 + drift) <= now) playout.insert(coming.shift()!.frame, now);
    playout.render(output.subarray(at, at + QUANTUM), now);
  }
  return { output, stats: playout.stats };
}

const onTime = (frames: readonly SoundFrame[]) => frames.map((frame) => ({ at: frame.sequence * 20 + 10, frame }));
const tones = (count: number) => Array.from({ length: count }, (_, i) => tone(i));
const steepest = (sound: Float32Array) =>
  sound.reduce((most, sample, i) => (i === 0 ? 0 : Math.max(most, Math.abs(sample - sound[i - 1]!))), 0);
/** How often it goes through nothing: twice in each period. */
const crossings = (sound: Float32Array) =>
  sound.reduce((count, sample, i) => count + (i > 0 && sample >= 0 !== sound[i - 1]! >= 0 ? 1 : 0), 0);
/** The steepest that the tone itself is. */
const TONE_STEP = 0.5 * 2 * Math.sin((Math.PI * HERTZ) / 48_000);

describe('playing', () => {
  it('gives each sample of a steady path once, in order', () => {
    const { output, stats } = play({ arrivals: onTime(tones(200)), ms: 3_900 });
    expect(stats).toMatchObject({ concealed: 0, expected: 195, received: 195, late: 0 });
    expect(steepest(output)).toBeLessThan(TONE_STEP * 1.01);
    expect(loudness(output.subarray(24_000))).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  it('fills the gap of a lost frame with the voice, without a click', () => {
    const arrivals = onTime(tones(200).filter(({ sequence }) => sequence % 20 !== 10));
    const { output, stats } = play({ arrivals, ms: 3_700 });
    expect(stats.concealed).toBeGreaterThanOrEqual(8);
    expect(stats.expected - stats.received).toBe(9);
    expect(steepest(output)).toBeLessThan(TONE_STEP * 2.5);
    // Nowhere in it is a hole.
    const holes = [];
    for (let at = 24_000; at + 480 < output.length; at += 480) holes.push(loudness(output.subarray(at, at + 480)));
    expect(Math.min(...holes)).toBeGreaterThan(0.15);
  });

  it('fades out when nothing comes any more', () => {
    const { output } = play({ arrivals: onTime(tones(50)), ms: 2_000 });
    expect(steepest(output)).toBeLessThan(TONE_STEP * 2.5);
    expect(loudness(output.subarray(64_000))).toBe(0);
  });

  it('makes the noise of the other side’s room in silence, and never more than that of a room', () => {
    const room = (loud: number) => Float32Array.from({ length: FRAME_SAMPLES }, (_, i) => (i % 2 === 0 ? loud : -loud));
    const levelOf = (loud: number) => {
      const frames = Array.from({ length: 100 }, (_, i) => quiet(i, room(loud)));
      return loudness(play({ arrivals: onTime(frames), ms: 2_000 }).output.subarray(48_000));
    };
    expect(levelOf(0.001)).toBeGreaterThan(0.0007);
    expect(levelOf(0.001)).toBeLessThan(0.0013);
    expect(levelOf(0.9)).toBeLessThan(0.004);
    expect(levelOf(0)).toBe(0);
  });

  it.each([300e-6, -300e-6])('follows a sound card whose clock is off by %s, without a gap', (drift) => {
    const { stats } = play({ arrivals: onTime(tones(6_000)), ms: 119_000, drift });
    // 0.3 thousandths are 36 ms in two minutes: a few periods of the voice more or less.
    expect(stats.stretched).toBeGreaterThan(1);
    expect(stats.concealed).toBeLessThanOrEqual(2);
    expect(stats.skipped).toBe(0);
  });

  it('waits for what is late by playing slower: the tone keeps its pitch and its loudness, without a click', () => {
    const STALL = { at: 1_000, ms: 120 };
    const arrivals = onTime(tones(200)).map(({ at, frame }) => ({
      at: at >= STALL.at && at < STALL.at + STALL.ms ? STALL.at + STALL.ms : at,
      frame,
    }));
    const { output, stats } = play({ arrivals, ms: 3_900 });
    expect(stats).toMatchObject({ concealed: 0, skipped: 0, late: 0, expected: 195, received: 195 });
    expect(stats.addedMs).toBeGreaterThan(20);
    expect(steepest(output)).toBeLessThan(TONE_STEP * 1.05);
    // Within what was added at first to become as deep as a beginning asks for, the delay is as before.
    expect(stats.removedMs).toBeGreaterThan(20);
    for (let at = 24_000; at + 2_400 < output.length; at += 2_400) {
      const sound = output.subarray(at, at + 2_400);
      expect(loudness(sound)).toBeCloseTo(0.5 / Math.SQRT2, 1);
      expect(Math.abs(crossings(sound) - (2 * HERTZ * sound.length) / 48_000)).toBeLessThanOrEqual(1);
    }
  });

  it('comes back from a jam of the path without leaving speech out for long', () => {
    const late = onTime(tones(500)).map(({ at, frame }) => ({ at: at > 4_000 && at < 4_300 ? 4_300 : at, frame }));
    const { stats } = play({ arrivals: late, ms: 9_900 });
    expect(stats.expected).toBe(stats.received);
    expect(stats.concealed).toBeLessThan(16);
    expect(stats.stretched).toBeGreaterThan(0);
  });
});
