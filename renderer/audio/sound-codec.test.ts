import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SoundFrame } from './playout.ts';
import { SoundReceiver } from './sound-receiver.ts';
import { type SentFrame, SoundSender } from './sound-sender.ts';

/** As Chromium's WebCodecs: what comes out is numbered from the first time stamp on, whatever gaps went in. */
class CodecDouble {
  static made: CodecDouble[] = [];
  /** As other browsers': each frame comes out with the stamp it went in with. */
  static keepsStamps = false;
  state = 'unconfigured';
  readonly configs: { bitrate?: number; bitrateMode?: string }[] = [];
  readonly waiting: { timestamp: number; bytes: number }[] = [];
  #next: number | undefined;
  readonly #init: { output: (out: never) => void; error: (error: Error) => void };

  constructor(init: { output: (out: never) => void; error: (error: Error) => void }) {
    this.#init = init;
    CodecDouble.made.push(this);
  }

  configure(config: { bitrate?: number }): void {
    this.state = 'configured';
    this.configs.push(config);
  }

  encode({ timestamp }: { timestamp: number }): void {
    this.waiting.push({ timestamp, bytes: 80 });
  }

  decode({ timestamp }: { timestamp: number }): void {
    this.waiting.push({ timestamp, bytes: 0 });
  }

  close(): void {
    this.state = 'closed';
  }

  fail(): void {
    this.state = 'closed';
    this.#init.error(new Error('no Opus'));
  }

  /** The next frame that is inside never comes out. */
  swallow(): void {
    this.waiting.shift();
  }

  /** Everything that went in comes out. */
  run(frames = 960): void {
    for (const { timestamp, bytes } of this.waiting.splice(0)) {
      this.#next ??= timestamp;
      const pcm = { numberOfFrames: frames, sampleRate: 48_000, close: () => {} };
      const out = {
        ...pcm,
        timestamp: CodecDouble.keepsStamps ? timestamp : this.#next,
        byteLength: bytes,
        copyTo: () => {},
      };
      this.#init.output(out as never);
      this.#next += 20_000;
    }
  }
}

class Chunk {
  readonly timestamp: number;
  constructor({ timestamp }: { timestamp: number }) {
    this.timestamp = timestamp;
  }
  close(): void {}
}

beforeEach(() => {
  CodecDouble.made = [];
  CodecDouble.keepsStamps = false;
  for (const name of ['AudioEncoder', 'AudioDecoder']) vi.stubGlobal(name, CodecDouble);
  for (const name of ['AudioData', 'EncodedAudioChunk']) vi.stubGlobal(name, Chunk);
});
afterEach(() => vi.unstubAllGlobals());
const codec = () => CodecDouble.made.at(-1)!;

describe('what is received', () => {
  const frame = (sequence: number, opus = Uint8Array.of(1)) => ({
    sequence,
    clock: sequence * 960,
    silence: false,
    opus,
  });
  const make = () => {
    const played: SoundFrame[] = [];
    return { played, receiver: new SoundReceiver((one) => played.push(one)) };
  };

  it('keeps its place after a gap', () => {
    const { played, receiver } = make();
    for (const sequence of [0, 1, 7, 900, 8]) receiver.take(frame(sequence));
    codec().run();
    expect(played.map(({ sequence, clock }) => [sequence, clock / 960])).toEqual([0, 1, 7, 900, 8].map((n) => [n, n]));
  });

  it('that is empty is silence at once', () => {
    const { played, receiver } = make();
    receiver.take({ ...frame(3, new Uint8Array(0)), silence: true });
    expect(played).toMatchObject([{ sequence: 3, silence: true }]);
    expect(CodecDouble.made).toEqual([]);
  });

  it('and is no Opus, or of another length, is lost, and what follows is heard', () => {
    const { played, receiver } = make();
    receiver.take(frame(0));
    codec().fail();
    receiver.take(frame(1));
    codec().run(5_760);
    receiver.take(frame(2));
    codec().run();
    expect(CodecDouble.made).toHaveLength(2);
    expect(played.map(({ sequence }) => sequence)).toEqual([2]);
  });

  it('keeps its place when the decoder swallows a frame and its stamps tell so', () => {
    CodecDouble.keepsStamps = true;
    const { played, receiver } = make();
    for (const sequence of [0, 1, 4]) receiver.take(frame(sequence));
    codec().swallow();
    codec().run();
    for (const sequence of [5, 6]) receiver.take(frame(sequence));
    codec().run();
    expect(played.map(({ sequence }) => sequence)).toEqual([1, 4, 5, 6]);
  });

  it('has its place again within four seconds when only the order tells', () => {
    const { played, receiver } = make();
    receiver.take(frame(0));
    codec().run();
    receiver.take(frame(1));
    receiver.take(frame(2));
    codec().swallow();
    for (let sequence = 3; sequence < 400; sequence++) {
      codec().run();
      receiver.take(frame(sequence));
    }
    codec().run();
    const places = played.map(({ sequence }) => sequence);
    // Taken for the frames before them at first; then the decoder was started anew, and each is its own.
    expect(CodecDouble.made).toHaveLength(2);
    expect(places.slice(0, 90)).toEqual(Array.from({ length: 90 }, (_, i) => i));
    expect(places.slice(-180)).toEqual(Array.from({ length: 180 }, (_, i) => 220 + i));
  });

  it('may come in a jam, but not without a bound', () => {
    const { played, receiver } = make();
    for (let sequence = 0; sequence < 100; sequence++) receiver.take(frame(sequence));
    codec().run();
    expect(played).toHaveLength(100);
    for (let sequence = 0; sequence < 1_000; sequence++) receiver.take(frame(sequence));
    expect(codec().waiting.length).toBeLessThanOrEqual(100);
  });
});

describe('what is sent', () => {
  const loud = () => new Float32Array(960).fill(0.2);
  const make = () => {
    const sent: SentFrame[] = [];
    const onFailed = vi.fn();
    return { sent, onFailed, sender: new SoundSender({ send: (one) => sent.push(one), onFailed }) };
  };

  it('is nothing before the core said how', () => {
    const { sent, sender } = make();
    sender.take(loud(), 0);
    expect([sent, CodecDouble.made]).toEqual([[], []]);
  });

  it('keeps its clock, tells silence, and is encoded otherwise only when nothing is inside of the encoder', () => {
    const { sent, sender } = make();
    sender.tune({ bitRate: 32_000, constantRate: true });
    sender.take(new Float32Array(960), 0);
    sender.take(loud(), 960);
    sender.tune({ bitRate: 40_000, constantRate: true });
    sender.take(loud(), 1_920);
    expect(codec().configs).toHaveLength(1);
    codec().run();
    sender.take(loud(), 96_000);
    codec().run();
    expect(codec().configs.map(({ bitrate, bitrateMode }) => [bitrate, bitrateMode])).toEqual([
      [32_000, 'constant'],
      [40_000, 'constant'],
    ]);
    expect(sent.map(({ clock, silence }) => [clock, silence])).toEqual([
      [0, true],
      [960, false],
      [1_920, false],
      [96_000, false],
    ]);
  });

  it('keeps its clock when the encoder swallows a frame and its stamps tell so', () => {
    CodecDouble.keepsStamps = true;
    const { sent, sender } = make();
    sender.tune({ bitRate: 32_000, constantRate: true });
    for (const clock of [0, 960, 1_920]) sender.take(loud(), clock);
    codec().swallow();
    codec().run();
    expect(sent.map(({ clock }) => clock)).toEqual([960, 1_920]);
  });

  it('is silence without a sound while muted, and what was inside of the encoder stays here', () => {
    const { sent, sender } = make();
    sender.tune({ bitRate: 32_000, constantRate: true });
    sender.take(loud(), 0);
    sender.muted = true;
    codec().run();
    sender.take(loud(), 960);
    expect(sent).toEqual([{ clock: 960, silence: true, opus: new Uint8Array(0) }]);
    sender.muted = false;
    sender.take(loud(), 1_920);
    codec().run();
    expect(sent.at(-1)).toMatchObject({ clock: 1_920, silence: false });
  });

  it('is silence when this browser cannot encode, which is told', () => {
    const { sent, sender, onFailed } = make();
    sender.tune({ bitRate: 32_000, constantRate: false });
    sender.take(loud(), 0);
    codec().fail();
    sender.take(loud(), 960);
    expect(onFailed).toHaveBeenCalledTimes(1);
    expect(sent).toMatchObject([{ clock: 960, silence: true }]);
  });
});
