import type { AudioDoor } from '../api/transport.ts';
import type { Tuning } from './sound-sender.ts';

/** The file that holds the worker, beside the page. */
export const WORKER_FILE = './call-worker.js';

/** From the page to the worker of a call's sound. */
export type ToWorker =
  /** First of all, with both ways: to the core, and to the thread of the sound card (`Captured`, `ToSpeaker`). */
  | { readonly kind: 'begin'; readonly call: string; readonly door: AudioDoor; readonly worklet: MessagePort }
  /** `muted`: nothing of the microphone leaves this computer. */
  | { readonly kind: 'follow'; readonly muted: boolean; readonly tuning: Tuning | null };

/** From the worker: another client has the sound now, or this browser cannot do it. */
export type FromWorker = 'replaced' | 'failed';
