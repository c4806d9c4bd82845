/** Samples a second of the media clock; Opus always runs at this rate inside. */
export const MEDIA_CLOCK_HZ = 48_000;
/** Length of a frame. */
export const FRAME_MS = 20;
/** The same in ticks of the media clock. */
export const FRAME_TICKS = (MEDIA_CLOCK_HZ / 1_000) * FRAME_MS;
/** Ticks of the media clock in a millisecond. */
export const TICKS_PER_MS = MEDIA_CLOCK_HZ / 1_000;

/** When a frame of 20 ms is to be played, whatever stands for its sound. */
export interface FrameTiming {
  /** Counts the frames that were sent, from 0. */
  readonly sequence: number;
  /** First sample, in ticks of the sender's media clock. */
  readonly clock: number;
  /** Comfort noise: nothing may follow for a while (DTX). */
  readonly silence: boolean;
}

/** One Opus frame of 20 ms on its way to a loudspeaker. */
export interface AudioFrame extends FrameTiming {
  /** May be empty in silence only. */
  readonly opus: Uint8Array;
}
