import { FRAME_MS, FRAME_TICKS, TICKS_PER_MS } from '../audio/frame.ts';
import { JitterBuffer } from '../audio/jitter-buffer.ts';
import { decodeCallDatagram } from '../codec/calls.ts';
import { CallMedia } from '../messenger/calls/media.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { PacketFate, VoicePath } from './voice-paths.ts';

/** Speech comes in spurts and pauses of these lengths on average. */
const TALK_MS = 1_500;
const PAUSE_MS = 1_000;
/** The loudspeaker's clock is off by this much: two sound cards never agree. */
const SKEW_PPM = 50;
/** How much longer or shorter a frame gets, for each hint, and how many are alike enough in themselves for it. */
const STRETCH_MS = { none: 0, faster: -5, slower: 8, slowest: 16 } as const;
const STRETCHABLE = 0.7;
const SAMPLE_MS = 250;
const OPUS_BYTES = 80;

export interface VoiceOptions {
  readonly seed: string;
  readonly seconds: number;
}

export interface VoiceMeasurement {
  readonly name: string;
  /** From the first sample of a frame at the microphone to the loudspeaker, without the sound cards; ms. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of all 20 ms of speech that were due at the loudspeaker. */
  readonly concealedShare: number;
  /** Speech frames that were never played. */
  readonly missingShare: number;
  /** Wanted depth of the buffer, over time. */
  readonly depth: readonly (readonly [seconds: number, ms: number])[];
  readonly bitRate: number;
  /** How many frames ago those were that packets carry along. */
  readonly earlier: readonly number[];
  /** All of one direction, with headers of UDP and IPv4, while speaking; kbit/s. */
  readonly kbps: number;
}

/** Headers of the link's datagram, UDP and IPv4. */
const HEADER_BYTES = 31 + 8 + 20;

/** One call in virtual time: A speaks, B listens; all reports go over the same kind of path. */
export async function measureVoice(path: VoicePath, { seed, seconds }: VoiceOptions): Promise<VoiceMeasurement> {
  const clock = new VirtualClock();
  const random = new SeededRandom(`${seed} ${path.name}`);
  const buffer = new JitterBuffer();
  const id = random.bytes(16);
  let bytes = 0;
  const carry = (fate: PacketFate, to: () => CallMedia) => (payload: Uint8Array) => {
    const delay = fate(clock.now());
    if (delay === undefined) return true;
    clock.after(delay, () => {
      const decoded = decodeCallDatagram(payload);
      if (decoded.ok) to().receive(decoded.value);
    });
    return true;
  };
  const there = carry(path.make(random.fork('there')), () => listener);
  const common = { clock, id, padded: () => true, onHeard: () => {}, onTick: () => {}, onTuned: () => {} };
  const speaker: CallMedia = new CallMedia({
    ...common,
    send: (payload) => {
      bytes += payload.length + HEADER_BYTES;
      return there(payload);
    },
    onFrame: () => {},
  });
  const listener: CallMedia = new CallMedia({
    ...common,
    send: carry(path.make(random.fork('back')), () => speaker),
    onFrame: (frame) => buffer.insert(frame, clock.now()),
  });

  const spoken = speech(random.fork('speech'), (seconds * 1_000) / FRAME_MS);
  const delays: number[] = [];
  const depth: [number, number][] = [];
  for (const [i, talks] of spoken.entries()) {
    const frame = { clock: i * FRAME_TICKS, silence: !talks, opus: new Uint8Array(OPUS_BYTES) };
    // A frame is there when its last sample is.
    clock.after((i + 1) * FRAME_MS, () => speaker.send(frame));
  }
  const clockRate = 1 + SKEW_PPM / 1e6;
  const ear = random.fork('ear');
  const firstTick = random.uniform() * FRAME_MS;
  const play = (at: number) => {
    const playout = buffer.next(clock.now());
    if (playout.kind === 'frame') delays.push(clock.now() - playout.frame.clock / TICKS_PER_MS);
    const hint = playout.kind === 'frame' ? playout.hint : 'none';
    const stretched = ear.chance(STRETCHABLE) ? STRETCH_MS[hint] : 0;
    const next = at + (FRAME_MS + stretched) * clockRate;
    if (next < seconds * 1_000) clock.after(next - clock.now(), () => play(next));
  };
  clock.after(firstTick, () => play(firstTick));
  clock.every(SAMPLE_MS, () => depth.push([clock.now() / 1_000, buffer.targetMs]));
  await clock.runFor(seconds * 1_000);
  speaker.stop();
  listener.stop();

  const { played, concealed } = buffer.stats;
  const talk = spoken.slice(0, -20).filter(Boolean).length;
  delays.sort((a, b) => a - b);
  return {
    name: path.name,
    p50Ms: quantile(delays, 0.5),
    p95Ms: quantile(delays, 0.95),
    concealedShare: concealed / (played + concealed),
    missingShare: Math.max(0, 1 - played / talk),
    depth,
    bitRate: speaker.tuning.bitRate,
    earlier: speaker.tuning.earlier,
    kbps: (bytes * 8) / (seconds * 1_000),
  };
}

/** Whether each frame is speech. */
function speech(random: SeededRandom, frames: number): boolean[] {
  const result: boolean[] = [];
  for (let talks = true; result.length < frames; talks = !talks) {
    const mean = talks ? TALK_MS : PAUSE_MS;
    const length = Math.max(5, Math.round((mean * (0.3 + 1.4 * random.uniform())) / FRAME_MS));
    for (let i = 0; i < length && result.length < frames; i++) result.push(talks);
  }
  return result;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
