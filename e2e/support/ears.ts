import type { Page } from 'playwright';
import type { PlayoutStats } from '../../renderer/audio/playout.ts';
import type { FromWorklet } from '../../renderer/audio/worklet-messages.ts';
import { until } from './until.ts';

/** What a page's loudspeaker got in one short window. */
export interface Heard {
  /** Root of the mean square, full scale is 1. */
  readonly rms: number;
  /** Frequency by zero crossings; only of meaning where there is a tone. */
  readonly hertz: number;
}

interface Ears {
  readonly speakers: AnalyserNode[];
  /** Of files that are played: tones and recordings. */
  readonly players: AnalyserNode[];
  readonly tracks: MediaStreamTrack[];
  readonly contexts: AudioContext[];
  /** What the thread of the sound card told last. */
  stats: PlayoutStats | undefined;
}
type Scope = typeof globalThis & { ears: Ears };

/**
 * Puts ears to a page before it loads: whatever it sends to a loudspeaker is heard there, sample by sample, and every
 * microphone it opens is known. The page itself is the one that people use and knows nothing of it.
 */
export async function addEars(page: Page): Promise<void> {
  await page.addInitScript(listen);
}

/** Runs in the page. */
function listen(): void {
  const ears: Ears = { speakers: [], players: [], tracks: [], contexts: [], stats: undefined };
  Object.assign(globalThis, { ears });
  const connect = AudioNode.prototype.connect as (this: AudioNode, ...args: unknown[]) => unknown;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]): AudioNode {
    const { context } = this;
    if (args[0] === context.destination) {
      const speaker = context.createAnalyser();
      speaker.fftSize = 2048;
      connect.call(this, speaker);
      ears.speakers.push(speaker);
      ears.contexts.push(context as AudioContext);
    }
    return connect.apply(this, args) as AudioNode;
  } as typeof AudioNode.prototype.connect;
  // A file that is played does not go through a graph of the page's own.
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = async function (this: HTMLMediaElement & { captureStream(): MediaStream }) {
    await play.call(this);
    const context = new AudioContext();
    const speaker = context.createAnalyser();
    speaker.fftSize = 2048;
    context.createMediaStreamSource(this.captureStream()).connect(speaker);
    ears.players.push(speaker);
    this.addEventListener('ended', () => void context.close(), { once: true });
  };
  const Node = AudioWorkletNode;
  globalThis.AudioWorkletNode = class extends Node {
    constructor(...args: ConstructorParameters<typeof AudioWorkletNode>) {
      super(...args);
      this.port.addEventListener('message', ({ data }: MessageEvent<FromWorklet>) => {
        ears.stats = data;
      });
    }
  };
  const { mediaDevices } = navigator;
  if (mediaDevices === undefined) return;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    ears.tracks.push(...stream.getTracks());
    return stream;
  };
}

/** Listens to the newest loudspeaker, or the newest file that is played: `count` windows of 43 ms, 60 ms apart. */
export function hear(page: Page, count: number, what: 'speakers' | 'players' = 'speakers'): Promise<Heard[]> {
  return page.evaluate(
    async ([count, what]) => {
      const speaker = (globalThis as Scope).ears[what].at(-1);
      if (speaker === undefined) throw new Error('this page has no loudspeaker');
      const { sampleRate } = speaker.context;
      const samples = new Float32Array(speaker.fftSize);
      const heard: Heard[] = [];
      for (let i = 0; i < count; i++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        speaker.getFloatTimeDomainData(samples);
        const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
        // Where it goes up through nothing, between two samples; from the first time to the last one.
        const ups: number[] = [];
        for (let at = 1; at < samples.length; at++) {
          const [a, b] = [samples[at - 1] ?? 0, samples[at] ?? 0];
          if (a < 0 && b >= 0) ups.push(at - 1 + a / (a - b));
        }
        const turns = ups.length - 1;
        const hertz = turns < 1 ? 0 : (turns * sampleRate) / ((ups.at(-1) ?? 0) - (ups[0] ?? 0));
        heard.push({ rms, hertz });
      }
      return heard;
    },
    [count, what] as const,
  );
}

/** Devices that the page holds: open microphones and running loudspeakers. */
export function heldDevices(page: Page): Promise<{ microphones: number; speakers: number }> {
  return page.evaluate(() => {
    const { tracks, contexts } = (globalThis as Scope).ears;
    const microphones = tracks.filter((track) => track.readyState === 'live').length;
    return { microphones, speakers: contexts.filter((context) => context.state !== 'closed').length };
  });
}

/**
 * What was played of the call so far, at most half a second old; the sound comes before the first word of it. Asking costs
 * the page nothing.
 */
export function playoutOf(page: Page): Promise<PlayoutStats> {
  return until('the page tells what it played', () => page.evaluate(() => (globalThis as Scope).ears.stats));
}

/** Name of the newest microphone, and ID of the newest loudspeaker; empty: the system's own choice. */
export function devicesInUse(page: Page): Promise<{ microphone: string; speaker: string }> {
  return page.evaluate(() => {
    const { tracks, contexts } = (globalThis as Scope).ears;
    const context = contexts.at(-1) as (AudioContext & { sinkId?: string }) | undefined;
    return { microphone: tracks.at(-1)?.label ?? '', speaker: context?.sinkId ?? '' };
  });
}

/** As when it is pulled out: the newest microphone's track ends. A page cannot do that, so the event is made. */
export async function pullOutMicrophone(page: Page): Promise<void> {
  await page.evaluate(() => {
    const track = (globalThis as Scope).ears.tracks.at(-1);
    track?.stop();
    track?.dispatchEvent(new Event('ended'));
  });
}

/** Louder than this is the tone, not the room. */
const AUDIBLE = 0.02;

/** The windows in which there was more than the room. */
export function audible(heard: readonly Heard[]): readonly Heard[] {
  return heard.filter(({ rms }) => rms > AUDIBLE);
}
