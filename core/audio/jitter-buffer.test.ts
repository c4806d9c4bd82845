import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/seeded-random.ts';
import { type AudioFrame, FRAME_MS, FRAME_TICKS, TICKS_PER_MS } from './frame.ts';
import { JitterBuffer, type Playout } from './jitter-buffer.ts';

function frame(sequence: number, silence = false, clock = sequence * FRAME_TICKS): AudioFrame {
  return { sequence, clock, silence, opus: Uint8Array.of(sequence & 0xff) };
}

interface Arrival {
  readonly at: number;
  readonly frame: AudioFrame;
}

interface Played {
  readonly at: number;
  readonly playout: Playout;
}

interface Run {
  readonly arrivals: readonly Arrival[];
  readonly untilMs: number;
  /** Length of a tick by our clock: other than 20 when the loudspeaker's clock drifts. */
  readonly tickMs?: number;
  readonly firstTickMs?: number;
  /** Follows the hints by this share of a tick, as time stretching would. */
  readonly stretch?: number;
  /** The same for those to play slower, when other than `stretch`. */
  readonly slow?: number;
  readonly buffer?: JitterBuffer;
}

const STRETCH = { none: 0, faster: -1, slower: 1, slowest: 2 } as const;

function run({
  arrivals,
  untilMs,
  tickMs = FRAME_MS,
  firstTickMs = 0,
  stretch = 0,
  slow = stretch,
  buffer = new JitterBuffer(),
}: Run) {
  const coming = [...arrivals].sort((a, b) => a.at - b.at);
  const played: Played[] = [];
  for (let at = firstTickMs; at < untilMs; ) {
    while (coming.length > 0 && coming[0]!.at <= at) {
      const arrival = coming.shift()!;
      buffer.insert(arrival.frame, arrival.at);
    }
    const playout = buffer.next(at);
    played.push({ at, playout });
    const hint = playout.kind === 'frame' ? playout.hint : 'none';
    at += tickMs * (1 + (hint === 'faster' ? stretch : slow) * STRETCH[hint]);
  }
  return { played, buffer };
}

const sequences = (played: readonly Played[]) =>
  played.flatMap(({ playout }) => (playout.kind === 'frame' ? [playout.frame.sequence] : []));
const kinds = (played: readonly Played[]) => played.map(({ playout }) => playout.kind);
const hints = (played: readonly Played[]) =>
  played.flatMap(({ playout }) => (playout.kind === 'frame' ? [playout.hint] : []));
const count = (played: readonly Played[], kind: Playout['kind']) => kinds(played).filter((one) => one === kind).length;
const delays = (played: readonly Played[]) =>
  played.flatMap(({ at, playout }) => (playout.kind === 'frame' ? [at - playout.frame.clock / TICKS_PER_MS] : []));

/** Frames 0 to `count` - 1, each after `delay(sequence)` ms from its begin. */
function stream(frames: number, delay: (sequence: number) => number): Arrival[] {
  return Array.from({ length: frames }, (_, i) => ({ at: i * FRAME_MS + delay(i), frame: frame(i) }));
}

describe('the jitter buffer', () => {
  it('plays every frame of a steady path once and in order, and is not deep', () => {
    const { played, buffer } = run({ arrivals: stream(500, () => 50), untilMs: 10_200, stretch: 0.2 });
    expect(sequences(played)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(buffer.stats).toMatchObject({ played: 500, late: 0, duplicates: 0, depth: 0, targetMs: 15 });
    // Only the end is missing.
    expect(count(played, 'conceal')).toBeLessThanOrEqual(6);
    expect(delays(played).at(-1)! - 50).toBeLessThanOrEqual(35);
  });

  it('is silent before the first frame and after the last', () => {
    const { played } = run({ arrivals: [], untilMs: 200 });
    expect(new Set(kinds(played))).toEqual(new Set(['noise']));
    const after = run({ arrivals: stream(3, () => 0), untilMs: 1_000 }).played;
    expect(kinds(after).slice(-20)).toEqual(Array.from({ length: 20 }, () => 'noise'));
  });

  it('puts reordered frames in order and drops second copies', () => {
    const arrivals = stream(300, (i) => (i % 3 === 0 ? 45 : 0));
    const twice = arrivals.map(({ at, frame }) => ({ at: at + 1, frame }));
    const { played, buffer } = run({ arrivals: [...arrivals, ...twice], untilMs: 6_200 });
    const order = sequences(played);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
    expect(order.length).toBeGreaterThan(290);
    expect(buffer.stats.duplicates + buffer.stats.late).toBe(300 + 300 - order.length);
  });

  it('conceals a lost frame once and goes on in time', () => {
    const arrivals = stream(400, () => 10).filter(({ frame }) => frame.sequence % 20 !== 19);
    const { played, buffer } = run({ arrivals, untilMs: 8_060 });
    expect(buffer.stats).toMatchObject({ late: 0, skipped: 0 });
    expect(sequences(played).length).toBe(380);
    // The last one is the end of the stream.
    expect(buffer.stats.concealed).toBeLessThanOrEqual(20 + 3);
    // What it was deeper at first went with the first losses.
    const settled = delays(played).slice(200);
    expect(Math.max(...settled) - Math.min(...settled)).toBeLessThanOrEqual(FRAME_MS);
  });

  it('waits for a frame that is late when nothing else is there, instead of throwing it away', () => {
    const arrivals = stream(200, (i) => (i >= 100 && i < 106 ? 120 - (i - 100) * 20 : 5));
    const { played, buffer } = run({ arrivals, untilMs: 3_990 });
    expect(sequences(played)).toEqual(Array.from({ length: 198 }, (_, i) => i).slice(0, sequences(played).length));
    expect(buffer.stats.late).toBe(0);
    expect(buffer.stats.concealed).toBeGreaterThan(0);
  });

  it('has a stall that is longer than it is deep waited for by playing slower, and wins the delay back', () => {
    const STALL_MS = 50;
    const stallAt = (i: number) => (i >= 400 && i < 403 ? STALL_MS - (i - 400) * FRAME_MS : 0);
    // Up to 25 ms of jitter: the buffer is some 40 ms deep.
    const arrivals = stream(700, (i) => 5 + (i % 5) * 6 + stallAt(i));
    const phases = Array.from({ length: 10 }, (_, i) => 2 * i);
    const runs = (slow: number) =>
      phases.map((firstTickMs) => run({ arrivals, untilMs: 13_900, firstTickMs, stretch: 0.25, slow }));
    const gaps = (slow: number) => runs(slow).reduce((sum, { buffer }) => sum + buffer.stats.concealed, 0);
    expect(gaps(0)).toBeGreaterThanOrEqual(phases.length);
    expect(gaps(0.5)).toBeLessThanOrEqual(phases.length / 2);
    for (const { played, buffer } of runs(0.5)) {
      const around = (from: number, to: number) => played.filter(({ at }) => at > from && at < to);
      expect(Math.max(...delays(around(9_000, 13_900)))).toBeLessThan(90);
      expect(buffer.stats).toMatchObject({ late: 0, skipped: 0 });
    }
  });

  it('is in no hurry on a calm path, nor when the other side has nothing to say', () => {
    const calm = run({ arrivals: stream(500, (i) => (i % 3) * 2), untilMs: 9_990, stretch: 0.2 }).played;
    expect(hints(calm.slice(150)).filter((hint) => hint.startsWith('slow')).length).toBeLessThanOrEqual(2);
    const spoken = stream(200, () => 5);
    const pause: Arrival = { at: 200 * FRAME_MS + 5, frame: frame(200, true) };
    expect(hints(run({ arrivals: [...spoken, pause], untilMs: 6_000 }).played)).not.toContain('slowest');
  });

  it('deepens with jitter and comes back', () => {
    const random = new SeededRandom('jitter');
    const buffer = new JitterBuffer();
    const jittery = stream(1_000, () => random.uniform() * 80);
    run({ arrivals: jittery, untilMs: 20_000, buffer });
    expect(buffer.targetMs).toBeGreaterThanOrEqual(75);
    expect(buffer.targetMs).toBeLessThanOrEqual(90);
    const calm = Array.from({ length: 3_000 }, (_, i) => ({ at: 20_000 + i * 20 + 2, frame: frame(1_000 + i) }));
    run({ arrivals: calm, untilMs: 80_000, firstTickMs: 20_000, buffer });
    expect(buffer.targetMs).toBeLessThanOrEqual(15);
  });

  it('waits for the latest frame of the last seconds, and a little longer, but on a bad path for the usual ones only', () => {
    // One in 250 is late: a share of frames that is not worth waiting for would be missing all the time.
    const seldom = (ms: number) => run({ arrivals: stream(1_500, (i) => (i % 250 === 150 ? ms : 5)), untilMs: 29_900 });
    expect(seldom(40).buffer.stats).toMatchObject({ concealed: 0, late: 0 });
    expect(seldom(40).buffer.targetMs).toBe(65);
    expect(seldom(110).buffer.targetMs).toBe(90);
  });

  it('begins deep, and shrinks bit by bit when it was calm for long enough', () => {
    const depthAfter = (frames: number) =>
      run({ arrivals: stream(frames, () => 5), untilMs: frames * FRAME_MS }).buffer.targetMs;
    expect([2, 75, 100, 160, 300].map(depthAfter)).toEqual([95, 90, 66, 15, 15]);
  });

  it('is comfortable in silence and begins each spurt with the wanted delay', () => {
    const arrivals: Arrival[] = [];
    for (let spurt = 0; spurt < 20; spurt++) {
      for (let i = 0; i < 50; i++) {
        const sequence = spurt * 51 + i;
        const clock = (spurt * 100 + i) * FRAME_TICKS;
        arrivals.push({ at: clock / TICKS_PER_MS + 30, frame: frame(sequence, false, clock) });
      }
      const clock = (spurt * 100 + 50) * FRAME_TICKS;
      arrivals.push({ at: clock / TICKS_PER_MS + 30, frame: frame(spurt * 51 + 50, true, clock) });
    }
    const { played, buffer } = run({ arrivals, untilMs: 40_000, firstTickMs: 7 });
    expect(buffer.stats).toMatchObject({ played: 1_000, concealed: 0, late: 0 });
    expect(delays(played).at(-1)!).toBeLessThanOrEqual(30 + 5 + FRAME_MS);
    expect(count(played, 'noise')).toBeGreaterThan(900);
  });

  it('makes up no more than 120 ms, then is silent until it goes on', () => {
    const arrivals = [...stream(50, () => 10), ...stream(400, () => 10).slice(300)];
    const { played, buffer } = run({ arrivals, untilMs: 8_100 });
    const gap = kinds(played.filter(({ at }) => at > 1_100 && at < 6_000));
    expect(gap.filter((kind) => kind === 'conceal').length).toBeLessThanOrEqual(6);
    expect(sequences(played).filter((sequence) => sequence >= 300)).toHaveLength(100);
    expect(buffer.stats.late).toBe(0);
  });

  it.each([+300, -300])('goes along with a sound card that is off by %d ppm, and measures it', (ppm) => {
    const arrivals: Arrival[] = [];
    const frames = 60_000 / FRAME_MS;
    for (let i = 0; i < frames; i++) {
      // A pause of 200 ms every two seconds.
      if (i % 100 >= 90) continue;
      arrivals.push({ at: i * FRAME_MS + 20, frame: frame(i, i % 100 === 89) });
    }
    const tickMs = FRAME_MS * (1 + ppm / 1e6);
    const { played, buffer } = run({ arrivals, untilMs: 60_000, tickMs });
    expect(buffer.stats.late).toBeLessThanOrEqual(3);
    expect(buffer.stats.concealed).toBeLessThan(0.005 * frames);
    expect(Math.max(...delays(played).slice(500))).toBeLessThan(20 + 5 + 2 * FRAME_MS);
    const drifting = stream(2_000, (i) => 20 + (i * FRAME_MS * ppm) / 1e6);
    expect(run({ arrivals: drifting, untilMs: 40_000 }).buffer.stats.skewPpm).toBeCloseTo(ppm, -1);
  });

  it('gets rid of delay it no longer needs: by hints, and by leaving frames out where nobody follows them', () => {
    const stuck = (i: number) => (i < 50 ? 400 - i * 8 : 0);
    const patient = run({ arrivals: stream(1_500, stuck), untilMs: 30_000 });
    const stretching = run({ arrivals: stream(1_500, stuck), untilMs: 30_000, stretch: 0.1 });
    for (const { played } of [patient, stretching]) expect(delays(played).at(-1)!).toBeLessThan(160);
    expect(stretching.buffer.stats.skipped).toBeLessThan(patient.buffer.stats.skipped);
    expect(delays(stretching.played).at(-1)!).toBeLessThanOrEqual(60);
  });

  it('learns nothing from a lone stall, and from the second one that there will be more', () => {
    const stalls = (...at: number[]) =>
      stream(
        1_000,
        (i) => 5 + Math.max(0, ...at.map((first) => (i >= first && i < first + 40 ? 800 - (i - first) * 20 : 0))),
      );
    const lone = run({ arrivals: stalls(300), untilMs: 8_000, stretch: 0.1 });
    expect(lone.buffer.targetMs).toBeLessThanOrEqual(15);
    expect(delays(lone.played).at(-1)!).toBeLessThanOrEqual(60);
    const again = run({ arrivals: stalls(300, 500), untilMs: 11_000, stretch: 0.1 });
    expect(again.buffer.targetMs).toBeGreaterThan(300);
  });

  it("is as before a second after the sender's clock stood still", () => {
    // Its sound card stopped for 600 ms: all that follows is late by so much against the time before.
    const buffer = new JitterBuffer();
    const random = new SeededRandom('stood still');
    const jitter = () => random.uniform() * 15;
    const arrivals = stream(1_500, (i) => (i < 500 ? 5 : 605) + jitter());
    const { played } = run({ arrivals, untilMs: 12_300, stretch: 0.1, buffer });
    expect(buffer.targetMs).toBeLessThanOrEqual(30);
    const second = played.filter(({ at }) => at > 11_600);
    expect(count(second, 'conceal')).toBe(0);
    expect(Math.max(...delays(second)) - 605).toBeLessThanOrEqual(60);
    run({
      arrivals: arrivals.filter(({ at }) => at > 12_300),
      untilMs: 30_000,
      firstTickMs: 12_300,
      stretch: 0.1,
      buffer,
    });
    expect(buffer.targetMs).toBeLessThanOrEqual(30);
  });

  it('does not keep what piled up while the loudspeaker stood still', () => {
    const buffer = new JitterBuffer();
    const arrivals = stream(600, () => 5);
    const before = run({ arrivals: arrivals.slice(0, 200), untilMs: 4_000, stretch: 0.1, buffer });
    expect(delays(before.played).at(-1)!).toBeLessThanOrEqual(40);
    // By the loudspeaker's clock no time passes, and forty frames come.
    for (const { frame } of arrivals.slice(200, 240)) buffer.insert(frame, 4_000);
    const after = arrivals.slice(240).map(({ at, frame }) => ({ at: at - 800, frame }));
    const { played } = run({ arrivals: after, untilMs: 5_000, firstTickMs: 4_000, stretch: 0.1, buffer });
    expect(delays(played.slice(0, 5)).at(-1)! + 800).toBeLessThanOrEqual(5 + 60);
    expect(buffer.stats.skipped).toBeGreaterThan(30);
  });

  it('follows a sender that begins anew, but no single frame from nowhere', () => {
    const buffer = new JitterBuffer();
    run({ arrivals: stream(100, () => 10), untilMs: 2_000, buffer });
    const { depth } = buffer.stats;
    buffer.insert(frame(100, false, 10 ** 12), 2_000);
    buffer.insert(frame(101, false, 0), 2_000 + 10 ** 6);
    expect(buffer.stats.depth).toBe(depth);
    const anew = Array.from({ length: 100 }, (_, i) => ({
      at: 2_010 + i * 20,
      frame: frame(200 + i, false, 10 ** 9 + i * FRAME_TICKS),
    }));
    const { played } = run({ arrivals: anew, untilMs: 4_300, firstTickMs: 2_000, buffer });
    expect(sequences(played).filter((sequence) => sequence >= 200).length).toBeGreaterThanOrEqual(95);
  });

  it('stays within its bounds whatever comes', () => {
    const arrival = fc.record({
      after: fc.nat(100),
      sequence: fc.nat(),
      clock: fc.oneof(fc.nat(10 ** 6), fc.maxSafeNat()),
      silence: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 400 }), (arrivals) => {
        const buffer = new JitterBuffer();
        let now = 0;
        let last = -1;
        for (const { after, sequence, clock, silence } of arrivals) {
          now += after;
          buffer.insert({ sequence, clock, silence, opus: new Uint8Array(1) }, now);
          const playout = buffer.next(now);
          const { depth, targetMs } = buffer.stats;
          expect(depth).toBeLessThanOrEqual(200);
          expect(targetMs).toBeGreaterThanOrEqual(15);
          expect(targetMs).toBeLessThanOrEqual(500);
          if (playout.kind === 'conceal') expect(playout.run).toBeLessThanOrEqual(6);
          if (playout.kind === 'frame') last = playout.frame.clock;
        }
        expect(Number.isFinite(last)).toBe(true);
      }),
    );
  });

  it('never plays a frame twice, nor one before an earlier one of the same time line', () => {
    const delay = fc.array(fc.oneof(fc.constant(-1), fc.nat(150)), { minLength: 20, maxLength: 200 });
    fc.assert(
      fc.property(delay, fc.nat(19), (delays, phase) => {
        const arrivals = delays.flatMap((ms, i) => (ms < 0 ? [] : [{ at: i * FRAME_MS + ms, frame: frame(i) }]));
        const { played } = run({ arrivals, untilMs: delays.length * FRAME_MS + 800, firstTickMs: phase });
        const order = sequences(played);
        expect(order.every((sequence, i) => i === 0 || sequence > order[i - 1]!)).toBe(true);
      }),
    );
  });
});
