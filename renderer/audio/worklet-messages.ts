import type { PlayoutStats, SoundFrame } from './playout.ts';

/** Name under which the processor is registered, and the file that holds it, beside the page. */
export const CALL_PROCESSOR = 'parley-call';
export const WORKLET_FILE = './call-worklet.js';

/** To the thread of the sound card: one decoded frame. */
export type ToWorklet = SoundFrame;

/** From it: 20 ms of the microphone, or how playing goes. */
export type FromWorklet =
  /** `clock`: number of the first sample since the begin. The samples are the receiver's. */
  | { readonly kind: 'captured'; readonly clock: number; readonly pcm: Float32Array<ArrayBuffer> }
  | { readonly kind: 'stats'; readonly stats: PlayoutStats };
