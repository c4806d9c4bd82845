import type { Unsubscribe } from '../ports/events.ts';
import type { ApiEvent, Handlers } from './contract.ts';

/** One frame of 20 ms that a friend sent. */
export interface CallAudioFrame {
  readonly sequence: number;
  /** First sample, in ticks of 48 kHz of the friend's media clock. */
  readonly clock: number;
  /** Comfort noise: nothing may follow for a while. */
  readonly silence: boolean;
  /** Opus; may be empty in silence. */
  readonly opus: Uint8Array;
}

/** The client's end in the sound of a call. */
export interface CallAudioEnd {
  /** The Opus bytes belong to the call from now on. @returns false for a frame that was dropped. */
  send(frame: Pick<CallAudioFrame, 'clock' | 'silence' | 'opus'>): boolean;
  /** Idempotent. */
  detach(): void;
}

/** The sound of calls: a client attaches to a call; the newest one has it. */
export interface CallAudio {
  /** Undefined when there is no such call, or it is over. `ended` comes at most once, and nothing after it. */
  attach(
    call: string,
    sink: { frame(frame: CallAudioFrame): void; ended(why: 'over' | 'replaced'): void },
  ): CallAudioEnd | undefined;
}

/**
 * The core as the shells see it, made by `core/node/create-core.ts`. The bindings (IPC, WebSocket) wrap it in the
 * dispatcher, which checks arguments and results.
 */
export interface CoreService {
  readonly handlers: Handlers;
  onEvent(listener: (event: ApiEvent) => void): Unsubscribe;
  readonly audio: CallAudio;
  /** Revision of the last event emitted, 0 before the first. */
  readonly revision: number;
  /** Ends links, saves, closes the database. Idempotent. */
  stop(): Promise<void>;
}
