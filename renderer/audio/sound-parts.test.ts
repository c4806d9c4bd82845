import { describe, expect, it } from 'vitest';
import { Capture } from './capture.ts';
import { decibels, VoiceGate } from './voice-gate.ts';
import { Continuation, lengthen, loudness, pitchOf, shorten } from './waveform.ts';

/** Something like a vowel: a tone and its overtones. */
function vowel(hertz: number, length = 960): Float32Array {
  const at = (i: number, n: number) => Math.sin((2 * Math.PI * hertz * n * i) / 48_000) / n;
  return Float32Array.from({ length }, (_, i) => 0.3 * (at(i, 1) + at(i, 2) + at(i, 3)));
}
const steps = (sound: Float32Array) => [...sound].slice(1).map((sample, i) => Math.abs(sample - sound[i]!));

describe('the pitch', () => {
  it.each([110, 150, 220, 380])('of a voice of %s Hz is found', (hertz) => {
    const { lag, likeness } = pitchOf(vowel(hertz));
    const periods = (lag * hertz) / 48_000;
    expect(Math.abs(periods - Math.round(periods))).toBeLessThan(0.02);
    expect(likeness).toBeGreaterThan(0.98);
  });
});

describe('stretching', () => {
  it.each([
    ['shorter', shorten, -1],
    ['longer', lengthen, 1],
  ] as const)('makes a sound one period %s, without a step', (_, stretch, sign) => {
    const sound = vowel(200);
    const { lag } = pitchOf(sound);
    const other = stretch(sound, lag);
    expect(other.length).toBe(960 + sign * lag);
    expect(Math.max(...steps(other))).toBeLessThan(Math.max(...steps(sound)) * 1.1);
    expect(loudness(other)).toBeCloseTo(loudness(sound), 2);
    expect(other[0]).toBeCloseTo(sound[0]!, 6);
    expect(other.at(-1)).toBeCloseTo(sound.at(-1)!, 6);
  });
});

it('a voice goes on without a step for as long as is wanted', () => {
  const sound = vowel(173);
  const gap = new Continuation(sound);
  const whole = Float32Array.from([...sound, ...Array.from({ length: 4_800 }, () => gap.next())]);
  expect(Math.max(...steps(whole))).toBeLessThan(Math.max(...steps(sound)) * 1.3);
  expect(loudness(whole.subarray(4_800))).toBeGreaterThan(0.1);
});

describe('the voice gate', () => {
  const noise = (loud: number, seed = 1) => {
    let state = seed;
    return Float32Array.from({ length: 960 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return loud * (state / 2 ** 31 - 1);
    });
  };

  it('lets speech through at once, and closes 300 ms after it', () => {
    const gate = new VoiceGate();
    for (let i = 0; i < 50; i++) gate.hears(noise(0.0005, i + 1));
    expect(gate.hears(noise(0.0005, 99))).toBe(false);
    expect(gate.hears(vowel(150))).toBe(true);
    const after = Array.from({ length: 30 }, (_, i) => gate.hears(noise(0.0005, i + 200)));
    expect(after.lastIndexOf(true)).toBe(13);
  });

  it('learns how loud the room is, but takes no long tone for it', () => {
    const room = new VoiceGate();
    const heard = Array.from({ length: 1_000 }, (_, i) => room.hears(noise(0.004, i + 1)));
    expect(heard.slice(-100).some(Boolean)).toBe(false);
    const tone = new VoiceGate();
    expect(Array.from({ length: 3_000 }, () => tone.hears(vowel(440))).every(Boolean)).toBe(true);
  });

  it('is closed in digital silence', () => {
    expect(new VoiceGate().hears(new Float32Array(960))).toBe(false);
    expect(decibels(0)).toBe(-120);
  });
});

it('frames of 20 ms are made of pieces of any size, and of silence where there is no microphone', () => {
  const frames: [number, Float32Array][] = [];
  const capture = new Capture((clock, pcm) => frames.push([clock, pcm]));
  const sound = Float32Array.from({ length: 2_000 }, (_, i) => i + 1);
  for (let at = 0; at < 2_000; at += 125) capture.take(sound.subarray(at, at + 125), 125);
  capture.take(undefined, 880);
  expect(frames.map(([clock]) => clock)).toEqual([0, 960, 1920]);
  expect([...frames[1]![1]]).toEqual([...sound.subarray(960, 1920)]);
  expect([...frames[2]![1].subarray(0, 82)]).toEqual([...sound.subarray(1920), 0, 0]);
});
