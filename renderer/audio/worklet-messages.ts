import type { PlayoutStats, SoundFrame } from './playout.ts';

/** Name under which the processor is registered, and the file that holds it, beside the page. */
export const CALL_PROCESSOR = 'parley-call';
export const WORKLET_FILE = './call-worklet.js';

/** From the page to the thread of the sound card, once: where sound comes and goes, by `ToSpeaker` and `Captured`. */
export interface ToWorklet {
  readonly sound: MessagePort;
}

/** From it to the page, twice a second: how playing goes. */
export type FromWorklet = PlayoutStats;

/** One decoded frame for the loudspeaker; the samples are its own. */
export type ToSpeaker = SoundFrame;

/** 20 ms of the microphone. The samples are the receiver's. */
export interface Captured {
  /** Number of the first sample since the begin. */
  readonly clock: number;
  readonly pcm: Float32Array<ArrayBuffer>;
}
